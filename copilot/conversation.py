"""The conversation as every step sees it: frozen, complete, and owned by exactly one client."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

# Format characters (zero width, direction of writing) that a reader does not see.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_LONG_BLANK = re.compile(r"(\s{16})\s+")

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
        """Return the conversation as advice reads it: no turn longer than `characters`, nothing invisible.

        Characters of no width would take a number apart (6 and 0), long runs of white space say nothing.
        """
        texts = [_LONG_BLANK.sub(r"\1", _INVISIBLE.sub("", turn.text))[:characters] for turn in self.turns]
        if all(turn.text == text for turn, text in zip(self.turns, texts, strict=True)):
            return self
        turns = zip(self.turns, texts, strict=True)
        return replace(self, turns=tuple(replace(turn, text=text) for turn, text in turns))

    def in_zone(self, timezone: str) -> Conversation:
        """Return the conversation with its moment in that time zone (an IANA name): 22:04, not 14:04 UTC.

        At the ends of the calendar the moment stays as it is.
        """
        try:
            return replace(self, now=self.now.astimezone(ZoneInfo(timezone)))
        except OverflowError:
            return self

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
