"""The summary as Markdown: what must be kept has its line, the story takes the room that is left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from copilot.answer import EscalationFields, Priority
from copilot.authority import contact_name
from copilot.escalation.asks import Ask
from copilot.escalation.excerpt import excerpt, heard_in
from copilot.escalation.findings import Case
from copilot.escalation.handover import bases, without_examples
from copilot.escalation.story import Piece, answered, opening, records_of, told
from copilot.escalation.told import ToldPromise
from copilot.escalation.words import clip, one_line, say, stamp
from copilot.language import quotable

# Characters without white space that the contract allows.
MAX_CHARACTERS = {"zh-Hans": 600, "zh-Hant": 600, "en": 1200}
_SLACK = 10
_LEAST_STORY = 120
_IDENTIFIERS = ("order_id", "tracking_number", "plate", "badge", "vehicle", "phone")
_LEAST_RECORD, _LONGEST_LINE = 60, 150
_LISTS, _TITLE_ENDS = re.compile(r"、|或| or |, "), re.compile(r"[：:]")
_LONGEST_HEAD = 46
_NUMBERS = "①②③④⑤⑥"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the summary is put together from."""

    priority: Priority
    to: str
    respond_by: datetime | None
    headline: str
    fields: EscalationFields
    pieces: Sequence[Piece]
    evidence: Sequence[str]
    asks: Sequence[str]
    unknowns: Sequence[str]


@dataclass(frozen=True, slots=True)
class TailLine:
    """A line after the story; the higher `spare`, the sooner it goes where room is short (0: never)."""

    text: str
    spare: int


def headline_of(
    case: Case, demands: Sequence[str], asks: Sequence[Ask], promised: Sequence[ToldPromise]
) -> str:
    """Return one line: what happened to whom since when, which act is wanted, what is overdue."""
    if not asks:
        return say(case.language, "headline_nothing")
    length = 2 * _LONGEST_HEAD if case.language == "en" else _LONGEST_HEAD
    late = any(promise.late for promise in promised)
    parts = (
        _what(case, opening(case, demands, length)),
        clip(asks[0].act, length) if len(asks) > 1 else "",
        say(case.language, "headline_overdue") if late else "",
    )
    return "｜".join(dict.fromkeys(part for part in parts if part))


def _what(case: Case, story: str) -> str:
    """The story under the name of its danger or gap, and when the customer first said it."""
    alerts = sorted(case.found.alerts, key=lambda alert: alert.level != "emergency")
    # A title that lists several dangers says more than is known.
    titles = (_TITLE_ENDS.split(alert.protocol.title)[0] for alert in alerts)
    named = next((title for title in titles if not _LISTS.search(title)), "")
    if not named and case.found.abstained is not None:
        named = say(case.language, "headline_gap")
    since = first_said(case)
    when = say(case.language, "since", when=since) if since else ""
    return say(case.language, "colon").join(part for part in (named, story) if part) + when


def text_of(case: Case, parts: Parts) -> str:
    """Return the whole summary, at most as long as the contract allows."""
    room = MAX_CHARACTERS.get(case.language, 1200) - _SLACK
    before = [_head(case, parts), *_identifiers(case)]
    label = _story_label(case)
    spent = _length([*before, label])
    tail = _kept(list(_tail(case, parts)), room - spent - _LEAST_STORY)
    records = _fitting(
        [_line(case, "card", r) for r in records_of(case)], room - spent - _length(tail) - _LEAST_STORY
    )
    left = max(room - spent - _length([*tail, *records]), 0)
    story = told(parts.pieces, left, say(case.language, "comma"), say(case.language, "joint"))
    body = [f"{label}{story}"] if story else []
    return "\n".join(squeezed([*before, *body, *records, *tail], room))


def _length(lines: Iterable[str]) -> int:
    return sum(len(quotable(line)) for line in lines)


def _kept(lines: Sequence[TailLine], room: int) -> list[str]:
    """Leave out the least needed lines until the rest fits."""
    kept = list(lines)
    while _length(line.text for line in kept) > room and any(line.spare for line in kept):
        kept.remove(max(kept, key=lambda line: line.spare))
    return [line.text for line in kept]


