"""A key and a client may use up so many model tokens in a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from copilot.access.budget import TokenBudget, spending_as
from copilot.store.migrating import upgrade
from knowledge.store.engine import reaching

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def engine(fresh_engine: Engine) -> Iterator[Engine]:
    upgrade(fresh_engine)
    with reaching(None):
        yield fresh_engine


def test_without_limits_nobody_waits(engine: Engine) -> None:
    budget = TokenBudget(engine)
    budget.spend("lulu", 10**9, NOON)
    assert budget.wait("lulu", NOON) is None


def test_a_client_waits_for_the_next_day(engine: Engine) -> None:
    budget = TokenBudget(engine, per_client=100)
    for caller in ("key:a", "key:b"):
        with spending_as(caller):
            budget.spend("lulu", 50, NOON)
    assert budget.wait("lulu", NOON) == 12 * 3600
    assert budget.wait("xianda", NOON) is None
    assert budget.wait("lulu", NOON + timedelta(days=1)) is None


def test_a_key_is_limited_over_all_its_clients(engine: Engine) -> None:
    budget = TokenBudget(engine, per_caller=100)
    with spending_as("key:a"):
        budget.spend("lulu", 60, NOON)
        assert budget.wait("xianda", NOON) is None
        budget.spend("xianda", 60, NOON)
        assert budget.wait("lulu", NOON) is not None
    with spending_as("key:b"):
        assert budget.wait("lulu", NOON) is None


def test_what_nobody_called_for_counts_for_its_client_alone(engine: Engine) -> None:
    budget = TokenBudget(engine, per_caller=100, per_client=1000)
    budget.spend("lulu", 500, NOON)
    assert budget.wait("xianda", NOON) is None
    assert budget.wait("lulu", NOON) is None
    budget.spend("lulu", 500, NOON)
    assert budget.wait("lulu", NOON) is not None


def test_a_reservation_is_given_back_and_old_days_are_forgotten(engine: Engine) -> None:
    budget = TokenBudget(engine, per_client=100)
    budget.spend("lulu", 100, NOON)
    budget.spend("lulu", -40, NOON)
    assert budget.wait("lulu", NOON) is None
    assert budget.forget_before(NOON.date()) == 0
    assert budget.forget_before(NOON.date() + timedelta(days=1)) == 1
