"""Word material of the signals: YAML beside the code, read once, compiled once.

Patterns match folded text (see `copilot.language.fold`), so they are written in Simplified, half
width and lower case. A pattern may name a word group of its own file in angle brackets: `<team>`.
A string holds alternatives between white space, a list holds alternatives that contain spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


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
