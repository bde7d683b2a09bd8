"""What calls of language models cost: no words of anybody, only versions, tokens, times."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, String, Table, Text

from copilot.store.types import UtcDateTime
from knowledge.store.schema import metadata

model_calls = Table(
    "model_calls",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("client_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("model", Text, nullable=False),
    Column("prompt", Text, nullable=False),  # name@version#hash of the prompt file
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("first_token_ms", Float, nullable=True),
    Column("total_ms", Float, nullable=False),
    Column("outcome", String(32), nullable=False),  # running, ok, or the fault
    Index("model_calls_by_client", "client_id", "at"),
)
