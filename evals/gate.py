"""A gate says which figures must hold before something goes live.

```yaml
figures:                     # over everything
  missed_emergency: {max: 0.01}
  article_in_three: {min: 0.95, optional: true}   # not measured is no failure
slices:                      # over every value of a dimension: client, lang, category, set
  client: {other_clients_rule: {max: 0}}
broken:                      # against --baseline: newly harmed cases allowed
  missed_emergency: 0
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from evals.comparison import Comparison
from evals.figures import Figure, meanings
from evals.results import Summary

_MOST_NAMED = 5  # cases in one line; the report links to all of them


class GateError(Exception):
    """The gate file cannot be used."""


class Bound(BaseModel):
    """What a figure may at most or must at least be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max: float | None = None
    min: float | None = None
    optional: bool = False


class Gate(BaseModel):
    """`gate.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    figures: Mapping[str, Bound] = {}
    slices: Mapping[str, Mapping[str, Bound]] = {}
    broken: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Failure:
    """One bound that does not hold, with the cases that did the harm."""

    figure: str
    where: str
    cause: str
    cases: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return one line for the terminal."""
        meaning = meanings().get(self.figure)
        title = meaning.title if meaning else self.figure
        named, more = ", ".join(self.cases[:_MOST_NAMED]), len(self.cases) - _MOST_NAMED
        shown = named + (f" and {more} more" if more > 0 else "")
        return f"{title}{f' ({self.where})' if self.where else ''}: {self.cause}" + (
            f": {shown}" if shown else ""
        )


def read_gate(path: Path) -> Gate:
    """Return the gate; raises GateError with the file and the cause."""
    try:
        gate = Gate.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise GateError(f"{path}: {str(error).splitlines()[0]}") from error
    named = {*gate.figures, *gate.broken, *(name for bounds in gate.slices.values() for name in bounds)}
    unknown = sorted(named - meanings().keys())
    if unknown:
        raise GateError(f"{path}: unknown figures {', '.join(unknown)}; see evals/figures.yaml")
    return gate


def _harm_behind(figure: str) -> str:
    meaning = meanings()[figure]
    return meaning.complement_of or meaning.same_as or figure


def _harmed(summary: Summary, figure: str, dimension: str = "", value: str = "") -> tuple[str, ...]:
    harm = _harm_behind(figure)
    return tuple(
        case.key
        for case in summary.cases
        if harm in case.harms and (not dimension or getattr(case, dimension) == value)
    )


def _cause(bound: Bound, figure: Figure | None) -> str | None:
    """Why the bound does not hold, None when it does."""
    if figure is None:
        return None if bound.optional else "was not measured"
    if bound.max is not None and figure.value > bound.max:
        return f"{figure.value:.4f} is above {bound.max:g} (n={figure.n})"
    if bound.min is not None and figure.value < bound.min:
        return f"{figure.value:.4f} is below {bound.min:g} (n={figure.n})"
    return None


def _over_all(gate: Gate, summary: Summary) -> Iterator[Failure]:
    for name, bound in gate.figures.items():
        cause = _cause(bound, summary.figures.get(name))
        if cause is not None:
            yield Failure(name, "", cause, _harmed(summary, name))


def _over_slices(gate: Gate, summary: Summary) -> Iterator[Failure]:
    for dimension, bounds in gate.slices.items():
        for value, figures in summary.slices.get(dimension, {}).items():
            for name, bound in bounds.items():
                cause = _cause(bound, figures[name]) if name in figures else None
                if cause is not None:
                    yield Failure(
                        name, f"{dimension} {value}", cause, _harmed(summary, name, dimension, value)
                    )


def _over_changes(gate: Gate, comparison: Comparison | None) -> Iterator[Failure]:
    for change in comparison.harms if comparison else ():
        allowed = gate.broken.get(change.figure)
        if allowed is not None and len(change.broken) > allowed:
            cause = f"{len(change.broken)} cases newly harmed, {allowed} allowed (p={change.p:.3g})"
            yield Failure(change.figure, "against the baseline", cause, change.broken)


def _weight(failure: Failure) -> tuple[float, int, str, str]:
    severity = meanings()[_harm_behind(failure.figure)].severity
    return -severity, -len(failure.cases), failure.figure, failure.where


def failures(gate: Gate, summary: Summary, comparison: Comparison | None) -> tuple[Failure, ...]:
    """Return every bound that does not hold, most severe harm first."""
    found = [*_over_all(gate, summary), *_over_slices(gate, summary), *_over_changes(gate, comparison)]
    return tuple(sorted(found, key=_weight))
