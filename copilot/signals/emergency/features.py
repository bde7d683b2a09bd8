"""What the classifier sees of a turn: its vector, its context, its letters, the words of the rules."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from copilot.signals.emergency.text import Normalised

FloatArray = npt.NDArray[np.float32]
VECTOR_SIZE = 384
CONTEXT_DECAY = 0.6  # each turn further back counts this much less
CONTEXT_TURNS = 6
PART = 4  # letters of a Latin word's parts


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
    """Checksums of the n-grams of Chinese characters and Latin words, and of the parts of these."""
    units = [unit.encode() for unit in _UNIT.findall(_NUMBER.sub("#", text))]
    further = [_JOINT + unit for unit in units]
    ones = list(map(zlib.crc32, units))
    # A checksum goes on where it ended: that of three units needs only the third.
    twos = list(map(zlib.crc32, further[1:], ones))
    threes = map(zlib.crc32, further[2:], twos)
    parts = (part for word in _WORD.findall(text) for part in _parts(word))
    return [*ones, *twos, *threes, *(zlib.crc32(part.encode()) for part in parts)]


def _parts(word: str) -> list[str]:
    """The parts of a Latin word of four letters or more, its ends marked."""
    marked = f"<{word}>"
    return [marked[at : at + PART] for at in range(len(marked) - PART + 1)] if len(word) > 3 else []


def grams(normalised: Normalised, size: int) -> Grams:
    """The hashed n-grams of a turn in `size` buckets; weights are square roots of counts, unit length."""
    found = np.array(_checksums(normalised.text) or [0], dtype=np.int64)
    found %= size
    found.sort()
    # By hand: np.unique takes twice as long for so few.
    starts = np.flatnonzero(_unlike_before(found))
    counts = np.empty(len(starts), dtype=np.float32)
    counts[:-1], counts[-1] = starts[1:] - starts[:-1], len(found) - starts[-1]
    weights = np.sqrt(counts)
    return Grams(buckets=found[starts], weights=weights / np.sqrt(np.vecdot(weights, weights)))


def _unlike_before(values: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Where a value differs from the one before it; the first does."""
    unlike = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=unlike[1:])
    return unlike
