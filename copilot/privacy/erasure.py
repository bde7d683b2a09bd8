"""A customer's data deleted by one call, and old data by the clock; every store of it is an `Eraser`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, Engine, delete, select

from copilot.access.audit import Audit
from copilot.access.idempotency import Idempotency
from copilot.store.schema import idempotent_replies, model_calls, token_spending
from knowledge.base import KnowledgeBase
from knowledge.store.engine import writing

# client.yaml may say otherwise under this key, in days.
RETENTION_KEY = "retention_days"
RETENTION_DAYS = 180


@dataclass(frozen=True, slots=True)
class Customer:
    """Whose data: the customer's id at the client, and whatever else identifies them (a phone number)."""

    id: str
    identifiers: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that the customer can be found by."""
        return tuple(dict.fromkeys((self.id, *self.identifiers)))


class Eraser(Protocol):
    """A store that holds personal data of a client's customers."""

    @property
    def name(self) -> str:
        """Return what is counted."""

    def erase_customer(self, connection: Connection, client_id: str, customer: Customer) -> int:
        """Delete what is kept of the customer; return how many rows."""

    def erase_before(self, connection: Connection, client_id: str, moment: datetime) -> int:
        """Delete what is older than `moment`; return how many rows."""


@dataclass(frozen=True, slots=True)
class KeptReplies:
    """Replies kept for repeated writes may quote the customer."""

    name: str = "idempotent_replies"

    def erase_customer(self, connection: Connection, client_id: str, customer: Customer) -> int:
        """Delete the client's replies that name the customer."""
        table = idempotent_replies
        rows = connection.execute(
            select(table.c.caller, table.c.key, table.c.body).where(
                table.c.client_id == client_id, table.c.body.is_not(None)
            )
        ).all()
        words = [word.encode() for word in customer.words]
        gone = [row for row in rows if any(word in row.body for word in words)]
        for row in gone:
            connection.execute(delete(table).where(table.c.caller == row.caller, table.c.key == row.key))
        return len(gone)

    def erase_before(self, connection: Connection, client_id: str, moment: datetime) -> int:
        """Delete the client's older replies; all of them go after 24 hours anyway."""
        table = idempotent_replies
        gone = connection.execute(
            delete(table).where(table.c.client_id == client_id, table.c.created_at < moment)
        )
        return int(gone.rowcount)


@dataclass(frozen=True, slots=True)
class Erasure:
    """All stores together; one transaction a call: everything is deleted, or nothing."""

    engine: Engine
    erasers: Sequence[Eraser]

    def of_customer(self, client_id: str, customer: Customer) -> Mapping[str, int]:
        """Delete the customer's data from every store; return how many rows went, by store."""
        with writing(self.engine) as connection:
            return {
                eraser.name: eraser.erase_customer(connection, client_id, customer) for eraser in self.erasers
            }

    def before(self, client_id: str, moment: datetime) -> Mapping[str, int]:
        """Delete the client's data older than `moment`; return how many rows went, by store."""
        with writing(self.engine) as connection:
            return {
                eraser.name: eraser.erase_before(connection, client_id, moment) for eraser in self.erasers
            }


@dataclass(frozen=True, slots=True)
class Retention:
    """What the clock deletes: customers' data by each client's setting, audit and replies by ours."""

    erasure: Erasure
    knowledge: KnowledgeBase
    audit: Audit
    replies: Idempotency
    audit_days: int

    def run(self, now: datetime | None = None) -> int:
        """Delete what is too old; return how many rows went."""
        moment = now or datetime.now(UTC)
        kept_from = moment - timedelta(days=self.audit_days)
        gone = self.replies.forget_old(moment) + self.audit.forget_before(kept_from)
        gone += forget_spending(self.erasure.engine, kept_from)
        for client_id in self.knowledge.clients():
            days = retention_days(self.knowledge.client(client_id).settings.extra)
            gone += sum(self.erasure.before(client_id, moment - timedelta(days=days)).values())
        return gone


def forget_spending(engine: Engine, moment: datetime) -> int:
    """Delete the records of model calls older than `moment`; return how many rows went."""
    calls = model_calls.model_calls
    with writing(engine) as connection:
        gone = connection.execute(delete(calls).where(calls.c.at < moment)).rowcount
        days = connection.execute(delete(token_spending).where(token_spending.c.day < moment.date()))
    return int(gone) + int(days.rowcount)


def retention_days(extra: Mapping[str, object]) -> int:
    """Return the client's retention; the default where its setting is no whole number of days above zero."""
    value = extra.get(RETENTION_KEY)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else RETENTION_DAYS
