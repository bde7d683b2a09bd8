"""Hybrid search over one client's snapshot: what it means (vectors) and what it says (BM25).

dense + 0.35 · lexical on min-max scores. Measured: above either alone on public sets
(evals/bench/retrieval.py), and the best of 0 to 0.7 on 148 recorded conversations of ten clients.
Articles that share a name said in the talk are put ahead (`knowledge.scope`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge.confidence import confidence
from knowledge.embedding import Vectors
from knowledge.entries import Entry
from knowledge.lexical import Lexical
from knowledge.model import (
    Article,
    ArticleHit,
    Evidence,
    Passage,
    PassageHit,
    Precedent,
    PrecedentHit,
    SearchQuery,
)
from knowledge.neighbours import Neighbours
from knowledge.scope import Scopes
from knowledge.text import tokens


@dataclass(frozen=True, slots=True)
class Blend:
    """How much meaning, words and a named thing count in the hybrid score."""

    dense: float = 1.0
    lexical: float = 0.35
    named: float = 0.4


HYBRID = Blend()
# An article that answers with several passages is ahead of one with a single lucky passage.
NEXT_WEIGHT = 0.2
NEXT_COUNT = 2
MAX_PASSAGES = 40
# From each half of the search, where not every entry is compared.
CANDIDATES = 400
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question's words with their weight and rarity, and its share of Latin letters."""

    weights: Mapping[str, float]
    latin: float
    vector: Scores


@dataclass(frozen=True, slots=True)
class _Scored:
    """The scores of all entries for one query; entries that may not speak have -inf in `hybrid`."""

    hybrid: Scores
    dense: Scores
    lexical: Scores


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """What is searched: one row of `matrix` (unit vectors, float32) for each entry."""

    articles: Mapping[str, Article]
    passages: Mapping[str, Passage]
    entries: Sequence[Entry]
    matrix: Vectors


