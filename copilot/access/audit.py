"""Who read or changed what, when; and which versions stood behind every suggestion. No words of customers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select

from copilot.access.roles import Caller
from copilot.answer import Answer
from copilot.store.schema import audit_entries, suggestion_records
from knowledge.store.engine import reading, writing, writing_little

_ADD = insert(audit_entries)


@dataclass(frozen=True, slots=True)
class Entry:
    """One call. `action` is the method and the route's template, `target` the path's own values."""

    at: datetime
    caller: str
    role: str
    client_id: str | None
    action: str
    target: str | None
    status: int
    request_id: str


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with its number, which only grows."""

    id: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Basis:
    """What one suggestion rested on."""

    client_id: str
    request_id: str
    suggestion_id: str
    at: datetime
    knowledge_version: str
    authority_version: str
    mode: str
    model: str | None
    prompt: str | None
    articles: tuple[str, ...]  # `id@version`
    actions: tuple[str, ...]  # `action:verdict`


@dataclass(frozen=True, slots=True)
class Audit:
    """The record of calls and of suggestions."""

    engine: Engine

    def record(self, entry: Entry) -> None:
        """Keep an entry."""
        with writing_little(self.engine) as connection:
            # `inline`: asks for nothing back, which row-level security would refuse where there is no client
            connection.execute(insert(audit_entries).inline().values(**asdict(entry)))

    def note(self, connection: Connection, entry: Entry) -> None:
        """Keep an entry in a transaction of the caller's: with what it did, or not at all."""
        connection.execute(_ADD, asdict(entry))

    def record_answer(
        self, answer: Answer, authority_version: str, *, model: str | None = None, prompt: str | None = None
    ) -> None:
        """Keep what stood behind every suggestion of the answer; model and prompt as it tells itself."""
        worded = next((use for use in answer.usage if use.purpose == "suggestion"), None)
        if worded is not None and answer.mode == "llm":
            model, prompt = model or worded.model, prompt or worded.prompt
        rows = [asdict(basis) for basis in _bases(answer, authority_version, model, prompt)]
        if rows:
            with writing_little(self.engine) as connection:
                connection.execute(insert(suggestion_records), rows)

    def entries(self, caller: Caller, *, after: int = 0, limit: int = 100) -> tuple[StoredEntry, ...]:
        """Return the entries about the caller's clients with a number above `after`, oldest first."""
        query = (
            select(audit_entries).where(audit_entries.c.id > after).order_by(audit_entries.c.id).limit(limit)
        )
        if caller.clients is not None:
            query = query.where(audit_entries.c.client_id.in_(sorted(caller.clients)))
        with reading(self.engine) as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(
            StoredEntry(row["id"], Entry(**{key: value for key, value in row.items() if key != "id"}))
            for row in rows
        )

    def basis(self, client_id: str, suggestion_id: str) -> tuple[Basis, ...]:
        """Return what the suggestion rested on, once for each answer it appeared in."""
        query = select(suggestion_records).where(
            suggestion_records.c.client_id == client_id, suggestion_records.c.suggestion_id == suggestion_id
        )
        with reading(self.engine) as connection:
            rows = connection.execute(query.order_by(suggestion_records.c.at)).mappings().all()
        return tuple(
            Basis(**{**row, "articles": tuple(row["articles"]), "actions": tuple(row["actions"])})
            for row in rows
        )

    def forget_before(self, moment: datetime) -> int:
        """Delete entries and records older than `moment`; return how many."""
        with writing(self.engine) as connection:
            calls = connection.execute(delete(audit_entries).where(audit_entries.c.at < moment))
            records = connection.execute(delete(suggestion_records).where(suggestion_records.c.at < moment))
        return int(calls.rowcount) + int(records.rowcount)


def older_than(days: int, now: datetime | None = None) -> datetime:
    """Return the moment `days` ago."""
    return (now or datetime.now(UTC)) - timedelta(days=days)


def _bases(answer: Answer, authority_version: str, model: str | None, prompt: str | None) -> Iterable[Basis]:
    now = datetime.now(UTC)
    for suggestion in answer.suggestions:
        yield Basis(
            client_id=answer.client_id,
            request_id=answer.request_id,
            suggestion_id=suggestion.id,
            at=now,
            knowledge_version=answer.knowledge_version,
            authority_version=authority_version,
            mode=answer.mode,
            model=model,
            prompt=prompt,
            articles=tuple(
                dict.fromkeys(
                    f"{citation.article_id}@{citation.version}" for citation in suggestion.citations
                )
            ),
            actions=tuple(f"{action.action}:{action.verdict}" for action in suggestion.actions),
        )
