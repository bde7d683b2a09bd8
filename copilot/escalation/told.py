"""Promises that the customer tells of: what was said earlier, when it fell due, and that nothing came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from copilot.conversation import Turn
from copilot.escalation.findings import Case
from copilot.escalation.words import is_about, pattern
from copilot.language import fold
from copilot.signals.text import Span, all_clauses
from copilot.signals.times import TimeMention, find_times


@dataclass(frozen=True, slots=True)
class ToldPromise:
    """An earlier promise in the customer's words. `due_at` is None where its start is not known."""

    quote: str
    turn_index: int
    due_at: datetime | None
    late: bool


def told_promises(case: Case) -> tuple[ToldPromise, ...]:
    """Return the promises that the customer says he was given before this conversation."""
    waiting = is_about("still_waiting", case.said)
    found = [
        _told(span, turn, case, waiting)
        for turn in case.turns
        if turn.role == "customer"
        for span in _tellings(turn.text)
    ]
    return tuple(promise for promise in found if promise is not None)


def _tellings(text: str) -> Iterator[Span]:
    """Clauses that tell of a promise, or two that do so together (「10号就答应我的 两个工作日回电」)."""
    clauses = all_clauses(text)
    alone = [clause for clause in clauses if _tells(clause)]
    if alone:
        yield from alone
        return
    for first, second in pairwise(clauses):
        both = Span(text, first.start, second.end)
        if _tells(both):
            yield both
            return


def _tells(clause: Span) -> bool:
    return is_about("told_promise", clause.text) and not is_about("hearsay", clause.text)


def _told(clause: Span, turn: Turn, case: Case, waiting: bool) -> ToldPromise | None:
    now = case.conversation.now
    said_at = _said_at(clause, turn, case)
    times = find_times(_promised(clause.text), said_at or turn.at or now, case.timezone)
    bounded = [time for time in times if time.due is not None]
    if not bounded:
        return None
    due = _due(bounded[-1], said_at)
    late = waiting or (due is not None and due < now)
    return ToldPromise(clause.text, turn.index, due, late)


def _promised(clause: str) -> str:
    """What is said behind the last word of saying."""
    return clause[_saying(clause).end :]


def _saying(clause: str) -> Span:
    """The last word of saying; nothing, at the clause's start, without one."""
    found = list(pattern("saying").finditer(fold(clause)))
    return Span(clause, found[-1].start(), found[-1].end()) if found else Span(clause, 0, 0)


def _due(time: TimeMention, said_at: datetime | None) -> datetime | None:
    """When it fell due; unknown where the start of a term is, or where it would lie before the saying."""
    if said_at is None:
        return None if time.kind in {"length", "workdays"} else time.due
    return time.due if time.due is not None and time.due > said_at else None


def _said_at(clause: Span, turn: Turn, case: Case) -> datetime | None:
    """When the promise was given: the last past time that the customer named up to there."""
    times = [
        time
        for other in case.turns
        if other.role == "customer" and other.index <= turn.index
        for time in find_times(_before(other, turn, clause), other.at or case.conversation.now, case.timezone)
    ]
    past = [moment for time in times if (moment := _past(time, case.conversation.now))]
    return past[-1] if past else None


def _before(other: Turn, turn: Turn, clause: Span) -> str:
    return other.text if other.index < turn.index else other.text[: clause.start + _saying(clause.text).start]


def _past(time: TimeMention, now: datetime) -> datetime | None:
    if time.kind in {"length", "workdays", "vague"} or time.due is None or time.due >= now:
        return None
    return time.due
