"""The request of one stateless look (API section 3.1), checked field by field at the edge."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)

from copilot.conversation import Agent, Conversation, Role, Turn

Want = Literal["alerts", "facts", "checks", "promises", "suggestions", "precedents", "escalation"]
DEFAULT_WANT: tuple[Want, ...] = tuple(want for want in get_args(Want) if want != "escalation")
MAX_TURNS = 10_000
MAX_TURN_CHARACTERS = 1_000_000

ClientId = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
]


class AgentIn(BaseModel):
    """The agent who answers."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str, StringConstraints(max_length=200)] = "agent"
    tier: Annotated[str, StringConstraints(min_length=1, max_length=64)] = "L1"


def _of_our_time(moment: datetime) -> datetime:
    if not EARLIEST <= moment.year <= LATEST:
        raise ValueError(f"must lie between the years {EARLIEST} and {LATEST}")
    return moment


# Beyond these years a day more or another time zone leaves the calendar.
EARLIEST, LATEST = 1970, 2199
Moment = Annotated[
    AwareDatetime,
    AfterValidator(_of_our_time),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": "^(19[7-9][0-9]|2[01][0-9]{2})-"}),
]


class TurnIn(BaseModel):
    """One message of the conversation."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: Role
    text: Annotated[str, StringConstraints(max_length=MAX_TURN_CHARACTERS)]
    at: Moment | None = None


class AssistRequest(BaseModel):
    """One conversation, to be looked at once. Unknown fields are ignored."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "client_id": "lulu",
                    "agent": {"id": "a-17", "tier": "L1"},
                    "turns": [
                        {"role": "customer", "text": "我的退款怎么还没到", "at": "2026-03-02T21:13:20+08:00"}
                    ],
                    "now": "2026-03-02T21:14:00+08:00",
                }
            ]
        },
    )

    client_id: ClientId
    agent: AgentIn = AgentIn()
    language: Literal["zh-Hans", "zh-Hant", "en"] | None = None
    now: Moment | None = None
    turns: Annotated[tuple[TurnIn, ...], Field(min_length=1, max_length=MAX_TURNS)]
    draft: Annotated[str, StringConstraints(max_length=20_000)] | None = None
    want: tuple[Want, ...] = DEFAULT_WANT

    def conversation(self, clock: datetime | None = None) -> Conversation:
        """Return the frozen conversation; without `now` the last turn's time, else `clock`, counts."""
        last = next((turn.at for turn in reversed(self.turns) if turn.at is not None), None)
        return Conversation(
            client_id=self.client_id,
            agent=Agent(id=self.agent.id, tier=self.agent.tier),
            turns=tuple(
                Turn(index=index, role=turn.role, text=turn.text, at=turn.at)
                for index, turn in enumerate(self.turns)
            ),
            now=self.now or last or clock or datetime.now(UTC),
            language=self.language,
            draft=self.draft,
        )
