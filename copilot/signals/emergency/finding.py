"""What a layer saw: frozen, with the words it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from copilot.answer import Alert, AlertLevel

Source = Literal["rules", "classifier", "model"]
Family = Literal["self_harm", "body", "people", "conduct", "money", "service", "official"]

_FAMILY: dict[str, Family] = {
    "self_harm": "self_harm",
    "medical": "body",
    "accident_injury": "body",
    "fire_gas_battery": "body",
    "poisoning_allergy": "body",
    "trapped": "body",
    "dangerous_driving": "body",
    "accident_no_injury": "body",
    "safety_complaint": "conduct",
    "fraud_in_progress": "money",
    "data_leak": "money",
    "supplies_at_risk": "service",
    "stranded": "service",
    "regulator_media_safety": "service",
    "official_request": "official",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One layer's claim about one turn. `quote` is an exact substring of that turn's text.

    `also` is another category that it may be; its services are named, too. `unsure`: a danger seems to be
    there, but its name is a guess. `spoken`: a word of the turn speaks of danger. `over`: what it tells of is
    past, nobody is in danger of it now.
    """

    level: AlertLevel
    category: str
    turn_index: int
    quote: str
    reason: str
    source: Source
    also: str | None = None
    unsure: bool = False
    spoken: bool = True
    over: bool = False


@dataclass(frozen=True, slots=True)
class Detection:
    """Every danger of a conversation, most serious first, and the layers that could not run."""

    alerts: tuple[Alert, ...]
    degraded: tuple[str, ...] = ()


def family(category: str) -> Family:
    """Which findings tell of one and the same danger; unknown categories concern people."""
    return _FAMILY.get(category, "people")


def rank(level: AlertLevel) -> int:
    """Order of seriousness; larger is more serious."""
    match level:
        case "emergency":
            return 2
        case "urgent":
            return 1
        case _:
            assert_never(level)
