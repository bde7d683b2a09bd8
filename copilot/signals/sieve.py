"""Which of many patterns a text can hold at all, told by the literals that they cannot do without.

「退款」 stands in every match of `退款(?:给您|到账)`, 「退给」 or 「退回」 in that of `退[给回]`. A turn is
looked through once for the literals of all patterns; only what it may hold is searched for. The
literals are read from the parsed patterns: the word files need no hints.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import add
from re import _parser as parser  # type: ignore[attr-defined]  # the parser has no public name
from typing import Any

# Stands for "some decimal digit": `\d` is 600 characters. No text is likelier to hold it for that.
_DIGIT = "\0d"
# Latin pairs are few and in every text; threes tell more.
_LATIN = re.compile(r"[\x00-\x7f]{3}")
_ANY_DIGIT = re.compile(r"\d")
# Sets of words that a pattern part matches exactly; larger ones are not worth their comparisons.
_MOST_WORDS = 200
# How likely a character of a literal stands in a text by chance, about: Latin letters are few.
_CHANCE_ASCII, _CHANCE_OTHER, _CHANCE_DIGIT = 0.4, 0.03, 0.3

_Words = frozenset[str]
_EMPTY: _Words = frozenset({""})


@dataclass(frozen=True, slots=True)
class _Part:
    """What is known of the matches of a part: all of them (None: too many), and what each has one of."""

    exact: _Words | None
    need: _Words | None = None

    @property
    def best(self) -> _Words | None:
        """The most telling set of literals of which every match has one."""
        return _rarest(words for words in (self.exact, self.need) if words is not None)


_UNKNOWN = _Part(None)
_NOTHING = _Part(_EMPTY)


def literals(pattern: re.Pattern[str]) -> frozenset[str] | None:
    """Return literals of which every text with a match of `pattern` holds one; None where none are known.

    One of them may stand for any decimal digit; `Sieve` knows it.
    """
    if pattern.flags & re.IGNORECASE:
        return None
    return _sequence(parser.parse(pattern.pattern, pattern.flags)).best


@dataclass(frozen=True, slots=True)
class Sieve:
    """The literals of numbered patterns, each under its rarest piece. Patterns are bits of an integer."""

    always: int
    by_piece: Mapping[str, tuple[tuple[str, int], ...]]

    @classmethod
    def of(cls, patterns: Sequence[re.Pattern[str]]) -> Sieve:
        """Return the sieve of `patterns`, numbered from 0."""
        always, bits = 0, dict[str, int]()
        for number, pattern in enumerate(patterns):
            needed = literals(pattern)
            always |= 1 << number if needed is None else 0
            for literal in needed or ():
                bits[literal] = bits.get(literal, 0) | 1 << number
        common = Counter(piece for literal in bits for piece in _keys(literal))
        by_piece: dict[str, list[tuple[str, int]]] = {}
        for literal, mask in bits.items():
            by_piece.setdefault(min(_keys(literal), key=common.__getitem__), []).append((literal, mask))
        return cls(always, {piece: tuple(found) for piece, found in by_piece.items()})

    def possible(self, text: str, found: AbstractSet[str] | None = None) -> int:
        """Return the bits of the patterns that may match somewhere in `text`; the others cannot.

        `found` are the pieces of `text` where the caller has them.
        """
        bits = self.always
        for piece in self.by_piece.keys() & (pieces(text) if found is None else found):
            for literal, mask in self.by_piece[piece]:
                if bits | mask != bits and (len(literal) < 3 or literal in text):
                    bits |= mask
        return bits


def _keys(literal: str) -> list[str]:
    """What a text with this literal has: its pairs, of Latin letters its threes."""
    size = 3 if len(literal) > 2 and literal.isascii() else 2
    return [literal[at : at + size] for at in range(len(literal) + 1 - size)] or [literal]


def pieces(text: str) -> set[str]:
    """Return the characters, pairs and Latin threes of `text`, and the sign for a digit if it has one."""
    found = set(text)
    found.update(twos := list(map(add, text, text[1:])))
    if _LATIN.search(text):
        found.update(map(add, twos, text[2:]))
    if _ANY_DIGIT.search(text):
        found.add(_DIGIT)
    return found


# -- what a parsed pattern needs


def _sequence(items: Iterable[tuple[Any, Any]]) -> _Part:
    """Parts one after the other: words of neighbours are joined as long as they stay few."""
    needs: list[_Words] = []
    run: _Words = _EMPTY
    whole = True
    for item in items:
        part, open_end = _part(item)
        if part.need is not None:
            needs.append(part.need)
        joined = _joined(run, part.exact)
        if joined is None:
            needs.append(run)
            whole, joined = False, part.exact or _EMPTY
        run = joined
        if open_end:
            needs.append(run)
            whole, run = False, _EMPTY
    return _Part(run if whole else None, _rarest((*needs, run)))


def _joined(run: _Words, words: _Words | None) -> _Words | None:
    if words is None or len(run) * len(words) > _MOST_WORDS:
        return None
    return frozenset(first + second for first in run for second in words)


def _part(item: tuple[Any, Any]) -> tuple[_Part, bool]:
    """What one item of a parsed pattern needs, and whether it may go on beyond what is known of it."""
    kind, value = item
    if str(kind) in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        return _repeated(*value)
    return _single(kind, value), False


def _repeated(least: int, most: int, items: Iterable[tuple[Any, Any]]) -> tuple[_Part, bool]:
    once = _sequence(items)
    if least == 0:
        optional = most == 1 and once.exact is not None
        return (_Part((once.exact or _EMPTY) | _EMPTY) if optional else _UNKNOWN), False
    return once, most > 1


def _single(kind: Any, value: Any) -> _Part:
    match str(kind):  # named constants of a parser without types
        case "LITERAL":
            part = _Part(frozenset({chr(value)}))
        case "IN":
            part = _characters(value)
        case "BRANCH":
            part = _either([_sequence(branch) for branch in value[1]])
        case "SUBPATTERN":
            part = _UNKNOWN if value[1] & re.IGNORECASE else _sequence(value[3])
        case "ATOMIC_GROUP":
            part = _sequence(value)
        case "ASSERT":  # what stands around a match stands in the text, too
            part = _Part(_EMPTY, _sequence(value[1]).best)
        case "AT" | "ASSERT_NOT":
            part = _NOTHING
        case _:
            part = _UNKNOWN
    return part


def _either(parts: Sequence[_Part]) -> _Part:
    exact: set[str] | None = set()
    need: set[str] | None = set()
    for part in parts:
        best = part.best
        exact = None if exact is None or part.exact is None else exact | part.exact
        need = None if need is None or best is None else need | best
    few = exact if exact is not None and len(exact) <= _MOST_WORDS else None
    return _Part(None if few is None else frozenset(few), None if need is None else frozenset(need))


def _characters(members: Sequence[tuple[Any, Any]]) -> _Part:
    """A class of characters: each of them where they are few."""
    found: set[str] = set()
    for kind, value in members:
        name = str(kind)
        if name == "LITERAL":
            found.add(chr(value))
        elif name == "RANGE" and value[1] - value[0] < _MOST_WORDS:
            found.update(map(chr, range(value[0], value[1] + 1)))
        elif name == "CATEGORY" and str(value) == "CATEGORY_DIGIT":
            found.add(_DIGIT)
        else:
            return _UNKNOWN
    words = frozenset(found)
    return _Part(None, words) if _DIGIT in words else _Part(words)


def _rarest(sets: Iterable[_Words]) -> _Words | None:
    """The set whose words a text is least likely to hold by chance; an empty word says nothing."""
    telling = [words for words in sets if "" not in words]
    if len(telling) < 2:
        return telling[0] if telling else None
    return min(telling, key=lambda words: sum(map(_chance, words)))


def _chance(word: str) -> float:
    if word == _DIGIT:
        return _CHANCE_DIGIT
    if word.isascii():
        return float(_CHANCE_ASCII ** len(word))
    ascii_letters = sum(map(str.isascii, word))
    return float(_CHANCE_ASCII**ascii_letters * _CHANCE_OTHER ** (len(word) - ascii_letters))
