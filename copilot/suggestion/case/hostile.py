"""Text that speaks to software instead of telling a case: it never becomes evidence for a sentence."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import yaml

from copilot.language import fold

_QUOTED = re.compile(r"[“「『‘\"][^”」』’\"]{0,80}[”」』’\"]")


@lru_cache(maxsize=8)
def _pattern(name: str) -> re.Pattern[str]:
    text = files("copilot.suggestion.case").joinpath("hostile.yaml").read_text(encoding="utf-8")
    patterns: list[str] = yaml.safe_load(text)[name]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


@lru_cache(maxsize=16384)  # the passages of a client are asked about again and again
def gives_orders(text: str) -> bool:
    """Whether `text` instructs a model, an assistant or a program."""
    return _pattern("orders").search(fold(text)) is not None


@lru_cache(maxsize=16384)
def is_no_rule(text: str) -> bool:
    """Whether a line of an article is to be repeated as it stands or demands something: it is no rule."""
    folded = fold(text)
    return (
        gives_orders(text)
        or _pattern("dictated").search(folded) is not None
        or _pattern("demanded").search(_QUOTED.sub(" ", folded)) is not None
    )
