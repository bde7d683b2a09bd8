"""What the classifier sees of a turn: its vector, its context, its letters, the words of the rules."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copilot.signals.emergency.text import Normalised

FloatArray = npt.NDArray[np.float32]
VECTOR_SIZE = 384
CONTEXT_DECAY = 0.6  # each turn further back counts this much less
CONTEXT_TURNS = 6
MAX_GRAM = 3


@dataclass(frozen=True, slots=True)
class Grams:
    """Hashed character n-grams of a text: buckets (unique, rising) and their weights (unit length)."""

    buckets: npt.NDArray[np.int64]
    weights: FloatArray


def context_vector(previous: Sequence[FloatArray]) -> FloatArray:
    """The decayed mean of the earlier customer turns' vectors (oldest first), unit length or zero."""
    total = np.zeros(VECTOR_SIZE, dtype=np.float32)
    for back, vector in enumerate(reversed(previous[-CONTEXT_TURNS:])):
        total += np.float32(CONTEXT_DECAY**back) * vector
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > 0 else total


def _pieces(text: str) -> list[str]:
    """Character n-grams of Chinese, words and word pairs of Latin text."""
    words: list[str] = []
    current = ""
    units: list[str] = []
    for character in f"{text} ":
        if character.isascii() and (character.isalnum() or character == "'"):
            current += character
            continue
        if current:
            words.append(current)
            units.append(current if current.isalpha() else "#")
            current = ""
        if not character.isspace():
            units.append(character)
    grams = [
        "".join(units[start : start + size]) if size == 1 else "\x1f".join(units[start : start + size])
        for size in range(1, MAX_GRAM + 1)
        for start in range(len(units) - size + 1)
    ]
    stems = [f"^{word[:5]}" for word in words if len(word) > 4]
    return grams + stems


def grams(normalised: Normalised, size: int) -> Grams:
    """The hashed n-grams of a turn in `size` buckets; weights are square roots of counts, unit length."""
    hashed = [zlib.crc32(piece.encode()) % size for piece in _pieces(normalised.text)]
    counts = Counter(hashed or [0])  # half of the time that np.unique takes for so few
    buckets = sorted(counts)
    weights = np.sqrt([counts[bucket] for bucket in buckets]).astype(np.float32)
    return Grams(
        buckets=np.array(buckets, dtype=np.int64),
        weights=weights / np.float32(np.linalg.norm(weights) or 1.0),
    )
