"""What agents owe: listed by due time, told once when overdue, ticked off by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from sqlalchemy import ColumnElement, and_, or_, select, tuple_, update

from copilot.live.desk import Desk
from copilot.live.model import LivePromise, UnknownThingError, as_json
from copilot.live.rows import promise_of
from copilot.store.live import promises as table
from knowledge.store.engine import reading

PromiseFilter = Literal["due", "overdue", "open", "kept"]
_BATCH = 100


@dataclass(frozen=True, slots=True)
class PromisePlace:
    """Where a page of the list of promises ends; those without a due time stand last."""

    due_at: datetime | None
    id: str


def list_promises(
    desk: Desk,
    clients: frozenset[str] | None,
    state: PromiseFilter | None = None,
    limit: int = 100,
    after: PromisePlace | None = None,
) -> tuple[LivePromise, ...]:
    """Return the promises of these clients (None: all), the earliest due first."""
    query = select(table).order_by(table.c.due_at.is_(None), table.c.due_at, table.c.id).limit(limit)
    if after is not None:
        query = query.where(_behind(after))
    if clients is not None:
        query = query.where(table.c.client_id.in_(sorted(clients)))
    if state is not None:
        query = query.where(_in_state(desk, state))
    with reading(desk.engine) as connection:
        return tuple(promise_of(row) for row in connection.execute(query))


def _behind(place: PromisePlace) -> ColumnElement[bool]:
    undated = table.c.due_at.is_(None)
    if place.due_at is None:
        return and_(undated, table.c.id > place.id)
    types = [table.c.due_at.type, table.c.id.type]
    later = tuple_(table.c.due_at, table.c.id) > tuple_(place.due_at, place.id, types=types)
    return or_(undated, later)


def _in_state(desk: Desk, state: PromiseFilter) -> ColumnElement[bool]:
    unkept = table.c.state != "kept"
    match state:
        case "due":
            return and_(unkept, table.c.due_at >= desk.clock())
        case "overdue":
            return and_(unkept, table.c.due_at < desk.clock())
        case "open":
            return unkept
        case "kept":
            return table.c.state == "kept"
        case _:
            assert_never(state)


def find_promise(desk: Desk, promise_id: str) -> LivePromise:
    """Return the promise. Raise UnknownThingError."""
    with reading(desk.engine) as connection:
        row = connection.execute(select(table).where(table.c.id == promise_id)).one_or_none()
    if row is None:
        raise UnknownThingError(promise_id)
    return promise_of(row)


def keep(desk: Desk, promise_id: str, by: str) -> LivePromise:
    """Note that the promise was kept, and by whom; the first one counts. Raise UnknownThingError."""
    find_promise(desk, promise_id)
    with desk.journal.changing() as change:
        changed = change.connection.execute(
            update(table)
            .where(table.c.id == promise_id, table.c.state != "kept")
            .values(state="kept", kept_at=change.at, kept_by=by)
        )
        promise = promise_of(change.connection.execute(select(table).where(table.c.id == promise_id)).one())
        if changed.rowcount:
            change.append(promise.conversation_id, promise.client_id, "promise", as_json(promise))
        return promise


def run_overdue(desk: Desk) -> int:
    """Tell every promise that has become overdue, once; return how many."""
    query = select(table.c.id).where(table.c.state == "open", table.c.due_at < desk.clock()).limit(_BATCH)
    with reading(desk.engine) as connection:
        due = connection.execute(query).scalars().all()
    for promise_id in due:
        _tell_overdue(desk, promise_id)
    return len(due)


def _tell_overdue(desk: Desk, promise_id: str) -> None:
    with desk.journal.changing() as change:
        changed = change.connection.execute(
            update(table).where(table.c.id == promise_id, table.c.state == "open").values(state="overdue")
        )
        if changed.rowcount:
            row = change.connection.execute(select(table).where(table.c.id == promise_id)).one()
            change.append(row.conversation_id, row.client_id, "promise", as_json(promise_of(row)))
