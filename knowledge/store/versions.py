"""Versions of a client's knowledge: what is current, what was, and how one follows another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from knowledge.model import (
    Article,
    AuthorityMatrix,
    ClientKnowledge,
    ClientSettings,
    Passage,
    PassageKind,
    Precedent,
)
from knowledge.passages import passages_of
from knowledge.store import documents
from knowledge.store.schema import article_versions, client_documents, client_versions, clients, passages

_FEW = 200


class UnknownClientError(LookupError):
    """No client of this id has knowledge."""


class UnknownArticleError(LookupError):
    """The client has no such article, or not in this version."""


@dataclass(frozen=True, slots=True)
class Current:
    """Which version of a client's knowledge counts now. `number` counts up from 1."""

    number: int
    version: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a write replaces. None leaves a document as it is; `delete` closes articles.

    `complete` means that articles not in `put` are gone (an import of a whole folder).
    """

    put: tuple[Article, ...] = ()
    delete: tuple[str, ...] = ()
    complete: bool = False
    settings: ClientSettings | None = None
    authority: AuthorityMatrix | None = None
    precedents: tuple[Precedent, ...] | None = None


def client_ids(connection: Connection) -> tuple[str, ...]:
    """Return all clients with knowledge, sorted."""
    rows = connection.execute(
        select(clients.c.client_id).where(clients.c.number > 0).order_by(clients.c.client_id)
    )
    return tuple(rows.scalars())


def current(connection: Connection, client_id: str) -> Current:
    """Return the client's current version. Raise UnknownClientError."""
    row = connection.execute(
        select(clients.c.number, clients.c.version).where(
            clients.c.client_id == client_id, clients.c.number > 0
        )
    ).one_or_none()
    if row is None:
        raise UnknownClientError(client_id)
    return Current(row.number, row.version)


def knowledge_of(
    connection: Connection, client_id: str, known: ClientKnowledge | None = None
) -> ClientKnowledge:
    """Return the client's whole current knowledge. Raise UnknownClientError.

    Passages of article versions in `known` (an earlier state of this client) are not read again.
    """
    now = current(connection, client_id)
    articles = _current_articles(connection, client_id)
    content = _current_documents(connection, client_id)
    cases = documents.precedents_from(content["precedents"])
    return ClientKnowledge(
        settings=documents.settings_from(content["settings"]),
        authority=documents.authority_from(content["authority"]),
        articles=articles,
        passages=_current_passages(connection, client_id, articles, known),
        precedents={case.id: case for case in cases},
        version=now.version,
    )


def article_version(connection: Connection, client_id: str, article_id: str, version: str) -> Article:
    """Return an article as it was in `version`. Raise UnknownArticleError."""
    row = connection.execute(
        select(article_versions)
        .where(
            article_versions.c.client_id == client_id,
            article_versions.c.article_id == article_id,
            article_versions.c.version == version,
        )
        .limit(1)
    ).one_or_none()
    if row is None:
        raise UnknownArticleError(article_id)
    return _article(row)


def apply(connection: Connection, client_id: str, change: Change) -> tuple[Current, bool]:
    """Make `change` current within the caller's write transaction; return the version and if it is new.

    A change that changes nothing keeps the version. Writers of one client wait for each other.
    """
    before = _locked(connection, client_id)
    number = before.number + 1
    changed = _apply_articles(connection, client_id, change, number)
    changed |= _apply_documents(connection, client_id, change, number)
    if not changed and before.number:
        return before, False
    after = Current(number, _fingerprint(connection, client_id))
    stamp = datetime.now(UTC)
    values = {"number": number, "version": after.version}
    connection.execute(insert(client_versions).values(client_id=client_id, created_at=stamp, **values))
    connection.execute(
        update(clients).where(clients.c.client_id == client_id).values(updated_at=stamp, **values)
    )
    return after, True


