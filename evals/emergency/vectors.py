"""Vectors of the product's own embedder, kept on disk by text, so that nothing is embedded twice."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.embedding import Embedder
from knowledge.taught import TURNS, taught_name

FloatArray = npt.NDArray[np.float32]
DEFAULT_CACHE = Path(tempfile.gettempdir()) / "agent-copilot-vectors.sqlite"
_COMMIT_EVERY = 64


def _key(embedder: Embedder, text: str) -> str:
    return hashlib.sha256(f"{embedder.name} {taught_name(TURNS)}\n{text}".encode()).hexdigest()


def vectors_of(
    texts: Iterable[str], embedder: Embedder, cache: Path = DEFAULT_CACHE
) -> dict[str, FloatArray]:
    """Return text → unit vector of a turn, embedding one by one (as a live turn is) what `cache` lacks."""
    found: dict[str, FloatArray] = {}
    with closing(sqlite3.connect(cache, timeout=60)) as database:
        database.execute("CREATE TABLE IF NOT EXISTS vectors (hash TEXT PRIMARY KEY, vector BLOB)")
        for count, text in enumerate(dict.fromkeys(texts)):
            key = _key(embedder, text)
            row = database.execute("SELECT vector FROM vectors WHERE hash = ?", (key,)).fetchone()
            if row is None:
                vector = np.asarray(embedder.turns([text])[0], dtype="<f4")
                database.execute("INSERT OR IGNORE INTO vectors VALUES (?, ?)", (key, vector.tobytes()))
            else:
                vector = np.frombuffer(row[0], dtype="<f4")
            found[text] = vector
            if count % _COMMIT_EVERY == 0:
                database.commit()
        database.commit()
    return found
