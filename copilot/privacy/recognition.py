"""Where personal data stands in a text. What a checksum can decide, a well-kept library decides.

Names are found by the words around them and by surname only: recall for names is low by nature of offline
means (docs/security.md has the figures).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args

import yaml

from copilot.privacy.addresses import find_addresses
from copilot.privacy.names import find_names
from knowledge.text import fold

Kind = Literal["identity", "bank_card", "email", "phone", "plate", "address", "name"]
# Earlier kinds win where two would take the same characters.
KINDS: tuple[Kind, ...] = get_args(Kind)
_MAINLAND = re.compile(r"\d{17}[0-9Xx]")
_TAIWAN = re.compile(r"[A-Z][12]\d{8}")
_TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


@dataclass(frozen=True, slots=True)
class Found:
    """One datum: the text between `start` and `end`."""

    kind: Kind
    start: int
    end: int


def find_personal(text: str, kinds: Sequence[Kind] = KINDS) -> tuple[Found, ...]:
    """Return the personal data in `text`, in order, never overlapping."""
    plain = _same_length(text)
    found: list[Found] = []
    for kind in KINDS:
        if kind in kinds:
            found.extend(item for item in _of_kind(plain, kind) if _is_free(item, found))
    return tuple(sorted(found, key=lambda item: item.start))


def _of_kind(text: str, kind: Kind) -> Iterator[Found]:
    if not text.isascii():
        yield from (Found(kind, start, end) for start, end in _chinese(text, kind))
    for pattern in _patterns()[kind]:
        for match in pattern.finditer(text):
            group = "v" if "v" in pattern.groupindex else 0
            if _holds(kind, match.group(group), named=group == "v"):
                yield Found(kind, *match.span(group))


def _chinese(text: str, kind: Kind) -> Iterator[tuple[int, int]]:
    """Yield addresses and names, which are told by their words rather than by their form."""
    if kind == "address":
        yield from find_addresses(fold(text))
    elif kind == "name":
        yield from _longest(find_names(fold(text), _surname()))


def _longest(places: Iterator[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Return the places with the longer ones first, so that a part of a name never wins over all of it."""
    return sorted(places, key=lambda place: place[0] - place[1])


def _holds(kind: Kind, value: str, *, named: bool) -> bool:
    """Whether a proposal stands; `named`: the words around it already say what it is."""
    if named:
        return True
    if kind == "identity":
        return _is_identity(value)
    if kind == "bank_card":
        from stdnum import luhn  # noqa: PLC0415 - only where sixteen digits stand

        digits = re.sub(r"\D", "", value)
        return 13 <= len(digits) <= 19 and luhn.is_valid(digits)
    return True


def _is_identity(value: str) -> bool:
    if _MAINLAND.fullmatch(value):
        from stdnum.cn import ric  # noqa: PLC0415 - reads its table of districts on import

        return bool(ric.is_valid(value.upper()))
    if _TAIWAN.fullmatch(value):
        return _taiwan_holds(value)
    return True


def _taiwan_holds(value: str) -> bool:
    letter = _TAIWAN_LETTERS.index(value[0]) + 10
    digits = [letter // 10, letter % 10, *(int(digit) for digit in value[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True)) % 10 == 0


def _is_free(item: Found, taken: Sequence[Found]) -> bool:
    return all(item.end <= other.start or other.end <= item.start for other in taken)


def _same_length(text: str) -> str:
    """Full-width digits and letters become plain ones; every position stays."""
    if text.isascii():
        return text
    return "".join(
        folded if len(folded := unicodedata.normalize("NFKC", character)) == 1 else character
        for character in text
    )


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    raw: dict[str, Any] = yaml.safe_load(
        files("copilot.privacy").joinpath("patterns.yaml").read_text("utf-8")
    )
    return raw


@lru_cache(maxsize=1)
def _surname() -> str:
    names = dict.fromkeys(_raw()["surnames"].split())
    return "(?:" + "|".join(sorted(names, key=len, reverse=True)) + ")"


@lru_cache(maxsize=1)
def _patterns() -> dict[Kind, tuple[re.Pattern[str], ...]]:
    raw = _raw()
    parts = {"<surname>": _surname(), "<english>": raw["english"].strip()}

    def whole(pattern: str) -> re.Pattern[str]:
        for name, part in parts.items():
            pattern = pattern.replace(name, part)
        return re.compile(pattern)

    return {kind: tuple(whole(pattern) for pattern in raw[kind]) for kind in KINDS}
