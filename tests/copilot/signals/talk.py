"""Short ways to write a conversation in a test."""

from datetime import datetime

from copilot.conversation import Agent, Conversation, Role, Turn

NOON = datetime.fromisoformat("2026-11-10T12:00:00+08:00")
_ROLES: dict[str, Role] = {"c": "customer", "a": "agent", "s": "system"}


def talk(*lines: str, draft: str | None = None, now: datetime = NOON) -> Conversation:
    """Return a conversation of lines such as "c: 我的退款呢" (c customer, a agent, s system)."""
    turns = tuple(Turn(index, _ROLES[line[0]], line[2:].strip(), now) for index, line in enumerate(lines))
    return Conversation("test", Agent("a-1", "L1"), turns, now, draft=draft)
