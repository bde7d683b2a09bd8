"""The tables. Everything carries its client; nothing that an agent may have seen is ever overwritten.

A row of `article_versions` and `client_documents` is current from knowledge number `first` until before
`last_before` (NULL: still), so every earlier state of a client's knowledge can be read again.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Date,
    DateTime,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

clients = Table(
    "knowledge_clients",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("version", String(64), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)

client_versions = Table(
    "knowledge_client_versions",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("version", String(64), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

article_versions = Table(
    "knowledge_article_versions",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("article_id", String(255), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last_before", Integer, nullable=True),
    Column("version", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("valid_from", Date, nullable=True),
    Column("valid_to", Date, nullable=True),
    Column("audience", Text, nullable=True),
    Column("source", Text, nullable=False),
    Column("extra", JSON, nullable=False),
    Index("knowledge_article_current", "client_id", "last_before"),
)

passages = Table(
    "knowledge_passages",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("article_id", String(255), primary_key=True),
    Column("article_version", String(64), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("passage_id", String(400), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("heading", JSON, nullable=False),
    Column("lead_in", Text, nullable=False),
    Column("header", JSON, nullable=False),
    Column("cells", JSON, nullable=False),
    Column("number", Integer, nullable=True),
)

# settings, authority and precedents, each as one JSON document a version
client_documents = Table(
    "knowledge_client_documents",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("first", Integer, primary_key=True),
    Column("last_before", Integer, nullable=True),
    Column("content_hash", String(64), nullable=False),
    Column("content", JSON, nullable=False),
)

# Vectors are a cache that is dear to fill: written before the import they are for, kept if it fails.
embeddings = Table(
    "knowledge_embeddings",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("embedder", String(255), primary_key=True),
    Column("text_hash", String(64), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)


def create_schema(engine: Engine) -> None:
    """Create the tables that do not exist yet."""
    metadata.create_all(engine)
