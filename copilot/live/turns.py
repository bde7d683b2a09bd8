"""A turn comes in: kept once, answered at once with what the talk itself says. No model in this path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from copilot.answer import Promise
from copilot.conversation import Role
from copilot.live.alerts import keep_alerts
from copilot.live.desk import Desk
from copilot.live.events import Change
from copilot.live.model import (
    LiveConversation,
    LivePromise,
    LiveTurn,
    TurnAnswer,
    as_json,
    new_id,
)
from copilot.live.news import Known, News, news, renumbered
from copilot.live.repeats import Subject, complaint, link, links_of, raised, subjects_of
from copilot.live.rows import (
    alerts_of,
    as_pipeline,
    as_spoken,
    checks_of,
    conversation_of,
    conversation_row,
    facts_of,
    promises_of,
    turns_of,
)
from copilot.pipeline import Signals
from copilot.store import live as tables
from knowledge.model import ClientSettings
from knowledge.store.engine import reading

# Several customer messages often make one request: wait so long for the next one …
DEBOUNCE = timedelta(seconds=0.8)
# … but never longer than this after the first of them.
PATIENCE = timedelta(seconds=4)
MAX_TURN_CHARACTERS = 100_000
_ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a helpdesk sends it."""

    role: Role
    text: str
    at: datetime | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class _Draft:
    """The conversation with the turn, read with its signals before anything is written."""

    conversation: LiveConversation
    turns: tuple[LiveTurn, ...]
    signals: Signals
    subjects: tuple[Subject, ...]
    settings: ClientSettings | None  # needed only where there is a subject that may have a history


def accept(desk: Desk, conversation_id: str, incoming: Incoming) -> TurnAnswer:
    """Keep the turn and return what it brought; the same external id returns the first answer.

    Signals are read before the transaction, so that nobody waits for the database meanwhile; when another
    turn was faster, they are read again with it. Raise UnknownThingError.
    """
    for attempt in range(_ATTEMPTS):
        with reading(desk.engine) as connection:
            repeated = _repeated(connection, conversation_id, incoming)
            if repeated is not None:
                return repeated
            conversation = conversation_of(conversation_row(connection, conversation_id))
            before = turns_of(connection, conversation_id)
        draft = _read(desk, conversation, before, incoming)
        kept = _keep(desk, draft, incoming, at_any_rate=attempt == _ATTEMPTS - 1)
        if kept is not None:
            return kept
    raise AssertionError("the last attempt keeps at any rate")  # pragma: no cover


def _repeated(connection: Connection, conversation_id: str, incoming: Incoming) -> TurnAnswer | None:
    """The first answer to this external id; None where it is new."""
    if incoming.external_id is None:
        return None
    table = tables.turns
    row = connection.execute(
        select(table).where(
            table.c.conversation_id == conversation_id, table.c.external_id == incoming.external_id
        )
    ).one_or_none()
    return None if row is None else TurnAnswer.model_validate({**row.answer, "duplicate": True})


def _read(
    desk: Desk, conversation: LiveConversation, before: tuple[LiveTurn, ...], incoming: Incoming
) -> _Draft:
    turn = LiveTurn(
        id=new_id("t"),
        index=len(before),
        role=incoming.role,
        text=incoming.text,
        at=incoming.at,
        received_at=desk.clock(),
        external_id=incoming.external_id,
    )
    turns = (*before, turn)
    spoken = as_spoken(turns)
    signals = renumbered(desk.advisor.signals(as_pipeline(conversation, spoken)), spoken)
    subjects = subjects_of(conversation.customer, conversation.subject, signals.facts)
    settings = desk.knowledge.client(conversation.client_id).settings if subjects else None
    return _Draft(conversation, turns, signals, subjects, settings)


