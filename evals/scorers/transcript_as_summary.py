"""The hand-over is a transcript: it cannot be read in thirty seconds."""

from __future__ import annotations

from collections.abc import Iterator

from evals.matching import normalise
from evals.scorers.mark import Mark, Seen, harm
from evals.scorers.reading import talk_of

_SHORTEST = 12  # normalised characters; shorter turns are repeated by chance
_MOST_VERBATIM = 0.5


def score(seen: Seen) -> Iterator[Mark]:
    """Mark drafts that repeat more than half of the customer's longer turns word for word."""
    case, answer = talk_of(seen), seen.observation.answer
    if case is None or answer is None or answer.escalation is None:
        return
    text = normalise(answer.escalation.text)
    turns = [
        words
        for turn in case.turns
        if turn.role == "customer" and len(words := normalise(turn.text)) >= _SHORTEST
    ]
    if not turns:
        return
    repeated = sum(words in text for words in turns)
    copied = len(turns) > 1 and repeated / len(turns) > _MOST_VERBATIM
    yield harm(
        "transcript_as_summary", copied, f"repeats {repeated} of {len(turns)} customer turns word for word"
    )
