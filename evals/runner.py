"""An evaluation from paths to a report: read, house, work, score, compare, gate, write."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evals.cases import Case
from evals.comparison import Comparison, compare
from evals.datasets import Problem, read_collection
from evals.diagnosis import diagnose
from evals.figures import Scored
from evals.gate import Failure, Gate, failures, read_gate
from evals.journal import Journal, job_key
from evals.observation import Observation, client_of
from evals.product import Product, World
from evals.reporting import Report, write_report
from evals.results import Results, Summary, read_summary, summary_of
from evals.scorers import Seen, marks_of
from evals.working import Job, work
from evals.worlds import Housed, WhatIf, house
from knowledge.model import ClientKnowledge

Progress = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class Options:
    """How an evaluation runs. `work_dir` keeps imported knowledge and the journal between runs."""

    work_dir: Path
    workers: int = 2
    baseline: Path | None = None
    gate: Path | None = None
    what_if: WhatIf = field(default_factory=WhatIf)


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


def score(case: Case, observation: Observation, knowledge: Mapping[str, ClientKnowledge]) -> Scored:
    """Return the case with every mark it gets."""
    client = client_of(case)
    own = knowledge.get(client) if client else None
    others = {name: known for name, known in knowledge.items() if name != client}
    return Scored(case, observation, tuple(marks_of(Seen(case, observation, own, others))))


def _scored(
    jobs: Sequence[Job], observations: Mapping[str, Observation], prepared: Mapping[str, _Prepared]
) -> tuple[Scored, ...]:
    return tuple(score(job.case, observations[job.key], prepared[job.world.name].knowledge) for job in jobs)


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


def gather(
    paths: Sequence[Path], product: Product, options: Options, progress: Progress = _silent
) -> Gathered:
    """Put every case at `paths` through the product; raises DataSetError when a path cannot be used."""
    collection = read_collection(paths)
    housed = house(collection, options.work_dir, options.what_if)
    prepared = _prepared(housed, product)
    identity = product.identity()
    jobs = tuple(_jobs(housed, prepared, identity))
    with Journal(options.work_dir / "observations.jsonl") as journal:
        observations = work(jobs, product, journal, options.workers, progress)
    shutil.rmtree(options.work_dir / "what-if", ignore_errors=True)
    problems = (*collection.problems, *(problem for item in housed for problem in item.problems))
    return Gathered(jobs, observations, prepared, problems, identity)


def conclude(gathered: Gathered, report_dir: Path, baseline: Summary | None, gate: Gate | None) -> Outcome:
    """Score what was observed, write the report into `report_dir` and return what was found."""
    scored = _scored(gathered.jobs, gathered.observations, gathered.prepared)
    versions = {name: item.version for name, item in sorted(gathered.prepared.items())}
    summary = summary_of(Results(scored, gathered.problems, gathered.product, versions))
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
    return conclude(gather(paths, product, options, progress), report_dir, baseline, gate)
