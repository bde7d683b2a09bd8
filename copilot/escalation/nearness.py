"""How near the open request is to what the client calls urgent: cosines with its own definitions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from copilot.answer import Priority
from knowledge.model import ClientSettings

_CLAUSE = re.compile(r"[、，,；;。/]")
_PART = re.compile(r"[；;。]")
_LEVELS: tuple[Priority, ...] = ("P0", "P1", "P2", "P3")


def clauses(definition: str) -> tuple[str, ...]:
    """Return the cases that a definition lists.

    English commas also cut a list that ends in one condition for all, so the whole part is read too.
    """
    parts = _PART.split(definition) if definition.isascii() else []
    found = dict.fromkeys([*parts, *_CLAUSE.split(definition)])
    return tuple(clause for clause in found if len(clause.strip()) >= 2)


def nearness(
    request: NDArray[np.float32],
    settings: ClientSettings,
    embed: Callable[[Sequence[str]], NDArray[np.float32]],
) -> Mapping[Priority, float]:
    """Return, for each level, the cosine with its nearest case, less the mean over the levels.

    Empty where the client defines nothing. Raises EmbeddingError; a definition is embedded once.
    """
    defined = {
        level: clauses(settings.priorities[level].definition)
        for level in _LEVELS
        if level in settings.priorities
    }
    cases = {level: said for level, said in defined.items() if said}
    if not cases:
        return {}
    rows = np.asarray(embed([clause for said in cases.values() for clause in said]))
    nearest: dict[Priority, float] = {}
    at = 0
    for level, said in cases.items():
        nearest[level] = float((rows[at : at + len(said)] @ request).max())
        at += len(said)
    mean = sum(nearest.values()) / len(nearest)
    return {level: cosine - mean for level, cosine in nearest.items()}