class ArticleIndex:
    """A client's articles, searchable. Immutable, safe between threads.

    `neighbours` narrows the search to candidates; without it every entry is compared.
    """

    def __init__(self, corpus: Corpus, blend: Blend = HYBRID, neighbours: Neighbours | None = None) -> None:
        self._articles = tuple(corpus.articles.values())
        self._passages = corpus.passages
        self._entries = tuple(corpus.entries)
        self._matrix = corpus.matrix
        self._blend = blend
        self._neighbours = neighbours
        self._lexical = Lexical([entry.text for entry in self._entries])
        self._scopes = Scopes(self._articles)
        number = {article.id: index for index, article in enumerate(self._articles)}
        self._owner = np.array([number[entry.article_id] for entry in self._entries], np.int64)
        order = np.argsort(self._owner, kind="stable")
        self._entries_of = np.split(order, np.cumsum(np.bincount(self._owner, minlength=len(number)))[:-1])

    def search(
        self, query: SearchQuery, on: date, limit: int, without: Collection[str] = ()
    ) -> tuple[ArticleHit, ...]:
        """Return the best articles valid on `on`, best first, as if those in `without` did not exist."""
        speaks = [article.valid_on(on) and article.id not in without for article in self._articles]
        valid = np.array(speaks, bool)
        if not self._entries or not valid.any():
            return ()
        scored = self._score(query, valid[self._owner])
        valid = valid & np.isin(np.arange(len(valid)), self._owner[np.isfinite(scored.hybrid)])
        by_article = self._article_scores(scored.hybrid)
        ranked = [index for index in np.argsort(-by_article, kind="stable")[: limit + 1] if valid[index]]
        asked = _Asked(self._weights(query), _latin_share(query), query.vector)
        return tuple(
            self._hit(
                index, float(by_article[index]), scored, asked, self._runner_up(ranked, index, by_article)
            )
            for index in ranked[:limit]
        )

    def _score(self, query: SearchQuery, valid: NDArray[np.bool_]) -> _Scored:
        lexical = self._lexical.scores(query.parts)
        blend = self._blend
        named = self._scopes.boosts(query.talk) if blend.named else None
        vector = _wanted(query) if named is None else _with_latest(query)
        if self._neighbours is None:
            dense = self._matrix @ vector
        else:
            dense, valid = self._narrowed(self._neighbours, vector, lexical, valid)
        hybrid = blend.dense * _min_max(dense, valid) + blend.lexical * _min_max(lexical, valid)
        hybrid = hybrid / (blend.dense + blend.lexical)
        if named is not None:
            hybrid = hybrid + blend.named * named[self._owner]
        return _Scored(np.where(valid, hybrid, -np.inf).astype(np.float32), dense, lexical)

    def _narrowed(
        self, neighbours: Neighbours, vector: Scores, lexical: Scores, valid: NDArray[np.bool_]
    ) -> tuple[Scores, NDArray[np.bool_]]:
        """Return the cosines of the candidates (0 elsewhere), and which valid entries are candidates."""
        by_words = np.argpartition(-lexical, min(CANDIDATES, len(lexical) - 1))[:CANDIDATES]
        rows = np.union1d(neighbours.nearest(vector, CANDIDATES), by_words)
        dense = np.zeros(len(self._entries), np.float32)
        dense[rows] = self._matrix[rows] @ vector
        near = np.zeros(len(self._entries), bool)
        near[rows] = True
        return dense, (valid & near if (valid & near).any() else valid)

    def _article_scores(self, hybrid: Scores) -> Scores:
        """Return every article's score, shape (articles,): its best entry and a share of the next ones."""
        descending = np.lexsort((-hybrid, self._owner))
        starts = np.searchsorted(self._owner[descending], np.arange(len(self._articles)))
        ends = np.append(starts[1:], len(descending))
        best = hybrid[descending[starts]]
        total = best.copy()
        for rank in range(1, NEXT_COUNT + 1):
            has = starts + rank < ends
            following = hybrid[descending[starts[has] + rank]]
            total[has] += NEXT_WEIGHT / NEXT_COUNT * np.where(np.isfinite(following), following, 0)
        return np.asarray(total / (1 + NEXT_WEIGHT), np.float32)

    def _runner_up(self, ranked: Sequence[int], index: int, scores: Scores) -> float:
        others = [float(scores[other]) for other in ranked if other != index]
        return max(others, default=0.0)

    def _hit(self, index: int, score: float, scored: _Scored, asked: _Asked, runner_up: float) -> ArticleHit:
        article = self._articles[index]
        own = self._entries_of[index]
        evidence = Evidence(
            dense=float(scored.dense[own].max()),
            margin=score - runner_up,
            coverage=self._coverage(asked.weights, own),
            latin=asked.latin,
        )
        passages = self._passage_hits(article, own, scored, asked)
        return ArticleHit(article, score, confidence(evidence), passages, evidence)

    def _passage_hits(
        self, article: Article, own: NDArray[np.int64], scored: _Scored, asked: _Asked
    ) -> tuple[PassageHit, ...]:
        ranked = own[np.argsort(-scored.hybrid[own], kind="stable")]
        hits = (
            PassageHit(
                passage=self._passages[passage_id],
                article=article,
                score=float(scored.hybrid[at]),
                dense=float(scored.dense[at]),
                lexical=float(scored.lexical[at]),
                likeness=float(self._matrix[at] @ asked.vector),
            )
            for at in ranked
            if (passage_id := self._entries[at].passage_id) is not None and np.isfinite(scored.hybrid[at])
        )
        return tuple(hit for hit, _ in zip(hits, range(MAX_PASSAGES), strict=False))

    def _weights(self, query: SearchQuery) -> Mapping[str, float]:
        """Return the question's words, each with its weight and rarity."""
        weights: dict[str, float] = {}
        for part in query.parts:
            for word in tokens(part.text):
                weights[word] = max(weights.get(word, 0.0), part.weight * self._lexical.rarity(word))
        return weights

    def _coverage(self, weights: Mapping[str, float], own: NDArray[np.int64]) -> float:
        """Return the share of the question's words, by weight and rarity, that the article has."""
        has = {word for at in own for word in tokens(self._entries[at].text)}
        total = sum(weights.values())
        return sum(weight for word, weight in weights.items() if word in has) / total if total else 0.0


class PrecedentIndex:
    """A client's resolved cases, searchable apart from its articles."""

    def __init__(self, cases: Sequence[Precedent], matrix: Vectors) -> None:
        self._cases = tuple(cases)
        self._matrix = matrix

    def search(self, query: SearchQuery, limit: int) -> tuple[PrecedentHit, ...]:
        """Return the most similar cases, best first."""
        if not self._cases:
            return ()
        cosines = self._matrix @ query.vector
        best = np.argsort(-cosines, kind="stable")[:limit]
        return tuple(PrecedentHit(self._cases[index], float(cosines[index])) for index in best)


def _wanted(query: SearchQuery) -> Scores:
    return query.vector if query.wanted is None else query.wanted


def _with_latest(query: SearchQuery) -> Scores:
    """Return the unit vector of the question, half of it the last request alone."""
    if query.latest is None:
        return _wanted(query)
    mixed = _wanted(query) + query.latest
    return np.asarray(mixed / (float(np.linalg.norm(mixed)) or 1.0), np.float32)


def _latin_share(query: SearchQuery) -> float:
    words = [word for part in query.parts for word in tokens(part.text) if not word.isdigit()]
    return sum(word.isascii() for word in words) / len(words) if words else 0.0


def _min_max(scores: Scores, valid: NDArray[np.bool_]) -> Scores:
    low, high = scores[valid].min(), scores[valid].max()
    if high <= low:
        return np.zeros_like(scores)
    return np.asarray(np.clip((scores - low) / (high - low), 0, 1), np.float32)
