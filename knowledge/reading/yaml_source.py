"""YAML with the line of every key, so that a problem can be found again.

Dates, times and octal numbers stay text (`10:00` is no number of minutes, `007` is an id), anchors are
limited, and nothing but plain values is ever built.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from knowledge.reading.problem import Problem, ProblemError, line

MAX_CHARACTERS = 1_000_000
MAX_ALIASES = 50
Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YamlSource:
    """A mapping with the line of each key (path from the root) and what was odd about it."""

    value: Mapping[str, Any]
    lines: Mapping[Key, int]
    problems: tuple[Problem, ...] = ()

    def where(self, *key: str | int) -> str:
        """Return where `key` stands: its line and its path."""
        known = next((key[:end] for end in range(len(key), 0, -1) if key[:end] in self.lines), None)
        path = ".".join(str(part) for part in key)
        return path if known is None else f"{line(self.lines[known])} ({path})"


class _Loader(yaml.SafeLoader):
    """Plain values only, numbers and truth values as people write them."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    (
        "bool",
        r"^(?:true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$",
        "tTfFyYnNoO",
    ),
    ("int", r"^[-+]?(?:0|[1-9][0-9_]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:0|[1-9][0-9_]*)\.[0-9]+$", "-+0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("merge", r"^(?:<<)$", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


@dataclass(slots=True)
class _Walk:
    name: str
    offset: int
    lines: dict[Key, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    visited: int = 0

    def node(self, node: yaml.Node, path: Key) -> None:
        self.visited += 1
        if self.visited > MAX_CHARACTERS // 10:
            raise ProblemError(Problem(self.name, "", "the aliases unfold to far more than the file says"))
        self.lines[path] = node.start_mark.line + 1 + self.offset
        if isinstance(node, yaml.MappingNode):
            self._mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.node(item, (*path, index))

    def _mapping(self, node: yaml.MappingNode, path: Key) -> None:
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                where = line(key.start_mark.line + 1 + self.offset)
                self.problems.append(
                    Problem(self.name, where, f"`{name}` is given twice; the last one counts", "warning")
                )
            seen.add(name)
            self.node(value, (*path, name))
            self.lines[(*path, name)] = key.start_mark.line + 1 + self.offset


def parse_yaml(text: str, name: str, offset: int = 0) -> YamlSource:
    """Return the mapping in `text`; `offset` lines stand above it in the file. Raise ProblemError."""
    if len(text) > MAX_CHARACTERS:
        raise ProblemError(Problem(name, "", f"more than {MAX_CHARACTERS} characters of YAML"))
    _refuse_aliases(text, name)
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            return YamlSource({}, {})
        walk = _Walk(name, offset)
        walk.node(root, ())
        value = loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        raise ProblemError(_explain(error, text, name, offset)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ProblemError(Problem(name, "", f"is no readable YAML: {error}")) from error
    if not isinstance(value, dict):
        raise ProblemError(Problem(name, line(1 + offset), "must be `key: value` lines"))
    return YamlSource({str(key): item for key, item in value.items()}, walk.lines, tuple(walk.problems))


def _refuse_aliases(text: str, name: str) -> None:
    try:
        aliases = sum(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=_Loader))
    except yaml.YAMLError:
        return  # said with its line by the parser
    if aliases > MAX_ALIASES:
        raise ProblemError(Problem(name, "", f"{aliases} YAML aliases; at most {MAX_ALIASES} are read"))


def _explain(error: yaml.MarkedYAMLError, text: str, name: str, offset: int) -> Problem:
    mark = error.problem_mark or error.context_mark
    number = 1 if mark is None else mark.line + 1
    rows = text.split("\n")
    source = rows[number - 1] if number <= len(rows) else ""
    tab = next(
        (index for index, row in enumerate(rows, 1) if row[: len(row) - len(row.lstrip())].count("\t")), None
    )
    if tab is not None and (source.lstrip(" ").startswith("\t") or "\\t" in str(error.problem)):
        return Problem(name, line(tab + offset), "a tab indents the line; YAML wants spaces")
    # A mark left open ends at the next one, lines below, where the parser wonders.
    opened = next((index for index, row in enumerate(rows[:number], 1) if row.count('"') % 2), None)
    if opened is not None and opened < number:
        return Problem(
            name, line(opened + offset), f"a quotation mark is not closed: {rows[opened - 1].strip()[:60]!r}"
        )
    return Problem(name, line(number + offset), f"{error.problem or error}: {source.strip()[:60]!r}")
