"""Which articles are about the danger that an alert names: the urgent problem of a talk comes first.

A customer who was followed tells of a route, a car and a driver; her words lie nearest to articles about
these. The alert has read what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files

import yaml

from copilot.language import fold
from copilot.suggestion.choice.concepts import about
from knowledge.model import Article


@lru_cache(maxsize=1)
def names() -> Mapping[str, re.Pattern[str]]:
    """Return the words of articles about each category of alerts."""
    text = files(__package__).joinpath("dangers.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.safe_load(text)
    return {category: re.compile(pattern) for category, pattern in words.items()}


def is_about(article: Article, dangers: Sequence[str]) -> bool:
    """Whether title or tags of the article name one of the dangers (categories of alerts)."""
    if not dangers:
        return False
    called = fold(about(article))
    patterns = (names()[danger] for danger in dangers if danger in names())
    return any(pattern.search(called) for pattern in patterns)
