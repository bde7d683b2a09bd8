"""Word classes over normalised text: one pass finds every word of every class."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from copilot.signals.sieve import Sieve, pieces

_ASCII_WORD = re.compile(r"[a-z0-9]")
_ASCII_WORDS = re.compile(r"[a-z0-9]+")
_STEM = 3  # letters by which a Latin word that may go on is looked up, fewer where it has fewer


class Hit(NamedTuple):
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


# Words that begin alike, by their length.
_Beginning = tuple[tuple[int, Mapping[str, tuple[Word, ...]]], ...]
_Index = Mapping[str, _Beginning]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words by what they begin with, and patterns.

    `words` are not Latin, by their first two characters (or the only one); `latin` by their first word whole;
    `stems` by its first letters where it may go on. `sieve` tells which of the patterns, by their numbers, a
    text may hold.
    """

    words: _Index
    latin: _Index
    stems: _Index
    stem_lengths: tuple[int, ...]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    sieve: Sieve


def build(classes: Mapping[str, Iterable[str]]) -> Lexicon:
    """Return the lexicon of `classes`: name → entries (`word`, `word*`, `re:pattern`)."""
    patterns = [
        (name, re.compile(entry[3:]))
        for name, entries in classes.items()
        for entry in entries
        if entry.startswith("re:")
    ]
    words = [
        _word(entry, name)
        for name, entries in classes.items()
        for entry in entries
        if not entry.startswith("re:")
    ]
    latin = [(word, _first_word(word.text)) for word in words if word.latin]
    stems = _index((first[:_STEM], word) for word, first in latin if _may_go_on(word, first))
    return Lexicon(
        words=_index((word.text[:2], word) for word in words if not word.latin),
        latin=_index((first, word) for word, first in latin if not _may_go_on(word, first)),
        stems=stems,
        stem_lengths=tuple({len(beginning) for beginning in stems}),
        patterns=tuple(patterns),
        sieve=Sieve.of([pattern for _, pattern in patterns]),
    )


def _word(entry: str, name: str) -> Word:
    latin = bool(_ASCII_WORD.match(entry[0]))
    return Word(entry.rstrip("*"), name, prefix=entry.endswith("*"), latin=latin)


def _first_word(text: str) -> str:
    found = _ASCII_WORDS.match(text)
    return found[0] if found else ""


def _may_go_on(word: Word, first: str) -> bool:
    """Whether the first word of a text may be longer than that of the entry."""
    return word.prefix and word.text == first


def _index(entries: Iterable[tuple[str, Word]]) -> _Index:
    grouped: dict[str, dict[int, dict[str, tuple[Word, ...]]]] = {}
    for beginning, word in entries:
        same = grouped.setdefault(beginning, {}).setdefault(len(word.text), {})
        same[word.text] = (*same.get(word.text, ()), word)
    return {beginning: tuple(by_length.items()) for beginning, by_length in grouped.items()}


def scan(lexicon: Lexicon, text: str) -> tuple[Hit, ...]:
    """Every hit in `text`, in the order of the text."""
    found = pieces(text)
    hits = [
        hit
        for beginning in lexicon.words.keys() & found
        for start in _places(beginning, text)
        for hit in _words_at(lexicon.words[beginning], text, start)
    ]
    for token in _ASCII_WORDS.finditer(text):
        for known in _known(lexicon, token[0]):
            hits += _words_at(known, text, token.start())
    for name, pattern in _patterns(lexicon, lexicon.sieve.possible(text, found)):
        hits += [Hit(name, match.start(), match.end()) for match in pattern.finditer(text)]
    return tuple(sorted(hits, key=_by_place))


def _known(lexicon: Lexicon, token: str) -> list[_Beginning]:
    """The Latin words that begin with this word of a text, or with its first letters."""
    beginnings = (lexicon.latin.get(token), *(lexicon.stems.get(token[:n]) for n in lexicon.stem_lengths))
    return [known for known in beginnings if known is not None]


def _places(beginning: str, text: str) -> Iterator[int]:
    index = text.find(beginning)
    while index >= 0:
        yield index
        index = text.find(beginning, index + 1)


def _words_at(known: _Beginning, text: str, start: int) -> list[Hit]:
    """The words of `known` that stand at `start`, where a Latin word begins."""
    return [
        Hit(word.word_class, start, start + length)
        for length, words in known
        for word in words.get(text[start : start + length], ())
        if not word.latin or word.prefix or _ends(text, start + length)
    ]


def _ends(text: str, end: int) -> bool:
    """Whether no Latin word goes on at `end`."""
    return end >= len(text) or not _ASCII_WORD.match(text[end])


def _patterns(lexicon: Lexicon, possible: int) -> Iterator[tuple[str, re.Pattern[str]]]:
    """The patterns of these bits."""
    while possible:
        lowest = possible & -possible
        yield lexicon.patterns[lowest.bit_length() - 1]
        possible ^= lowest


def _by_place(hit: Hit) -> tuple[int, int]:
    return hit.start, -hit.end
