"""Conversations: opened once for an external id, read with everything that a panel shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from copilot.live.desk import Desk
from copilot.live.events import Change
from copilot.live.model import (
    ConversationState,
    ConversationView,
    Customer,
    LiveAgent,
    LiveConversation,
    LiveTurn,
    as_json,
    new_id,
)
from copilot.live.repeats import link, links_of, subjects_of
from copilot.live.rows import (
    advice_of,
    alerts_of,
    checks_of,
    conversation_of,
    conversation_row,
    escalation_of,
    facts_of,
    feedback_of,
    promises_of,
    turns_of,
)
from copilot.store import live as tables
from knowledge.store.engine import reading


@dataclass(frozen=True, slots=True)
class Opening:
    """What a helpdesk knows when a conversation begins."""

    client_id: str
    channel: str
    agent: LiveAgent
    external_id: str | None = None
    customer: Customer = field(default_factory=Customer)
    subject: dict[str, str] = field(default_factory=dict)
    language: str | None = None


def open_conversation(desk: Desk, opening: Opening) -> LiveConversation:
    """Return the conversation of that external id, new where there was none. Raise UnknownClientError."""
    desk.knowledge.client(opening.client_id)
    with desk.journal.changing() as change:
        row = _existing(change.connection, opening)
        if row is not None:
            return conversation_of(row)
        conversation_id = new_id("c")
        change.connection.execute(
            insert(tables.conversations).values(**_values(conversation_id, opening, change))
        )
        conversation = conversation_of(conversation_row(change.connection, conversation_id))
        tell_links(change, conversation, ())
        change.flush()  # the conversation then names its last event
        return conversation_of(conversation_row(change.connection, conversation_id))


def _existing(connection: Connection, opening: Opening) -> Row[Any] | None:
    if opening.external_id is None:
        return None
    table = tables.conversations
    query = select(table).where(
        table.c.client_id == opening.client_id, table.c.external_id == opening.external_id
    )
    return connection.execute(query).one_or_none()


def _values(conversation_id: str, opening: Opening, change: Change) -> dict[str, Any]:
    return {
        "id": conversation_id,
        "client_id": opening.client_id,
        "external_id": opening.external_id,
        "channel": opening.channel,
        "agent_id": opening.agent.id,
        "agent_tier": opening.agent.tier,
        "customer": as_json(opening.customer),
        "subject": opening.subject,
        "language": opening.language,
        "state": "open",
        "created_at": change.at,
        "touched_at": change.at,
        "turn_count": 0,
        "event_seq": 0,
        "facts": [],
        "checks": [],
        "degraded": [],
    }


def tell_links(change: Change, conversation: LiveConversation, facts: Sequence[Any]) -> None:
    """Link the conversation to earlier ones about the same subjects, and tell the streams."""
    subjects = subjects_of(conversation.customer, conversation.subject, facts)
    for linked in link(change.connection, conversation, subjects, change.at):
        change.append(conversation.id, conversation.client_id, "linked", as_json(linked))


def find_conversation(desk: Desk, conversation_id: str) -> LiveConversation:
    """Return the conversation. Raise UnknownThingError."""
    with reading(desk.engine) as connection:
        return conversation_of(conversation_row(connection, conversation_id))


def view(desk: Desk, conversation_id: str) -> ConversationView:
    """Return the conversation with everything that a panel shows. Raise UnknownThingError."""
    with reading(desk.engine) as connection:
        row = conversation_row(connection, conversation_id)
        advice = advice_of(row)
        shown = {} if advice is None else {name: getattr(advice, name) for name in _SHOWN}
        table = tables.escalations
        query = select(table).where(table.c.conversation_id == conversation_id).order_by(table.c.created_at)
        return ConversationView(
            **dict(conversation_of(row)),
            alerts=alerts_of(connection, conversation_id),
            facts=facts_of(row),
            checks=checks_of(row),
            promises=promises_of(connection, conversation_id),
            feedback=feedback_of(connection, conversation_id),
            escalations=tuple(escalation_of(item) for item in connection.execute(query)),
            linked=links_of(connection, conversation_id),
            degraded=tuple(row.degraded),
            **shown,
        )


_SHOWN = ("suggestions", "abstained", "precedents")


def list_turns(desk: Desk, conversation_id: str) -> tuple[LiveTurn, ...]:
    """Return the turns in the order of arrival."""
    with reading(desk.engine) as connection:
        return turns_of(connection, conversation_id)


def list_conversations(
    desk: Desk, client_id: str, after: str = "", limit: int = 50
) -> tuple[LiveConversation, ...]:
    """Return the client's conversations with an id above `after`, by id."""
    table = tables.conversations
    query = select(table).where(table.c.client_id == client_id, table.c.id > after)
    with reading(desk.engine) as connection:
        rows = connection.execute(query.order_by(table.c.id).limit(limit)).all()
    return tuple(conversation_of(row) for row in rows)


def set_state(desk: Desk, conversation_id: str, state: ConversationState) -> LiveConversation:
    """Close or open the conversation again, and tell the streams."""
    with desk.journal.changing() as change:
        conversation = conversation_of(conversation_row(change.connection, conversation_id))
        if conversation.state == state:
            return conversation
        table = tables.conversations
        change.connection.execute(update(table).where(table.c.id == conversation_id).values(state=state))
        conversation = conversation.model_copy(update={"state": state})
        change.append(conversation.id, conversation.client_id, "conversation", {"state": state})
        return conversation


def set_agent(desk: Desk, conversation_id: str, agent: LiveAgent) -> None:
    """Note who answers from now on."""
    table = tables.conversations
    with desk.journal.changing() as change:
        change.connection.execute(
            update(table)
            .where(table.c.id == conversation_id)
            .values(agent_id=agent.id, agent_tier=agent.tier)
        )
