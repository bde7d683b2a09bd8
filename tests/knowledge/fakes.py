"""An embedder without a model: texts that share words are near each other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from knowledge.embedding import EmbeddingError, Vectors
from knowledge.text import tokens


class WordEmbedder:
    """Each word has its own direction; counts what it was asked to embed."""

    name = "words"
    dimensions = 64

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self.passages(texts)

    def requests(self, texts: Sequence[str]) -> Vectors:
        return self.passages(texts)

    def turns(self, texts: Sequence[str]) -> Vectors:
        return self.passages(texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        return np.stack([self._vector(text) for text in texts]) if texts else np.empty((0, 64), np.float32)

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimensions, 0.01, np.float32)
        for word in tokens(text):
            seed = int(hashlib.sha256(word.encode()).hexdigest()[:8], 16)
            vector += np.random.default_rng(seed).normal(size=self.dimensions).astype(np.float32)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


class BrokenEmbedder(WordEmbedder):
    """Fails from the `after`-th text on."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after = after

    def passages(self, texts: Sequence[str]) -> Vectors:
        if len(self.embedded) + len(texts) > self._after:
            raise EmbeddingError("the endpoint is down")
        return super().passages(texts)
