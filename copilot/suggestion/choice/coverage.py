"""How much of a sentence other texts say: by pairs of characters in Chinese, by stems in English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from copilot.language import fold

_RUN = re.compile(r"[㐀-鿿]+|[a-z][a-z']+")
_CLAUSE = re.compile(r"[^，,；;。.！!？?：:\n]+(?:\.\d+[^，,；;。！!？?：:\n]*)*")
_LIGHT = frozenset(
    "的了吗呢吧啊呀哦嘛么就都也还又很太这那个们是我您你他她它在有和跟与及或但而把被给让从到对为以之其着过"
    "再才只会将可要能请并后前时起即内元块天日号月年点分个件次位"
)
_LIGHT_WORDS = frozenset(
    """the a an and or to of in on for is are be was were it its this that i you my your me we our they he she
    as at with do does did have has had can will would if so but by from out up which there here when then
    than i'll you'll it's""".split()  # noqa: SIM905 - read as text
)
_ENDINGS = ("ing", "ied", "ies", "ed", "es", "s")


@dataclass(frozen=True, slots=True)
class Coverage:
    """`share` (0..1) of what carries meaning that is covered; `longest_unknown` run of it that is not."""

    share: float
    longest_unknown: int


def cover(text: str, sources: Sequence[str]) -> Coverage:
    """Return how much of `text` stands in `sources`; a text that says nothing is covered."""
    pairs = frozenset().union(*(_pairs(source) for source in sources))
    total = known = longest = run = 0
    for chunk in _RUN.findall(fold(text)):
        marks = _marks(chunk, pairs)
        for mark in marks:
            if mark is None:
                continue
            total += 1
            known += mark
            run = 0 if mark else run + 1
            longest = max(longest, run)
    return Coverage(known / total if total else 1.0, longest)


def clauses_of(text: str) -> tuple[str, ...]:
    """Return the clauses of `text` that say something."""
    return tuple(c for c in _CLAUSE.findall(text) if len(re.findall(r"[㐀-鿿]|[A-Za-z]+", c)) >= 3)


def _marks(chunk: str, pairs: frozenset[str]) -> list[bool | None]:
    """For each character (or the one word) whether it is covered; None for what carries no meaning."""
    if chunk[0].isascii():
        return [None if chunk in _LIGHT_WORDS else _stem(chunk) in pairs]
    if len(chunk) == 1:
        return [None]  # a unit or a particle between digits
    covered = [False] * len(chunk)
    for i in range(len(chunk) - 1):
        if chunk[i : i + 2] in pairs:
            covered[i] = covered[i + 1] = True
    return [
        None if character in _LIGHT and not mark else mark
        for character, mark in zip(chunk, covered, strict=True)
    ]


@lru_cache(maxsize=4096)
def _pairs(source: str) -> frozenset[str]:
    found: set[str] = set()
    for chunk in _RUN.findall(fold(source)):
        if chunk[0].isascii():
            found.add(_stem(chunk))
        else:
            found.update(chunk[i : i + 2] for i in range(len(chunk) - 1))
    return frozenset(found)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 4 else word
