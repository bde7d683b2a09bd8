"""Puts cases through the product, in this process or in several, and writes each result down at once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context

from evals.cases import Case
from evals.journal import Journal
from evals.observation import Assistant, Observation, observe
from evals.product import Product, World

_ORPHAN_CHECK_SECONDS = 1.0
_IN_FLIGHT_PER_WORKER = 2


@dataclass(frozen=True, slots=True)
class Job:
    """One case to be observed in one world."""

    key: str
    case: Case
    world: World


def observed(case: Case, assistant: Assistant) -> Observation:
    """Return the observation; an error of the product is a finding about the case, not the end of the run."""
    try:
        return observe(case, assistant)
    except Exception as error:  # noqa: BLE001 - whatever the product throws is what is being measured
        return Observation(failure=f"{type(error).__name__}: {error}")


class _Desk:
    """The worlds that this process has opened."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._open: dict[str, Assistant] = {}

    def work(self, job: Job) -> Observation:
        if job.world.name not in self._open:
            self._open[job.world.name] = self._product.open(job.world)
        return observed(job.case, self._open[job.world.name])


def _leave_with(parent: int) -> None:
    """End this worker when its parent has been killed: nobody would ever read its results."""
    while os.getppid() == parent:
        time.sleep(_ORPHAN_CHECK_SECONDS)
    os._exit(1)


_DESKS: list[_Desk] = []  # one in a worker process, none elsewhere


def _begin(product: Product) -> None:
    """Set up a worker process, which serves one product only."""
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    _DESKS.append(_Desk(product))


def _work(job: Job) -> Observation:
    return _DESKS[0].work(job)


def _in_processes(jobs: Sequence[Job], product: Product, workers: int) -> Iterator[tuple[Job, Observation]]:
    # One thread of arithmetic a process: more threads than free cores make embedding several times slower.
    os.environ["OMP_NUM_THREADS"] = "1"
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(product,)) as pool:
        waiting = iter(jobs)
        running: dict[Future[Observation], Job] = {}
        for job in waiting:
            running[pool.submit(_work, job)] = job
            if len(running) < workers * _IN_FLIGHT_PER_WORKER:
                continue
            yield from _finished(running)
        while running:
            yield from _finished(running)


def _finished(running: dict[Future[Observation], Job]) -> Iterator[tuple[Job, Observation]]:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        yield running.pop(future), future.result()


def _in_this_process(jobs: Sequence[Job], product: Product) -> Iterator[tuple[Job, Observation]]:
    desk = _Desk(product)
    for job in jobs:
        yield job, desk.work(job)


def work(
    jobs: Sequence[Job],
    product: Product,
    journal: Journal,
    workers: int,
    progress: Callable[[int, int], None],
) -> Mapping[str, Observation]:
    """Return an observation for every job's key; only what the journal does not know is worked on.

    `progress(done, total)` is called after each job. With fewer than two workers all happens here.
    """
    open_jobs = list({job.key: job for job in jobs if job.key not in journal.known}.values())
    done = len({job.key for job in jobs}) - len(open_jobs)
    total = done + len(open_jobs)
    progress(done, total)
    several = workers > 1 and len(open_jobs) > workers
    results = _in_processes(open_jobs, product, workers) if several else _in_this_process(open_jobs, product)
    for job, observation in results:
        journal.add(job.key, observation)
        done += 1
        progress(done, total)
    return journal.known
