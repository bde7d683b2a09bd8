"""Promises: an agent's commitment, for itself or a named team, to a concrete act for this customer.

What is no promise: information (一般3-5个工作日到账), a finished act, a refusal, the customer's own
deadline, an instruction, a question, a wish. Judged clause by clause; a due time may stand in the
clause beside the act (下周一上午十点，我给您回电).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import assert_never

from copilot.answer import Promise
from copilot.conversation import Conversation, Turn
from copilot.signals.material import material
from copilot.signals.recorded import recorded_sayings
from copilot.signals.text import MAX_CHARACTERS, Span, clauses, sentences
from copilot.signals.times import DAY_END, TimeMention, find_times

_HAN = re.compile(r"[\u4e00-\u9fff]")
_FILLER = re.compile(
    r"^(?:好的|嗯|那就?|这样|然后|并且|同时|另外|所以|亲|哈|呢|我们?这边|我们?|这边|会|将|先|就|再|也|都|还|[,，、。\s])+"
    r"|[哈呢哦喔啦的吧啊呀，,。\s]+$"
)


@dataclass(frozen=True, slots=True)
class FoundPromise:
    """A promise in one text: the words, what is promised, and by when (aware; None when vague)."""

    quote: str
    action: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause with the times that stand in it."""

    span: Span
    times: tuple[TimeMention, ...]

    @property
    def concrete(self) -> TimeMention | None:
        """The last time with an end that is not past."""
        dated = [time for time in self.times if time.due is not None and not time.past]
        return dated[-1] if dated else None

    def is_only_time(self) -> bool:
        """Whether nothing but a time and fillers stands here (那就下周一上午十点)."""
        rest = self.span.end - self.span.start - sum(time.end - time.start for time in self.times)
        if self.concrete is None or rest > 8:
            return False
        folded = self.span.folded
        return not _matches("promise", "act", folded) and not _matches("promise", "info", folded)


def find_promises(conversation: Conversation, timezone: str) -> tuple[Promise, ...]:
    """Return what the agent's turns promise, and what a colleague's did that a record in the talk quotes.

    `timezone` is the client's IANA zone.
    """
    return tuple(
        Promise(turn_index=turn.index, quote=found.quote, action=found.action, due_at=found.due_at)
        for turn in conversation.turns
        for found in _promised_in(turn, turn.at or conversation.now, timezone)
    )


def _promised_in(turn: Turn, said_at: datetime, timezone: str) -> Iterator[FoundPromise]:
    match turn.role:
        case "agent":
            yield from find_promise_in(turn.text, said_at, timezone)
        case "system":
            for saying in recorded_sayings(turn.text[:MAX_CHARACTERS], said_at, timezone):
                yield from find_promise_in(saying.text, saying.said_at, timezone)
        case "customer":
            return
        case _:
            assert_never(turn.role)


@lru_cache(maxsize=2048)
def find_promise_in(text: str, said_at: datetime, timezone: str) -> tuple[FoundPromise, ...]:
    """Return the promises of one agent's text. `said_at` is aware."""
    text = text[:MAX_CHARACTERS]
    times = find_times(text, said_at, timezone)
    found: list[FoundPromise] = []
    for sentence in sentences(text):
        found += _in_sentence(sentence, times)
    return tuple(found)


def _in_sentence(sentence: Span, times: Sequence[TimeMention]) -> list[FoundPromise]:
    pieces = [_with_times(clause, times) for clause in _clauses_around(sentence, times)]
    candidates = list(_candidates(sentence, pieces))
    dated = [candidate for candidate in candidates if candidate.due_at is not None]
    if not dated:
        return candidates[:1]
    unique: dict[datetime, FoundPromise] = {}
    for candidate in dated:
        if candidate.due_at is not None:
            unique.setdefault(candidate.due_at, candidate)
    return [found for due, found in unique.items() if not _is_narrowed(due, list(unique))]


def _is_narrowed(due: datetime, all_dues: Sequence[datetime]) -> bool:
    """Whether a day without an hour is said again with one (下周一我来追，下午三点前回您)."""
    return due.time() == DAY_END and any(o.date() == due.date() and o.time() != DAY_END for o in all_dues)


def _clauses_around(sentence: Span, times: Sequence[TimeMention]) -> list[Span]:
    """Clauses of the sentence; a mark inside a time (18:00) does not cut."""
    merged: list[Span] = []
    for clause in clauses(sentence):
        if merged and any(
            time.start < merged[-1].end + 1 and clause.start <= time.end - 1
            for time in times
            if time.start < clause.start
        ):
            merged[-1] = Span(clause.original, merged[-1].start, clause.end)
        else:
            merged.append(clause)
    return merged


def _with_times(clause: Span, times: Sequence[TimeMention]) -> _Clause:
    return _Clause(clause, tuple(time for time in times if clause.start <= time.start < clause.end))


