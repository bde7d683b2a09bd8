"""Which act is asked for: by the danger that stands, or by the words of what the customer wants."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from copilot.language import fold, in_script


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """A kind of demand: the words that tell it, and the act that answers it in either language."""

    pattern: re.Pattern[str]
    with_sum: bool
    phrases: Mapping[str, str]

    def asked(self, amount: str, language: str) -> str:
        """Return the act as the contact reads it; `amount` is a sum with its currency, or empty."""
        phrase = _in(self.phrases, language).format(sum=amount if self.with_sum else "")
        return re.sub(r"\s+(?=,|$)", "", phrase)


@lru_cache(maxsize=1)
def _material() -> dict[str, Any]:
    text = files("copilot.escalation").joinpath("acts.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@lru_cache(maxsize=1)
def _wishes() -> tuple[Wish, ...]:
    return tuple(
        Wish(re.compile("|".join(str(row["words"]).split())), bool(row["sum"]), row)
        for row in _material()["wishes"].values()
    )


def _in(phrases: Mapping[str, str], language: str) -> str:
    return str(phrases["en"]) if language == "en" else in_script(str(phrases["zh"]), language)


def act_against(category: str, language: str) -> str:
    """Return what is done at once about a danger of `category`, as far as any business can do it."""
    material = _material()
    return _in(material["dangers"].get(category, material["other_danger"]), language)


def danger_of(concepts: Collection[str]) -> str | None:
    """Return the category of the danger that the first of these concepts stands for; None for none."""
    known: Mapping[str, str] = _material()["of_concept"]
    return next((category for name, category in known.items() if name in concepts), None)


def wishes_of(demand: str) -> tuple[Wish, ...]:
    """Return what kinds of things `demand` wants, none where its words tell none."""
    said = fold(demand)
    return tuple(wish for wish in _wishes() if wish.pattern.search(said))