def _keep(desk: Desk, draft: _Draft, incoming: Incoming, *, at_any_rate: bool) -> TurnAnswer | None:
    """Write the turn and everything it brought in one transaction; None where another turn was faster."""
    with desk.journal.changing() as change:
        row = conversation_row(change.connection, draft.conversation.id)
        repeated = _repeated(change.connection, row.id, incoming)
        if repeated is not None:
            return repeated
        turn = draft.turns[-1]
        if row.turn_count != turn.index:
            if not at_any_rate:
                return None
            turn = turn.model_copy(update={"index": row.turn_count})
        change.append(row.id, row.client_id, "turn", {"turn": as_json(turn)})
        answer = _answer(change, row, draft, turn)
        _insert_turn(change, row, turn, answer)
        _note(change, row, turn, draft, answer)
        return answer


def _answer(change: Change, row: Row[Any], draft: _Draft, turn: LiveTurn) -> TurnAnswer:
    """Keep alerts, links and promises, tell the streams, and return it all."""
    known = Known(facts_of(row), checks_of(row), promises_of(change.connection, row.id))
    brought = news(draft.signals, known)
    linked = link(change.connection, conversation_of(row), draft.subjects, change.at)
    _tell_alerts(change, draft)
    for item in linked:
        change.append(row.id, row.client_id, "linked", as_json(item))
    promises = _keep_promises(change, row, brought.promises)
    _tell(change, row, draft.signals, brought)
    return TurnAnswer(
        turn=turn,
        alerts=alerts_of(change.connection, row.id),
        facts=brought.facts,
        checks=brought.checks,
        promises=promises,
        linked=linked,
        degraded=draft.signals.degraded,
    )


def _tell_alerts(change: Change, draft: _Draft) -> None:
    conversation, alerts = draft.conversation, draft.signals.alerts
    if draft.settings is not None:
        earlier = complaint(links_of(change.connection, conversation.id))
        arrived = as_pipeline(conversation, draft.turns)  # numbered as they came, like the signals
        alerts = raised(alerts, earlier, arrived, draft.settings)
    keep_alerts(change, conversation, alerts)


def _keep_promises(change: Change, row: Row[Any], promises: Sequence[Promise]) -> tuple[LivePromise, ...]:
    kept = tuple(
        LivePromise(**dict(promise), id=new_id("pr"), client_id=row.client_id, conversation_id=row.id)
        for promise in promises
    )
    for promise in kept:
        values = {**dict(promise), "created_at": change.at}
        change.connection.execute(insert(tables.promises).values(values))
        change.append(row.id, row.client_id, "promise", as_json(promise))
    return kept


def _tell(change: Change, row: Row[Any], signals: Signals, brought: News) -> None:
    if brought.facts:
        known = {"facts": [as_json(fact) for fact in signals.facts]}
        change.append(row.id, row.client_id, "facts", {**known, "new": [as_json(f) for f in brought.facts]})
    for check in brought.checks:
        change.append(row.id, row.client_id, "check", as_json(check))


def _insert_turn(change: Change, row: Row[Any], turn: LiveTurn, answer: TurnAnswer) -> None:
    change.connection.execute(
        insert(tables.turns).values(
            {
                "id": turn.id,
                "client_id": row.client_id,
                "conversation_id": row.id,
                "index": turn.index,
                "role": turn.role,
                "text": turn.text,
                "said_at": turn.at,
                "received_at": turn.received_at,
                "external_id": turn.external_id,
                "answer": as_json(answer),
            }
        )
    )


def _note(change: Change, row: Row[Any], turn: LiveTurn, draft: _Draft, answer: TurnAnswer) -> None:
    """Keep what is known now, and say when the background should look: never after the agent's own turn."""
    asked = turn.role != "agent" and any(item.role == "customer" for item in draft.turns)
    since = (row.advice_since or change.at) if asked else None
    due = None if since is None else min(change.at + DEBOUNCE, max(since + PATIENCE, change.at))
    table = tables.conversations
    change.connection.execute(
        update(table)
        .where(table.c.id == row.id)
        .values(
            turn_count=turn.index + 1,
            state="open",
            facts=[as_json(fact) for fact in draft.signals.facts],
            checks=[*row.checks, *(as_json(check) for check in answer.checks)],
            degraded=list(draft.signals.degraded),
            advice_due_at=due,
            advice_since=since,
        )
    )
