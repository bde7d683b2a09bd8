"""A model's second opinion on what was shown. It weighs nothing: no harm or ranking rests on it."""

from __future__ import annotations

from collections.abc import Iterator

from evals.scorers.mark import Mark, Seen, harm


def score(seen: Seen) -> Iterator[Mark]:
    """Mark whether the judge finds the answer poor; nothing without a judge or a readable opinion."""
    opinion = seen.opinion
    if opinion is not None and opinion.severity is not None:
        yield harm("judged_poor", opinion.poor, f"{opinion.severity}: {opinion.why}")
