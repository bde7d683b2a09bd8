"""The word material of the escalation: labels in the client's language, patterns, concepts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from copilot.language import fold, in_script

# Characters before a word in which it may be denied.
_BEFORE = 8


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that a case and a client's definition may both be about.

    `contact` are words in the key or name of who handles it; a `weak` concept decides nothing alone.
    """

    name: str
    pattern: re.Pattern[str]
    contact: tuple[str, ...]
    weak: bool

    def said_in(self, folded: str) -> frozenset[str]:
        """Return its words in a folded text, those aside that are denied (「没过期」)."""
        denied = pattern("denied")
        return frozenset(
            match.group()
            for match in self.pattern.finditer(folded)
            if not denied.search(folded[max(0, match.start() - _BEFORE) : match.start()])
        )


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    text = files("copilot.escalation").joinpath("words.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.safe_load(text)
    return words


def say(language: str, key: str, **values: str) -> str:
    """Return the label or phrase `key` in the client's language, filled with `values`."""
    words = _words()
    if language == "zh-Hant" and key in words["zh-Hant"]:
        return str(words["zh-Hant"][key]).format_map(values)
    phrase = str(words["en" if language == "en" else "zh-Hans"][key])
    return in_script(phrase, language).format_map(values)


@lru_cache(maxsize=16)
def pattern(key: str) -> re.Pattern[str]:
    """Return the alternatives at `key` (separated by white space) as one pattern for folded text."""
    return re.compile("|".join(str(_words()[key]).split()))


def is_about(key: str, text: str) -> bool:
    """Whether `text` holds one of the alternatives at `key`."""
    return pattern(key).search(fold(text)) is not None


@lru_cache(maxsize=1)
def concepts() -> tuple[Concept, ...]:
    """Return every concept of the material."""
    return tuple(
        Concept(
            name=name,
            pattern=re.compile("|".join(str(entry["words"]).split())),
            contact=tuple(fold(word) for word in str(entry["contact"]).split()),
            weak=bool(entry.get("weak")),
        )
        for name, entry in _words()["concepts"].items()
    )


@lru_cache(maxsize=2048)
def concepts_in(text: str) -> frozenset[str]:
    """Return the names of the concepts that `text` speaks of."""
    folded = fold(text)
    return frozenset(concept.name for concept in concepts() if concept.said_in(folded))


def concepts_of_category(category: str) -> frozenset[str]:
    """Return what an alert of `category` is about."""
    return frozenset(_words()["categories"].get(category, ()))


def concepts_called(key: str) -> frozenset[str]:
    """Return the names of the concepts listed at `key`."""
    return frozenset(_words()[key])


def concepts_either() -> tuple[str, ...]:
    """Return the names of concepts that stand for one another where a definition lists them."""
    return tuple(_words()["either"])


def danger_contact_words() -> tuple[str, ...]:
    """Return the words in the key or name of whoever handles danger, most telling first."""
    return tuple(fold(word) for word in str(_words()["danger_contact"]).split())


def stamp(moment: datetime, timezone: str) -> str:
    """Return `moment` in the client's zone as month, day, hour and minute."""
    try:
        local = moment.astimezone(ZoneInfo(timezone))
    except (KeyError, ValueError, OSError):  # an unknown zone must not cost the hand-over
        local = moment
    return local.strftime("%m-%d %H:%M")


def clip(text: str, length: int) -> str:
    """Return `text`, shortened at `length` characters."""
    return text if len(text) <= length else text[: max(length - 1, 1)].rstrip("，,、；; ") + "…"


def one_line(text: str) -> str:
    """Return `text` without line breaks and Markdown table pipes at its ends."""
    return re.sub(r"\s*[\r\n]+\s*", " ", text).strip().strip("|").strip()
