"""The vectors of a client's texts, by text and embedder; never shared between clients."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from knowledge.embedding import Vectors
from knowledge.store.schema import embeddings

_CHUNK = 400


def text_hash(text: str) -> str:
    """Return the key of `text` among the vectors."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def stored_vectors(
    connection: Connection, client_id: str, embedder: str, hashes: Iterable[str]
) -> Mapping[str, Vectors]:
    """Return the known vectors by text hash, each of shape (dimensions,)."""
    wanted = list(dict.fromkeys(hashes))
    found: dict[str, Vectors] = {}
    for at in range(0, len(wanted), _CHUNK):
        rows = connection.execute(
            select(embeddings.c.text_hash, embeddings.c.vector).where(
                embeddings.c.client_id == client_id,
                embeddings.c.embedder == embedder,
                embeddings.c.text_hash.in_(wanted[at : at + _CHUNK]),
            )
        )
        found.update({row.text_hash: np.frombuffer(row.vector, np.float32) for row in rows})
    return found


def store_vectors(
    connection: Connection, client_id: str, embedder: str, hashes: Sequence[str], vectors: Vectors
) -> None:
    """Keep vectors; one that another import stored meanwhile stays."""
    rows = [
        {
            "client_id": client_id,
            "embedder": embedder,
            "text_hash": key,
            "vector": np.ascontiguousarray(vector, np.float32).tobytes(),
        }
        for key, vector in zip(hashes, vectors, strict=True)
    ]
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    if rows:
        connection.execute(insert(embeddings).on_conflict_do_nothing(), rows)
