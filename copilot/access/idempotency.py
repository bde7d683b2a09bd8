"""The same write twice has one effect and one reply: replies are kept for 24 hours under the caller's key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from copilot.store.schema import idempotent_replies
from knowledge.store.engine import reading, writing

KEPT = timedelta(hours=24)
# A call that has not ended by then died with its process; its repeat may run.
ABANDONED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One use of an Idempotency-Key: whose, which, and for which request."""

    caller: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class First:
    """Nobody did this before: do it."""


@dataclass(frozen=True, slots=True)
class Running:
    """The first call is still at it."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key was used for another request."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the first call was answered."""

    status: int
    content_type: str
    body: bytes


Claim = First | Running | Mismatch | Reply


def fingerprint(method: str, target: str, body: bytes) -> str:
    """Return what tells one request from another."""
    return hashlib.sha256(b"\n".join((method.encode(), target.encode(), body))).hexdigest()


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The replies of the last 24 hours."""

    engine: Engine

    def claim(self, ticket: Ticket, now: datetime | None = None) -> Claim:
        """Claim the key for this request, or return what became of it before."""
        moment = now or datetime.now(UTC)
        table = idempotent_replies
        with writing(self.engine) as connection:
            connection.execute(delete(table).where(*_of(ticket), table.c.created_at < moment - KEPT))
            connection.execute(
                delete(table).where(
                    *_of(ticket), table.c.status.is_(None), table.c.created_at < moment - ABANDONED
                )
            )
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            claimed = connection.execute(
                insert(table)
                .values(
                    caller=ticket.caller, key=ticket.key, fingerprint=ticket.fingerprint, created_at=moment
                )
                .on_conflict_do_nothing()
                .returning(table.c.key)  # the count of rows is not told by every driver
            ).first()
        return First() if claimed else self.look(ticket)

    def look(self, ticket: Ticket) -> Claim:
        """Return what became of the key without claiming it; First where it was given back."""
        with reading(self.engine) as connection:
            row = connection.execute(select(idempotent_replies).where(*_of(ticket))).one_or_none()
        if row is None:
            return First()
        if row.fingerprint != ticket.fingerprint:
            return Mismatch()
        return Running() if row.status is None else Reply(row.status, row.content_type, row.body)

    def keep(self, ticket: Ticket, reply: Reply, client_id: str | None) -> None:
        """Keep the reply for repeats."""
        values = {"status": reply.status, "content_type": reply.content_type, "body": reply.body}
        with writing(self.engine) as connection:
            connection.execute(
                update(idempotent_replies).where(*_of(ticket)).values(client_id=client_id, **values)
            )

    def give_back(self, ticket: Ticket) -> None:
        """Forget the claim: the call failed in a way that a repeat may mend."""
        with writing(self.engine) as connection:
            connection.execute(delete(idempotent_replies).where(*_of(ticket)))

    def forget_old(self, now: datetime | None = None) -> int:
        """Delete replies older than 24 hours; return how many."""
        oldest = (now or datetime.now(UTC)) - KEPT
        with writing(self.engine) as connection:
            gone = connection.execute(
                delete(idempotent_replies).where(idempotent_replies.c.created_at < oldest)
            )
        return int(gone.rowcount)


def _of(ticket: Ticket) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (idempotent_replies.c.caller == ticket.caller, idempotent_replies.c.key == ticket.key)
