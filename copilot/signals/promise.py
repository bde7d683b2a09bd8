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
from copilot.language import fold
from copilot.signals.material import Sifted, material
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
        return not self.says("act") and not self.says("info")

    def says(self, key: str) -> bool:
        """Whether the pattern `key` stands in the clause."""
        return _says(self.span, key)


def find_promises(conversation: Conversation, timezone: str) -> tuple[Promise, ...]:
    """Return what the agent's turns promise, and what a colleague's did that a record in the talk quotes.

    `timezone` is the client's IANA zone.
    """
    return tuple(
        promise
        for turn in conversation.turns
        if turn.role != "customer"
        for promise in _promises(turn, turn.at or conversation.now, timezone)
    )


@lru_cache(maxsize=2048)  # every later turn reads the earlier ones again
def _promises(turn: Turn, said_at: datetime, timezone: str) -> tuple[Promise, ...]:
    return tuple(
        Promise(turn_index=turn.index, quote=found.quote, action=found.action, due_at=found.due_at)
        for found in _promised_in(turn, said_at, timezone)
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
    return runs_from_it and _sifted(sentence).has(before, "promise", "relative_to_act")


def _chinese(sentence: Span, piece: _Clause, time: TimeMention | None) -> bool:
    if _is_something_else(sentence, piece, time):
        return False
    agent = piece.says("self") or piece.says("team")
    benefit = piece.says("benefit")
    strong = piece.says("act")
    if time is not None:
        return _chinese_with_time(piece, time, agent, benefit, strong)
    soon = bool(piece.times) and agent and benefit and not piece.says("weak")
    if not (strong or soon):
        return False
    meant = bool(piece.times) or piece.says("future")
    if benefit:
        return meant or (agent and piece.says("contact"))
    return agent and piece.says("future")


def _chinese_with_time(piece: _Clause, time: TimeMention, agent: bool, benefit: bool, strong: bool) -> bool:
    """With a time even a soft act can be checked; so can whatever a named doer "will" do by then."""
    if agent and strong:
        return True
    if piece.says("things"):
        return benefit and strong
    if strong or benefit or piece.says("weak"):
        return agent or benefit or piece.says("dropped_subject")
    return agent and (piece.says("will") or time.bounded)


def _is_something_else(sentence: Span, piece: _Clause, time: TimeMention | None) -> bool:
    if _is_question(sentence) or piece.says("refusal"):
        return True
    if _is_customers(piece) or piece.says("slogan"):
        return True
    if any(_says(sentence, key) for key in ("report", "general_rule")):
        return True
    own = piece.says("self") and piece.says("benefit")
    if piece.says("info") and not own:
        return True
    if piece.says("conditional"):
        return True
    return _is_finished(piece, time)


def _is_customers(piece: _Clause) -> bool:
    """Whether the customer acts."""
    if not piece.times:
        return piece.says("customer_acts")
    return material("promise").pattern("promise", "customer_acts").search(_without_times(piece)) is not None


def _without_times(piece: _Clause) -> str:
    """The folded clause without its times: 您一周后复查 and 您复查 have the same doer."""
    folded = piece.span.folded
    for time in sorted(piece.times, key=lambda mention: -mention.start):
        start, end = time.start - piece.span.start, time.end - piece.span.start
        folded = folded[:start] + folded[end:]
    return folded


def _is_finished(piece: _Clause, time: TimeMention | None) -> bool:
    past = any(mention.past for mention in piece.times)
    if not past and not piece.says("finished"):
        return False
    return not (time is not None and piece.concrete is not None and piece.says("arranged"))


def _is_question(sentence: Span) -> bool:
    asked = sentence.ending in {"?", "？"} or _says(sentence, "question")
    return asked and not _says(sentence, "offer")


def _english(sentence: Span, piece: _Clause, time: TimeMention | None) -> bool:
    folded = piece.span.folded.replace("’", "'")
    sifted = material("promise").sifted(fold(sentence.original).replace("’", "'"))
    if sentence.ending == "?" or not sifted.has(folded, "english", "agent"):
        return False
    barred = ("info", "finished", "refusal", "slogan", "conditional")
    if any(sifted.has(folded, "english", key) for key in barred):
        return False
    return time is not None or not sifted.has(folded, "english", "weak")


def _action(piece: _Clause) -> str:
    """The clause without its times and fillers: what is to be done."""
    text = piece.span.text
    for time in sorted(piece.times, key=lambda mention: -mention.start):
        start, end = time.start - piece.span.start, time.end - piece.span.start
        text = text[:start] + text[max(start, end) :]
    return _FILLER.sub("", text.strip()) or piece.span.text


def _says(span: Span, key: str) -> bool:
    return _sifted(span).has(span.folded, "promise", key)


def _sifted(span: Span) -> Sifted:
    return material("promise").sifted(fold(span.original))
