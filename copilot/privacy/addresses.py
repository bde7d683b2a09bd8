"""Chinese addresses: rows of parts, each known by its end, told from ordinary talk by what follows what.

One pass over the text takes it apart; whether a row is an address is decided on its kinds alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import yaml

PartKind = Literal["number", "section", "unit", "door", "admin", "road", "place"]
_NAMED = frozenset({"admin", "road", "place"})
_COUNTED = frozenset({"number", "unit", "door"})
# Before a part's end; a named part needs two characters in all.
_BODY = r"[一-鿿0-9a-z·]{1,8}?"


@dataclass(frozen=True, slots=True)
class _Part:
    kind: PartKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Rules:
    part: re.Pattern[str]
    lead: re.Pattern[str]
    announced: re.Pattern[str]
    never: re.Pattern[str]


def find_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield where addresses stand in folded text, in order, never overlapping."""
    rules = _rules()
    for row in _rows(text, rules):
        start, end = _trimmed(text, row, rules), row[-1].end
        announced = rules.announced.search(text, max(0, start - 12), start) is not None
        if _is_address([part.kind for part in row], announced=announced) and not rules.never.search(
            text[start:end]
        ):
            yield start, end


def _rows(text: str, rules: _Rules) -> Iterator[list[_Part]]:
    """Yield the longest rows of parts that follow each other directly, or after a blank."""
    row: list[_Part] = []
    for match in rules.part.finditer(text):
        kind: PartKind = match.lastgroup  # type: ignore[assignment]
        part = _Part(kind, *match.span())
        if row and not _continues(text, row[-1], part):
            yield row
            row = []
        if row or kind != "door":
            row.append(part)
    if row:
        yield row


def _continues(text: str, before: _Part, part: _Part) -> bool:
    """Whether the part belongs to the row that ends with `before`."""
    if text[before.end : part.start].strip() or (before.kind == "door" and part.kind in _NAMED):
        return False
    if part.kind == "door":  # a number after a blank is a door only where a house was counted before
        return before.kind in _COUNTED or not text[before.end : part.start + 1].isspace()
    return True


def _is_address(kinds: list[PartKind], *, announced: bool) -> bool:
    """Whether the row names a place and counts within it, or says enough where an address was announced."""
    named = next((at for at, kind in enumerate(kinds) if kind in _NAMED), None)
    if named is None:
        return kinds[0] == "unit" and len(kinds) > 2 - announced
    counted = sum(kind in _COUNTED for kind in kinds[named + 1 :])
    if counted and (counted > 1 or not {"road", "place"}.isdisjoint(kinds)):
        return True
    return announced and len(kinds) > 1


def _trimmed(text: str, row: list[_Part], rules: _Rules) -> int:
    """Return where the row begins without the words that ran into its first part."""
    first = row[0]
    if first.kind not in _NAMED:
        return first.start
    leads = list(rules.lead.finditer(text, first.start, max(first.start, first.end - 2)))
    return leads[-1].end() if leads else first.start


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    raw = yaml.safe_load(files("copilot.privacy").joinpath("addresses.yaml").read_text("utf-8"))
    counted = "|".join(f"(?P<{kind}>{raw[kind]})" for kind in ("number", "unit", "section", "door"))
    named = "|".join(f"(?P<{kind}>{_BODY}{_words(words)})" for kind, words in raw["ends"].items())
    return _Rules(
        part=re.compile(f"{counted}|{named}"),
        lead=re.compile(_words(raw["lead"])),
        announced=re.compile(_words(raw["announced"])),
        never=re.compile(raw["never"]),
    )


def _words(words: str) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, words.split()), key=len, reverse=True)) + ")"
