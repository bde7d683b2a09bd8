"""Typed values out of a YAML mapping; what does not fit becomes a problem with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from knowledge.reading.problem import Problem, Severity
from knowledge.reading.yaml_source import Key, YamlSource

_DATE = re.compile(r"^\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s].*)?$")


def parse_date(text: str) -> date | None:
    """Return the day in `text` (2026-03-01, 2026/3/1, 2026年3月1日), None where there is none."""
    match = _DATE.match(text)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping at `at` in a YAML file.

    Readers return None or the default, and note a problem, where a value is wrong.
    """

    name: str
    source: YamlSource
    value: Mapping[str, Any]
    problems: list[Problem]
    at: Key = ()
    read: set[str] = field(default_factory=set)

    def note(self, key: str, cause: str, severity: Severity = "error") -> None:
        """Record a problem of `key`."""
        self.problems.append(Problem(self.name, self.source.where(*self.at, key), cause, severity))

    def text(self, key: str) -> str | None:
        """Return a text; numbers and truth values are taken as written."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, str | int | float):
            return str(value).strip() or None
        self.note(key, "must be a text")
        return None

    def number(self, key: str) -> float | None:
        """Return a number of at least zero."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            return float(value)
        self.note(key, f"must be a number of zero or more, not {value!r}")
        return None

    def whole(self, key: str) -> int | None:
        """Return a whole number of at least zero."""
        value = self.number(key)
        if value is not None and not value.is_integer():
            self.note(key, f"must be a whole number, not {value}")
            return None
        return None if value is None else int(value)

    def truth(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._take(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.note(key, f"must be true or false, not {value!r}")
        return default

    def day(self, key: str) -> date | None:
        """Return a date."""
        text = self.text(key)
        if text is None:
            return None
        day = parse_date(text)
        if day is None:
            self.note(key, f"{text!r} is no date; write it like 2026-03-01")
        return day

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text alone is a list of its parts between commas."""
        value = self._take(key)
        if value is None:
            return ()
        if isinstance(value, str | int | float):
            return tuple(part.strip() for part in re.split(r"[,，、;；]", str(value)) if part.strip())
        if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
            return tuple(str(item).strip() for item in value if str(item).strip())
        self.note(key, "must be a list of texts")
        return ()

    def sentences(self, key: str) -> tuple[str, ...]:
        """Return a list of texts in which commas are part of the text."""
        value = self._take(key)
        if isinstance(value, str):
            return tuple(part.strip() for part in value.splitlines() if part.strip())
        self.read.discard(key)
        return self.texts(key)

    def mapping(self, key: str) -> Mapping[str, Any]:
        """Return a mapping."""
        value = self._take(key)
        if value is None:
            return {}
        if isinstance(value, dict):
            return {str(name): item for name, item in value.items()}
        self.note(key, "must be a group of `key: value` lines")
        return {}

    def records(self, key: str) -> tuple[Fields, ...]:
        """Return the mappings of a list, each with its own lines."""
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.note(key, "must be a list")
            return ()
        return tuple(
            found
            for index, item in enumerate(value)
            if (found := self._child(item, (*self.at, key, index))) is not None
        )

    def children(self, key: str) -> Mapping[str, Fields]:
        """Return the mappings of a mapping by name."""
        return {
            name: found
            for name, item in self.mapping(key).items()
            if (found := self._child(item, (*self.at, key, name))) is not None
        }

    def rest(self) -> dict[str, Any]:
        """Return the keys that nobody asked for: they are kept."""
        return {key: value for key, value in self.value.items() if key not in self.read}

    def _take(self, key: str) -> Any:
        self.read.add(key)
        return self.value.get(key)

    def _child(self, item: Any, at: Key) -> Fields | None:
        if not isinstance(item, dict):
            where = self.source.where(*at)
            self.problems.append(Problem(self.name, where, "must be a group of `key: value` lines"))
            return None
        value = {str(name): part for name, part in item.items()}
        return replace(self, value=value, at=at, read=set())


def fields_of(source: YamlSource, name: str, problems: list[Problem]) -> Fields:
    """Return the readers for a whole file; its problems are collected in `problems`."""
    problems.extend(source.problems)
    return Fields(name, source, source.value, problems)
