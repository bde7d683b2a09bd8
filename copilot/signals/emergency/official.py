"""Requests of authorities: who asks, and whether a life hangs on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from copilot.language import fold
from copilot.signals.emergency.finding import Finding
from copilot.signals.emergency.text import Normalised

CATEGORY = "official_request"
_VICTIM_REACH = 12  # characters into the request in which a victim's "he said he was" still counts


@dataclass(frozen=True, slots=True)
class _Patterns:
    request: re.Pattern[str]
    told_by_a_victim: re.Pattern[str]
    life: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Item:
    """A thing on the checklist, in both languages, and how a text shows that it was given."""

    names: Mapping[str, str]
    given: re.Pattern[str]


_CHECKLIST = "checklist"


@lru_cache(maxsize=1)
def _raw() -> Mapping[str, Any]:
    file = files(__package__).joinpath("official.yaml")
    raw: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return raw


@lru_cache(maxsize=1)
def _checklist() -> tuple[_Item, ...]:
    return tuple(
        _Item({"zh": row["zh"], "en": row["en"]}, re.compile(row["given"])) for row in _raw()[_CHECKLIST]
    )


def still_to_ask(texts: Iterable[str], language: str) -> tuple[str, ...]:
    """Return what of the checklist the authority has not given yet, named in `zh` or `en`."""
    said = [fold(text) for text in texts]
    return tuple(
        item.names[language] for item in _checklist() if not any(item.given.search(text) for text in said)
    )


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    any_of = {name: f"(?:{'|'.join(entries)})" for name, entries in _raw().items() if name != _CHECKLIST}
    speaker, authority, name, demand, document = (
        any_of[name] for name in ("speaker", "authority", "name", "demand", "document")
    )
    request = "|".join(
        (
            rf"{speaker}.{{0,24}}{authority}.{{0,120}}{demand}",
            rf"{authority}.{{0,40}}{document}.{{0,100}}{demand}",
            rf"{document}.{{0,80}}{demand}",
            rf"{authority}.{{0,12}}{name}.{{0,12}}{document}",
            rf"{speaker}.{{0,24}}{authority}.{{0,60}}{document}",
        )
    )
    return _Patterns(
        request=re.compile(request, re.DOTALL),
        told_by_a_victim=re.compile(any_of["told_by_a_victim"]),
        life=re.compile(any_of["life"]),
    )


@dataclass(frozen=True, slots=True)
class _Request:
    """Where in a normalised text an authority asks, and whether a life is at stake."""

    start: int
    end: int
    life: bool


@lru_cache(maxsize=4096)  # every later turn looks at the earlier ones again
def _request(text: str) -> _Request | None:
    patterns = _patterns()
    match = patterns.request.search(text)
    if match is None or patterns.told_by_a_victim.search(text[: match.start() + _VICTIM_REACH]):
        return None
    return _Request(match.start(), match.end(), patterns.life.search(text) is not None)


def find(turn_index: int, normalised: Normalised) -> Finding | None:
    """Return the official request of this turn; `emergency` when a life is at stake."""
    request = _request(normalised.text)
    if request is None:
        return None
    return Finding(
        level="emergency" if request.life else "urgent",
        category=CATEGORY,
        turn_index=turn_index,
        quote=normalised.quote(request.start, request.end),
        reason="an authority asks for data",
        source="rules",
    )
