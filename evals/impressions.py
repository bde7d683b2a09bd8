"""What a conversation looks like from afar: where it lies in the embedding space, and whether it alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from copilot.request import TurnIn
from copilot.retrieval import turn_vectors
from copilot.signals.emergency import detect
from evals.cases import conversation_of
from evals.observation import neutral_client
from knowledge.embedding import Embedder
from knowledge.model import ClientSettings

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Impression:
    """One conversation: the unit mean of its customer turns' vectors (None without any), and its alert."""

    vector: Vector | None
    alarms: bool


class Impressed(Protocol):
    """Looks at conversations."""

    def look(self, turns: Sequence[TurnIn], lang: str) -> Impression:
        """Return the impression of one conversation."""
        ...


@dataclass(frozen=True, slots=True)
class SignalEye:
    """Embeds the customer's turns once and hands the vectors to the emergency detector."""

    embedder: Embedder

    def look(self, turns: Sequence[TurnIn], lang: str) -> Impression:
        """Return the impression; the detector runs with the default protocol."""
        client = neutral_client(lang)
        conversation = conversation_of(tuple(turns), client)
        found = turn_vectors(conversation, self.embedder.queries)
        seen = turn_vectors(conversation, self.embedder.turns)
        vectors = {turn.index: row for turn, row in zip(seen.turns, seen.matrix, strict=True)}
        settings = ClientSettings(id=client, name=client, language=lang)
        return Impression(_unit_mean(found.matrix), bool(detect(conversation, vectors, settings).alerts))


def _unit_mean(matrix: Vector) -> Vector | None:
    if not len(matrix):
        return None
    mean: Vector = matrix.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / length if length > 0 else None
