"""From rows to values and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from copilot.answer import Check, Escalation, Fact
from copilot.conversation import Agent, Conversation, Turn
from copilot.live.clocks import stage_of
from copilot.live.model import (
    Advice,
    Customer,
    Given,
    LiveAgent,
    LiveAlert,
    LiveConversation,
    LiveEscalation,
    LivePromise,
    LiveTurn,
    UnknownThingError,
)
from copilot.store import live as tables

# Built once: composing a statement costs more than running it.
_CONVERSATION = select(tables.conversations).where(tables.conversations.c.id == bindparam("of"))
# What a turn changes: without the advice, which is large and has to be decoded.
_TURN_TARGET = select(*[column for column in tables.conversations.c if column.name != "advice"]).where(
    tables.conversations.c.id == bindparam("of")
)
_TURNS_OF = (
    select(tables.turns)
    .where(tables.turns.c.conversation_id == bindparam("of"))
    .order_by(tables.turns.c.index)
)


def in_order_of_alerts(query: Select[Any]) -> Select[Any]:
    """Return the query with emergencies first, then as they were raised."""
    # "emergency" sorts before "urgent"
    return query.order_by(tables.alerts.c.level, tables.alerts.c.raised_at, tables.alerts.c.id)


def in_order_of_promises(query: Select[Any]) -> Select[Any]:
    """Return the query with the promises as they were made."""
    table = tables.promises
    return query.order_by(table.c.turn_index, table.c.created_at, table.c.id)


ALERTS_OF = in_order_of_alerts(select(tables.alerts)).where(
    tables.alerts.c.conversation_id == bindparam("of")
)
_PROMISES_OF = in_order_of_promises(select(tables.promises)).where(
    tables.promises.c.conversation_id == bindparam("of")
)


def conversation_row(connection: Connection, conversation_id: str) -> Row[Any]:
    """Return the row of a conversation. Raise UnknownThingError."""
    return _one(connection, _CONVERSATION, conversation_id)


def turn_target(connection: Connection, conversation_id: str) -> Row[Any]:
    """Return the row of a conversation without its advice. Raise UnknownThingError."""
    return _one(connection, _TURN_TARGET, conversation_id)


def _one(connection: Connection, query: Select[Any], conversation_id: str) -> Row[Any]:
    row = connection.execute(query, {"of": conversation_id}).one_or_none()
    if row is None:
        raise UnknownThingError(conversation_id)
    return row


def conversation_of(row: Row[Any]) -> LiveConversation:
    """Return the conversation of a row."""
    return LiveConversation(
        id=row.id,
        client_id=row.client_id,
        external_id=row.external_id,
        channel=row.channel,
        agent=LiveAgent(id=row.agent_id, tier=row.agent_tier),
        customer=Customer.model_validate(row.customer),
        subject=row.subject,
        language=row.language,
        state=row.state,
        created_at=row.created_at,
        turn_count=row.turn_count,
        last_event_id=row.event_seq,
    )


def facts_of(row: Row[Any]) -> tuple[Fact, ...]:
    """Return what is known in the conversation of a row."""
    return tuple(Fact.model_validate(item) for item in row.facts)


def checks_of(row: Row[Any]) -> tuple[Check, ...]:
    """Return the checks shown so far in the conversation of a row."""
    return tuple(Check.model_validate(item) for item in row.checks)


def advice_of(row: Row[Any]) -> Advice | None:
    """Return the latest advice of the conversation of a row."""
    return None if row.advice is None else Advice.model_validate(row.advice)


def turns_of(connection: Connection, conversation_id: str) -> tuple[LiveTurn, ...]:
    """Return the turns of a conversation in the order of arrival."""
    return tuple(turn_of(row) for row in connection.execute(_TURNS_OF, {"of": conversation_id}))


def turn_of(row: Row[Any]) -> LiveTurn:
    """Return the turn of a row."""
    return LiveTurn(
        id=row.id,
        index=row._mapping["index"],
        role=row.role,
        text=row.text,
        at=row.said_at,
        received_at=row.received_at,
        external_id=row.external_id,
    )


def alert_of(row: Row[Any]) -> LiveAlert:
    """Return the alert of a row."""
    return LiveAlert(
        **row.content,
        id=row.id,
        client_id=row.client_id,
        conversation_id=row.conversation_id,
        state=row.state,
        raised_at=row.raised_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        next_step_at=row.next_due_at,
        stage=stage_of(row.category, row.steps_done),
    )


def alerts_of(connection: Connection, conversation_id: str) -> tuple[LiveAlert, ...]:
    """Return the alerts of a conversation, emergencies first, then as they were raised."""
    return tuple(alert_of(row) for row in connection.execute(ALERTS_OF, {"of": conversation_id}))


def promise_of(row: Row[Any]) -> LivePromise:
    """Return the promise of a row."""
    return LivePromise(
        id=row.id,
        client_id=row.client_id,
        conversation_id=row.conversation_id,
        turn_index=row.turn_index,
        quote=row.quote,
        action=row.action,
        due_at=row.due_at,
        state=row.state,
        kept_at=row.kept_at,
        kept_by=row.kept_by,
    )


def promises_of(connection: Connection, conversation_id: str) -> tuple[LivePromise, ...]:
    """Return the promises of a conversation as they were made."""
    return tuple(promise_of(row) for row in connection.execute(_PROMISES_OF, {"of": conversation_id}))


def feedback_of(connection: Connection, conversation_id: str) -> tuple[Given, ...]:
    """Return what became of each suggestion of a conversation; the latest act counts."""
    table = tables.feedback
    query = select(table).where(table.c.conversation_id == conversation_id).order_by(table.c.at, table.c.id)
    given = {
        row.suggestion_id: Given(suggestion_id=row.suggestion_id, adopted=row.adopted, by=row.by)
        for row in connection.execute(query)
    }
    return tuple(given.values())


def escalation_of(row: Row[Any]) -> LiveEscalation:
    """Return the escalation of a row as it stands."""
    return LiveEscalation(
        **Escalation.model_validate(row.content).model_dump(),
        id=row.id,
        client_id=row.client_id,
        conversation_id=row.conversation_id,
        state=row.state,
        edited=row.edited,
        created_at=row.created_at,
        updated_at=row.updated_at,
        history=row.history,
    )


def as_spoken(turns: tuple[LiveTurn, ...]) -> tuple[LiveTurn, ...]:
    """Return the turns in the order in which they were said.

    A turn that came late stands where its time puts it; one without a time stays after what came before it.
    """
    placed: list[tuple[datetime, int, LiveTurn]] = []
    latest: datetime | None = None
    for turn in turns:
        said = turn.at or latest or turn.received_at
        placed.append((said, turn.index, turn))
        latest = said if latest is None or said > latest else latest
    return tuple(turn for _, _, turn in sorted(placed, key=lambda item: (item[0], item[1])))


def as_pipeline(
    conversation: LiveConversation, spoken: tuple[LiveTurn, ...], draft: str | None = None
) -> Conversation:
    """Return the conversation as the pipeline sees it: turns numbered as they were said.

    Its `now` is the moment of the latest turn, so that relative times of a replay mean what they meant.
    """
    latest = max((turn.at or turn.received_at for turn in spoken), default=conversation.created_at)
    return Conversation(
        client_id=conversation.client_id,
        agent=Agent(conversation.agent.id, conversation.agent.tier),
        turns=tuple(
            Turn(index=place, role=turn.role, text=turn.text, at=turn.at or turn.received_at)
            for place, turn in enumerate(spoken)
        ),
        now=latest,
        language=conversation.language,
        draft=draft,
    )
