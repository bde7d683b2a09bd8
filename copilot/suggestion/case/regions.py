"""The regions that places lie in (「寄台南」 is told by a row 「云嘉南」); the lists: `regions.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import yaml

from copilot.language import fold


@lru_cache(maxsize=1)
def _regions() -> tuple[Mapping[str, str], re.Pattern[str]]:
    """The names of the regions of each place, and what finds a place."""
    text = files("copilot.suggestion.case").joinpath("regions.yaml").read_text(encoding="utf-8")
    entries = yaml.safe_load(text)
    names = {place: " ".join(entry["names"]) for entry in entries for place in entry["places"]}
    longest_first = sorted(names, key=len, reverse=True)
    return names, re.compile("|".join(map(re.escape, longest_first)))


@lru_cache(maxsize=1024)
def regions_of(said: str) -> str:
    """Return the names of the regions of every place in `said`, one after the other."""
    names, places = _regions()
    return " ".join(dict.fromkeys(names[match.group()] for match in places.finditer(fold(said))))
