"""Word classes over normalised text: one pass finds every word of every class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from copilot.signals.sieve import Sieve, pairs

_ASCII_WORD = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of `word_class` at `start`..`end` of the normalised text."""

    word_class: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """An entry of the lexicon. `prefix` lets a Latin word go on (`stab*` finds stabbed)."""

    text: str
    word_class: str
    prefix: bool
    latin: bool  # whether word boundaries matter


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words by their first two characters (or the only one) and their length, and patterns.

    `sieve` tells which of the patterns, by their numbers, a text may hold.
    """

    words: Mapping[str, tuple[tuple[int, Mapping[str, tuple[Word, ...]]], ...]]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    sieve: Sieve


def build(classes: Mapping[str, Iterable[str]]) -> Lexicon:
    """Return the lexicon of `classes`: name → entries (`word`, `word*`, `re:pattern`)."""
    words: dict[str, dict[int, dict[str, tuple[Word, ...]]]] = {}
    patterns: list[tuple[str, re.Pattern[str]]] = []
    for name, entries in classes.items():
        for entry in entries:
            if entry.startswith("re:"):
                patterns.append((name, re.compile(entry[3:])))
                continue
            latin = bool(_ASCII_WORD.match(entry[0]))
            word = Word(entry.rstrip("*"), name, prefix=entry.endswith("*"), latin=latin)
            same = words.setdefault(word.text[:2], {}).setdefault(len(word.text), {})
            same[word.text] = (*same.get(word.text, ()), word)
    ordered = {beginning: tuple(by_length.items()) for beginning, by_length in words.items()}
    return Lexicon(ordered, tuple(patterns), Sieve.of([pattern for _, pattern in patterns]))


def _bounded(text: str, start: int, end: int, *, prefix: bool) -> bool:
    """Whether a Latin word stands alone at `start`..`end`."""
    if start > 0 and _ASCII_WORD.match(text[start - 1]):
        return False
    return prefix or end >= len(text) or not _ASCII_WORD.match(text[end])


def _matching(words: Mapping[str, tuple[Word, ...]], text: str, start: int, end: int) -> Iterator[Hit]:
    for word in words.get(text[start:end], ()):
        if not word.latin or _bounded(text, start, end, prefix=word.prefix):
            yield Hit(word.word_class, start, end)


def scan(lexicon: Lexicon, text: str) -> tuple[Hit, ...]:
    """Every hit in `text`, in the order of the text."""
    hits: list[Hit] = []
    found = pairs(text)
    for beginning in lexicon.words.keys() & found:
        for start in _places(beginning, text):
            for length, words in lexicon.words[beginning]:
                hits.extend(_matching(words, text, start, start + length))
    possible = lexicon.sieve.possible(text, found)
    for number, (name, pattern) in enumerate(lexicon.patterns) if possible else ():
        if possible >> number & 1:
            hits.extend(Hit(name, match.start(), match.end()) for match in pattern.finditer(text))
    return tuple(sorted(hits, key=lambda hit: (hit.start, -hit.end)))


def _places(beginning: str, text: str) -> Iterator[int]:
    index = text.find(beginning)
    while index >= 0:
        yield index
        index = text.find(beginning, index + 1)
