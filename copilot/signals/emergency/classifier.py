"""The classifier layer: the mean of a linear model and a kernel machine over what a turn shows.

No model server, no framework: the weights are data, the arithmetic is numpy.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from copilot.signals.emergency.features import (
    CONTEXT_TURNS,
    VECTOR_SIZE,
    FloatArray,
    Grams,
    context_vector,
    grams,
)
from copilot.signals.emergency.machine import Bits, Machine, margin, unpacked
from copilot.signals.emergency.rules import KIND, Reading
from copilot.signals.emergency.text import Normalised

WEIGHTS = "weights.npz"
GRAM_BUCKETS = 1 << 18  # fewer share letters that have nothing in common
# How loud each block of features is before training: found on validation batches (docs/emergencies.md).
SCALES = {
    "vector": 6.0,
    "context": 3.0,
    "classes": 0.5,
    "kinds": 0.7,
    "situations": 1.0,
    "shape": 1.0,
    "grams": 6.0,
}

_LETTER = re.compile("[A-Za-z]")
KERNEL_WORDS = 0.3  # how loud words of the rules are beside the vector inside the kernel
KERNEL_SLOPE = 2.5  # from the machine's margin to a probability
CLOSE = 0.25  # how likely a second category must be, relative to the first, to have its services named


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
    loudness: FloatArray
    machine: Machine


@dataclass(frozen=True, slots=True)
class Judgement:
    """P(urgent or emergency), P(emergency given an alert) and the most likely category of one turn.

    `also` is a second category that is likely enough for its services to be named, too.
    """

    alert: float
    severe: float
    category: str
    also: str | None = None


@lru_cache(maxsize=4)
def _places(names: tuple[str, ...]) -> Mapping[str, int]:
    return {name: place for place, name in enumerate(names)}


def _presence(names: tuple[str, ...], found: frozenset[str]) -> Bits:
    places = _places(names)
    present = np.zeros(len(names), dtype=np.bool_)
    present[[places[name] for name in found if name in places]] = True
    return present


def _shape(normalised: Normalised, position: int) -> FloatArray:
    """Length (log), how far into the conversation, and whether the text is Latin: registers differ."""
    text = normalised.text
    latin = len(_LETTER.findall(text)) > len(text) / 2
    return np.array([math.log1p(len(text)) / 5, min(3, position) / 3, float(latin)], dtype=np.float32)


def class_loudness(names: Sequence[str]) -> FloatArray:
    """How loud each word class is in a dense row."""
    return np.array(
        [SCALES["kinds" if name.startswith(KIND) else "classes"] for name in names], dtype=np.float32
    )


def kernel_loudness(word_classes: Sequence[str], situations: Sequence[str]) -> FloatArray:
    """How loud each word class and situation is in the kernel: kinds are too common to tell turns apart."""
    classes = np.array([0.0 if name.startswith(KIND) else SCALES["classes"] for name in word_classes])
    fired = np.full(len(situations), SCALES["situations"])
    return np.asarray(KERNEL_WORDS * np.concatenate([classes, fired]), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Row:
    """One turn as the classifier takes it: `dense` for the linear heads, `words` (bits) for the kernel."""

    dense: FloatArray
    words: Bits
    letters: Grams


def row_of(weights: Weights, reading: Reading, vector: FloatArray, previous: Sequence[FloatArray]) -> Row:
    """Return the features of one turn. Raises ClassifierError for a vector of another size."""
    if vector.shape != (VECTOR_SIZE,):
        raise ClassifierError(f"a vector of shape {vector.shape}, not ({VECTOR_SIZE},)")
    classes = _presence(weights.word_classes, reading.classes)
    situations = _presence(weights.situations, frozenset(match.situation.id for match in reading.matches))
    dense = np.concatenate(
        [
            SCALES["vector"] * vector,
            SCALES["context"] * context_vector(previous),
            weights.loudness * classes,
            np.float32(SCALES["situations"]) * situations,
            SCALES["shape"] * _shape(reading.normalised, len(previous)),
        ],
        dtype=np.float32,
    )
    letters = grams(reading.normalised, GRAM_BUCKETS)
    return Row(dense, np.concatenate([classes, situations]), letters)


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The shipped weights. Raises ClassifierError when they are missing or damaged."""
    try:
        with files(__package__).joinpath(WEIGHTS).open("rb") as stream, np.load(stream) as raw:
            word_classes = tuple(str(name) for name in raw["word_classes"])
            return Weights(
                word_classes=word_classes,
                situations=tuple(str(name) for name in raw["situations"]),
                categories=tuple(str(name) for name in raw["categories"]),
                alert=raw["alert"].astype(np.float32),
                severe=raw["severe"].astype(np.float32),
                category=np.asfortranarray(raw["category"], dtype=np.float32),
                loudness=class_loudness(word_classes),
                machine=unpacked(raw),
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ClassifierError(f"{WEIGHTS}: {error}") from error


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-min(30.0, max(-30.0, value))))


def _score(head: FloatArray, row: Row) -> float:
    dense, found = row.dense, row.letters
    letters = head[len(dense) + found.buckets] @ found.weights
    return float(np.vecdot(head[: len(dense)], dense) + SCALES["grams"] * letters + head[-1])


def _kinds(model: Weights, dense: FloatArray) -> tuple[str, str | None]:
    """The most likely category, and the next one where it is not far behind."""
    # vecdot, not @: see the kernel machine.
    scores = np.vecdot(model.category[:-1].T, dense) + model.category[-1]
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
    row = row_of(model, reading, vector, previous)
    first, second = _kinds(model, row.dense)
    linear = _sigmoid(_score(model.alert, row))
    near = _sigmoid(KERNEL_SLOPE * margin(model.machine, vector, row.words))
    return Judgement(
        alert=(linear + near) / 2,
        severe=_sigmoid(_score(model.severe, row)),
        category=first,
        also=second,
    )
