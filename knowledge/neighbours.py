"""Which rows of a client's vectors are near a question: by exact scan, or by Chroma where that takes long.

Chroma is a cache that may vanish at any moment. Each build has a folder of its own that nobody writes to
afterwards; its manifest names every file with its hash, so a damaged index is recognised before Chroma
opens it (a damaged one may end the process). While there is no sound index the exact scan answers.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.embedding import Vectors

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

Rows = NDArray[np.int64]

# Chroma's default search width misses several of a hundred neighbours in tens of thousands.
_SEARCH_WIDTH = 400
_BATCH = 2_000
_PROBES = 5
_LEFT_OVER_SECONDS = 24 * 3600


class Neighbours(Protocol):
    """The rows nearest to a unit vector of shape (dimensions,), best first."""

    def nearest(self, vector: Vectors, count: int) -> Rows:
        """Return up to `count` row numbers."""


class ExactScan:
    """Every row compared: nothing is missed, about 0.15 ms a thousand rows."""

    def __init__(self, matrix: Vectors) -> None:
        self._matrix = matrix

    def nearest(self, vector: Vectors, count: int) -> Rows:
        """Return the `count` nearest rows."""
        cosines = self._matrix @ vector
        if count >= len(cosines):
            return np.argsort(-cosines, kind="stable")
        near = np.argpartition(-cosines, count)[:count]
        return near[np.argsort(-cosines[near], kind="stable")]


class DamagedIndexError(Exception):
    """The index on disk is not what was built."""


@dataclass(frozen=True, slots=True)
class _Manifest:
    """One finished build: its folder and the hash of each of its files."""

    directory: str
    files: Mapping[str, str]


class ChromaIndex:
    """Chroma's index of one client's vectors, made and checked in the background.

    `folder` belongs to this client alone. Until the index is sound, and whenever it fails, `nearest` scans.
    """

    def __init__(self, folder: Path, client_id: str, matrix: Vectors) -> None:
        self._folder = folder
        self._matrix = matrix
        self._scan = ExactScan(matrix)
        # Chroma wants 3 to 512 ASCII characters; a client id may have one.
        self._name = f"client-{hashlib.sha256(client_id.encode()).hexdigest()[:24]}"
        self._fingerprint = hashlib.sha256(matrix.tobytes()).hexdigest()[:24]
        self._lock = threading.Lock()
        self._collection: Collection | None = None
        self._preparing: threading.Thread | None = None
        self.prepare()

    @property
    def sound(self) -> bool:
        """Whether Chroma answers (else the exact scan does)."""
        return self._collection is not None

    def nearest(self, vector: Vectors, count: int) -> Rows:
        """Return the `count` nearest rows; by exact scan while the index is not sound."""
        collection = self._collection
        if collection is None:
            self.prepare()
            return self._scan.nearest(vector, count)
        try:
            return _query(collection, vector, min(count, len(self._matrix)))
        except DamagedIndexError:
            self._collection = None
            _forget(self._manifest_path)
            self.prepare()
            return self._scan.nearest(vector, count)

    def prepare(self) -> None:
        """Open or build the index in the background, once at a time."""
        with self._lock:
            if self._collection is None and (self._preparing is None or not self._preparing.is_alive()):
                self._preparing = threading.Thread(target=self._prepare, name="index", daemon=True)
                self._preparing.start()

    def wait(self, seconds: float) -> bool:
        """Wait for the background work; return whether the index is sound."""
        preparing = self._preparing
        if preparing is not None:
            preparing.join(seconds)
        return self.sound

    @property
    def _manifest_path(self) -> Path:
        return self._folder / f"{self._fingerprint}.json"

    def _prepare(self) -> None:
        try:
            self._collection = self._open()
        except DamagedIndexError:
            _forget(self._manifest_path)
            with contextlib.suppress(DamagedIndexError, OSError):  # the scan goes on answering
                self._collection = self._build()

    def _open(self) -> Collection:
        manifest = _read_manifest(self._manifest_path)
        directory = self._folder / manifest.directory
        if _hashes(directory) != manifest.files:
            raise DamagedIndexError(directory.name)
        collection = _collection(directory, self._name, create=False)
        self._probe(collection)
        return collection

    def _build(self) -> Collection:
        """Build in a fresh folder; the manifest makes it the index once everything is on disk."""
        self._folder.mkdir(parents=True, exist_ok=True)
        directory = self._folder / f"build-{uuid.uuid4().hex[:12]}"
        collection = _collection(directory, self._name, create=True)
        for at in range(0, len(self._matrix), _BATCH):
            rows = range(at, min(at + _BATCH, len(self._matrix)))
            _add(collection, [str(row) for row in rows], self._matrix[at : at + _BATCH])
        self._probe(collection)
        manifest = _Manifest(directory.name, _hashes(directory))
        fresh = self._manifest_path.with_suffix(f".{directory.name}")
        fresh.write_text(json.dumps(asdict(manifest)), encoding="utf-8")
        fresh.replace(self._manifest_path)
        self._clean_up(keep=manifest)
        return collection

    def _probe(self, collection: Collection) -> None:
        """Ask for some known rows; an index that does not find them is none."""
        if collection.count() != len(self._matrix):
            raise DamagedIndexError("rows are missing")
        for row in np.linspace(0, len(self._matrix) - 1, _PROBES).astype(int):
            best = _query(collection, self._matrix[row], 1)[0]
            if float(self._matrix[best] @ self._matrix[row]) < 0.99:  # equal texts have equal vectors
                raise DamagedIndexError("a known row is not found")

    def _clean_up(self, keep: _Manifest) -> None:
        """Remove older builds; one of another process that is still at work is younger than a day."""
        for path in self._folder.glob("*.json"):
            if path != self._manifest_path:
                _forget(path)
        for path in self._folder.glob("build-*"):
            old = time.time() - path.stat().st_mtime > _LEFT_OVER_SECONDS
            if path.name != keep.directory and old:
                shutil.rmtree(path, ignore_errors=True)


def _collection(directory: Path, name: str, *, create: bool) -> Collection:
    # Seconds of imports that only very large clients need.
    import chromadb  # noqa: PLC0415
    from chromadb.config import Settings  # noqa: PLC0415
    from chromadb.errors import ChromaError  # noqa: PLC0415

    try:
        client = chromadb.PersistentClient(str(directory), Settings(anonymized_telemetry=False))
        if not create:
            return client.get_collection(name, embedding_function=None)
        space = {"hnsw": {"space": "ip", "ef_search": _SEARCH_WIDTH}}
        return client.create_collection(name, embedding_function=None, configuration=space)  # type: ignore[arg-type]
    except (ChromaError, ValueError, OSError, RuntimeError) as error:
        raise DamagedIndexError(str(error)) from error


def _add(collection: Collection, ids: list[str], vectors: Vectors) -> None:
    from chromadb.errors import ChromaError  # noqa: PLC0415 - as above

    try:
        collection.add(ids=ids, embeddings=vectors)
    except (ChromaError, ValueError, OSError, RuntimeError) as error:
        raise DamagedIndexError(str(error)) from error


def _query(collection: Collection, vector: Vectors, count: int) -> Rows:
    from chromadb.errors import ChromaError  # noqa: PLC0415 - as above

    try:
        found = collection.query(query_embeddings=vector[None], n_results=count, include=[])
        rows = np.array([int(row) for row in found["ids"][0]], np.int64)
    except (ChromaError, ValueError, KeyError, OSError, RuntimeError) as error:
        raise DamagedIndexError(str(error)) from error
    if not len(rows):
        raise DamagedIndexError("nothing found")
    return rows


def _hashes(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def _read_manifest(path: Path) -> _Manifest:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return _Manifest(str(content["directory"]), dict(content["files"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedIndexError(path.name) from error


def _forget(manifest: Path) -> None:
    """Remove a manifest and the build it names."""
    with contextlib.suppress(DamagedIndexError):
        shutil.rmtree(manifest.parent / _read_manifest(manifest).directory, ignore_errors=True)
    manifest.unlink(missing_ok=True)
