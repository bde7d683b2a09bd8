"""The classifier layer: the mean of a linear model and a kernel machine over what a turn shows.

No model server, no framework: the weights are data, the arithmetic is numpy.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from copilot.signals.emergency.features import (
    CONTEXT_TURNS,
    VECTOR_SIZE,
    FloatArray,
    Grams,
    context_vector,
    grams,
)
from copilot.signals.emergency.rules import Reading
from copilot.signals.emergency.text import Normalised

WEIGHTS = "weights.npz"
GRAM_BUCKETS = 1 << 14
_SHAPES = 3  # the features of `_shape`, last in a dense row
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

KERNEL_WIDTH = 3.0  # gamma of the Gaussian kernel, over unit vectors and rule words
KERNEL_WORDS = 0.3  # how loud rule words are beside the vector inside the kernel
KERNEL_SLOPE = 2.5  # from the machine's margin to a probability
CLOSE = 0.25  # how likely a second category must be, relative to the first, to have its services named
VECTOR_STEPS = 400  # support vectors are kept in steps of 1/400; entries of unit vectors stay below 0.31


class ClassifierError(RuntimeError):
    """The weights cannot be read, or a vector does not fit them: the layer cannot run."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What training leaves. Rows are features in the order of `dense_row`, then the gram buckets.

    `alert` and `severe` have shape (features + 1,), `category` (dense features + 1, categories);
    the bias stands last. The kernel machine keeps its support vectors in rows like `kernel_row`, the
    embedding in whole steps of 1/400, and one signed weight for each; `offset` is its bias.
    """

    word_classes: tuple[str, ...]
    situations: tuple[str, ...]
    categories: tuple[str, ...]
    alert: FloatArray
    severe: FloatArray
    category: FloatArray
    support: FloatArray
    support_squares: FloatArray
    support_weights: FloatArray
    offset: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """P(urgent or emergency), P(emergency given an alert) and the most likely category of one turn.

    `also` is a second category that is likely enough for its services to be named, too.
    """

    alert: float
    severe: float
    category: str
    also: str | None = None


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


def _support(vectors: npt.NDArray[np.int8], words: npt.NDArray[np.float16]) -> FloatArray:
    return np.hstack([vectors.astype(np.float32) / VECTOR_STEPS, words.astype(np.float32)])


def kernel_row(dense: FloatArray) -> FloatArray:
    """The part of a dense row that the kernel compares: the vector and the words of the rules."""
    words = dense[2 * VECTOR_SIZE : -_SHAPES]
    return np.concatenate([dense[:VECTOR_SIZE] / SCALES["vector"], KERNEL_WORDS * words]).astype(np.float32)


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The shipped weights. Raises ClassifierError when they are missing or damaged."""
    try:
        with files(__package__).joinpath(WEIGHTS).open("rb") as stream, np.load(stream) as raw:
            support = _support(raw["support_vectors"], raw["support_words"])
            return Weights(
                word_classes=tuple(str(name) for name in raw["word_classes"]),
                situations=tuple(str(name) for name in raw["situations"]),
                categories=tuple(str(name) for name in raw["categories"]),
                alert=raw["alert"].astype(np.float32),
                severe=raw["severe"].astype(np.float32),
                category=raw["category"].astype(np.float32),
                support=support,
                support_squares=np.sum(support**2, axis=1),
                support_weights=raw["support_weights"].astype(np.float32),
                offset=float(raw["offset"]),
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ClassifierError(f"{WEIGHTS}: {error}") from error


def _sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))


def _score(head: FloatArray, dense: FloatArray, found: Grams) -> float:
    letters = head[len(dense) + found.buckets] @ found.weights
    return float(head[: len(dense)] @ dense + SCALES["grams"] * letters + head[-1])


def _margin(model: Weights, row: FloatArray) -> float:
    """The kernel machine's margin: positive means danger."""
    # einsum, not @: a threaded BLAS spins for milliseconds on busy cores over a product of half of one.
    apart = model.support_squares - 2 * np.einsum("ij,j->i", model.support, row) + np.sum(row**2)
    return float(np.sum(np.exp(-KERNEL_WIDTH * apart) * model.support_weights)) + model.offset


def _kinds(model: Weights, dense: FloatArray) -> tuple[str, str | None]:
    """The most likely category, and the next one where it is not far behind."""
    scores = dense @ model.category[:-1] + model.category[-1]
    order = np.argsort(-scores, kind="stable")
    close = len(order) > 1 and float(np.exp(scores[order[1]] - scores[order[0]])) >= CLOSE
    return model.categories[order[0]], model.categories[order[1]] if close else None


def judge(reading: Reading, vector: FloatArray, previous: Sequence[FloatArray]) -> Judgement:
    """Return the judgement of one turn; `previous` are the earlier customer turns' vectors, oldest first."""
    # Copies: a row of a matrix would keep the whole matrix. Older turns do not count.
    recent = tuple(row.copy() for row in previous[-CONTEXT_TURNS:])
    return _judged(_Case(weights(), reading, vector.copy(), recent))


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """What a judgement rests on, comparable: a growing conversation asks for its earlier turns again."""

    model: Weights
    reading: Reading
    vector: FloatArray
    previous: tuple[FloatArray, ...]

    def __hash__(self) -> int:
        return hash((self.reading.normalised.original, len(self.previous)))

    def __eq__(self, other: object) -> bool:
        """Vectors are compared by their numbers, the model as the very same one."""
        return (
            isinstance(other, _Case)
            and self.model is other.model
            and self.reading == other.reading
            and len(self.previous) == len(other.previous)
            and np.array_equal(self.vector, other.vector)
            and all(map(np.array_equal, self.previous, other.previous))
        )


@lru_cache(maxsize=512)  # ten kilobytes each
def _judged(case: _Case) -> Judgement:
    return judge_with(case.model, case.reading, case.vector, case.previous)


def judge_with(
    model: Weights, reading: Reading, vector: FloatArray, previous: Sequence[FloatArray]
) -> Judgement:
    """Return the judgement of one turn under `model` (training measures unsaved weights)."""
    dense = dense_row(model, reading, vector, previous)
    found = grams(reading.normalised, GRAM_BUCKETS)
    first, second = _kinds(model, dense)
    linear = _sigmoid(_score(model.alert, dense, found))
    near = _sigmoid(KERNEL_SLOPE * _margin(model, kernel_row(dense)))
    return Judgement(
        alert=(linear + near) / 2,
        severe=_sigmoid(_score(model.severe, dense, found)),
        category=first,
        also=second,
    )
