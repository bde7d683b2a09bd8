"""A pasted article is not a suggestion, a transcript is not a summary."""

from __future__ import annotations

from collections.abc import Iterator

from evals.matching import LONGEST_ESCALATION, LONGEST_SUGGESTION, normalise, too_long
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import suggestions_of, talk_of, text_of


def score(seen: Seen) -> Iterator[Mark]:
    """Mark suggestions and escalations beyond the contract's length, white space aside."""
    case, answer = talk_of(seen), seen.observation.answer
    if case is None or answer is None:
        return
    for suggestion in suggestions_of(seen):
        text = text_of(suggestion)
        yield harm(
            "too_long", too_long(text, LONGEST_SUGGESTION, case.lang), f"{len(normalise(text))} characters"
        )
    if answer.escalation is not None:
        lang = seen.own.settings.language if seen.own else case.lang
        text = answer.escalation.text
        yield harm(
            "long_escalation", too_long(text, LONGEST_ESCALATION, lang), f"{len(normalise(text))} characters"
        )
