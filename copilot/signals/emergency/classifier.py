"""The classifier layer: a calibrated linear model over the turn's vector, context, letters and rule words.

No model server, no framework: the weights are data, the arithmetic is numpy.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from copilot.signals.emergency.features import (
    VECTOR_SIZE,
    FloatArray,
    context_vector,
    grams,
)
from copilot.signals.emergency.rules import Reading
from copilot.signals.emergency.text import Normalised

WEIGHTS = "weights.npz"
GRAM_BUCKETS = 1 << 14
# How loud each block of features is before training: found on validation batches (docs/emergencies.md).
SCALES = {
    "vector": 6.0,
    "random": 8.0,
    "context": 3.0,
    "classes": 0.5,
    "situations": 1.0,
    "shape": 1.0,
    "grams": 6.0,
}


class ClassifierError(RuntimeError):
    """The weights cannot be read, or a vector does not fit them: the layer cannot run."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What training leaves. Rows are features in the order of `dense_row`, then the gram buckets.

    `alert` and `severe` have shape (features + 1,), `category` (dense features + 1, categories);
    the bias stands last.
    """

    word_classes: tuple[str, ...]
    situations: tuple[str, ...]
    categories: tuple[str, ...]
    alert: FloatArray
    severe: FloatArray
    category: FloatArray


@dataclass(frozen=True, slots=True)
class Judgement:
    """P(urgent or emergency), P(emergency given an alert) and the most likely category of one turn."""

    alert: float
    severe: float
    category: str


def _presence(names: Sequence[str], found: frozenset[str]) -> FloatArray:
    return np.array([name in found for name in names], dtype=np.float32)


def _shape(normalised: Normalised, position: int) -> FloatArray:
    """Length (log), how far into the conversation, and whether the text is Latin: registers differ."""
    text = normalised.text
    latin = sum(c.isascii() and c.isalpha() for c in text) > len(text) / 2
    return np.array([np.log1p(len(text)) / 5, min(3, position) / 3, float(latin)], dtype=np.float32)


def dense_row(
    weights: Weights, reading: Reading, vector: FloatArray, previous: Sequence[FloatArray]
) -> FloatArray:
    """The features of one turn but its grams. Raises ClassifierError for a vector of another size."""
    if vector.shape != (VECTOR_SIZE,):
        raise ClassifierError(f"a vector of shape {vector.shape}, not ({VECTOR_SIZE},)")
    fired = frozenset(match.situation.id for match in reading.matches)
    return np.concatenate(
        [
            SCALES["vector"] * vector,
            SCALES["context"] * context_vector(previous),
            SCALES["classes"] * _presence(weights.word_classes, reading.classes),
            SCALES["situations"] * _presence(weights.situations, fired),
            SCALES["shape"] * _shape(reading.normalised, len(previous)),
        ]
    ).astype(np.float32)


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The shipped weights. Raises ClassifierError when they are missing or damaged."""
    try:
        with files(__package__).joinpath(WEIGHTS).open("rb") as stream, np.load(stream) as raw:
            return Weights(
                word_classes=tuple(str(name) for name in raw["word_classes"]),
                situations=tuple(str(name) for name in raw["situations"]),
                categories=tuple(str(name) for name in raw["categories"]),
                alert=raw["alert"].astype(np.float32),
                severe=raw["severe"].astype(np.float32),
                category=raw["category"].astype(np.float32),
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ClassifierError(f"{WEIGHTS}: {error}") from error


def _sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))


def _score(head: FloatArray, dense: FloatArray, found: Grams) -> float:
    letters = head[len(dense) + found.buckets] @ found.weights
    return float(head[: len(dense)] @ dense + SCALES["grams"] * letters + head[-1])


def judge(reading: Reading, vector: FloatArray, previous: Sequence[FloatArray]) -> Judgement:
    """Return the judgement of one turn; `previous` are the earlier customer turns' vectors, oldest first."""
    return judge_with(weights(), reading, vector, previous)


def judge_with(
    model: Weights, reading: Reading, vector: FloatArray, previous: Sequence[FloatArray]
) -> Judgement:
    """Return the judgement of one turn under `model` (training measures unsaved weights)."""
    dense = dense_row(model, reading, vector, previous)
    found = grams(reading.normalised, GRAM_BUCKETS)
    kinds = dense @ model.category[:-1] + model.category[-1]
    return Judgement(
        alert=_sigmoid(_score(model.alert, dense, found)),
        severe=_sigmoid(_score(model.severe, dense, found)),
        category=model.categories[int(np.argmax(kinds))],
    )
