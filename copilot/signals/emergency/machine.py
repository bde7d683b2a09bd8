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
BLOCK = 32  # kept turns that are compared at once: too few for a threaded BLAS to share out
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

    def place_of(self, vector: FloatArray) -> FloatArray:
        """Return the place of one vector (384,) along the axes (axes,)."""
        # vecdot, not @: a threaded BLAS spins for milliseconds on busy cores over a product of microseconds.
        return np.asarray(np.vecdot(self.directions.T, vector - self.center), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Support:
    """The turns kept from training: `places` (n, axes), words `present` (n, words), signed `weights` (n,)."""

    places: FloatArray
    present: Bits
    weights: FloatArray


@dataclass(frozen=True, slots=True)
class Machine:
    """A kernel machine ready to judge.

    `loudness` (words,) is how far apart a word puts two turns. Of the kept turns, filled up with zeros to
    whole blocks: `places` (blocks, axes, turns of a block), `words` (words, n) the square of the loudness
    where one has the word and 0 elsewhere, `squares` (n,) half the squared lengths, `weights` (n,).
    """

    axes: Axes
    support: Support
    loudness: FloatArray
    places: FloatArray
    words: FloatArray
    squares: FloatArray
    weights: FloatArray
    offset: float


def machine(axes: Axes, support: Support, loudness: FloatArray, offset: float) -> Machine:
    """Return the machine with what it needs to be quick."""
    filling = ((0, -len(support.places) % BLOCK), (0, 0))
    places = np.pad(support.places, filling)
    words = np.ascontiguousarray((np.pad(support.present, filling) * loudness**2).T.astype(np.float32))
    blocks = places.reshape(len(places) // BLOCK, BLOCK, places.shape[1]).transpose(0, 2, 1)
    return Machine(
        axes=Axes(axes.center, np.asfortranarray(axes.directions)),
        support=support,
        loudness=loudness,
        places=np.ascontiguousarray(blocks),
        words=words,
        squares=((np.sum(places**2, axis=1) + words.sum(axis=0)) / 2).astype(np.float32),
        weights=np.pad(support.weights, filling[0]),
        offset=offset,
    )


def margin(made: Machine, vector: FloatArray, present: Bits) -> float:
    """Return the margin of a turn with the words `present` (words,): positive means danger."""
    place = made.axes.place_of(vector)
    own = float(np.vecdot(place, place) + np.sum(made.loudness[present] ** 2))
    near = np.matmul(place, made.places).reshape(-1)
    for index in np.flatnonzero(present & (made.loudness > 0)):
        near += made.words[index]
    # The Gaussian of the squared distance: own + 2 * squares - 2 * what both have in common.
    near -= made.squares
    near *= np.float32(2 * WIDTH)
    near -= np.float32(WIDTH * own)
    np.exp(near, out=near)
    return float(np.vecdot(near, made.weights)) + made.offset


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
