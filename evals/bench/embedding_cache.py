"""Embeddings kept on disk between benchmark runs: the vectors are the same, only the waiting is not."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from knowledge.embedding import Embedder, Vectors
from knowledge.taught import REQUESTS, TURNS, taught_name

_CHUNK = 400
_BATCH = 32


def request_kind() -> str:
    """Return under which kind vectors of requests are kept: those of one teaching."""
    return f"request {taught_name(REQUESTS)}"


class DiskCache:
    """An embedder that remembers every vector in one SQLite file. For one thread."""

    def __init__(self, inner: Embedder, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._inner = inner
        self._database = sqlite3.connect(path, timeout=60)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB)")
        self.name = inner.name
        self.dimensions = inner.dimensions

    def queries(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that ask."""
        return self._cached("query", texts, self._inner.queries)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that may answer."""
        return self._cached("passage", texts, self._inner.passages)

    def requests(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of requests."""
        return self._cached(request_kind(), texts, self._inner.requests)

    def turns(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of turns."""
        return self._cached(f"turn {taught_name(TURNS)}", texts, self._inner.turns)

    def keep(self, kind: str, text: str, vector: Vectors) -> None:
        """Keep a vector that was computed elsewhere, instead of one that is there."""
        row = (self.key(kind, text), np.asarray(vector, np.float32).tobytes())
        with self._database:
            self._database.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?)", row)

    def key(self, kind: str, text: str) -> str:
        """Return the key of a text's vector."""
        return hashlib.sha256(f"{self.name}\0{kind}\0{text}".encode()).hexdigest()[:32]

    def _cached(self, kind: str, texts: Sequence[str], embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        by_key = {self.key(kind, text): text for text in texts}
        known = self._recall(list(by_key))
        missing = [key for key in by_key if key not in known]
        for at in range(0, len(missing), _BATCH):
            keys = missing[at : at + _BATCH]
            fresh = dict(zip(keys, embed([by_key[key] for key in keys]), strict=True))
            self._remember(fresh)
            known |= fresh
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        return np.stack([known[self.key(kind, text)] for text in texts])

    def _recall(self, keys: Sequence[str]) -> dict[str, Vectors]:
        found: dict[str, Vectors] = {}
        for at in range(0, len(keys), _CHUNK):
            part = keys[at : at + _CHUNK]
            marks = ",".join("?" * len(part))
            sql = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608 - question marks only
            rows = self._database.execute(sql, part)
            found.update({key: np.frombuffer(vector, np.float32) for key, vector in rows})
        return found

    def _remember(self, fresh: dict[str, Vectors]) -> None:
        rows = [(key, np.asarray(vector, np.float32).tobytes()) for key, vector in fresh.items()]
        with self._database:
            self._database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
