"""The product raised an error instead of answering, or a stage of it did."""

from __future__ import annotations

from collections.abc import Iterator

from copilot.pipeline import STAGES
from evals.scorers.mark import Mark, Seen, harm


def score(seen: Seen) -> Iterator[Mark]:
    """Mark cases that ended in an error, or whose last answer is without a stage that failed."""
    answer = seen.observation.answer
    broken = [stage for stage in STAGES if answer is not None and stage in answer.degraded]
    failure = seen.observation.failure or (f"failed: {', '.join(broken)}" if broken else None)
    yield harm("product_failed", failure is not None, failure or "")
