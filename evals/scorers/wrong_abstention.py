"""It answers what the knowledge does not know, or is silent where the knowledge has the answer."""

from __future__ import annotations

from collections.abc import Iterator

from evals.cases import ConversationCase
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import is_emergency, suggestions_of


def score(seen: Seen) -> Iterator[Mark]:
    """Mark guesses (no_answer), refusals (answerable) and advice where none was needed (chitchat)."""
    case = seen.case
    if not isinstance(case, ConversationCase):
        return
    suggestions, answer = suggestions_of(seen), seen.observation.answer
    abstained = answer is not None and answer.abstained is not None
    if case.kind == "chitchat":
        needless = bool(suggestions) or abstained
        yield harm("needless_advice", needless, "advice on a greeting or thanks")
        return
    if case.kind == "no_answer":
        guessed = bool(suggestions) or not abstained
        title = suggestions[0].title if suggestions else "nothing at all"
        yield harm("unrecognised_gap", guessed, f"the knowledge does not answer this; given: {title}")
        yield harm("wrong_abstention", guessed, f"the knowledge does not answer this; given: {title}")
        return
    refused = not suggestions and not is_emergency(seen.observation)
    about = case.relevant[0] if case.relevant else ""
    reason = answer.abstained.reason if answer and answer.abstained else "neither suggestion nor abstention"
    yield harm("false_refusal", refused, f"{about} answers this; {reason}", about)
    yield harm("wrong_abstention", refused, f"{about} answers this; {reason}", about)
