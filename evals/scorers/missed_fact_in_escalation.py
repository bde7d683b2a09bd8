"""The client company has to call back, because the hand-over lacks a fact."""

from __future__ import annotations

from collections.abc import Iterator

from evals.cases import ConversationCase
from evals.matching import hits
from evals.scorers.mark import Mark, Seen, harm


def score(seen: Seen) -> Iterator[Mark]:
    """Mark each expected fact and each expected ask that the summary does not hold."""
    case, answer = seen.case, seen.observation.answer
    if not isinstance(case, ConversationCase) or case.escalation is None:
        return
    draft = answer.escalation if answer else None
    text = f"{draft.headline}\n{draft.text}" if draft else ""
    yield harm("missing_escalation", draft is None, "no escalation was drafted")
    for fact in case.escalation.facts:
        missing = not hits(text, fact.alternatives)
        yield harm(
            "missed_fact_in_escalation", missing, f"{fact.slot}: {' / '.join(fact.alternatives)}", fact.slot
        )
    for group in case.escalation.ask:
        missing = not hits(text, group)
        yield harm("missed_ask_in_escalation", missing, f"does not ask: {' / '.join(group)}")
