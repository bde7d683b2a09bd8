"""How a missing fact is asked for: the words of `asking.yaml` as frozen values, patterns compiled."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Measure:
    """How one measure (`dimension`; `time` for minutes, days and workdays) is asked for.

    `rule` finds it in a rule's words and may name an `event` or a `what` that the question repeats; `needs`:
    which spans of time answer it (`ahead`, `since`, `any`).
    """

    dimension: str
    rule: re.Pattern[str]
    needs: str
    days: str
    other: str
    english: str
    said: str
    asked: str

    def question(self, found: re.Match[str], language: str, *, in_days: bool) -> str:
        """Return the question in English or Simplified Chinese, empty where there are no words for it."""
        text = self.english if language == "en" else (in_days and self.days) or self.other
        return text.format_map({name: part or "" for name, part in found.groupdict().items()})


@dataclass(frozen=True, slots=True)
class Kind:
    """How the kind of a case is asked for, known by the `header` of its column."""

    header: re.Pattern[str]
    many: str
    english: str
    said: str
    asked: str


@dataclass(frozen=True, slots=True)
class State:
    """A state or its opposite: `rule` finds it in a rule, `said` in a talk that tells it."""

    rule: re.Pattern[str]
    said: str
    ask: str
    english: str


@dataclass(frozen=True, slots=True)
class AskingWords:
    """Everything of `asking.yaml`."""

    measures: tuple[Measure, ...]
    kinds: tuple[Kind, ...]
    states: tuple[State, ...]
    asked_time: str
    said_time: dict[str, str]
    options: str
    options_english: str
    most_options: int
    units: re.Pattern[str]
    unit: str
    unit_english: str
    negated: re.Pattern[str]
    looked_up: re.Pattern[str]
    order_state: re.Pattern[str]
    requests: re.Pattern[str]
    common: frozenset[str]
    answers: re.Pattern[str]
    past: re.Pattern[str]


@lru_cache(maxsize=1)
def asking_words() -> AskingWords:
    """Return the words of questions (read once)."""
    raw = yaml.safe_load(
        files("copilot.suggestion.asking").joinpath("asking.yaml").read_text(encoding="utf-8")
    )
    return AskingWords(
        measures=tuple(_measure(entry, raw) for entry in raw["measures"]),
        kinds=tuple(
            Kind(re.compile(e["header"]), e.get("many", ""), e.get("en", ""), e.get("said", ""), e["asked"])
            for e in raw["kinds"]
        ),
        states=tuple(State(re.compile(e["rule"]), e["said"], e["ask"], e["en"]) for e in raw["states"]),
        asked_time=raw["asked_time"],
        said_time=raw["said_time"],
        options=raw["options"],
        options_english=raw["options_en"],
        most_options=raw["most_options"],
        units=re.compile(rf"\d\s*({raw['units']})(?![a-z])", re.IGNORECASE),
        unit=raw["unit"],
        unit_english=raw["unit_en"],
        negated=re.compile(raw["negated"]),
        looked_up=re.compile("|".join(raw["looked_up"])),
        order_state=re.compile(raw["order_state"]),
        requests=re.compile(raw["requests"]),
        common=frozenset(raw["common"]),
        answers=re.compile(raw["answers"]),
        past=re.compile(raw["past"]),
    )


def _measure(entry: dict[str, Any], raw: dict[str, Any]) -> Measure:
    time = entry["dimension"] == "time"
    needs = entry.get("needs", "any")
    return Measure(
        dimension=entry["dimension"],
        rule=re.compile(entry["rule"]),
        needs=needs,
        days=entry.get("days", ""),
        other=entry.get("other", ""),
        english=entry.get("en", ""),
        said=entry.get("said", raw["said_time"][needs] if time else ""),
        asked=entry.get("asked", raw["asked_time"] if time else ""),
    )
