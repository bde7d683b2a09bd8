"""All tables in one MetaData, the knowledge's too. What belongs to a client carries `client_id`.

Tables of another part of the copilot stand in a module of their own that is imported here. A changed or new
table needs a step in migrations/versions; tests/copilot/store/test_migrating.py prints what is missing.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from copilot.store import live, model_calls
from copilot.store.types import UtcDateTime
from knowledge.store.schema import metadata

__all__ = [
    "access_keys",
    "audit_entries",
    "idempotent_replies",
    "live",
    "metadata",
    "model_calls",
    "suggestion_records",
    "token_spending",
]

access_keys = Table(
    "access_keys",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("clients", JSON, nullable=True),  # NULL: every client
    Column("rate_per_minute", Integer, nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=True),
    Column("revoked_at", UtcDateTime, nullable=True),
    Column("last_used_at", UtcDateTime, nullable=True),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", UtcDateTime, nullable=False),
    Column("caller", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("client_id", String(64), nullable=True),
    Column(
        "action", String(255), nullable=False
    ),  # method and route template, e.g. `PUT /v1/clients/{id}/authority`
    Column("target", Text, nullable=True),
    Column("status", Integer, nullable=False),
    Column("request_id", String(64), nullable=False),
    Index("audit_by_client", "client_id", "id"),
)

# What stood behind a suggestion: no words of the conversation, only which versions were read.
suggestion_records = Table(
    "suggestion_records",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("request_id", String(64), primary_key=True),
    Column("suggestion_id", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("knowledge_version", String(64), nullable=False),
    Column("authority_version", String(64), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("model", Text, nullable=True),
    Column("prompt", Text, nullable=True),
    Column("articles", JSON, nullable=False),
    Column("actions", JSON, nullable=False),
)

idempotent_replies = Table(
    "idempotent_replies",
    metadata,
    Column("caller", String(128), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("client_id", String(64), nullable=True),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=True),  # NULL: the first call is still running
    Column("content_type", Text, nullable=True),
    Column("body", LargeBinary, nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    Index("idempotent_by_age", "created_at"),
)

# Tokens that a model has used up for a client in a day (UTC), by caller.
token_spending = Table(
    "token_spending",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("caller", String(128), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("tokens", Integer, nullable=False),
)
