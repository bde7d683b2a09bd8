"""Word material of the signals: YAML beside the code, read once, compiled once.

Patterns match folded text (see `copilot.language.fold`), so they are written in Simplified, half
width and lower case. A pattern may name a word group of its own file in angle brackets: `<team>`.
A string holds alternatives between white space, a list holds alternatives that contain spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Generic, TypeVar

import yaml

from copilot.signals.sieve import Sieve

_Path = tuple[str, ...]
# What is searched for in every turn: the file, and of it the patterns as one, and those each on its own.
_JOINED: Mapping[str, tuple[str, ...]] = {
    "facts": ("sentences", "conditions", "quantity", "roles"),
    "promise": ("promise", "english"),
    "reasked": ("conditions",),
    "stock_phrase": (
        *("filler", "substance", "numbers", "person", "prods", "given", "asked_noun", "committed", "generic"),
    ),
    "unanswered": ("conditions", "asks", "answers"),
}
_EACH: Mapping[str, tuple[str, ...]] = {"facts": ("slots", "money"), "forbidden": ("always", "collection")}
# A long text holds most of the words: to look through it costs more than it saves.
_LONG, _EVERY = 8_000, -1


@dataclass(frozen=True, slots=True)
class Material:
    """One YAML file: named patterns and named word lists."""

    name: str
    data: dict[str, Any]

    def words(self, *path: str) -> tuple[str, ...]:
        """The list of words at `path`. Raises KeyError when the file lacks it."""
        value: Any = self.data
        for key in path:
            value = value[key]
        return _words(value)

    def pattern(self, *path: str) -> re.Pattern[str]:
        """The alternatives at `path` as one compiled pattern."""
        return _compile(self.name, path)

    def patterns(self, *path: str) -> tuple[re.Pattern[str], ...]:
        """The alternatives at `path`, each compiled on its own (they may share group names)."""
        return _compile_each(self.name, path)

    def expanded(self, alternative: str) -> str:
        """One alternative with its `<groups>` filled in; white space around words is kept."""
        groups = self.data.get("groups", {})
        for _ in range(3):  # groups may use groups, three levels are enough and cannot loop
            alternative = _GROUP.sub(lambda found: _group_source(groups, found), alternative)
        return alternative

    def compiled(self, alternative: str) -> re.Pattern[str]:
        """One alternative with its `<groups>` filled in, compiled."""
        return _compile_one(self.name, alternative)

    def sifted(self, folded: str) -> Sifted:
        """The patterns of this file as far as they may stand in `folded` or in a piece of it."""
        return Sifted(_numbered().files[self.name], _possible(folded))


@dataclass(frozen=True, slots=True)
class Sifted:
    """One file's patterns for one text: what cannot stand in the text is not searched for in its pieces."""

    file: _File
    bits: int

    def keys(self, section: str) -> tuple[str, ...]:
        """The keys of `section` whose patterns may stand in the text."""
        known = self.file.sections[section]
        if not known.any & self.bits:
            return ()
        return tuple(key for bit, key in known.each if bit & self.bits)

    def may(self, section: str, key: str = "") -> bool:
        """Whether the pattern may stand in the text; a section that is a pattern itself has no keys."""
        return self.file.patterns[section, key].bit & self.bits != 0

    def has(self, piece: str, section: str, key: str = "") -> bool:
        """Whether the pattern stands in `piece`, a substring of the text."""
        known = self.file.patterns[section, key]
        return known.bit & self.bits != 0 and known.pattern.search(piece) is not None

    def pattern(self, section: str, key: str = "") -> re.Pattern[str]:
        """The pattern itself: for what is no substring of the text, and to walk through matches."""
        return self.file.patterns[section, key].pattern

    def alternatives(self, section: str, key: str) -> tuple[re.Pattern[str], ...]:
        """The alternatives that may stand in the text, each compiled on its own."""
        known = self.file.alternatives[section, key]
        if not known.any & self.bits:
            return ()
        return tuple(pattern for bit, pattern in known.each if bit & self.bits)


_GROUP = re.compile(r"(?<!\(\?P)<([a-z_]+)>")


