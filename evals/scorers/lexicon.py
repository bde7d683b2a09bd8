"""The word material of the scorers, kept in `lexicon.yaml` where a reviewer reads it."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict


class Ask(BaseModel):
    """A slot: how a reply asks for it, and how a turn that gave it looks (regular expressions)."""

    model_config = ConfigDict(frozen=True)

    slot: str
    asked: tuple[str, ...]
    given: tuple[str, ...]


class Lexicon(BaseModel):
    """Words that scorers look for. Only evaluation reads them; the product has its own."""

    model_config = ConfigDict(frozen=True)

    services: tuple[str, ...]
    waiting: tuple[str, ...]
    empty: tuple[str, ...]
    promise_of_money: tuple[str, ...]
    approval: tuple[str, ...]
    asks: tuple[Ask, ...]
    everyday: frozenset[str]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the reviewed word lists."""
    return Lexicon.model_validate(
        yaml.safe_load((files("evals.scorers") / "lexicon.yaml").read_text("utf-8"))
    )


@lru_cache(maxsize=512)
def pattern(expression: str) -> re.Pattern[str]:
    """Return the compiled expression, case aside."""
    return re.compile(expression, re.IGNORECASE)