def _candidates(sentence: Span, pieces: list[_Clause]) -> Iterator[FoundPromise]:
    is_chinese = bool(_HAN.search(sentence.text))
    for position, piece in enumerate(pieces):
        time = piece.concrete or _borrowed(pieces, position)
        judged = _chinese(sentence, piece, time) if is_chinese else _english(sentence, piece, time)
        if judged:
            due = time.due if time and not _waits_for_customer(sentence, time) else None
            yield FoundPromise(quote=sentence.text, action=_action(piece), due_at=due)


def _borrowed(pieces: list[_Clause], position: int) -> TimeMention | None:
    """The time of a neighbouring clause that holds nothing but a time."""
    for neighbour in (position - 1, position + 1):
        if 0 <= neighbour < len(pieces) and pieces[neighbour].is_only_time():
            return pieces[neighbour].concrete
    return None


def _waits_for_customer(sentence: Span, time: TimeMention) -> bool:
    """收到照片后2小时内: the clock starts with somebody else's act, so the end is not known."""
    before = sentence.folded[: time.start - sentence.start]
    runs_from_it = time.kind in {"length", "workdays"} or time.quote.startswith(("当", "當", "次", "隔"))
    return runs_from_it and _matches("promise", "relative_to_act", before)


def _chinese(sentence: Span, piece: _Clause, time: TimeMention | None) -> bool:
    folded = piece.span.folded
    if _is_something_else(sentence, piece, time):
        return False
    agent = _matches("promise", "self", folded) or _matches("promise", "team", folded)
    benefit = _matches("promise", "benefit", folded)
    strong = _matches("promise", "act", folded)
    if time is not None:
        return _chinese_with_time(folded, time, agent, benefit, strong)
    soon = bool(piece.times) and agent and benefit and not _matches("promise", "weak", folded)
    if not (strong or soon):
        return False
    meant = bool(piece.times) or _matches("promise", "future", folded)
    if benefit:
        return meant or (agent and _matches("promise", "contact", folded))
    return agent and _matches("promise", "future", folded)


def _chinese_with_time(folded: str, time: TimeMention, agent: bool, benefit: bool, strong: bool) -> bool:
    """With a time even a soft act can be checked; so can whatever a named doer "will" do by then."""
    if agent and strong:
        return True
    if _matches("promise", "things", folded):
        return benefit and strong
    if strong or benefit or _matches("promise", "weak", folded):
        return agent or benefit or _matches("promise", "dropped_subject", folded)
    return agent and (_matches("promise", "will", folded) or time.bounded)


def _is_something_else(sentence: Span, piece: _Clause, time: TimeMention | None) -> bool:
    folded = piece.span.folded
    if _is_question(sentence, piece) or _matches("promise", "refusal", folded):
        return True
    if _matches("promise", "customer_acts", _without_times(piece)) or _matches("promise", "slogan", folded):
        return True
    if any(_matches("promise", key, sentence.folded) for key in ("report", "general_rule")):
        return True
    own = _matches("promise", "self", folded) and _matches("promise", "benefit", folded)
    if _matches("promise", "info", folded) and not own:
        return True
    if _matches("promise", "conditional", folded):
        return True
    return _is_finished(piece, time)


def _without_times(piece: _Clause) -> str:
    """The folded clause without its times: 您一周后复查 and 您复查 have the same doer."""
    folded = piece.span.folded
    for time in sorted(piece.times, key=lambda mention: -mention.start):
        start, end = time.start - piece.span.start, time.end - piece.span.start
        folded = folded[:start] + folded[end:]
    return folded


def _is_finished(piece: _Clause, time: TimeMention | None) -> bool:
    folded = piece.span.folded
    past = any(mention.past for mention in piece.times)
    if not past and not _matches("promise", "finished", folded):
        return False
    return not (time is not None and piece.concrete is not None and _matches("promise", "arranged", folded))


def _is_question(sentence: Span, piece: _Clause) -> bool:
    asked = sentence.ending in {"?", "？"} or _matches("promise", "question", sentence.folded)
    return asked and not _matches("promise", "offer", sentence.folded)


def _english(sentence: Span, piece: _Clause, time: TimeMention | None) -> bool:
    folded = piece.span.folded.replace("’", "'")
    if sentence.ending == "?" or not _matches("english", "agent", folded):
        return False
    barred = ("info", "finished", "refusal", "slogan", "conditional")
    if any(_matches("english", key, folded) for key in barred):
        return False
    return time is not None or not _matches("english", "weak", folded)


def _action(piece: _Clause) -> str:
    """The clause without its times and fillers: what is to be done."""
    text = piece.span.text
    for time in sorted(piece.times, key=lambda mention: -mention.start):
        start, end = time.start - piece.span.start, time.end - piece.span.start
        text = text[:start] + text[max(start, end) :]
    return _FILLER.sub("", text.strip()) or piece.span.text


def _matches(section: str, key: str, folded: str) -> bool:
    return material("promise").pattern(section, key).search(folded) is not None
