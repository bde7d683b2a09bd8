"""Alerts of live conversations: kept once a danger, pushed by their clocks until a person takes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, tuple_, update

from copilot.answer import Alert
from copilot.live.clocks import contact_for, next_due, steps_for
from copilot.live.desk import Desk
from copilot.live.events import Change
from copilot.live.model import (
    AlertChange,
    LiveAlert,
    LiveConversation,
    LiveTurn,
    UnknownThingError,
    as_json,
    new_id,
)
from copilot.live.repeats import earlier_complaint, raised
from copilot.live.rows import ALERTS_OF, alert_of, alerts_of, as_pipeline
from copilot.signals.emergency.finding import family, rank
from copilot.store.live import alerts as table
from knowledge.model import ClientSettings
from knowledge.store.engine import reading

_BATCH = 100


def keep_raised(
    change: Change,
    conversation: LiveConversation,
    turns: tuple[LiveTurn, ...],
    alerts: Sequence[Alert],
    settings: ClientSettings | None,
) -> tuple[LiveAlert, ...]:
    """Keep the alerts, one level higher after an earlier complaint about the same subject.

    Alerts and `turns` are numbered as they came. `settings`: None where no subject can have a history.
    """
    if settings is not None:
        earlier = earlier_complaint(change.connection, conversation.id)
        alerts = raised(alerts, earlier, as_pipeline(conversation, turns), settings)
    return keep_alerts(change, conversation, alerts)


def keep_alerts(
    change: Change, conversation: LiveConversation, alerts: Sequence[Alert]
) -> tuple[LiveAlert, ...]:
    """Keep what is new, has become more serious or needs other services, and tell the streams.

    Return the alerts that stand now, emergencies first, then as they were raised.
    """
    rows = change.connection.execute(ALERTS_OF, {"of": conversation.id}).all()
    standing = {row.danger: row for row in rows}
    changed = False
    for danger, alert in _worst_of_each(alerts).items():
        row = standing.get(danger)
        if row is None:
            _insert(change, conversation, alert)
        elif rank(alert.level) > rank(row.level):
            _raise(change, row, alert)
        elif alert.level == row.level and needs_other_services(alert, row.content["services"]):
            _call_others(change, row, alert)
        else:
            continue
        changed = True
    return alerts_of(change.connection, conversation.id) if changed else tuple(map(alert_of, rows))


def _worst_of_each(alerts: Sequence[Alert]) -> dict[str, Alert]:
    """The most serious alert of each danger, the first of equals; dangers in the order of the alerts."""
    worst: dict[str, Alert] = {}
    for alert in alerts:
        known = worst.setdefault(family(alert.category), alert)
        if rank(alert.level) > rank(known.level):
            worst[family(alert.category)] = alert
    return worst


def needs_other_services(alert: Alert, known: Collection[str]) -> bool:
    """Whether a number is to be called that was not to be called before: the injured car now burns."""
    return not set(alert.services) <= set(known)


def _insert(change: Change, conversation: LiveConversation, alert: Alert) -> LiveAlert:
    alert_id = new_id("al")
    change.connection.execute(
        insert(table).values(
            id=alert_id,
            client_id=conversation.client_id,
            conversation_id=conversation.id,
            danger=family(alert.category),
            level=alert.level,
            category=alert.category,
            content=as_json(alert),
            state="raised",
            raised_at=change.at,
            clock_from=change.at,
            steps_done=0,
            next_due_at=next_due(alert.category, 0, change.at),
        )
    )
    return _tell(change, alert_id, "raised")


def _raise(change: Change, row: Row[Any], alert: Alert) -> LiveAlert:
    """A higher level is a new alarm: whoever took the lower one has to look again."""
    change.connection.execute(
        update(table)
        .where(table.c.id == row.id)
        .values(
            level=alert.level,
            category=alert.category,
            content=as_json(alert),
            **_afresh(change, alert),
        )
    )
    return _tell(change, row.id, "level_raised")


def _call_others(change: Change, row: Row[Any], alert: Alert) -> None:
    """Other numbers: whoever took the alert has to look again; a clock that runs goes on."""
    now = alert.model_copy(update={"services": _services(row.content["services"], alert.services)})
    again = {} if row.state == "raised" else _afresh(change, alert)
    change.connection.execute(
        update(table)
        .where(table.c.id == row.id)
        .values(category=alert.category, content=as_json(now), **again)
    )
    _tell(change, row.id, "services_changed")


def _services(before: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """The numbers to call now. Where the first one of before is none of them, the place is another one."""
    kept = before if before and before[0] in now else ()
    return tuple(dict.fromkeys((*now, *kept)))


def _afresh(change: Change, alert: Alert) -> dict[str, object]:
    """The columns of an alert that nobody has taken yet, its clock at the start."""
    return {
        "state": "raised",
        "acknowledged_at": None,
        "acknowledged_by": None,
        "clock_from": change.at,
        "steps_done": 0,
        "next_due_at": next_due(alert.category, 0, change.at),
    }


def _tell(change: Change, alert_id: str, what: AlertChange, contact: str | None = None) -> LiveAlert:
    row = change.connection.execute(select(table).where(table.c.id == alert_id)).one()
    alert = alert_of(row).model_copy(update={"change": what, "contact": contact})
    change.append(alert.conversation_id, alert.client_id, "alert", as_json(alert))
    return alert


def find_alert(desk: Desk, alert_id: str) -> LiveAlert:
    """Return the alert. Raise UnknownThingError."""
    with reading(desk.engine) as connection:
        row = connection.execute(select(table).where(table.c.id == alert_id)).one_or_none()
    if row is None:
        raise UnknownThingError(alert_id)
    return alert_of(row)


def acknowledge(desk: Desk, alert_id: str, by: str) -> LiveAlert:
    """Note who took the alert and stop its clock; the first one counts. Raise UnknownThingError.

    Advice on an emergency waits for that: it is due now.
    """
    with desk.journal.changing() as change:
        row = change.connection.execute(select(table).where(table.c.id == alert_id)).one_or_none()
        if row is None:
            raise UnknownThingError(alert_id)
        if row.state == "acknowledged":
            return alert_of(row)
        change.connection.execute(
            update(table)
            .where(table.c.id == alert_id)
            .values(state="acknowledged", acknowledged_at=change.at, acknowledged_by=by, next_due_at=None)
        )
        if row.level == "emergency":
            change.set(row.conversation_id, advice_due_at=change.at)
        return _tell(change, alert_id, "acknowledged")


@dataclass(frozen=True, slots=True)
class AlertPlace:
    """Where a page of the list of alerts ends."""

    level: str
    raised_at: datetime
    id: str


def list_alerts(
    desk: Desk,
    clients: frozenset[str] | None,
    state: str | None = None,
    limit: int = 100,
    after: AlertPlace | None = None,
) -> tuple[LiveAlert, ...]:
    """Return the alerts of these clients (None: all), emergencies first, the oldest first."""
    query = select(table).order_by(table.c.level, table.c.raised_at, table.c.id).limit(limit)
    if after is not None:
        columns = (table.c.level, table.c.raised_at, table.c.id)
        types = [column.type for column in columns]
        query = query.where(tuple_(*columns) > tuple_(after.level, after.raised_at, after.id, types=types))
    if clients is not None:
        query = query.where(table.c.client_id.in_(sorted(clients)))
    if state is not None:
        query = query.where(table.c.state == state)
    with reading(desk.engine) as connection:
        return tuple(alert_of(row) for row in connection.execute(query))


def run_clocks(desk: Desk) -> int:
    """Do every step that is due, in whichever process looks first; return how many."""
    now = desk.clock()
    query = (
        select(table.c.id, table.c.client_id, table.c.next_due_at)
        .where(table.c.next_due_at <= now)
        .order_by(table.c.next_due_at)
        .limit(_BATCH)
    )
    with reading(desk.engine) as connection:
        due = connection.execute(query).all()
    return sum(
        _step(desk, row.id, row.next_due_at, desk.knowledge.client(row.client_id).settings) for row in due
    )


def _step(desk: Desk, alert_id: str, due_at: datetime, settings: ClientSettings) -> int:
    """Do one step unless another process or the person who took the alert was faster."""
    with desk.journal.changing() as change:
        row = change.connection.execute(
            select(table).where(table.c.id == alert_id, table.c.next_due_at == due_at).with_for_update()
        ).one_or_none()
        if row is None:
            return 0
        step = steps_for(row.category)[row.steps_done]
        done = row.steps_done + 1
        change.connection.execute(
            update(table)
            .where(table.c.id == alert_id)
            .values(steps_done=done, next_due_at=next_due(row.category, done, row.clock_from))
        )
        _tell(change, alert_id, step.kind, contact_for(step, settings))
    return 1
