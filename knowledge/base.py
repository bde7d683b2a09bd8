"""The door to all clients' knowledge: import and change it, look it up, search it. One client at a time."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from pathlib import Path
from time import monotonic

import numpy as np
from sqlalchemy import Engine

from knowledge.embedding import Cached, Embedder, Kind, Vectors, vectors_of
from knowledge.entries import entries_of
from knowledge.importing import (
    ImportReport,
    Progress,
    article_texts,
    case_text,
    embed_missing,
    import_folder,
)
from knowledge.model import (
    Article,
    ArticleHit,
    AuthorityMatrix,
    ClientKnowledge,
    ClientSettings,
    PrecedentHit,
    SearchQuery,
)
from knowledge.neighbours import ChromaIndex, Neighbours
from knowledge.search import ArticleIndex, Corpus, PrecedentIndex
from knowledge.store import versions
from knowledge.store.engine import reading, writing
from knowledge.store.vectors import stored_vectors, text_hash
from knowledge.store.versions import Change, UnknownArticleError, UnknownClientError

__all__ = ["KnowledgeBase", "UnknownArticleError", "UnknownClientError"]

# Below it an exact scan is as fast as Chroma and misses nothing (docs/decisions/0010-vector-index.md).
APPROXIMATE_FROM = 50_000


class ForeignKnowledgeError(AssertionError):
    """A search was about to return another client's knowledge. Nothing is returned instead."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A client's knowledge at one version, ready to be searched. `vectors` by text hash."""

    client_id: str
    knowledge: ClientKnowledge
    articles: ArticleIndex
    precedents: PrecedentIndex
    vectors: Mapping[str, Vectors]


class KnowledgeBase:
    """Every client's knowledge. Safe between threads; other processes' imports are noticed on the next call.

    Or within `checked_every` seconds: a live turn looks several times, and each look is a transaction.

    Methods that take a client raise UnknownClientError where it has no knowledge.
    """

    def __init__(
        self,
        engine: Engine,
        embedder: Embedder,
        index_dir: Path,
        approximate_from: int = APPROXIMATE_FROM,
        checked_every: float = 0.0,
    ) -> None:
        """`index_dir` holds Chroma's indexes of clients with at least `approximate_from` entries."""
        self._engine = engine
        self._embedder = Cached(embedder)
        self._index_dir = index_dir
        self._approximate_from = approximate_from
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}
        self._snapshots: dict[str, _Snapshot] = {}
        self._checked_every = checked_every
        self._checked: dict[str, float] = {}

    def clients(self) -> tuple[str, ...]:
        """Return the ids of all clients, sorted."""
        with reading(self._engine) as connection:
            return versions.client_ids(connection)

    def client(self, client_id: str) -> ClientKnowledge:
        """Return the client's current knowledge."""
        return self._snapshot(client_id).knowledge

    def search(self, client_id: str, query: SearchQuery, on: date, limit: int = 5) -> tuple[ArticleHit, ...]:
        """Return the articles valid on `on` that may answer, best first."""
        snapshot = self._snapshot(client_id)
        hits = snapshot.articles.search(query, on, limit)
        own = snapshot.knowledge.articles
        if snapshot.client_id != client_id or any(own.get(hit.article.id) is not hit.article for hit in hits):
            raise ForeignKnowledgeError(client_id)
        return hits

    def search_precedents(
        self, client_id: str, query: SearchQuery, limit: int = 3
    ) -> tuple[PrecedentHit, ...]:
        """Return the client's most similar resolved cases, best first."""
        snapshot = self._snapshot(client_id)
        hits = snapshot.precedents.search(query, limit)
        own = snapshot.knowledge.precedents
        if snapshot.client_id != client_id or any(hit.precedent.id not in own for hit in hits):
            raise ForeignKnowledgeError(client_id)
        return hits

    def article_version(self, client_id: str, article_id: str, version: str) -> Article:
        """Return an article as it was. Raise UnknownArticleError."""
        with reading(self._engine) as connection:
            return versions.article_version(connection, client_id, article_id, version)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of shape (n, dimensions); a text seen before costs nothing."""
        return self._embedder.queries(texts)

    def embed_requests(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors near the passages that answer; a text seen before costs nothing."""
        return self._embedder.requests(texts)

    def embed_turns(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors in which dangers stand apart; a text seen before costs nothing."""
        return self._embedder.turns(texts)

    def embed(self, texts: Sequence[str], kind: Kind) -> Vectors:
        """Return unit vectors of what was said, as queries, requests or turns."""
        return vectors_of(self._embedder, texts, kind)

    def forget_texts(self) -> None:
        """Forget what customers said; what is stored stays."""
        self._embedder.clear()

    def import_folder(
        self, path: Path, *, dry_run: bool = False, progress: Progress | None = None
    ) -> ImportReport:
        """Make a client's folder its new version; with any error in it nothing changes."""
        try:
            return import_folder(self._engine, self._embedder, path, dry_run=dry_run, progress=progress)
        finally:
            self._checked.clear()

    def put_article(self, client_id: str, article: Article) -> str:
        """Add or replace one article; return the client's new version."""
        return self._change(client_id, Change(put=(article,)))

    def delete_article(self, client_id: str, article_id: str) -> str:
        """Take an article out of use; its versions stay readable. Raise UnknownArticleError."""
        if article_id not in self.client(client_id).articles:
            raise UnknownArticleError(article_id)
        return self._change(client_id, Change(delete=(article_id,)))

    def put_settings(self, client_id: str, settings: ClientSettings) -> str:
        """Replace the client's settings; return the client's new version."""
        return self._change(client_id, Change(settings=settings))

    def put_authority(self, client_id: str, authority: AuthorityMatrix) -> str:
        """Replace the client's authority matrix; return the client's new version."""
        return self._change(client_id, Change(authority=authority))

    def _change(self, client_id: str, change: Change) -> str:
        embed_missing(self._engine, self._embedder, client_id, article_texts(change.put))
        with writing(self._engine) as connection:
            now, _ = versions.apply(connection, client_id, change)
        self._checked.pop(client_id, None)
        return now.version

    def _snapshot(self, client_id: str) -> _Snapshot:
        """Return the snapshot of the current version; one thread loads it, the others wait for it."""
        fresh = self._fresh(client_id)
        if fresh is not None:
            return fresh
        with self._lock:
            loading = self._loading.setdefault(client_id, threading.Lock())
        with loading:
            return self._fresh(client_id) or self._load(client_id)

    def _fresh(self, client_id: str) -> _Snapshot | None:
        snapshot, looked = self._snapshots.get(client_id), monotonic()
        if snapshot is not None and looked - self._checked.get(client_id, -inf) < self._checked_every:
            return snapshot
        with reading(self._engine) as connection:
            now = versions.current(connection, client_id)
        if snapshot is None or snapshot.knowledge.version != now.version:
            return None
        self._checked[client_id] = looked
        return snapshot

    def _load(self, client_id: str) -> _Snapshot:
        """Load the current version; what an earlier snapshot has of it is taken from there."""
        before = self._snapshots.get(client_id)
        with reading(self._engine) as connection:
            knowledge = versions.knowledge_of(connection, client_id, before.knowledge if before else None)
        entries = entries_of(knowledge.articles, knowledge.passages.values())
        cases = tuple(knowledge.precedents.values())
        texts = [entry.text for entry in entries]
        known = self._vectors(client_id, [*texts, *map(case_text, cases)], before.vectors if before else {})
        matrix = self._matrix(known, texts)
        snapshot = _Snapshot(
            client_id=client_id,
            knowledge=knowledge,
            articles=ArticleIndex(
                Corpus(knowledge.articles, knowledge.passages, entries, matrix),
                neighbours=self._neighbours(client_id, matrix),
            ),
            precedents=PrecedentIndex(cases, self._matrix(known, [case_text(case) for case in cases])),
            vectors=dict(zip(map(text_hash, texts), matrix, strict=True)),
        )
        self._snapshots[client_id] = snapshot
        return snapshot

    def _neighbours(self, client_id: str, matrix: Vectors) -> Neighbours | None:
        if len(matrix) < self._approximate_from:
            return None
        return ChromaIndex(self._index_dir / client_id, client_id, matrix)

    def _vectors(
        self, client_id: str, texts: Sequence[str], known: Mapping[str, Vectors]
    ) -> Mapping[str, Vectors]:
        """Return the texts' vectors by hash; embed what is missing (another embedder filled the store)."""
        wanted = {text_hash(text): text for text in texts}
        found = {key: known[key] for key in wanted if key in known}
        found |= self._stored(client_id, [key for key in wanted if key not in found])
        missing = {key: text for key, text in wanted.items() if key not in found}
        if missing:
            embed_missing(self._engine, self._embedder, client_id, missing.values())
            found |= self._stored(client_id, list(missing))
        return found

    def _stored(self, client_id: str, keys: Sequence[str]) -> Mapping[str, Vectors]:
        with reading(self._engine) as connection:
            return stored_vectors(connection, client_id, self._embedder.name, keys)

    def _matrix(self, known: Mapping[str, Vectors], texts: Sequence[str]) -> Vectors:
        """Return the texts' vectors as rows, shape (n, dimensions)."""
        rows = [known[text_hash(text)] for text in texts]
        return np.stack(rows) if rows else np.empty((0, self._embedder.dimensions), np.float32)
