"""The steps of an alert that nobody takes; the table is clocks.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from knowledge.model import ClientSettings

StepKind = Literal["repeated", "supervisor", "duty_contact", "overdue"]
Audience = Literal["agent", "supervisor", "safety", "official"]


@dataclass(frozen=True, slots=True)
class Step:
    """What happens so long after an alert was raised."""

    after: timedelta
    kind: StepKind
    to: Audience


def steps_for(category: str) -> tuple[Step, ...]:
    """Return the steps of an alert of that category, in order."""
    clocks = _clocks()
    return clocks.get(category) or clocks[""]


def stage_of(category: str, steps_done: int) -> StepKind | None:
    """Return the last step that was done; None before the first."""
    return steps_for(category)[steps_done - 1].kind if steps_done else None


def next_due(category: str, steps_done: int, clock_from: datetime) -> datetime | None:
    """Return when the next step is due; None after the last."""
    steps = steps_for(category)
    return clock_from + steps[steps_done].after if steps_done < len(steps) else None


def contact_for(step: Step, settings: ClientSettings) -> str | None:
    """Return the key of the client's contact that the step is for; None for our own people."""
    marks = _marks().get(step.to)
    if marks is None:
        return None
    for contact in settings.contacts.values():
        if any(mark in f"{contact.key} {contact.name}".lower() for mark in marks):
            return contact.key
    return next(iter(settings.contacts), None)


@lru_cache(maxsize=1)
def _raw() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = yaml.safe_load(files(__package__).joinpath("clocks.yaml").read_text("utf-8"))
    return raw


@lru_cache(maxsize=1)
def _clocks() -> Mapping[str, tuple[Step, ...]]:
    raw = _raw()
    tables = {"": raw["usual"], **raw["by_category"]}
    return {
        category: tuple(Step(timedelta(seconds=row["after"]), row["kind"], row["to"]) for row in rows)
        for category, rows in tables.items()
    }


def _marks() -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(marks) for name, marks in _raw()["marks"].items()}
