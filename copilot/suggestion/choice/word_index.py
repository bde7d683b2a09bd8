"""Many patterns looked for in one text at once: only those whose tell-tale characters stand in it.

Each alternative of a pattern has *keys*: short strings, one of which stands in
every text that the alternative matches (「退」+「款」 for 「退款?项」). A text is cut into such strings once;
only the alternatives whose keys it holds are searched. Several hundred concepts cost about as much as a few.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

Keys = frozenset[str]

# Lengths of keys. Two Han characters tell a word; two letters tell nothing, six do.
_LENGTHS = (1, 2, 4, 6)
# More keys than this tell less than they cost.
_MOST_KEYS = 120
# No match of a pattern that repeats something is longer: patterns have no open gaps.
_REPEATED = 80
_REPEATS = re.compile(r"[*+{]")
_LEAST_OF = re.compile(r"\{(\d*)")
_HAN = re.compile(r"[㐀-鿿]+")
_LITERAL = re.compile(r"(?:\\b)?([㐀-鿿]+|[a-z ]+)")


@dataclass(frozen=True, slots=True)
class Alternative:
    """One alternative of the pattern called `name`."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class WordIndex:
    """The alternatives of all patterns by key; `unkeyed` are those that nothing tells."""

    keyed: Mapping[str, tuple[Alternative, ...]]
    unkeyed: tuple[Alternative, ...]

    def found_in(self, text: str) -> frozenset[str]:
        """Return the names of the patterns that match somewhere in `text`."""
        found = {a.name for a in self.unkeyed if _compiled(a.source).search(text)}
        for key in self.keyed.keys() & _pieces(text):
            for alternative in self.keyed[key]:
                if alternative.name not in found and _stands_near(text, key, alternative.source):
                    found.add(alternative.name)
        return frozenset(found)


def index_of(patterns: Mapping[str, str]) -> WordIndex:
    """Return the index of `patterns` (name: regular expression). Raises re.error on a broken one."""
    keyed: dict[str, list[Alternative]] = {}
    unkeyed: list[Alternative] = []
    alternatives = [Alternative(n, source) for n, p in patterns.items() for source in alternatives_of(p)]
    for alternative in alternatives:
        keys = keys_of(alternative.source)
        for key in keys:
            keyed.setdefault(key, []).append(alternative)
        if not keys:
            unkeyed.append(alternative)
    return WordIndex({key: tuple(found) for key, found in keyed.items()}, tuple(unkeyed))


def _pieces(text: str) -> set[str]:
    """Every string of a key's length in `text`."""
    ends = [text[skip:] for skip in range(max(_LENGTHS))]
    return {piece for n in _LENGTHS for piece in map("".join, zip(*ends[:n], strict=False))}


def _stands_near(text: str, key: str, source: str) -> bool:
    """Whether `source` matches around a place of `key`: to look there alone saves most of the time."""
    if _HAN.fullmatch(source):
        return source in text
    search, reach = _compiled(source).search, _reach(source)
    place = text.find(key)
    while place >= 0:
        if search(text, max(0, place - reach), place + 2 * reach):
            return True
        place = text.find(key, place + reach)
    return False


@cache
def _reach(source: str) -> int:
    """No match is longer: each sign stands for one character at most, where nothing is repeated."""
    return _REPEATED if _REPEATS.search(source) else len(source) + 1


@cache
def _compiled(source: str) -> re.Pattern[str]:
    """Compiled when first met: most alternatives never are. ASCII: a Han character ends a Latin word."""
    return re.compile(source, re.ASCII)


# --- what every match holds ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Any:
    """Anything may stand here, or nothing."""


@dataclass(frozen=True, slots=True)
class _One:
    """One of these characters stands here."""

    characters: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Some:
    """A text that holds one of these keys stands here."""

    keys: Keys


_Part = _Any | _One | _Some


def alternatives_of(pattern: str) -> tuple[str, ...]:
    """Return the alternatives of `pattern`, cut at its outermost bars."""
    depth, start, cuts = 0, 0, []
    for mark in _BAR_OR_BRACKET.finditer(pattern):
        depth += (mark[0] == "(") - (mark[0] == ")")
        if mark[0] == "|" and not depth:
            cuts.append(pattern[start : mark.start()])
            start = mark.end()
    return (*cuts, pattern[start:])


