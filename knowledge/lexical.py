"""The lexical half of the search: BM25 over segmented, folded, stemmed words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import bm25s
import numpy as np
from numpy.typing import NDArray

from knowledge.model import WeightedText
from knowledge.text import tokens

Scores = NDArray[np.float32]


class Lexical:
    """BM25 of a client's entries. Immutable, safe between threads."""

    def __init__(self, texts: Sequence[str]) -> None:
        words = [list(tokens(text)) for text in texts]
        self._size = len(texts)
        self._ids = {
            word: number for number, word in enumerate(dict.fromkeys(w for row in words for w in row))
        }
        self._frequency = Counter(word for row in words for word in set(row))
        self._index = bm25s.BM25(method="lucene")
        if self._ids:
            coded = [[self._ids[word] for word in row] for row in words]
            self._index.index((coded, self._ids), show_progress=False)

    def scores(self, parts: Sequence[WeightedText]) -> Scores:
        """Return the raw BM25 of every entry, shape (n,): each part's words count with its weight."""
        total = np.zeros(self._size, np.float32)
        for part in parts:
            known = [self._ids[word] for word in dict.fromkeys(tokens(part.text)) if word in self._ids]
            if known and part.weight:
                total += part.weight * self._index.get_scores_from_ids(known)
        return total

    def rarity(self, word: str) -> float:
        """Return the inverse document frequency of `word`; a word no entry has is as rare as can be."""
        seen = self._frequency.get(word, 0)
        return float(np.log(1 + (self._size - seen + 0.5) / (seen + 0.5)))