def _locked(connection: Connection, client_id: str) -> Current:
    """Make sure that the client has a row, and hold it until the transaction ends."""
    insert_once = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    fresh = {"client_id": client_id, "number": 0, "version": "", "updated_at": datetime.now(UTC)}
    connection.execute(insert_once(clients).values(**fresh).on_conflict_do_nothing())
    row = connection.execute(
        select(clients.c.number, clients.c.version).where(clients.c.client_id == client_id).with_for_update()
    ).one()
    return Current(row.number, row.version)


def _apply_articles(connection: Connection, client_id: str, change: Change, number: int) -> bool:
    rows = connection.execute(
        _current(article_versions.c.article_id, article_versions.c.version, client_id=client_id)
    )
    old = {row.article_id: row.version for row in rows}
    new = [article for article in change.put if old.get(article.id) != article.version]
    gone = set(change.delete) & set(old)
    if change.complete:
        gone |= set(old) - {article.id for article in change.put}
    _close_articles(connection, client_id, gone | ({article.id for article in new} & set(old)), number)
    if new:
        connection.execute(
            insert(article_versions), [_article_row(client_id, article, number) for article in new]
        )
        _insert_passages(connection, client_id, new)
    return bool(new or gone)


def _close_articles(connection: Connection, client_id: str, ids: Iterable[str], number: int) -> None:
    for article_id in sorted(ids):
        connection.execute(
            update(article_versions)
            .where(
                article_versions.c.client_id == client_id,
                article_versions.c.article_id == article_id,
                article_versions.c.last_before.is_(None),
            )
            .values(last_before=number)
        )


def _insert_passages(connection: Connection, client_id: str, articles: Sequence[Article]) -> None:
    """Store the passages; an article that returns to an old version has them already."""
    rows = [_passage_row(client_id, passage) for article in articles for passage in passages_of(article)]
    insert_once = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    if rows:
        connection.execute(insert_once(passages).on_conflict_do_nothing(), rows)


def _apply_documents(connection: Connection, client_id: str, change: Change, number: int) -> bool:
    wanted: dict[documents.DocumentKind, documents.Document | None] = {
        "settings": change.settings,
        "authority": change.authority,
        "precedents": change.precedents,
    }
    rows = connection.execute(
        _current(client_documents.c.kind, client_documents.c.content_hash, client_id=client_id)
    )
    old = {row.kind: row.content_hash for row in rows}
    changed = False
    for kind, document in _with_defaults(client_id, wanted, old).items():
        content = documents.to_json(document)
        if old.get(kind) != documents.hash_of(content):
            _replace_document(connection, client_id, kind, content, number)
            changed = True
    return changed


def _with_defaults(
    client_id: str,
    wanted: Mapping[documents.DocumentKind, documents.Document | None],
    old: Mapping[str, str],
) -> dict[documents.DocumentKind, documents.Document]:
    """A client has all three documents from its first version on; what nobody gave is empty."""
    defaults: dict[documents.DocumentKind, documents.Document] = {
        "settings": ClientSettings(id=client_id, name=client_id),
        "authority": AuthorityMatrix(version="", currency="CNY", tiers=(), rules=()),
        "precedents": (),
    }
    given = {kind: document for kind, document in wanted.items() if document is not None}
    return {**{kind: value for kind, value in defaults.items() if kind not in old}, **given}


def _replace_document(
    connection: Connection, client_id: str, kind: str, content: documents.Json, number: int
) -> None:
    connection.execute(
        update(client_documents)
        .where(
            client_documents.c.client_id == client_id,
            client_documents.c.kind == kind,
            client_documents.c.last_before.is_(None),
        )
        .values(last_before=number)
    )
    connection.execute(
        insert(client_documents).values(
            client_id=client_id,
            kind=kind,
            first=number,
            content_hash=documents.hash_of(content),
            content=content,
        )
    )


