"""Escalations: drafted from the conversation, edited by the agent, sent, and followed until resolved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from copilot.answer import Escalation
from copilot.escalation import Earlier, EarlierPromise, with_earlier
from copilot.live.desk import Desk
from copilot.live.events import Change
from copilot.live.gaps import NewGap, note_gap
from copilot.live.model import (
    EscalationState,
    Linked,
    LiveConversation,
    LiveEscalation,
    StateError,
    UnknownThingError,
    as_json,
    new_id,
)
from copilot.live.repeats import links_of
from copilot.live.rows import (
    as_pipeline,
    as_spoken,
    conversation_of,
    conversation_row,
    escalation_of,
    turns_of,
)
from copilot.request import Want
from copilot.store.live import escalations as table
from knowledge.store.engine import reading

_WANT: tuple[Want, ...] = ("alerts", "facts", "promises", "suggestions", "precedents", "escalation")
# From which states a state can be reached. The words are the client company's and the agent's, nobody else's.
_FROM: Mapping[EscalationState, frozenset[EscalationState]] = {
    "draft": frozenset(),
    "sent": frozenset({"draft", "reopened"}),
    "delivered": frozenset({"sent"}),
    "acknowledged": frozenset({"sent", "delivered"}),
    "resolved": frozenset({"sent", "delivered", "acknowledged"}),
    "reopened": frozenset({"resolved"}),
}
_EDITABLE: frozenset[EscalationState] = frozenset({"draft", "reopened"})


@dataclass(frozen=True, slots=True)
class Move:
    """A step of an escalation's way: to which state, by whom, with which words."""

    to: EscalationState
    by: str
    note: str | None = None


def draft_escalation(desk: Desk, conversation_id: str, by: str) -> LiveEscalation:
    """Return a new draft from the conversation. Raise UnknownThingError, StateError without turns."""
    with reading(desk.engine) as connection:
        conversation = conversation_of(conversation_row(connection, conversation_id))
        spoken = as_spoken(turns_of(connection, conversation_id))
        linked = links_of(connection, conversation_id)
    if not spoken:
        raise StateError("Nothing was said yet: there is nothing to hand over.")
    answer = desk.advisor.assist(as_pipeline(conversation, spoken), _WANT)
    if answer.escalation is None:
        raise StateError("There is nothing to hand over.")
    settings = desk.knowledge.client(conversation.client_id).settings
    drafted = with_earlier(answer.escalation, [_earlier(one) for one in linked], settings)
    with desk.journal.changing() as change:
        kept = _insert(change, conversation, drafted, by)
        gap = NewGap("escalated", kept.headline, kept.category)
        note_gap(change, kept.client_id, kept.conversation_id, gap)
        return kept


def _earlier(linked: Linked) -> Earlier:
    """What the client must know of an earlier conversation: its danger, and what is still owed."""
    open_promises = (promise for promise in linked.promises if promise.state != "kept")
    return Earlier(
        date=linked.date,
        kind=linked.kind,
        value=linked.value.upper(),
        danger=re.split("[：:]", linked.alert.protocol.title)[0] if linked.alert else None,
        taken=linked.alert_state == "acknowledged",
        promises=tuple(EarlierPromise(promise.quote, promise.due_at) for promise in open_promises),
    )


def _insert(change: Change, conversation: LiveConversation, drafted: Escalation, by: str) -> LiveEscalation:
    escalation_id = new_id("es")
    change.connection.execute(
        insert(table).values(
            id=escalation_id,
            client_id=conversation.client_id,
            conversation_id=conversation.id,
            state="draft",
            priority=drafted.priority,
            drafted=as_json(drafted),
            content=as_json(drafted),
            edited=False,
            created_at=change.at,
            updated_at=change.at,
            history=[{"state": "draft", "at": change.at.isoformat(), "by": by, "note": None}],
        )
    )
    return _tell(change, escalation_id)


def _tell(change: Change, escalation_id: str) -> LiveEscalation:
    row = change.connection.execute(select(table).where(table.c.id == escalation_id)).one()
    escalation = escalation_of(row)
    change.append(row.conversation_id, row.client_id, "escalation", as_json(escalation))
    return escalation


def find_escalation(desk: Desk, escalation_id: str) -> LiveEscalation:
    """Return the escalation. Raise UnknownThingError."""
    with reading(desk.engine) as connection:
        row = connection.execute(select(table).where(table.c.id == escalation_id)).one_or_none()
    if row is None:
        raise UnknownThingError(escalation_id)
    return escalation_of(row)


def list_escalations(
    desk: Desk,
    clients: frozenset[str] | None,
    after: str = "",
    limit: int = 50,
    only: Mapping[str, str] | None = None,
) -> tuple[LiveEscalation, ...]:
    """Return the escalations of these clients (None: all) above the id `after`; `only` by column."""
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if clients is not None:
        query = query.where(table.c.client_id.in_(sorted(clients)))
    for column, value in (only or {}).items():
        query = query.where(table.c[column] == value)
    with reading(desk.engine) as connection:
        return tuple(escalation_of(row) for row in connection.execute(query))


def edit_escalation(desk: Desk, escalation_id: str, changes: Mapping[str, Any]) -> LiveEscalation:
    """Keep the agent's words in place of the proposed ones. Raise UnknownThingError, StateError once sent."""
    with desk.journal.changing() as change:
        row = _row(change, escalation_id)
        if row.state not in _EDITABLE:
            raise StateError(f"An escalation that is {row.state} cannot be edited.")
        content = as_json(Escalation.model_validate({**row.content, **changes}))
        if content == row.content:
            return escalation_of(row)
        change.connection.execute(
            update(table)
            .where(table.c.id == escalation_id)
            .values(content=content, priority=content["priority"], edited=True, updated_at=change.at)
        )
        return _tell(change, escalation_id)


def move_escalation(desk: Desk, escalation_id: str, move: Move) -> LiveEscalation:
    """Take the next step; the same step again changes nothing. Raise UnknownThingError, StateError."""
    with desk.journal.changing() as change:
        row = _row(change, escalation_id)
        if row.state == move.to:
            return escalation_of(row)
        if row.state not in _FROM[move.to]:
            raise StateError(f"An escalation that is {row.state} cannot become {move.to}.")
        step = {"state": move.to, "at": change.at.isoformat(), "by": move.by, "note": move.note}
        change.connection.execute(
            update(table)
            .where(table.c.id == escalation_id)
            .values(state=move.to, updated_at=change.at, history=[*row.history, step])
        )
        return _tell(change, escalation_id)


def _row(change: Change, escalation_id: str) -> Row[Any]:
    row = change.connection.execute(
        select(table).where(table.c.id == escalation_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise UnknownThingError(escalation_id)
    return row
