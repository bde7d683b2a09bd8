"""Whether the request is of a kind that services have rules for, whoever the client is.

"Where is my refund" has a rule nearly everywhere; "do you ship to Kenya", "are you hiring", "can you wrap it"
seldom have one, and search finds something near to them all the same. A linear model over the request's
vector and its letters, taught with the requests of many clients (`python -m evals.bench.fit_answering`).
It tells nothing about this client: it is one feature beside what his articles say (`ranking.py`).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from copilot.language import fold

Floats = NDArray[np.float32]
WEIGHTS = "usual.npz"
BUCKETS = 1 << 15
MAX_GRAM = 3
# How loud the two halves are before training: found leaving one client out.
VECTOR_SCALE, LETTERS_SCALE = 10.0, 6.0
_UNIT = re.compile(r"[a-z][a-z']*|\d+|[^\s\w]|[^\W\da-z]")


class UsualError(RuntimeError):
    """The weights cannot be read."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Hashed n-grams of a text: buckets (unique, rising) and their weights (unit length)."""

    buckets: NDArray[np.int64]
    weights: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """`center` and `vector` (dimensions,) for the request's vector, `letters` (BUCKETS,), and the bias."""

    center: Floats
    vector: Floats
    letters: Floats
    bias: float


def letters(text: str) -> Letters:
    """Return the hashed n-grams of characters (Chinese) and words (English); numbers are alike."""
    units = ["#" if unit[0].isdigit() else unit for unit in _UNIT.findall(fold(text))]
    pieces = [
        "\x1f".join(units[start : start + size])
        for size in range(1, MAX_GRAM + 1)
        for start in range(len(units) - size + 1)
    ]
    hashed = [zlib.crc32(piece.encode()) % BUCKETS for piece in pieces]
    buckets, counts = np.unique(np.array(hashed or [0], np.int64), return_counts=True)
    weights = np.sqrt(counts).astype(np.float32)
    return Letters(buckets, weights / np.float32(np.linalg.norm(weights)))


@lru_cache(maxsize=2)
def weights(name: str = WEIGHTS) -> Weights:
    """Return the shipped weights of that name. Raises UsualError when they are missing or damaged."""
    try:
        with files(__package__).joinpath(name).open("rb") as stream, np.load(stream) as raw:
            return Weights(
                center=raw["center"].astype(np.float32),
                vector=raw["vector"].astype(np.float32),
                letters=raw["letters"].astype(np.float32),
                bias=float(raw["bias"]),
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise UsualError(f"{name}: {error}") from error


def usual(text: str, vector: Floats | None) -> float:
    """Return the log-odds that a service has a rule for what `text` asks.

    `vector` is the text's own unit vector; without it, or with one of another embedder, the letters decide.
    """
    return usual_with(weights(), text, vector)


def usual_with(model: Weights, text: str, vector: Floats | None) -> float:
    """Return the log-odds under `model` (training measures weights that are not saved)."""
    found = letters(text)
    score = model.bias + float(model.letters[found.buckets] @ found.weights)
    if vector is not None and vector.shape == model.vector.shape:
        score += float((vector - model.center) @ model.vector)
    return score
