"""What happens to the traffic, be it good or bad."""

from __future__ import annotations

from collections.abc import Iterator

from evals.scorers.mark import Mark, Seen
from evals.scorers.reading import suggestions_of, talk_of


def score(seen: Seen) -> Iterator[Mark]:
    """Mark whether the conversation escalates, alerts, is abstained from, and stays with the agent."""
    answer = seen.observation.answer
    if talk_of(seen) is None or answer is None:
        return
    suggestions = suggestions_of(seen)
    escalates = bool(suggestions) and suggestions[0].authority == "needs_escalation"
    yield Mark("escalates", float(escalates))
    yield Mark("alerts", float(bool(answer.alerts)))
    yield Mark("abstains", float(answer.abstained is not None))
    yield Mark("solved_at_first_hand", float(bool(suggestions) and not escalates))
