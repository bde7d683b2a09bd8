"""Messages from helpdesks: each delivery and each message has one effect, however often it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, insert, select

from copilot.live.chatwoot import Event, Place
from copilot.live.desk import Desk
from copilot.live.model import LiveAgent, LiveConversation, TurnAnswer
from copilot.live.opening import Opening, open_conversation, set_agent, set_state
from copilot.live.turns import MAX_TURN_CHARACTERS, Incoming, accept
from copilot.store.live import deliveries
from knowledge.store.engine import reaching, reading, writing

Outcome = Literal["turn", "conversation", "ignored", "duplicate"]
_KEPT = timedelta(days=2)
_UNKNOWN_AGENT = "unassigned"


class UnknownInboxError(LookupError):
    """No client is set for this account and inbox."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a delivery led to."""

    outcome: Outcome
    conversation_id: str | None = None
    turn: TurnAnswer | None = None


@dataclass(frozen=True, slots=True)
class Inboxes:
    """Which client an account (`7`), an inbox of it (`7:3`) or everything (`*`) belongs to."""

    clients: Mapping[str, str]
    tier: str = "L1"

    def client_of(self, place: Place) -> str:
        """Return the client, the narrowest entry first. Raise UnknownInboxError."""
        for key in (f"{place.account}:{place.inbox}", place.account, "*"):
            if key in self.clients:
                return self.clients[key]
        raise UnknownInboxError(f"{place.account}:{place.inbox}")


def parse_inboxes(text: str, tier: str = "L1") -> Inboxes:
    """Return the table of a setting like `7:3=lulu, 7=xianda`; parts without `=` are left out."""
    pairs = (part.split("=", 1) for part in text.split(",") if "=" in part)
    return Inboxes({key.strip(): client.strip() for key, client in pairs}, tier)


def receive(desk: Desk, event: Event, inboxes: Inboxes, delivery_id: str | None) -> Received:
    """Do what the event says, once. Raise UnknownInboxError, UnknownClientError.

    The delivery is noted last: one that failed half way is repeated by the sender, and its message, known by
    its own id, is still kept once.
    """
    client_id = inboxes.client_of(event.place)
    with reaching((client_id,)):  # signed by the helpdesk, not by a key of this client
        return _once(desk, event, delivery_id, client_id, inboxes.tier)


def _once(desk: Desk, event: Event, delivery_id: str | None, client_id: str, tier: str) -> Received:
    if delivery_id is not None and _seen(desk, delivery_id):
        return Received("duplicate")
    received = _apply(desk, event, client_id, tier)
    if delivery_id is not None:
        _note(desk, delivery_id, client_id)
    return received


def _apply(desk: Desk, event: Event, client_id: str, tier: str) -> Received:
    conversation = open_conversation(
        desk,
        Opening(
            client_id=client_id,
            channel=event.channel,
            agent=LiveAgent(id=event.agent_id or _UNKNOWN_AGENT, tier=tier),
            external_id=event.place.external_id,
            customer=event.customer,
        ),
    )
    _follow_agent(desk, conversation, event, tier)
    if event.said is not None:
        said = event.said
        turn = accept(
            desk,
            conversation.id,
            Incoming(said.role, said.text[:MAX_TURN_CHARACTERS], said.at, f"chatwoot:{said.id}"),
        )
        return Received("duplicate" if turn.duplicate else "turn", conversation.id, turn)
    if event.name.startswith("conversation_") and event.state is not None:
        set_state(desk, conversation.id, event.state)
        return Received("conversation", conversation.id)
    return Received("ignored", conversation.id)


def _follow_agent(desk: Desk, conversation: LiveConversation, event: Event, tier: str) -> None:
    if event.agent_id is not None and event.agent_id != conversation.agent.id:
        set_agent(desk, conversation.id, LiveAgent(id=event.agent_id, tier=tier))


def _seen(desk: Desk, delivery_id: str) -> bool:
    query = select(deliveries.c.at).where(
        deliveries.c.source == "chatwoot", deliveries.c.delivery_id == delivery_id
    )
    with reading(desk.engine) as connection:
        return connection.execute(query).first() is not None


def _note(desk: Desk, delivery_id: str, client_id: str) -> None:
    now = desk.clock()
    with writing(desk.engine) as connection:
        connection.execute(delete(deliveries).where(deliveries.c.at < now - _KEPT))
        known = select(deliveries.c.at).where(
            deliveries.c.source == "chatwoot", deliveries.c.delivery_id == delivery_id
        )
        if connection.execute(known).first() is None:
            connection.execute(
                insert(deliveries).values(
                    source="chatwoot", delivery_id=delivery_id, client_id=client_id, at=now
                )
            )
