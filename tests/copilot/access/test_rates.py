"""Calls are counted in the last sixty seconds, by all workers together."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.access.rates import RateLimits, Rates, seconds_to_wait


class Clock:
    def __init__(self) -> None:
        self.now = 6_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def rates(clock: Clock, file: Path | None = None, **limits: int) -> Rates:
    return Rates(RateLimits(**limits), file, clock)


def test_one_call_too_many_waits_until_it_fits(clock: Clock) -> None:
    counted = rates(clock, per_caller=3)
    assert [counted.caller_wait("a") for _ in range(3)] == [None] * 3
    wait = counted.caller_wait("a")
    assert wait is not None
    clock.now += wait - 1
    assert counted.caller_wait("a") is not None
    clock.now += 1
    assert counted.caller_wait("a") is None
    counted.close()


@settings(deadline=None, max_examples=30)  # each example opens a file
@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ab")), max_size=40),
    st.integers(1, 6),
)
def test_one_process_counts_in_memory_as_several_do_in_a_file(
    calls: list[tuple[int, str]], limit: int
) -> None:
    clock = Clock()
    with TemporaryDirectory() as folder:
        alone, together = rates(clock), rates(clock, Path(folder) / "rates.sqlite3")
        for pause, caller in calls:
            clock.now += pause
            assert alone.caller_wait(caller, limit) == together.caller_wait(caller, limit)
        alone.close()
        together.close()


def test_callers_and_clients_are_counted_apart(clock: Clock) -> None:
    counted = rates(clock, per_caller=1, per_client=1, per_webhook=1)
    assert counted.caller_wait("x") is None
    assert counted.caller_wait("y") is None
    assert counted.client_wait("x") is None
    assert counted.webhook_wait("x") is None
    assert counted.caller_wait("x") is not None
    assert counted.caller_wait("x", own_limit=5) is None
    counted.close()


@given(st.lists(st.tuples(st.integers(941, 1000), st.integers(1, 9)), max_size=30), st.integers(1, 40))
def test_after_the_wait_a_call_fits_and_not_before(seconds: list[tuple[int, int]], limit: int) -> None:
    counts = sorted(dict(seconds).items())
    wait = seconds_to_wait(counts, 1000, limit)
    if wait is None:
        return

    def at(moment: int) -> int | None:
        return seconds_to_wait([item for item in counts if item[0] > moment - 60], moment, limit)

    assert 1 <= wait <= 60
    assert at(1000 + wait) is None
    assert at(1000 + wait - 1) is not None


def _calls(file: str, count: int, passed: object) -> None:
    counted = Rates(RateLimits(per_caller=50), Path(file), lambda: 6_000.0)
    allowed = sum(counted.caller_wait("one key") is None for _ in range(count))
    passed.put(allowed)  # type: ignore[attr-defined]


def test_workers_share_one_count(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    passed = context.Queue()
    workers = [
        context.Process(target=_calls, args=(str(tmp_path / "rates.sqlite3"), 40, passed)) for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    total = sum(passed.get(timeout=60) for _ in workers)
    for worker in workers:
        worker.join(60)
    assert total == 50


def test_what_cannot_be_counted_is_let_through(clock: Clock, tmp_path: Path) -> None:
    counted = rates(clock, tmp_path / "rates.sqlite3", per_caller=1)
    counted.close()
    assert counted.caller_wait("a") is None
    assert counted.caller_wait("a") is None
