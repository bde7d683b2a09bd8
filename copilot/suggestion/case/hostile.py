"""Text that speaks to software instead of telling a case: it never becomes evidence for a sentence."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import yaml

from copilot.language import fold


@lru_cache(maxsize=1)
def _orders() -> re.Pattern[str]:
    text = files("copilot.suggestion.case").joinpath("hostile.yaml").read_text(encoding="utf-8")
    patterns: list[str] = yaml.safe_load(text)["orders"]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


@lru_cache(maxsize=16384)  # the passages of a client are asked about again and again
def gives_orders(text: str) -> bool:
    """Whether `text` instructs a model, an assistant or a program."""
    return _orders().search(fold(text)) is not None
