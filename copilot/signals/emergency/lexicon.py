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

    @property
    def latin(self) -> bool:
        """Whether word boundaries matter."""
        return bool(_ASCII_WORD.match(self.text[0]))


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
            word = Word(entry.rstrip("*"), name, prefix=entry.endswith("*"))
            words.setdefault(word.text[:2], []).append(word)
    ordered = {key: tuple(sorted(group, key=lambda w: -len(w.text))) for key, group in words.items()}
    return Lexicon(words=ordered, patterns=tuple(patterns))


def _bounded(text: str, start: int, end: int, *, prefix: bool) -> bool:
    """Whether a Latin word stands alone at `start`..`end`."""
    if start > 0 and _ASCII_WORD.match(text[start - 1]):
        return False
    return prefix or end >= len(text) or not _ASCII_WORD.match(text[end])


def _at(lexicon: Lexicon, text: str, index: int) -> Iterator[Hit]:
    for key in (text[index : index + 2], text[index]):
        for word in lexicon.words.get(key, ()):
            if not text.startswith(word.text, index):
                continue
            end = index + len(word.text)
            if not word.latin or _bounded(text, index, end, prefix=word.prefix):
                yield Hit(word.word_class, index, end)
        if len(key) == 1:
            return


def scan(lexicon: Lexicon, text: str) -> tuple[Hit, ...]:
    """Every hit in `text`, in the order of the text."""
    hits = [hit for index in range(len(text)) for hit in _at(lexicon, text, index)]
    for name, pattern in lexicon.patterns:
        hits.extend(Hit(name, match.start(), match.end()) for match in pattern.finditer(text))
    return tuple(sorted(hits, key=lambda hit: (hit.start, -hit.end)))
