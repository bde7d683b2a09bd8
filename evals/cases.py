"""A case of a data set as a frozen value: what is put in, and what a careful human expects back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from copilot.answer import AlertLevel, Priority, StockLabel, SuggestionAuthority
from copilot.conversation import Agent, Conversation, Role, Turn
from copilot.request import TurnIn

ConversationKind = Literal["resolve", "escalate", "no_answer", "injection", "chitchat"]
# Only for cases that carry no time at all: a fixed clock keeps two runs identical.
FIXED_CLOCK = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def _grouped(value: Any) -> Any:
    """A flat list of strings is one group."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return [value]
    return value


def _groups_of_strings(value: Any) -> Any:
    """In must_include a bare string is a group of one."""
    if isinstance(value, list):
        return [[item] if isinstance(item, str) else item for item in value]
    return value


OneGroupOrMany = Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_grouped)]
Groups = Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_groups_of_strings)]


class CaseValue(BaseModel):
    """What every case has. `set` and `where` (path:line) are added by the reader."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    id: Annotated[str, Field(min_length=1)]
    lang: str = "zh-Hans"
    set: str = ""
    where: str = ""


class EmergencyCase(CaseValue):
    """A conversation with the alert a careful human raises, replayed turn by turn."""

    industry: str | None = None
    turns: Annotated[tuple[TurnIn, ...], Field(min_length=1)]
    level: Literal["emergency", "urgent", "none"]
    category: str | None = None
    services: tuple[str, ...] = ()
    first_alert_turn: int | None = None
    implicit: bool | None = None
    client: str | None = None


class ExpectedFact(BaseModel):
    """A fact that the escalation must keep, in one of its wordings."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    slot: str
    alternatives: Annotated[tuple[str, ...], Field(min_length=1)]


class EscalationCase(CaseValue):
    """What the hand-over of the conversation of the same id must hold."""

    facts: tuple[ExpectedFact, ...] = ()
    absent: tuple[str, ...] = ()
    ask: OneGroupOrMany = ()
    priority: Priority | None = None
    to: str | None = None


class Derived(BaseModel):
    """A value that is computed or concluded, hence not found literally in any source."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    value: str


class HumanMark(BaseModel):
    """What a marker thought of the answer whose fingerprint is `shown` (None: of whatever is said)."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    by: str = ""
    severity: str | None = None
    shown: str | None = None


class ConversationCase(CaseValue):
    """A conversation with the resolution that a careful human gives."""

    client: str
    agent_tier: str = "L1"
    now: AwareDatetime | None = None
    turns: Annotated[tuple[TurnIn, ...], Field(min_length=1)]
    kind: ConversationKind
    relevant: tuple[str, ...] = ()
    supporting: tuple[str, ...] = ()
    must_include: Groups = ()
    must_not_include: tuple[str, ...] = ()
    authority: SuggestionAuthority | None = None
    priority: Priority | None = None
    derived: tuple[Derived, ...] = ()
    note: str | None = None
    alert: AlertLevel | Literal["none"] | None = None
    escalation: EscalationCase | None = None
    mark: HumanMark | None = None


class StockCase(CaseValue):
    """A reply with the label of a careful human."""

    context: str | tuple[TurnIn, ...] = ""
    text: str
    label: StockLabel


class PromiseCase(CaseValue):
    """One utterance that is or is not a promise, with its due time."""

    said_at: AwareDatetime
    speaker: Role = "agent"
    text: str
    promise: bool
    due: AwareDatetime | None = None
    action: str | None = None


class RetrievalCase(CaseValue):
    """A question with the documents that answer it. `base` names the document collection."""

    turns: Annotated[tuple[TurnIn, ...], Field(min_length=1)]
    relevant: tuple[str, ...] = ()
    base: str = ""


class RecordedCase(CaseValue):
    """Recorded traffic without labels: only harms that need no label are looked for."""

    client: str
    agent_tier: str = "L1"
    now: AwareDatetime | None = None
    turns: Annotated[tuple[TurnIn, ...], Field(min_length=1)]


Case: TypeAlias = EmergencyCase | ConversationCase | StockCase | PromiseCase | RetrievalCase | RecordedCase


def frozen_turns(turns: tuple[TurnIn, ...]) -> tuple[Turn, ...]:
    """Return the turns as the pipeline sees them."""
    return tuple(Turn(index=i, role=turn.role, text=turn.text, at=turn.at) for i, turn in enumerate(turns))


def last_time(turns: tuple[TurnIn, ...]) -> datetime | None:
    """Return the time of the last turn that has one."""
    return next((turn.at for turn in reversed(turns) if turn.at is not None), None)


def conversation_of(
    turns: tuple[TurnIn, ...], client: str, tier: str = "L1", now: datetime | None = None
) -> Conversation:
    """Return the conversation; without `now` the last turn's time counts, else a fixed clock."""
    return Conversation(
        client_id=client,
        agent=Agent(id="evaluation", tier=tier),
        turns=frozen_turns(turns),
        now=now or last_time(turns) or FIXED_CLOCK,
    )
