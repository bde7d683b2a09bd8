"""The product raised an error instead of answering."""

from __future__ import annotations

from collections.abc import Iterator

from evals.scorers.mark import Mark, Seen, harm


def score(seen: Seen) -> Iterator[Mark]:
    """Mark cases that ended in an error."""
    failure = seen.observation.failure
    yield harm("product_failed", failure is not None, failure or "")
