"""What a turn brought: the signals of the whole conversation against what was known before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from copilot.answer import Alert, Check, Fact, Promise
from copilot.live.model import LiveTurn
from copilot.pipeline import Signals

Numbered = TypeVar("Numbered", Alert, Check, Fact, Promise)


@dataclass(frozen=True, slots=True)
class Known:
    """What was known before the turn."""

    facts: tuple[Fact, ...]
    checks: tuple[Check, ...]
    promises: tuple[Promise, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What is new with the turn."""

    facts: tuple[Fact, ...]
    checks: tuple[Check, ...]
    promises: tuple[Promise, ...]


def renumbered(signals: Signals, spoken: Sequence[LiveTurn]) -> Signals:
    """Return the signals with the turns' own numbers in place of their places in the talk."""
    numbers = _numbers(spoken)
    return replace(
        signals,
        alerts=_numbered(signals.alerts, numbers),
        facts=_numbered(signals.facts, numbers),
        checks=_numbered(signals.checks, numbers),
        promises=_numbered(signals.promises, numbers),
    )


def renumbered_alerts(alerts: Sequence[Alert], spoken: Sequence[LiveTurn]) -> tuple[Alert, ...]:
    """Return the alerts with the turns' own numbers."""
    return _numbered(alerts, _numbers(spoken))


def _numbers(spoken: Sequence[LiveTurn]) -> Mapping[int, int]:
    return {place: turn.index for place, turn in enumerate(spoken)}


def _numbered(items: Sequence[Numbered], numbers: Mapping[int, int]) -> tuple[Numbered, ...]:
    return tuple(
        item
        if item.turn_index is None
        else item.model_copy(update={"turn_index": numbers.get(item.turn_index, item.turn_index)})
        for item in items
    )


def news(signals: Signals, known: Known) -> News:
    """Return what the signals say that was not known."""
    facts = {(fact.slot, fact.value) for fact in known.facts}
    checks = {_check_key(check) for check in known.checks}
    promises = {(promise.turn_index, promise.quote) for promise in known.promises}
    return News(
        facts=tuple(fact for fact in signals.facts if (fact.slot, fact.value) not in facts),
        checks=tuple(
            check for check in signals.checks if check.where == "turn" and _check_key(check) not in checks
        ),
        promises=tuple(
            promise for promise in signals.promises if (promise.turn_index, promise.quote) not in promises
        ),
    )


def _check_key(check: Check) -> tuple[str, int | None, str]:
    return (check.kind, check.turn_index, check.quote)
