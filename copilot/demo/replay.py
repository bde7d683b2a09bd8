"""A recorded conversation as the agent would have seen it: turn by turn, then the advice at its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from copilot.answer import Alert, Answer, Check, Promise
from copilot.conversation import Conversation, Turn
from copilot.demo.samples import RecordedCase
from copilot.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Step:
    """One turn and what is new with it."""

    turn: Turn
    alerts: tuple[Alert, ...]
    checks: tuple[Check, ...]
    promises: tuple[Promise, ...]


def steps_of(pipeline: Pipeline, conversation: Conversation) -> Iterator[Step]:
    """Yield the turns in order, each with what the copilot says to it at once."""
    seen: set[tuple[str, str, int | None]] = set()
    for turn in conversation.turns:
        signals = pipeline.signals(until(conversation, turn))
        alerts = tuple(a for a in signals.alerts if _new(("alert", a.category, None), seen))
        checks = tuple(
            c for c in signals.checks if c.where == "turn" and _new((c.kind, c.quote, c.turn_index), seen)
        )
        promises = tuple(p for p in signals.promises if _new(("promise", p.quote, p.turn_index), seen))
        yield Step(turn, alerts, checks, promises)


def advice_of(pipeline: Pipeline, case: RecordedCase) -> Answer:
    """Return the answer to the whole conversation, escalation draft included."""
    return pipeline.assist(case.request.conversation(), {*case.request.want, "escalation"})


def until(conversation: Conversation, turn: Turn) -> Conversation:
    """Return the conversation as it stood when `turn` was the last one."""
    return replace(
        conversation,
        turns=conversation.turns[: turn.index + 1],
        now=turn.at or conversation.now,
        draft=None,
    )


def _new(key: tuple[str, str, int | None], seen: set[tuple[str, str, int | None]]) -> bool:
    if key in seen:
        return False
    seen.add(key)
    return True
