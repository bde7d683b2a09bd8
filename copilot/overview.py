"""Which clients there are and at which version, without loading any of their knowledge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select

from knowledge.store.engine import reading
from knowledge.store.schema import article_versions, clients


@dataclass(frozen=True, slots=True)
class ClientOverview:
    """One client's knowledge as the database tells it."""

    client_id: str
    version: str
    articles: int
    updated_at: datetime


def client_overviews(engine: Engine) -> tuple[ClientOverview, ...]:
    """Return every client with knowledge, by id."""
    counts = (
        select(article_versions.c.client_id, func.count().label("articles"))
        .where(article_versions.c.last_before.is_(None))
        .group_by(article_versions.c.client_id)
        .subquery()
    )
    query = (
        select(clients, counts.c.articles)
        .outerjoin(counts, counts.c.client_id == clients.c.client_id)
        .where(clients.c.number > 0)
        .order_by(clients.c.client_id)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    return tuple(
        ClientOverview(row.client_id, row.version, row.articles or 0, _aware(row.updated_at)) for row in rows
    )


def _aware(moment: datetime) -> datetime:
    """SQLite forgets the offset of the UTC times that the knowledge stores."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
