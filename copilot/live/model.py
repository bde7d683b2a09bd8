"""The values of a live conversation, in the shapes that the API shows. Times are aware, in UTC."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from copilot.answer import Abstention, Alert, Check, Escalation, Fact, Precedent, Promise, Suggestion, Value
from copilot.conversation import Role

ConversationState = Literal["open", "resolved"]
AlertState = Literal["raised", "acknowledged"]
AlertChange = Literal[
    "raised",
    "level_raised",
    "services_changed",
    "repeated",
    "supervisor",
    "duty_contact",
    "overdue",
    "acknowledged",
]
AlertStage = Literal["repeated", "supervisor", "duty_contact", "overdue"]
PromiseState = Literal["open", "overdue", "kept"]
EscalationState = Literal["draft", "sent", "delivered", "acknowledged", "resolved", "reopened"]
Adopted = Literal["sent", "edited", "rejected"]
GapKind = Literal["unanswered", "rejected", "escalated"]


class UnknownThingError(LookupError):
    """No such conversation, alert, suggestion, escalation or promise exists."""


class StateError(ValueError):
    """The thing cannot go from its state to the one that was asked for."""


class LiveAgent(Value):
    """Who answers in this conversation."""

    id: str
    tier: str


class Customer(Value):
    """Who writes, as far as the helpdesk knows."""

    id: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None


class LiveConversation(Value):
    """A stored conversation. `last_event_id` is the number of its latest event."""

    id: str
    client_id: str
    external_id: str | None
    channel: str
    agent: LiveAgent
    customer: Customer
    subject: dict[str, str]
    language: str | None
    state: ConversationState
    created_at: datetime
    turn_count: int
    last_event_id: int


class LiveTurn(Value):
    """A stored message. `index` is the order of arrival and never changes."""

    id: str
    index: int
    role: Role
    text: str
    at: datetime | None
    received_at: datetime
    external_id: str | None = None


class LiveAlert(Alert):
    """An alert that somebody must take. `change` says why it is told (again)."""

    id: str
    client_id: str
    conversation_id: str
    state: AlertState = "raised"
    raised_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    next_step_at: datetime | None = None
    stage: AlertStage | None = Field(default=None, description="how far the clock has carried it")
    change: AlertChange | None = None
    contact: str | None = Field(default=None, description="whom this step of the clock is for")


class LivePromise(Promise):
    """A promise with its clock."""

    id: str
    client_id: str
    conversation_id: str
    state: PromiseState = "open"
    kept_at: datetime | None = None
    kept_by: str | None = None


class LiveEscalation(Escalation):
    """A hand-over with its way so far."""

    id: str
    client_id: str
    conversation_id: str
    state: EscalationState
    edited: bool
    created_at: datetime
    updated_at: datetime
    history: tuple[EscalationStep, ...] = ()


class EscalationStep(Value):
    """One step of an escalation's way."""

    state: EscalationState
    at: datetime
    by: str
    note: str | None = None


class Linked(Value):
    """An earlier conversation about the same subject or of the same customer."""

    id: str
    kind: str = Field(description="what both have in common: plate, driver, order_id, customer …")
    value: str
    date: datetime = Field(description="when it began, by the times of its turns")
    state: ConversationState
    alert: Alert | None = None
    alert_state: AlertState | None = None
    promises: tuple[LivePromise, ...] = ()


class Advice(Value):
    """What the agent's panel shows as suggestions: the latest answer of the background."""

    request_id: str
    knowledge_version: str
    mode: str
    suggestions: tuple[Suggestion, ...] = ()
    abstained: Abstention | None = None
    precedents: tuple[Precedent, ...] = ()
    degraded: tuple[str, ...] = ()


class Given(Value):
    """What the agent did with a suggestion; the latest act counts."""

    suggestion_id: str
    adopted: Adopted
    by: str


class TurnAnswer(Value):
    """What a turn is answered with at once: the alerts that stand, and what this turn brought.

    `pending` names what is still looking: what it finds comes as an event.
    """

    turn: LiveTurn
    duplicate: bool = False
    alerts: tuple[LiveAlert, ...] = ()
    facts: tuple[Fact, ...] = ()
    checks: tuple[Check, ...] = ()
    promises: tuple[LivePromise, ...] = ()
    linked: tuple[Linked, ...] = ()
    degraded: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()


class ConversationView(LiveConversation):
    """A conversation with everything that a panel shows of it."""

    alerts: tuple[LiveAlert, ...] = ()
    facts: tuple[Fact, ...] = ()
    checks: tuple[Check, ...] = ()
    promises: tuple[LivePromise, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    feedback: tuple[Given, ...] = ()
    abstained: Abstention | None = None
    precedents: tuple[Precedent, ...] = ()
    escalations: tuple[LiveEscalation, ...] = ()
    linked: tuple[Linked, ...] = ()
    degraded: tuple[str, ...] = ()


def new_id(prefix: str) -> str:
    """Return a fresh id such as `al_4f0c…`."""
    return f"{prefix}_{uuid.uuid4().hex}"


def as_json(value: Value) -> dict[str, Any]:
    """Return the value as plain JSON data."""
    return value.model_dump(mode="json")


LiveEscalation.model_rebuild()
