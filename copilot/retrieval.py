"""From a conversation to one question for the knowledge: the open request first, what led to it less."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from copilot.conversation import Conversation, Turn
from knowledge.model import SearchQuery, WeightedText

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]

# Customer turns that are embedded; what was said before them is left out of the question.
LAST_TURNS = 30
DECAY = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class TurnVectors:
    """The customer's recent turns with their unit vectors, shape (len(turns), dimensions)."""

    turns: tuple[Turn, ...]
    matrix: Vectors


def turn_vectors(conversation: Conversation, embed: Embed, last: int = LAST_TURNS) -> TurnVectors:
    """Return the vectors of the last customer turns, each turn embedded for itself (so it is cached)."""
    turns = tuple(turn for turn in conversation.customer_turns if turn.text.strip())[-last:]
    return TurnVectors(turns, embed([turn.text for turn in turns]))


def build_query(conversation: Conversation, vectors: TurnVectors) -> SearchQuery | None:
    """Return the conversation's question, None where the customer has said nothing."""
    if not vectors.turns:
        return None
    ages = range(len(vectors.turns) - 1, -1, -1)
    weights = np.array([DECAY**age for age in ages], np.float32)
    mixed = weights @ vectors.matrix
    norm = float(np.linalg.norm(mixed))
    return SearchQuery(
        vector=(mixed / norm if norm else mixed).astype(np.float32),
        parts=tuple(
            WeightedText(turn.text, float(weight))
            for turn, weight in zip(vectors.turns, weights, strict=True)
        ),
    )
