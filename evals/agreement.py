"""How far two markers agree: Cohen's kappa for each field that both marked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.stats import cohen_kappa

Line = Mapping[str, Any]


class AgreementError(Exception):
    """A file of marks cannot be read, or the two have no case in common."""


@dataclass(frozen=True, slots=True)
class FieldAgreement:
    """One field over the cases that both marked."""

    name: str
    n: int
    agreed: int
    kappa: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Every field, and each disagreement as one line."""

    fields: tuple[FieldAgreement, ...]
    disagreements: tuple[str, ...]


def _first_relevant(line: Line) -> str | None:
    relevant = line.get("relevant")
    return str(relevant[0]) if relevant else None


def _severity(line: Line) -> str | None:
    mark = line.get("mark")
    return mark.get("severity") if isinstance(mark, dict) else None


# `label`, `level` and `promise` make the same command useful for the other kinds of data sets.
_FIELDS: tuple[tuple[str, Callable[[Line], Any]], ...] = (
    ("kind", lambda line: line.get("kind")),
    ("relevant (first)", _first_relevant),
    ("authority", lambda line: line.get("authority")),
    ("severity", _severity),
    ("label", lambda line: line.get("label")),
    ("level", lambda line: line.get("level")),
    ("promise", lambda line: line.get("promise")),
)


def _lines(path: Path) -> dict[str, Line]:
    try:
        lines = [json.loads(line) for line in path.read_text("utf-8-sig").split("\n") if line.strip()]
    except (OSError, ValueError) as error:
        raise AgreementError(f"{path}: {error}") from error
    return {str(line["id"]): line for line in lines if isinstance(line, dict) and "id" in line}


def _field(name: str, read: Callable[[Line], Any], pairs: Mapping[str, tuple[Line, Line]]) -> FieldAgreement:
    both = [
        (str(a), str(b))
        for a, b in ((read(x), read(y)) for x, y in pairs.values())
        if a is not None and b is not None
    ]
    first, second = [a for a, _ in both], [b for _, b in both]
    return FieldAgreement(name, len(both), sum(a == b for a, b in both), cohen_kappa(first, second))


def agreement(first: Path, second: Path) -> Agreement:
    """Return the agreement of two files of marks; raises AgreementError when nothing can be compared."""
    one, other = _lines(first), _lines(second)
    pairs = {key: (one[key], other[key]) for key in sorted(one.keys() & other.keys())}
    if not pairs:
        raise AgreementError(f"{first} and {second} have no case in common")
    fields = [_field(name, read, pairs) for name, read in _FIELDS]
    disagreements = [
        f"{key}: {name}: {read(x)} / {read(y)}"
        for key, (x, y) in pairs.items()
        for name, read in _FIELDS
        if read(x) is not None and read(y) is not None and read(x) != read(y)
    ]
    return Agreement(tuple(field for field in fields if field.n), tuple(disagreements))