def squeezed(lines: Sequence[str], room: int) -> list[str]:
    """Return the lines within `room` characters (white space aside), the longest shortened first."""
    kept = list(lines)
    while (excess := _length(kept) - room) > 0:
        longest = max(range(len(kept)), key=lambda i: len(kept[i]))
        kept[longest] = clip(kept[longest], max(len(kept[longest]) - excess - 1, 20))
    return kept


def _head(case: Case, parts: Parts) -> str:
    until = ""
    if parts.respond_by is not None:
        when = stamp(parts.respond_by, case.timezone)
        until = f"｜{say(case.language, 'respond_by', when=when)}"
    return f"**{parts.priority}｜{parts.headline}**{until}"


def _identifiers(case: Case) -> Iterator[str]:
    named = [
        f"{say(case.language, slot)} {say(case.language, 'list').join(values[:3])}"
        for slot in _IDENTIFIERS
        if (values := case.values(slot))
    ]
    if named:
        yield f"- {'｜'.join(named)}"


def _story_label(case: Case) -> str:
    when = first_said(case)
    words = say(case.language, "story", when=when) if when else say(case.language, "story_undated")
    return f"- {words}{say(case.language, 'colon')}"


def first_said(case: Case) -> str:
    """When the customer first wrote, as month, day, hour and minute; empty where the turns have no times."""
    first = next((turn.at for turn in case.turns if turn.role == "customer" and turn.at), None)
    return stamp(first, case.timezone) if first else ""


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    """Records are shared facts and come whole where there is room, else shortened, else not at all."""
    kept: list[str] = []
    for line in lines:
        short = clip(line, max(room, _LEAST_RECORD))
        if not kept or len(short) <= room:
            kept.append(short)
            room -= len(quotable(short))
    return kept


def _tail(case: Case, parts: Parts) -> Iterator[TailLine]:
    joint = say(case.language, "joint")
    if parts.evidence:
        evidence = joint.join(dict.fromkeys(map(one_line, parts.evidence)))
        yield TailLine(_line(case, "evidence", evidence), 1)
    if said := answered(case):
        yield TailLine(_line(case, "answered", joint.join(said)), 2)
    if parts.fields.promises:
        yield TailLine(
            _line(case, "promises", joint.join(clip(p, 80) for p in parts.fields.promises[-3:])), 0
        )
    if parts.fields.demand:
        yield TailLine(_line(case, "demand", parts.fields.demand), 0)
    if channels := case.values("third_party_channel"):
        named = clip(say(case.language, "list").join(channels), _LONGEST_LINE)
        yield TailLine(f"- {say(case.language, 'channel', what=named)}", 0)
    for line in _basis(case):
        yield TailLine(line, 3)
    if case.ignored:
        yield TailLine(f"- {say(case.language, 'note_ignored')}", 0)
    if parts.asks:
        yield TailLine(_asks(case, parts), 0)
    if parts.unknowns:
        yield TailLine(_line(case, "unknown", say(case.language, "list").join(parts.unknowns)), 0)


def _asks(case: Case, parts: Parts) -> str:
    asks = say(case.language, "joint").join(
        f"{n} {ask}" for n, ask in zip(_NUMBERS, parts.asks, strict=False)
    )
    who = contact_name(parts.to, case.knowledge.settings)
    return f"- {say(case.language, 'asked_of', contact=who)}{say(case.language, 'colon')}{asks}"


def _basis(case: Case) -> Iterator[str]:
    """The rules that fit the case best, by their article's number and in their own words."""
    length = 110 if case.language == "en" else 50
    heard = heard_in(case)
    quotes: dict[str, str] = {}
    for rule in bases(case):
        words = clip(excerpt(without_examples(rule.quote), heard), length)
        quotes[rule.article_id] = quotes.get(rule.article_id, "") + (f"「{words}」" if words else "")
    if quotes:
        yield _line(case, "basis", say(case.language, "joint").join(f"{k}{v}" for k, v in quotes.items()))


def _line(case: Case, label: str, words: str) -> str:
    longest = 2 * _LONGEST_LINE if case.language == "en" else _LONGEST_LINE
    return f"- {say(case.language, label)}{say(case.language, 'colon')}{clip(words, longest)}"
