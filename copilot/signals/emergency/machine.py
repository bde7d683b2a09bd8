"""The kernel machine of the classifier: how near a turn is to the turns it was taught.

Cheap enough for every turn: vectors are compared along their main axes only, words by adding up rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from copilot.signals.emergency.features import FloatArray

WIDTH = 3.0  # gamma of the Gaussian kernel, over unit vectors and words
AXES = 160  # main axes of the vectors: 80% of their variance; a hundred less and a hundred more say the same
STEPS = 400  # support vectors are kept in steps of 1/400; their entries stay below 0.31

Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Axes:
    """The way from a vector to its place: `center` (384,) and `directions` (384, axes)."""

    center: FloatArray
    directions: FloatArray

    def place(self, vectors: FloatArray) -> FloatArray:
        """Return the places of vectors (…, 384) along the axes (…, axes)."""
        return np.asarray((vectors - self.center) @ self.directions, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Support:
    """The turns kept from training: `places` (n, axes), words `present` (n, words), signed `weights` (n,)."""

    places: FloatArray
    present: Bits
    weights: FloatArray


@dataclass(frozen=True, slots=True)
class Machine:
    """A kernel machine ready to judge.

    `loudness` (words,) is how far apart a word puts two turns, `words` (words, n) its square where a kept
    turn has the word and 0 elsewhere, `squares` (n,) the squared lengths of the kept turns.
    """

    axes: Axes
    support: Support
    loudness: FloatArray
    words: FloatArray
    squares: FloatArray
    offset: float


def machine(axes: Axes, support: Support, loudness: FloatArray, offset: float) -> Machine:
    """Return the machine with what it needs to be quick."""
    words = np.ascontiguousarray((support.present * loudness**2).T.astype(np.float32))
    squares = (np.sum(support.places**2, axis=1) + words.sum(axis=0)).astype(np.float32)
    return Machine(axes, support, loudness, words, squares, offset)


def margin(made: Machine, vector: FloatArray, present: Bits) -> float:
    """Return the margin of a turn with the words `present` (words,): positive means danger."""
    place = made.axes.place(vector)
    own = float(place @ place + np.sum(made.loudness[present] ** 2))
    # vecdot, not @: a threaded BLAS spins for milliseconds on busy cores over a product of a tenth of one.
    shared = np.vecdot(made.support.places, place)
    for index in np.flatnonzero(present & (made.loudness > 0)):
        shared += made.words[index]
    near = np.exp(np.float32(-WIDTH) * (made.squares - 2 * shared + np.float32(own)))
    return float(np.vecdot(near, made.support.weights)) + made.offset


def packed(made: Machine) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a file."""
    return {
        "center": made.axes.center.astype(np.float16),
        "directions": made.axes.directions.astype(np.float16),
        "support": np.clip(np.rint(made.support.places * STEPS), -127, 127).astype(np.int8),
        "support_words": np.packbits(made.support.present, axis=1),
        "loudness": made.loudness.astype(np.float16),
        "support_weights": made.support.weights.astype(np.float16),
        "offset": np.array(made.offset, dtype=np.float32),
    }


def unpacked(raw: Mapping[str, npt.NDArray[Any]]) -> Machine:
    """Return the machine of a file. Raises KeyError and ValueError when it is damaged."""
    loudness = raw["loudness"].astype(np.float32)
    axes = Axes(raw["center"].astype(np.float32), raw["directions"].astype(np.float32))
    support = Support(
        places=(raw["support"] / STEPS).astype(np.float32),
        present=np.unpackbits(raw["support_words"], axis=1, count=len(loudness)).astype(np.bool_),
        weights=raw["support_weights"].astype(np.float32),
    )
    return machine(axes, support, loudness, float(raw["offset"]))
