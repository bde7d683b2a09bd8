"""The hand-over goes to the wrong desk, or with the wrong clock."""

from __future__ import annotations

from collections.abc import Iterator

from evals.cases import ConversationCase
from evals.scorers.mark import Mark, Seen, harm


def score(seen: Seen) -> Iterator[Mark]:
    """Mark escalations of another priority or to another addressee than expected."""
    case, answer = seen.case, seen.observation.answer
    if not isinstance(case, ConversationCase):
        return
    draft = answer.escalation if answer else None
    wanted = case.priority or (case.escalation.priority if case.escalation else None)
    if wanted is not None:
        got = draft.priority if draft else "no draft"
        yield harm("wrong_priority", got != wanted, f"expected {wanted}, got {got}", f"{wanted}→{got}")
    addressee = case.escalation.to if case.escalation else None
    if addressee is not None:
        to = draft.to if draft else "no draft"
        yield harm("wrong_addressee", to != addressee, f"expected {addressee}, got {to}", addressee)
