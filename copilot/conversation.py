"""The conversation as every step sees it: frozen, complete, and owned by exactly one client."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Role = Literal["customer", "agent", "system"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `index` counts from 0 within its conversation; `at` is aware or unknown."""

    index: int
    role: Role
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """Who answers, and with which tier of the client's authority matrix (e.g. `L1`)."""

    id: str
    tier: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said so far. `now` is aware: every relative time is resolved against it.

    `language` overrides the language of the suggestion; `draft` is the agent's unsent reply.
    """

    client_id: str
    agent: Agent
    turns: tuple[Turn, ...]
    now: datetime
    language: str | None = None
    draft: str | None = None

    def shortened(self, characters: int) -> Conversation:
        """Return the conversation with no turn longer than `characters`; quotes of it stay exact."""
        if all(len(turn.text) <= characters for turn in self.turns):
            return self
        return replace(self, turns=tuple(replace(turn, text=turn.text[:characters]) for turn in self.turns))

    def in_zone(self, timezone: str) -> Conversation:
        """Return the conversation with its moment in that time zone (an IANA name): 22:04, not 14:04 UTC."""
        return replace(self, now=self.now.astimezone(ZoneInfo(timezone)))

    @property
    def customer_turns(self) -> tuple[Turn, ...]:
        """The customer's turns, oldest first."""
        return tuple(turn for turn in self.turns if turn.role == "customer")

    @property
    def open_request(self) -> tuple[Turn, ...]:
        """The customer's turns since the agent last spoke (several messages often make one request).

        When the agent spoke last, the customer turns of the burst before that.
        """
        turns = list(self.turns)
        while turns and turns[-1].role != "customer":
            turns.pop()
        burst: list[Turn] = []
        while turns and turns[-1].role != "agent":
            turn = turns.pop()
            if turn.role == "customer":
                burst.append(turn)
        return tuple(reversed(burst))
