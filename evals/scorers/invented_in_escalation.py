"""The client company decides on something that nobody said."""

from __future__ import annotations

from collections.abc import Iterator

from evals.cases import ConversationCase
from evals.evidence import uncovered
from evals.matching import said
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import sources_of, suggestions_of


def score(seen: Seen) -> Iterator[Mark]:
    """Mark drafts that say a listed invention, or a figure that no source has."""
    case, answer = seen.case, seen.observation.answer
    if not isinstance(case, ConversationCase) or answer is None or answer.escalation is None:
        return
    text = f"{answer.escalation.headline}\n{answer.escalation.text}"
    reasons: list[str] = []
    if case.escalation is not None:
        reasons.extend(f"says {words}" for words in said(text, case.escalation.absent))
    if seen.own is not None:
        sources = sources_of(case, seen.own, suggestions_of(seen))
        due = answer.escalation.respond_by
        # The respond-by time is computed from the settings, not said by anybody.
        stamps = (
            {due.strftime("%H:%M"), f"{due.month}-{due.day}", f"{due.month:02}-{due.day:02}"}
            if due
            else set()
        )
        reasons.extend(
            f"no source has “{figure.words}” ({figure.kind})"
            for figure in uncovered(text, sources)
            if figure.words not in stamps
        )
    yield harm("invented_in_escalation", bool(reasons), "; ".join(reasons))