@cache
def keys_of(source: str) -> Keys:
    """Return keys one of which stands in every match of `source` (no outer bar); empty: nothing tells."""
    if literal := _LITERAL.fullmatch(source):
        return frozenset({_end_of(literal[1])})
    parts = tuple(_parts(source))
    options = [_of_neighbours(parts), *(part.keys for part in parts if isinstance(part, _Some))]
    return max((o for o in options if 0 < len(o) <= _MOST_KEYS), key=_telling, default=frozenset())


def _end_of(literal: str) -> str:
    """The last characters, as many as the longest key that fits has; of Han characters two are enough."""
    longest = 2 if _HAN.fullmatch(literal) else max(_LENGTHS)
    return literal[-max(n for n in _LENGTHS if n <= min(len(literal), longest)) :]


def _telling(keys: Keys) -> tuple[int, int]:
    """The least that one of them tells (a Han character has three bytes, a letter one), then few."""
    return min(len(key.encode()) for key in keys), -len(keys)


def _of_neighbours(parts: tuple[_Part, ...]) -> Keys:
    """The longest keys that neighbours make; the last of them: words begin alike more than they end."""
    for n in reversed(_LENGTHS):
        for start in range(len(parts) - n, -1, -1):
            window = [p.characters for p in parts[start : start + n] if isinstance(p, _One)]
            if len(window) == n and _number(window) <= _MOST_KEYS:
                return frozenset("".join(one) for one in product(*window))
    return frozenset()


def _number(window: Iterable[frozenset[str]]) -> int:
    total = 1
    for characters in window:
        total *= len(characters)
    return total


# A bracket with what opens it, a class, an escape, a repetition, or a single character.
_TOKEN = re.compile(r"\(\?(?:<?[=!]|:)|\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|\{\d*,?\d*\}|.", re.DOTALL)
_BAR_OR_BRACKET = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()|]")
_SINGLE = re.compile(r"[㐀-鿿a-z](?:\|[㐀-鿿a-z])*")
_NO_WIDTH = frozenset({"^", "$", r"\b", r"\B"})


def _parts(source: str) -> Iterator[_Part]:
    """What `source` asks for, one part after another."""
    tokens = [token.group() for token in _TOKEN.finditer(source)]
    place = 0
    while place < len(tokens):
        end = _end(tokens, place)
        part = _part(tokens[place:end])
        optional, place = _repetition(tokens, end)
        if part is not None:
            yield _Any() if optional else part


def _end(tokens: list[str], place: int) -> int:
    """Where the part that begins at `place` ends: behind the bracket that closes it, or at once."""
    depth = 0
    for end in range(place, len(tokens)):
        depth += tokens[end].startswith("(") - (tokens[end] == ")")
        if not depth:
            return end + 1
    return len(tokens)


def _repetition(tokens: list[str], place: int) -> tuple[bool, int]:
    """Whether the part before `place` may be absent, and where the next one begins."""
    if place >= len(tokens):
        return False, place
    sign = tokens[place]
    if sign in {"?", "*"}:
        return True, place + 1
    least = _LEAST_OF.match(sign) if len(sign) > 1 else None
    if least is not None:
        return int(least[1] or 0) == 0, place + 1
    return False, place + (sign == "+")


def _part(tokens: list[str]) -> _Part | None:
    """One part; None for what has no width."""
    first = tokens[0]
    if first in _NO_WIDTH or first in {"(?=", "(?!", "(?<=", "(?<!"}:
        return None
    if first.startswith("("):
        return _group("".join(tokens[1:-1]))
    if first.startswith("["):
        return _class(first)
    if first == "." or (first.startswith("\\") and first[1:].isalnum()):
        return _Any()
    return _One(frozenset(first[-1]))


def _group(inner: str) -> _Part:
    if _SINGLE.fullmatch(inner):
        return _One(frozenset(inner[::2]))
    keys = [keys_of(source) for source in alternatives_of(inner)]
    return _Some(frozenset().union(*keys)) if all(keys) else _Any()


def _class(token: str) -> _Part:
    """The characters of a class; anything where it is negated, a range, or a shorthand."""
    inner = token[1:-1]
    return _Any() if set(inner) & set("^-\\") else _One(frozenset(inner))
