"""A promise without a clock is kept by nobody; a clock without a promise cries wolf."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from evals.cases import PromiseCase
from evals.scorers.mark import Mark, Seen, harm


def same_moment(left: datetime | None, right: datetime | None) -> bool:
    """Return whether both name the same minute, or neither names any."""
    if left is None or right is None:
        return left is None and right is None
    return abs(left - right) < timedelta(minutes=1)


def score(seen: Seen) -> Iterator[Mark]:
    """Mark missed, invented and misdated promises."""
    case = seen.case
    if not isinstance(case, PromiseCase):
        return
    answer = seen.observation.answer
    found = answer.promises if answer else ()
    if not case.promise:
        quote = found[0].quote if found else ""
        yield harm("invented_promise", bool(found), f"“{quote}” is no promise")
        return
    yield harm("missed_promise", not found, f"“{case.text}” is a promise")
    if not found:
        return
    wrong = not any(same_moment(promise.due_at, case.due) for promise in found)
    got = ", ".join(str(promise.due_at) for promise in found)
    yield harm("misdated_promise", wrong, f"due {case.due}, got {got}")
