"""The outcome of an evaluation as one frozen value: what the report shows and the gate decides on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from evals.datasets import Problem
from evals.figures import Figure, Scored, category_of, figures_of, owner_of, sliced_figures
from evals.judging.calibration import Judged, judged_of
from evals.spending import Prices, Spending, spending_of
from evals.stats import percentile


class Latency(BaseModel):
    """Milliseconds of one look, as measured when the case was observed."""

    model_config = ConfigDict(frozen=True)

    n: int
    p50: float | None
    p95: float | None


class CaseResult(BaseModel):
    """One case as machines read it. `why` has one line for each harm, in the same order."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    set: str
    client: str = "-"
    lang: str = ""
    category: str = ""
    harms: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    answer: Any = None

    @property
    def key(self) -> str:
        """Identity between two reports."""
        return f"{self.set}/{self.id}"


class Summary(BaseModel):
    """`report.json`. `figures` are identical between runs of the same inputs; `latency_ms` is measured."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    product: str = ""
    knowledge: Mapping[str, str] = {}
    figures: Mapping[str, Figure]
    slices: Mapping[str, Mapping[str, Mapping[str, Figure]]] = {}
    latency_ms: Mapping[str, Latency] = {}
    tokens: Mapping[str, int] = {}
    spending: Spending = Spending()
    judged: Judged | None = None
    modes: Mapping[str, int] = {}
    degraded: Mapping[str, int] = {}
    problems: tuple[str, ...] = ()
    cases: tuple[CaseResult, ...]


class BaselineError(Exception):
    """The baseline file is no report."""


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that was scored, with what could not be read."""

    scored: tuple[Scored, ...]
    problems: tuple[Problem, ...]
    product: str
    knowledge: Mapping[str, str]
    prices: Prices | None = None
    judge: str | None = None


def case_result(item: Scored) -> CaseResult:
    """Return the case as machines read it."""
    answer = item.observation.answer
    found = {"found": list(item.observation.found)} if item.observation.found else None
    first_of_each = {mark.figure: mark for mark in reversed(item.harms)}
    harms = sorted(first_of_each)
    whys = {name: "; ".join(m.why for m in item.harms if m.figure == name and m.why) for name in harms}
    return CaseResult(
        id=item.case.id,
        set=item.case.set,
        client=owner_of(item.case),
        lang=item.case.lang,
        category=category_of(item.case),
        harms=tuple(harms),
        why=tuple(whys[name] for name in harms),
        traits=item.traits,
        answer=answer.model_dump(mode="json") if answer else found,
    )


def _latency(scored: Sequence[Scored]) -> dict[str, Latency]:
    times: dict[str, list[float]] = {}
    for item in scored:
        looks = [look.elapsed_ms for look in item.observation.looks] or [item.observation.elapsed_ms]
        times.setdefault(item.case.set, []).extend(looks)
        times.setdefault("all", []).extend(looks)
    return {
        name: Latency(n=len(values), p50=percentile(values, 0.5), p95=percentile(values, 0.95))
        for name, values in sorted(times.items())
    }


def _counts(values: Sequence[str]) -> dict[str, int]:
    return {value: values.count(value) for value in sorted(set(values))}


def summary_of(results: Results) -> Summary:
    """Return the report for machines."""
    answers = [look.answer for item in results.scored for look in item.observation.looks]
    spending = spending_of(results.scored, results.prices)
    return Summary(
        product=results.product,
        knowledge=results.knowledge,
        figures=figures_of(mark for item in results.scored for mark in item.marks),
        slices=sliced_figures(results.scored),
        latency_ms=_latency(results.scored),
        tokens={"in": spending.tokens_in, "out": spending.tokens_out} if spending.rows else {},
        spending=spending,
        judged=judged_of(results.judge, results.scored) if results.judge else None,
        modes=_counts([answer.mode for answer in answers]),
        degraded=_counts([layer for answer in answers for layer in answer.degraded]),
        problems=tuple(str(problem) for problem in results.problems),
        cases=tuple(case_result(item) for item in results.scored),
    )


def read_summary(path: Path) -> Summary:
    """Return a report written earlier; raises BaselineError when it is none."""
    try:
        return Summary.model_validate(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise BaselineError(f"{path} is no report.json: {str(error).splitlines()[0]}") from error