def _fingerprint(connection: Connection, client_id: str) -> str:
    """Return a hash of the current contents: the same contents have the same version."""
    articles = connection.execute(
        _current(article_versions.c.article_id, article_versions.c.version, client_id=client_id)
    )
    papers = connection.execute(
        _current(client_documents.c.kind, client_documents.c.content_hash, client_id=client_id)
    )
    lines = sorted(f"{name}\t{version}" for name, version in [*articles, *papers])
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _current(*columns: Any, client_id: str) -> Select[Any]:
    table = columns[0].table
    return select(*columns).where(table.c.client_id == client_id, table.c.last_before.is_(None))


def _current_articles(connection: Connection, client_id: str) -> dict[str, Article]:
    rows = connection.execute(_current(*article_versions.c, client_id=client_id))
    articles = sorted((_article(row) for row in rows), key=lambda article: article.id)
    return {article.id: article for article in articles}


def _current_documents(connection: Connection, client_id: str) -> dict[str, documents.Json]:
    rows = connection.execute(
        _current(client_documents.c.kind, client_documents.c.content, client_id=client_id)
    )
    return {row.kind: row.content for row in rows}


def _current_passages(
    connection: Connection, client_id: str, articles: Mapping[str, Article], known: ClientKnowledge | None
) -> dict[str, Passage]:
    """Return the passages by id, in the order of articles and positions."""
    versions = {article.id: article.version for article in articles.values()}
    kept = [
        passage
        for passage in (known.passages.values() if known is not None else ())
        if versions.get(passage.article_id) == passage.article_version
    ]
    unread = set(versions) - {passage.article_id for passage in kept}
    fresh = (_passage(row) for row in connection.execute(_passages_of(client_id, sorted(unread))))
    found = sorted((*kept, *fresh), key=lambda passage: (passage.article_id, passage.position))
    return {passage.id: passage for passage in found if passage.article_id in articles}


def _passages_of(client_id: str, articles: Sequence[str]) -> Select[Any]:
    """Select the current passages: of `articles` where they are few, else of all."""
    join = passages.join(
        article_versions,
        (passages.c.client_id == article_versions.c.client_id)
        & (passages.c.article_id == article_versions.c.article_id)
        & (passages.c.article_version == article_versions.c.version),
    )
    query = (
        select(passages)
        .select_from(join)
        .where(passages.c.client_id == client_id, article_versions.c.last_before.is_(None))
    )
    return query.where(passages.c.article_id.in_(articles)) if len(articles) <= _FEW else query


def _article_row(client_id: str, article: Article, number: int) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "article_id": article.id,
        "first": number,
        "last_before": None,
        "version": article.version,
        "title": article.title,
        "body": article.body,
        "tags": list(article.tags),
        "valid_from": article.valid_from,
        "valid_to": article.valid_to,
        "audience": article.audience,
        "source": article.source,
        "extra": documents.plain_mapping(article.extra),
    }


def _article(row: Row[Any]) -> Article:
    return Article(
        id=row.article_id,
        title=row.title,
        body=row.body,
        version=row.version,
        tags=tuple(row.tags),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        audience=row.audience,
        source=row.source,
        extra=row.extra,
    )


def _passage_row(client_id: str, passage: Passage) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "article_id": passage.article_id,
        "article_version": passage.article_version,
        "position": passage.position,
        "passage_id": passage.id,
        "kind": passage.kind,
        "text": passage.text,
        "heading": list(passage.heading),
        "lead_in": passage.lead_in,
        "header": list(passage.header),
        "cells": list(passage.cells),
        "number": passage.number,
    }


def _passage(row: Row[Any]) -> Passage:
    kind: PassageKind = row.kind
    return Passage(
        id=row.passage_id,
        article_id=row.article_id,
        article_version=row.article_version,
        kind=kind,
        text=row.text,
        position=row.position,
        heading=tuple(row.heading),
        lead_in=row.lead_in,
        header=tuple(row.header),
        cells=tuple(row.cells),
        number=row.number,
    )
