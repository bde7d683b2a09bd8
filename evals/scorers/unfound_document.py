"""Search does not find the document that answers."""

from __future__ import annotations

from collections.abc import Iterator

from evals.cases import RetrievalCase
from evals.scorers.mark import Mark, Seen, harm


def score(seen: Seen) -> Iterator[Mark]:
    """Mark whether a relevant document is among the first one and five, and its reciprocal rank (of ten)."""
    case = seen.case
    if not isinstance(case, RetrievalCase) or not case.relevant:
        return
    found = seen.observation.found
    rank = next((i for i, name in enumerate(found, start=1) if name in case.relevant), None)
    wanted = ", ".join(case.relevant)
    yield harm("unfound_document", rank is None or rank > 5, f"wanted {wanted}, found {', '.join(found[:5])}")
    yield Mark("recall_at_1", 1.0 if rank == 1 else 0.0)
    yield Mark("mrr", 1.0 / rank if rank else 0.0)
