"""What the knowledge lacks and what customers suffer from, counted from what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, func, insert, select

from copilot.answer import Value
from copilot.live.desk import Desk
from copilot.live.events import Change
from copilot.live.model import GapKind, new_id
from copilot.privacy.masking import masked_text
from copilot.store import live as tables
from knowledge.store.engine import reading

_QUESTION_CHARACTERS = 400
_MOST = 20


class Gap(Value):
    """A question that the knowledge did not answer; personal data is masked."""

    id: str
    conversation_id: str
    at: datetime
    kind: GapKind
    question: str
    detail: str | None


class Count(Value):
    """How often."""

    name: str
    count: int


class ArticleUse(Value):
    """How the suggestions that cite an article fared."""

    article_id: str
    shown: int
    adopted: int
    rejected: int


class Insights(Value):
    """What happened in a client's conversations since a moment."""

    client_id: str
    since: datetime
    conversations: int
    alerts: tuple[Count, ...] = ()
    stock_phrases: int = 0
    suggestions_shown: int = 0
    adoption: tuple[Count, ...] = ()
    articles: tuple[ArticleUse, ...] = ()
    escalations: tuple[Count, ...] = ()
    escalated_topics: tuple[Count, ...] = ()
    gaps: tuple[Count, ...] = ()
    promises_open: int = 0
    promises_overdue: int = 0
    repeated_subjects: tuple[Count, ...] = ()


@dataclass(frozen=True, slots=True)
class NewGap:
    """A gap as it was noticed."""

    kind: GapKind
    question: str
    detail: str | None


def note_gap(change: Change, client_id: str, conversation_id: str, gap: NewGap) -> None:
    """Keep a gap once a conversation and question, without personal data."""
    table = tables.gaps
    words = masked_text(gap.question)[:_QUESTION_CHARACTERS]
    same = select(table.c.id).where(
        table.c.conversation_id == conversation_id, table.c.kind == gap.kind, table.c.question == words
    )
    if change.connection.execute(same).first() is not None:
        return
    change.connection.execute(
        insert(table).values(
            id=new_id("g"),
            client_id=client_id,
            conversation_id=conversation_id,
            at=change.at,
            kind=gap.kind,
            question=words,
            detail=None if gap.detail is None else masked_text(gap.detail)[:_QUESTION_CHARACTERS],
        )
    )


def list_gaps(desk: Desk, client_id: str, kind: GapKind | None = None, limit: int = 100) -> tuple[Gap, ...]:
    """Return the client's gaps, the latest first."""
    table = tables.gaps
    query = select(table).where(table.c.client_id == client_id)
    if kind is not None:
        query = query.where(table.c.kind == kind)
    with reading(desk.engine) as connection:
        rows = connection.execute(query.order_by(table.c.at.desc(), table.c.id).limit(limit)).all()
    return tuple(
        Gap(
            id=row.id,
            conversation_id=row.conversation_id,
            at=row.at,
            kind=row.kind,
            question=row.question,
            detail=row.detail,
        )
        for row in rows
    )


def insights(desk: Desk, client_id: str, days: int = 30) -> Insights:
    """Return what happened in the client's conversations of the last `days` days."""
    now = desk.clock()
    since = now - timedelta(days=days)
    with reading(desk.engine) as connection:
        return Insights(
            client_id=client_id,
            since=since,
            conversations=_total(connection, tables.conversations, "created_at", client_id, since),
            alerts=_grouped(connection, tables.alerts, "category", "raised_at", client_id, since),
            stock_phrases=_stock_phrases(connection, client_id, since),
            suggestions_shown=_total(connection, tables.suggestions, "shown_at", client_id, since),
            adoption=_grouped(connection, tables.feedback, "adopted", "at", client_id, since),
            articles=_articles(connection, client_id, since),
            escalations=_grouped(connection, tables.escalations, "state", "created_at", client_id, since),
            escalated_topics=_topics(connection, client_id, since),
            gaps=_grouped(connection, tables.gaps, "kind", "at", client_id, since),
            promises_open=_promises(connection, client_id, now, overdue=False),
            promises_overdue=_promises(connection, client_id, now, overdue=True),
            repeated_subjects=_repeated(connection, client_id, since),
        )


def _total(connection: Connection, table: Table, moment: str, client_id: str, since: datetime) -> int:
    query = select(func.count()).select_from(table)
    return int(
        connection.execute(query.where(table.c.client_id == client_id, table.c[moment] >= since)).scalar_one()
    )


def _grouped(  # noqa: PLR0913, PLR0917 - one query, said in full
    connection: Connection, table: Table, column: str, moment: str, client_id: str, since: datetime
) -> tuple[Count, ...]:
    query = (
        select(table.c[column].label("name"), func.count().label("count"))
        .where(table.c.client_id == client_id, table.c[moment] >= since)
        .group_by(table.c[column])
    )
    return _counts({row.name: row._mapping["count"] for row in connection.execute(query)}.items())


def _counts(pairs: Iterable[tuple[str, int]]) -> tuple[Count, ...]:
    ordered = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    return tuple(Count(name=name, count=count) for name, count in ordered[:_MOST])


def _stock_phrases(connection: Connection, client_id: str, since: datetime) -> int:
    table = tables.conversations
    query = select(table.c.checks).where(table.c.client_id == client_id, table.c.created_at >= since)
    kinds = Counter(check["kind"] for checks in connection.execute(query).scalars() for check in checks)
    return kinds["stock_phrase"]


def _articles(connection: Connection, client_id: str, since: datetime) -> tuple[ArticleUse, ...]:
    table, given = tables.suggestions, tables.feedback
    query = (
        select(table.c.articles, given.c.adopted)
        .outerjoin(given, given.c.suggestion_id == table.c.id)
        .where(table.c.client_id == client_id, table.c.shown_at >= since)
    )
    shown: Counter[str] = Counter()
    fared: Counter[tuple[str, bool]] = Counter()
    for row in connection.execute(query):
        for article in {name.partition("@")[0] for name in row.articles}:
            shown[article] += 1
            if row.adopted is not None:
                fared[article, row.adopted == "rejected"] += 1
    return tuple(
        ArticleUse(article_id=name, shown=count, adopted=fared[name, False], rejected=fared[name, True])
        for name, count in shown.most_common(_MOST)
    )


def _topics(connection: Connection, client_id: str, since: datetime) -> tuple[Count, ...]:
    table = tables.escalations
    query = select(table.c.content).where(table.c.client_id == client_id, table.c.created_at >= since)
    topics = Counter(str(content["category"]) for content in connection.execute(query).scalars())
    return _counts(topics.items())


def _promises(connection: Connection, client_id: str, now: datetime, *, overdue: bool) -> int:
    table = tables.promises
    query = select(func.count()).where(table.c.client_id == client_id, table.c.state != "kept")
    late = table.c.due_at < now
    query = query.where(late if overdue else table.c.due_at.is_(None) | ~late)
    return int(connection.execute(query).scalar_one())


def _repeated(connection: Connection, client_id: str, since: datetime) -> tuple[Count, ...]:
    """Drivers, shops, vehicles … that several conversations were about; customers are not named here."""
    table = tables.links
    query = (
        select(table.c.kind, table.c.value, func.count(func.distinct(table.c.conversation_id)).label("times"))
        .where(
            table.c.client_id == client_id, table.c.at >= since, table.c.kind.not_in(("customer", "phone"))
        )
        .group_by(table.c.kind, table.c.value)
    )
    return _counts((f"{row.kind} {row.value}", row.times + 1) for row in connection.execute(query))
