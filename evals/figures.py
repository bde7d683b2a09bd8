"""Marks become figures: a share, the number of observations, and a 95% Wilson interval."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal, assert_never

import yaml
from pydantic import BaseModel, ConfigDict

from evals.cases import (
    Case,
    ConversationCase,
    EmergencyCase,
    PromiseCase,
    RecordedCase,
    RetrievalCase,
    StockCase,
)
from evals.judging.opinion import Opinion
from evals.observation import Observation
from evals.scorers.mark import Mark
from evals.stats import Interval, f1_of_jaccard, wilson

Better = Literal["low", "high", "neither"]
DIMENSIONS = ("client", "lang", "category", "set")


class Figure(BaseModel):
    """A share 0..1 over `n` observations with its 95% interval."""

    model_config = ConfigDict(frozen=True)

    value: float
    n: int
    low: float
    high: float


class Meaning(BaseModel):
    """What a figure says, and what to do about it (`figures.yaml`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    better: Better
    title: str
    means: str = ""
    severity: float = 0.0
    change: str = ""
    explains: tuple[str, ...] = ()
    complement_of: str | None = None
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """One case with what was said and every mark it got."""

    case: Case
    observation: Observation
    marks: tuple[Mark, ...]
    opinion: Opinion | None = None

    @property
    def harms(self) -> tuple[Mark, ...]:
        """The marks of harms that were done."""
        known = meanings()
        return tuple(m for m in self.marks if m.value > 0 and known[m.figure].better == "low")

    @property
    def roots(self) -> tuple[Mark, ...]:
        """The harms that no other harm of the case explains."""
        done = {mark.figure for mark in self.harms}
        explained = {name for cause in done for name in meanings()[cause].explains}
        everything = "*" in explained
        return tuple(
            m
            for m in self.harms
            if m.figure not in explained and not (everything and "*" not in meanings()[m.figure].explains)
        )

    @property
    def traits(self) -> tuple[str, ...]:
        """What happened to the case that is neither good nor bad."""
        known = meanings()
        return tuple(m.figure for m in self.marks if m.value > 0 and known[m.figure].better == "neither")


@lru_cache(maxsize=1)
def meanings() -> Mapping[str, Meaning]:
    """Return every figure's meaning by name."""
    raw = yaml.safe_load((files("evals") / "figures.yaml").read_text("utf-8"))
    return {name: Meaning.model_validate(value) for name, value in raw.items()}


def _figure(value: float, n: int, interval: Interval) -> Figure:
    return Figure(value=round(value, 6), n=n, low=round(interval.low, 6), high=round(interval.high, 6))


def _mean(values: list[float]) -> Figure:
    value = sum(values) / len(values)
    return _figure(value, len(values), wilson(value, len(values)))


def _promise_f1(values: Mapping[str, list[float]]) -> Iterator[tuple[str, Figure]]:
    """F1 over tp, fp and fn; nothing without a true promise."""
    if not values.get("missed_promise"):
        return
    missed, invented = sum(values["missed_promise"]), sum(values.get("invented_promise", []))
    found = len(values["missed_promise"]) - missed
    n = int(found + missed + invented)
    jaccard = found / n
    interval = wilson(jaccard, n)
    carried = Interval(f1_of_jaccard(interval.low), f1_of_jaccard(interval.high))
    yield "promise_f1", _figure(f1_of_jaccard(jaccard), n, carried)


def _complement(figure: Figure) -> Figure:
    turned = {"value": 1 - figure.value, "low": 1 - figure.high, "high": 1 - figure.low}
    return Figure(n=figure.n, **{name: round(value, 6) for name, value in turned.items()})


def figures_of(marks: Iterable[Mark]) -> dict[str, Figure]:
    """Return each figure that has at least one observation, in the order of `figures.yaml`."""
    values: dict[str, list[float]] = defaultdict(list)
    for mark in marks:
        values[mark.figure].append(mark.value)
    known = {name: _mean(found) for name, found in values.items()} | dict(_promise_f1(values))
    for name, meaning in meanings().items():
        if meaning.complement_of in known:
            known[name] = _complement(known[meaning.complement_of])
        elif meaning.same_as in known:
            known[name] = known[meaning.same_as]
    return {name: known[name] for name in meanings() if name in known}


def category_of(case: Case) -> str:
    """Return the category by which a case is grouped."""
    match case:
        case EmergencyCase():
            return case.category or case.level
        case ConversationCase():
            return case.kind
        case StockCase():
            return case.label
        case PromiseCase():
            return "promise" if case.promise else "no promise"
        case RetrievalCase():
            return "retrieval"
        case RecordedCase():
            return "recorded"
        case _:
            assert_never(case)


def owner_of(case: Case) -> str:
    """Return the client that a case counts for, `-` when it belongs to none."""
    match case:
        case ConversationCase() | RecordedCase():
            return case.client
        case EmergencyCase():
            return case.client or "-"
        case StockCase() | PromiseCase() | RetrievalCase():
            return "-"
        case _:
            assert_never(case)


def slice_of(case: Case, dimension: str) -> str:
    """Return the value of the case in one of DIMENSIONS."""
    match dimension:
        case "client":
            return owner_of(case)
        case "lang":
            return case.lang
        case "category":
            return category_of(case)
        case _:
            return case.set


def sliced_figures(scored: Iterable[Scored]) -> dict[str, dict[str, dict[str, Figure]]]:
    """Return dimension → value → figures."""
    marks: dict[str, dict[str, list[Mark]]] = {name: defaultdict(list) for name in DIMENSIONS}
    for item in scored:
        for dimension in DIMENSIONS:
            marks[dimension][slice_of(item.case, dimension)].extend(item.marks)
    return {
        dimension: {value: figures_of(found) for value, found in sorted(groups.items())}
        for dimension, groups in marks.items()
    }
