"""What the classifier sees of a turn: its vector, its context, its letters, the words of the rules."""

from __future__ import annotations

import re
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


_WORD = re.compile(r"[A-Za-z0-9']+")
# Numbers, and what looks like one, are all alike.
_NUMBER = re.compile(r"[A-Za-z]*[0-9'][A-Za-z0-9']*")
_UNIT = re.compile(r"[A-Za-z]+|\S")
_JOINT = b"\x1f"


def _checksums(text: str) -> list[int]:
    """Checksums of the n-grams of Chinese characters and Latin words, and of the stems of these."""
    units = [unit.encode() for unit in _UNIT.findall(_NUMBER.sub("#", text))]
    further = [_JOINT + unit for unit in units]
    ones = list(map(zlib.crc32, units))
    # A checksum goes on where it ended: that of three units needs only the third.
    twos = list(map(zlib.crc32, further[1:], ones))
    threes = map(zlib.crc32, further[2:], twos)
    parts = (part for word in _WORD.findall(text) for part in _parts(word))
    return [*ones, *twos, *threes, *(zlib.crc32(part.encode()) for part in parts)]


def _parts(word: str) -> list[str]:
    """How a Latin word begins, if it is long enough to have inflections."""
    return [f"^{word[:5]}"] if len(word) > 4 else []


def grams(normalised: Normalised, size: int) -> Grams:
    """The hashed n-grams of a turn in `size` buckets; weights are square roots of counts, unit length."""
    counts = Counter([piece % size for piece in _checksums(normalised.text)] or [0])
    buckets = sorted(counts)  # half of the time that np.unique takes for so few
    squares = np.array([counts[bucket] for bucket in buckets], dtype=np.float64)
    weights = np.sqrt(squares).astype(np.float32)
    length = np.sqrt(np.vecdot(weights, weights))
    return Grams(buckets=np.array(buckets, dtype=np.int64), weights=weights / length)
