"""The summary as Markdown: what must be kept has its line, the story takes the room that is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from copilot.answer import EscalationFields, Priority
from copilot.authority import contact_name
from copilot.escalation.findings import Case
from copilot.escalation.story import Piece, answered, opening, records_of, told
from copilot.escalation.told import ToldPromise
from copilot.escalation.words import clip, one_line, say, stamp
from copilot.language import quotable

# Characters without white space that the contract allows.
MAX_CHARACTERS = {"zh-Hans": 600, "zh-Hant": 600, "en": 1200}
_SLACK = 10
_LEAST_STORY = 120
_IDENTIFIERS = ("order_id", "tracking_number", "plate", "badge", "vehicle", "phone")
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


def headline_of(
    case: Case, pieces: Sequence[Piece], demand: str | None, promised: Sequence[ToldPromise]
) -> str:
    """Return one line: what happened, what is wanted, what is overdue."""
    length = 70 if case.language == "en" else 28
    comma = say(case.language, "comma")
    what = opening(pieces, case, length, comma)
    if case.found.abstained is not None:
        return say(case.language, "headline_gap", what=clip(one_line(demand or what), 2 * length))
    wanted = clip(one_line(demand or ""), length)
    late = any(promise.late for promise in promised)
    parts = (what, wanted, say(case.language, "headline_overdue") if late else "")
    return "｜".join(dict.fromkeys(part for part in parts if part))


def text_of(case: Case, parts: Parts) -> str:
    """Return the whole summary, at most as long as the contract allows."""
    room = MAX_CHARACTERS.get(case.language, 1200) - _SLACK
    head, tail = _head(case, parts), list(_tail(case, parts))
    before, records = list(_identifiers(case)), [_record(case, record) for record in records_of(case)]
    label = _story_label(case)
    used = sum(len(quotable(line)) for line in [head, *before, label, *tail])
    records = _fitting(records, room - used - _LEAST_STORY)
    left = room - used - sum(len(quotable(line)) for line in records)
    story = told(parts.pieces, left, say(case.language, "comma"), say(case.language, "joint"))
    body = [f"{label}{story}"] if story else []
    return clip("\n".join([head, *before, *body, *records, *tail]), 4 * room)


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
    first = next((turn.at for turn in case.turns if turn.role == "customer" and turn.at), None)
    when = stamp(first, case.timezone) if first else ""
    return f"- {say(case.language, 'story', when=when)}{say(case.language, 'colon')}"


def _record(case: Case, record: str) -> str:
    return _line(case, "card", record)


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    """Records are shared facts and come whole where there is room, else shortened."""
    kept = []
    for line in lines:
        short = clip(line, max(room, 60))
        kept.append(short)
        room -= len(quotable(short))
    return kept


def _tail(case: Case, parts: Parts) -> Iterator[str]:
    joint = say(case.language, "joint")
    if parts.evidence:
        yield _line(case, "evidence", joint.join(dict.fromkeys(map(one_line, parts.evidence))))
    if said := answered(case):
        yield _line(case, "answered", joint.join(said))
    if parts.fields.promises:
        yield _line(case, "promises", joint.join(clip(p, 80) for p in parts.fields.promises[-3:]))
    if parts.fields.demand:
        yield _line(case, "demand", parts.fields.demand)
    if channels := case.values("third_party_channel"):
        yield f"- {say(case.language, 'channel', what=say(case.language, 'list').join(channels))}"
    yield from _basis(case)
    if case.ignored:
        yield f"- {say(case.language, 'note_ignored')}"
    asks = joint.join(f"{mark} {ask}" for mark, ask in zip(_NUMBERS, parts.asks, strict=False))
    who = contact_name(parts.to, case.knowledge.settings)
    yield f"- {say(case.language, 'asked_of', contact=who)}{say(case.language, 'colon')}{asks}"
    if parts.unknowns:
        yield _line(case, "unknown", say(case.language, "list").join(parts.unknowns))


def _basis(case: Case) -> Iterator[str]:
    """The rule that the suggestion rests on, by its number and its own words."""
    suggestion = case.found.suggestion
    if suggestion is not None and suggestion.citations:
        cited = suggestion.citations[0]
        length = 110 if case.language == "en" else 50
        yield _line(case, "basis", f"{cited.article_id}「{clip(one_line(cited.quote), length)}」")


def _line(case: Case, label: str, words: str) -> str:
    return f"- {say(case.language, label)}{say(case.language, 'colon')}{words}"
