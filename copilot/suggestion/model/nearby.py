"""English words that stand together in a sentence must stand near each other somewhere in its evidence.

Single words say little: 「the fee」 and 「is covered」 may come from two rules that never met.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from copilot.language import fold
from copilot.suggestion.choice.coverage import cover

_WORD = re.compile(r"[a-z][a-z']+")
_SENTENCE = re.compile(r"[^.!?;。！？；|\n]+")
# So many telling words may lie between the two in the evidence.
_REACH = 3


def share_together(clause: str, sources: Sequence[str]) -> float:
    """Return the share (0..1) of neighbouring telling words that some sentence of `sources` has together."""
    known: frozenset[frozenset[str]] = frozenset().union(*(_near(source) for source in sources))
    pairs = [frozenset(pair) for pair in pairwise(_telling(clause))]
    return sum(pair in known for pair in pairs) / len(pairs) if pairs else 1.0


@lru_cache(maxsize=2048)
def _near(source: str) -> frozenset[frozenset[str]]:
    return frozenset(
        frozenset((word, other))
        for sentence in _SENTENCE.findall(fold(source))
        for word, other in _within_reach(_telling(sentence))
    )


def _within_reach(words: Sequence[str]) -> Iterable[tuple[str, str]]:
    for at, word in enumerate(words):
        for other in words[at + 1 : at + 1 + _REACH]:
            yield word, other


@lru_cache(maxsize=4096)
def _telling(text: str) -> tuple[str, ...]:
    return tuple(_stem(word) for word in _WORD.findall(fold(text)) if _tells(word))


@lru_cache(maxsize=4096)
def _tells(word: str) -> bool:
    # A word without meaning of its own counts as covered by nothing at all.
    return cover(word, ()).share < 1


def _stem(word: str) -> str:
    stem = re.sub(r"(?:ing|ied|ies|ed|es|s)$", "", word) if len(word) > 4 else word.removesuffix("s")
    return stem.removesuffix("e")
