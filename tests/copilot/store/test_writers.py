"""Many writers wait for each other; none is told that the database is locked."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from copilot.access.budget import TokenBudget, table
from copilot.store.migrating import open_schema
from knowledge.store.engine import open_engine, reading

WRITERS = 50
# 200 each is the aim (COPILOT_TEST_TRANSACTIONS=200); fewer show the same on a busy machine.
TRANSACTIONS = int(os.environ.get("COPILOT_TEST_TRANSACTIONS", "20"))


def test_fifty_writers_lose_nothing_and_are_never_locked_out(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'busy.sqlite3'}")
    open_schema(engine)
    budget = TokenBudget(engine)
    failures: list[SQLAlchemyError] = []

    def write() -> None:
        for _ in range(TRANSACTIONS):
            try:
                budget.spend("lulu", 1)
            except SQLAlchemyError as error:
                failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    with reading(engine) as connection:
        assert connection.execute(select(func.sum(table.c.tokens))).scalar() == WRITERS * TRANSACTIONS
    engine.dispose()
