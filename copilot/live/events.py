"""The log of events: one table, a number without gaps in each conversation, the only source of streams."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from copilot.live.hub import Hub
from copilot.store.live import conversations, events
from knowledge.store.engine import reading, writing_little

EventType = Literal[
    "turn",
    "alert",
    "facts",
    "check",
    "promise",
    "suggestion.started",
    "suggestion.delta",
    "suggestion",
    "suggestion.unchanged",
    "abstained",
    "escalation",
    "linked",
    "feedback",
    "conversation",
    "degraded",
]
Clock = Callable[[], datetime]
# Built once: composing a statement costs more than running it.
_COUNT_EVENTS = (
    update(conversations)
    .where(conversations.c.id == bindparam("of"))
    .values(event_seq=conversations.c.event_seq + bindparam("more"), touched_at=bindparam("now"))
    .returning(conversations.c.event_seq)
)
_ADD_EVENTS = insert(events)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event. `seq` counts from 1 in its conversation; `data` is JSON text."""

    seq: int
    type: str
    data: str


@dataclass(frozen=True, slots=True)
class _Pending:
    """An event that has no number yet."""

    conversation_id: str
    client_id: str
    type: EventType
    data: str


@dataclass(slots=True)
class Change:
    """One write transaction, and the events that become visible with its commit."""

    connection: Connection
    at: datetime
    written: dict[str, list[StoredEvent]] = field(default_factory=dict)
    _pending: list[_Pending] = field(default_factory=list)
    _values: dict[str, dict[str, Any]] = field(default_factory=dict)

    def append(self, conversation_id: str, client_id: str, kind: EventType, data: Mapping[str, Any]) -> None:
        """Add an event; it is numbered with the others of this transaction when it is flushed."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        self._pending.append(_Pending(conversation_id, client_id, kind, text))

    def set(self, conversation_id: str, **values: Any) -> None:
        """Change columns of the conversation's row with the next flush."""
        self._values.setdefault(conversation_id, {}).update(values)

    def flush(self) -> None:
        """Write what was set, and what was appended under the next numbers.

        The row's lock keeps them without gaps.
        """
        by_conversation: dict[str, list[_Pending]] = {}
        for event in self._pending:
            by_conversation.setdefault(event.conversation_id, []).append(event)
        self._pending.clear()
        for conversation_id, pending in by_conversation.items():
            stored = self._write(conversation_id, pending)
            self.written.setdefault(conversation_id, []).extend(stored)
        for conversation_id, values in self._values.items():
            table = conversations
            self.connection.execute(update(table).where(table.c.id == conversation_id).values(**values))
        self._values.clear()

    def _write(self, conversation_id: str, pending: Sequence[_Pending]) -> list[StoredEvent]:
        values = self._values.pop(conversation_id, {})  # in the same update, as parameters of its columns
        given = {"of": conversation_id, "more": len(pending), "now": self.at, **values}
        last = self.connection.execute(_COUNT_EVENTS, given).scalar_one()
        stored = [
            StoredEvent(seq, event.type, event.data)
            for seq, event in enumerate(pending, start=last - len(pending) + 1)
        ]
        same = {"conversation_id": conversation_id, "client_id": pending[0].client_id, "at": self.at}
        self.connection.execute(_ADD_EVENTS, [{**same, **asdict(event)} for event in stored])
        return stored


class EventLog(Protocol):
    """Where events are kept and read; several processes may share one."""

    def read_after(self, conversation_id: str, after: int, limit: int) -> Sequence[StoredEvent]:
        """Return the events with a number above `after`, in order."""

    def last(self, conversation_id: str) -> int:
        """Return the number of the latest event, 0 for none."""

    def moved_since(self, moment: datetime) -> Mapping[str, int]:
        """Return the conversations with events since then and the number of their latest."""


@dataclass(frozen=True, slots=True)
class SqlEventLog:
    """The log in the database."""

    engine: Engine

    def read_after(self, conversation_id: str, after: int, limit: int) -> tuple[StoredEvent, ...]:
        """Return the events with a number above `after`, in order."""
        query = (
            select(events.c.seq, events.c.type, events.c.data)
            .where(events.c.conversation_id == conversation_id, events.c.seq > after)
            .order_by(events.c.seq)
            .limit(limit)
        )
        with reading(self.engine) as connection:
            return tuple(StoredEvent(row.seq, row.type, row.data) for row in connection.execute(query))

    def last(self, conversation_id: str) -> int:
        """Return the number of the latest event, 0 for none."""
        query = select(conversations.c.event_seq).where(conversations.c.id == conversation_id)
        with reading(self.engine) as connection:
            return connection.execute(query).scalar() or 0

    def moved_since(self, moment: datetime) -> dict[str, int]:
        """Return the conversations with events since then and the number of their latest."""
        query = select(conversations.c.id, conversations.c.event_seq).where(
            conversations.c.touched_at >= moment
        )
        with reading(self.engine) as connection:
            return {row.id: row.event_seq for row in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Journal:
    """Write transactions whose events wake this process's streams after the commit."""

    engine: Engine
    hub: Hub
    clock: Clock = lambda: datetime.now(UTC)

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """Open one transaction: state and events are kept together or not at all."""
        with writing_little(self.engine) as connection:
            change = Change(connection, self.clock())
            yield change
            change.flush()
        for conversation_id, written in change.written.items():
            self.hub.publish(conversation_id, written)


__all__ = ["Change", "Clock", "EventLog", "EventType", "Journal", "SqlEventLog", "StoredEvent"]
