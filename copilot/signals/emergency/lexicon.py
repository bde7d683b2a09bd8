"""Word classes over normalised text: one pass finds every word of every class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

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
    """Words by their first two characters (longest first), single characters, and patterns."""

    words: Mapping[str, tuple[Word, ...]]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]


def build(classes: Mapping[str, Iterable[str]]) -> Lexicon:
    """Return the lexicon of `classes`: name → entries (`word`, `word*`, `re:pattern`)."""
    words: dict[str, list[Word]] = {}
    patterns: list[tuple[str, re.Pattern[str]]] = []
    for name, entries in classes.items():
        for entry in entries:
            if entry.startswith("re:"):
                patterns.append((name, re.compile(entry[3:])))
                continue
            latin = bool(_ASCII_WORD.match(entry[0]))
            word = Word(entry.rstrip("*"), name, prefix=entry.endswith("*"), latin=latin)
            words.setdefault(word.text[:2], []).append(word)
    ordered = {key: tuple(sorted(group, key=lambda w: -len(w.text))) for key, group in words.items()}
    return Lexicon(words=ordered, patterns=tuple(patterns))


def _bounded(text: str, start: int, end: int, *, prefix: bool) -> bool:
    """Whether a Latin word stands alone at `start`..`end`."""
    if start > 0 and _ASCII_WORD.match(text[start - 1]):
        return False
    return prefix or end >= len(text) or not _ASCII_WORD.match(text[end])


def _matching(words: tuple[Word, ...], text: str, index: int) -> Iterator[Hit]:
    for word in words:
        if text.startswith(word.text, index):
            end = index + len(word.text)
            if not word.latin or _bounded(text, index, end, prefix=word.prefix):
                yield Hit(word.word_class, index, end)


def scan(lexicon: Lexicon, text: str) -> tuple[Hit, ...]:
    """Every hit in `text`, in the order of the text."""
    hits: list[Hit] = []
    known = lexicon.words.get
    for index, first in enumerate(text):
        # Most places begin no word: two look-ups must be all they cost.
        if pairs := known(text[index : index + 2]):
            hits.extend(_matching(pairs, text, index))
        if index + 1 < len(text) and (singles := known(first)):
            hits.extend(_matching(singles, text, index))
    for name, pattern in lexicon.patterns:
        hits.extend(Hit(name, match.start(), match.end()) for match in pattern.finditer(text))
    return tuple(sorted(hits, key=lambda hit: (hit.start, -hit.end)))
