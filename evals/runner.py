"""An evaluation from paths to a report: read, house, work, score, compare, gate, write."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from evals.cases import Case
from evals.comparison import Comparison, compare
from evals.datasets import Problem, read_collection
from evals.diagnosis import diagnose
from evals.figures import Scored
from evals.gate import Failure, Gate, failures, read_gate
from evals.journal import Journal, forget_others, job_key
from evals.judging.judge import Judge, opinions
from evals.judging.opinion import Opinion
from evals.observation import Observation, client_of
from evals.product import Product, World
from evals.reporting import Report, write_report
from evals.results import Results, Summary, read_summary, summary_of
from evals.scorers import Seen, marks_of
from evals.spending import Prices
from evals.working import Job, work
from evals.worlds import Housed, WhatIf, house
from knowledge.model import ClientKnowledge

Progress = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an evaluation runs. `work_dir` keeps imported knowledge and the journal between runs.

    `judge` gives a second opinion; `prices` turn tokens into money.
    """

    work_dir: Path
    workers: int = 2
    baseline: Path | None = None
    gate: Path | None = None
    what_if: WhatIf = field(default_factory=WhatIf)
    judge: Judge | None = None
    prices: Prices | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an evaluation found; `passed` is false when a gate failed."""

    summary: Summary
    comparison: Comparison | None
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        """Whether every bound of the gate holds (or there was none)."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class _Prepared:
    world: World
    version: str
    knowledge: Mapping[str, ClientKnowledge]


def _prepared(housed: Sequence[Housed], product: Product) -> dict[str, _Prepared]:
    worlds = {item.world.name: item.world for item in housed}
    return {
        name: _Prepared(world, product.prepare(world), product.knowledge(world))
        for name, world in worlds.items()
    }


def _jobs(housed: Sequence[Housed], prepared: Mapping[str, _Prepared], product: str) -> list[Job]:
    return [
        Job(job_key(case, prepared[item.world.name].version, product), case, item.world)
        for item in housed
        for case in item.data_set.cases
    ]


def _seen(
    case: Case,
    observation: Observation,
    knowledge: Mapping[str, ClientKnowledge],
    opinion: Opinion | None = None,
) -> Seen:
    client = client_of(case)
    own = knowledge.get(client) if client else None
    others = {name: known for name, known in knowledge.items() if name != client}
    return Seen(case, observation, own, others, opinion)


def score(
    case: Case,
    observation: Observation,
    knowledge: Mapping[str, ClientKnowledge],
    opinion: Opinion | None = None,
) -> Scored:
    """Return the case with every mark it gets."""
    seen = _seen(case, observation, knowledge, opinion)
    return Scored(case, observation, tuple(marks_of(seen)), opinion)


def _all_knowledge(prepared: Mapping[str, _Prepared]) -> dict[str, ClientKnowledge]:
    return {client: known for item in prepared.values() for client, known in item.knowledge.items()}


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything observed, before anything is judged. `knowledge` is that of the unchanged product."""

    jobs: tuple[Job, ...]
    observations: Mapping[str, Observation]
    prepared: Mapping[str, _Prepared]
    problems: tuple[Problem, ...]
    product: str

    def scored(self, judge: Judge | None = None) -> tuple[Scored, ...]:
        """Return every case with its marks; a judge is asked one case after the other."""
        seen = (
            (job.key, _seen(job.case, self.observations[job.key], self._knowledge(job))) for job in self.jobs
        )
        thought = opinions(judge, seen) if judge is not None else {}
        return tuple(
            score(job.case, self.observations[job.key], self._knowledge(job), thought.get(job.key))
            for job in self.jobs
        )

    def _knowledge(self, job: Job) -> Mapping[str, ClientKnowledge]:
        return self.prepared[job.world.name].knowledge


def gather(
    paths: Sequence[Path], product: Product, options: Options, progress: Progress = _silent
) -> Gathered:
    """Put every case at `paths` through the product; raises DataSetError when a path cannot be used."""
    collection = read_collection(paths)
    housed = house(collection, options.work_dir, options.what_if)
    gathered = gather_housed(housed, product, options, progress)
    shutil.rmtree(options.work_dir / "what-if", ignore_errors=True)
    return replace(gathered, problems=(*collection.problems, *gathered.problems))


def gather_housed(
    housed: Sequence[Housed],
    product: Product,
    options: Options,
    progress: Progress = _silent,
    *,
    forget: bool = False,
) -> Gathered:
    """Put every case of these sets through the product; `forget` drops observations of other cases."""
    prepared = _prepared(housed, product)
    identity = product.identity()
    jobs = tuple(_jobs(housed, prepared, identity))
    path = options.work_dir / "observations.jsonl"
    if forget:
        forget_others(path, frozenset(job.key for job in jobs))
    with Journal(path) as journal:
        observations = work(jobs, product, journal, options.workers, progress)
    problems = tuple(problem for item in housed for problem in item.problems)
    return Gathered(jobs, observations, prepared, problems, identity)


@dataclass(frozen=True, slots=True)
class Measures:
    """What observations are held against, beside the labels of the cases."""

    baseline: Summary | None = None
    gate: Gate | None = None
    judge: Judge | None = None
    prices: Prices | None = None


def conclude(gathered: Gathered, report_dir: Path, measures: Measures) -> Outcome:
    """Score what was observed, write the report into `report_dir` and return what was found."""
    baseline, gate, judge = measures.baseline, measures.gate, measures.judge
    scored = gathered.scored(judge)
    versions = {name: item.version for name, item in sorted(gathered.prepared.items())}
    named = judge.name if judge is not None else None
    summary = summary_of(
        Results(scored, gathered.problems, gathered.product, versions, measures.prices, named)
    )
    comparison = compare(baseline, summary) if baseline else None
    failed = failures(gate, summary, comparison) if gate else ()
    diagnoses = diagnose(scored, _all_knowledge(gathered.prepared))
    write_report(Report(summary, scored, diagnoses, comparison, failed, gate is not None), report_dir)
    return Outcome(summary, comparison, failed)


def evaluate(
    paths: Sequence[Path], report_dir: Path, product: Product, options: Options, progress: Progress = _silent
) -> Outcome:
    """Evaluate the data sets at `paths`, write the report into `report_dir` and return what was found.

    Raises DataSetError, GateError or BaselineError before any work when an input cannot be used.
    """
    gate = read_gate(options.gate) if options.gate else None
    baseline = read_summary(options.baseline) if options.baseline else None
    measures = Measures(baseline, gate, options.judge, options.prices)
    return conclude(gather(paths, product, options, progress), report_dir, measures)
