"""Promises that the customer tells of: what was said earlier, when it fell due, and that nothing came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from copilot.conversation import Turn
from copilot.escalation.findings import Case
from copilot.escalation.words import is_about
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
    alone = [clause for clause in clauses if is_about("told_promise", clause.text)]
    if alone:
        yield from alone
        return
    for first, second in pairwise(clauses):
        both = Span(text, first.start, second.end)
        if is_about("told_promise", both.text):
            yield both
            return


def _told(clause: Span, turn: Turn, case: Case, waiting: bool) -> ToldPromise | None:
    now = case.conversation.now
    said_at = _said_at(clause, turn, case)
    times = find_times(clause.text, said_at or turn.at or now, case.timezone)
    bounded = [time for time in times if time.due is not None]
    if not bounded:
        return None
    due = bounded[-1].due if said_at is not None or bounded[-1].kind not in {"length", "workdays"} else None
    late = waiting or (due is not None and due < now)
    return ToldPromise(clause.text, turn.index, due, late)


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
    return other.text if other.index < turn.index else other.text[: clause.end]


def _past(time: TimeMention, now: datetime) -> datetime | None:
    if time.kind in {"length", "workdays", "vague"} or time.due is None or time.due >= now:
        return None
    return time.due