def _group_source(groups: dict[str, Any], found: re.Match[str]) -> str:
    name = found.group(1)
    if name not in groups:
        return found.group(0)
    return "(?:" + "|".join(_words(groups[name])) + ")"


def _words(value: str | list[str]) -> tuple[str, ...]:
    """A string holds alternatives between white space; a list holds such with spaces of their own."""
    return tuple(value.split()) if isinstance(value, str) else tuple(value)


@lru_cache(maxsize=32)
def material(name: str) -> Material:
    """Return the file `name`.yaml beside this module."""
    text = files("copilot.signals").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return Material(name, yaml.safe_load(text))


@lru_cache(maxsize=512)
def _compile(name: str, path: tuple[str, ...]) -> re.Pattern[str]:
    source = material(name)
    return re.compile("|".join(source.expanded(alternative) for alternative in source.words(*path)))


@lru_cache(maxsize=512)
def _compile_one(name: str, alternative: str) -> re.Pattern[str]:
    return re.compile(material(name).expanded(alternative))


@lru_cache(maxsize=512)
def _compile_each(name: str, path: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    source = material(name)
    return tuple(re.compile(source.expanded(alternative)) for alternative in source.words(*path))


_T = TypeVar("_T")
_Place = tuple[str, str]  # section and key; no key where the section is a pattern itself


@dataclass(frozen=True, slots=True)
class _Known:
    """A pattern and its bit."""

    bit: int
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Group(Generic[_T]):
    """Things with their bits, and the bits of all of them."""

    any: int
    each: tuple[tuple[int, _T], ...]


@dataclass(frozen=True, slots=True)
class _File:
    """The numbered patterns of one file: as one at their places, or each alternative for itself."""

    patterns: Mapping[_Place, _Known]
    sections: Mapping[str, _Group[str]]
    alternatives: Mapping[_Place, _Group[re.Pattern[str]]]


@dataclass(frozen=True, slots=True)
class _Numbered:
    """The sieve of all files, and what its numbers stand for."""

    sieve: Sieve
    files: Mapping[str, _File]


@lru_cache(maxsize=1)
def _numbered() -> _Numbered:
    every: list[re.Pattern[str]] = []
    files = {name: _file(material(name), every) for name in sorted({*_JOINED, *_EACH})}
    return _Numbered(Sieve.of(every), files)


def _file(source: Material, every: list[re.Pattern[str]]) -> _File:
    """The patterns of one file; they are numbered as they are added to `every`."""
    patterns = {
        (section, key): _Known(_bit(pattern, every), pattern)
        for section in _JOINED.get(source.name, ())
        for key, pattern in _joined(source, section)
    }
    sections: dict[str, list[tuple[int, str]]] = {}
    for (section, key), known in patterns.items():
        sections.setdefault(section, []).append((known.bit, key))
    alternatives = {
        (section, key): _group([(_bit(pattern, every), pattern) for pattern in source.patterns(*path)])
        for section in _EACH.get(source.name, ())
        for key, path in _paths(source, section)
    }
    return _File(patterns, {name: _group(known) for name, known in sections.items()}, alternatives)


def _joined(source: Material, section: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    if isinstance(source.data[section], dict):
        yield from ((key, source.pattern(section, key)) for key in source.data[section])
    else:
        yield "", source.pattern(section)


def _paths(source: Material, section: str) -> Iterator[tuple[str, _Path]]:
    """Where the alternatives of each key stand: under it, or under its `patterns` beside a message."""
    for key, value in source.data[section].items():
        yield key, (section, key, "patterns") if isinstance(value, dict) else (section, key)


def _bit(pattern: re.Pattern[str], every: list[re.Pattern[str]]) -> int:
    every.append(pattern)
    return 1 << len(every) - 1


def _group(each: Sequence[tuple[int, _T]]) -> _Group[_T]:
    return _Group(sum(bit for bit, _ in each), tuple(each))


@lru_cache(maxsize=4096)
def _possible(folded: str) -> int:
    return _EVERY if len(folded) > _LONG else _numbered().sieve.possible(folded)
