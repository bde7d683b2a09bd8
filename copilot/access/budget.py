"""How many tokens a model may use up in a day for one caller and for one client. Days are those of UTC.

Whoever calls a model asks `wait` before and tells `spend` afterwards; the caller is taken from the context
(`spending_as`), so that no step between the door and the model has to carry it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from copilot.store.schema import token_spending as table
from knowledge.store.engine import reading, writing

BACKGROUND = "live"  # nobody's call: suggestions that follow a turn
_CALLER_CHARACTERS = 128
_caller: ContextVar[str] = ContextVar("spending_caller", default=BACKGROUND)


@contextmanager
def spending_as(caller: str) -> Iterator[None]:
    """Count what is spent in this context for `caller`."""
    token = _caller.set(caller[:_CALLER_CHARACTERS])
    try:
        yield
    finally:
        _caller.reset(token)


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """The daily limits; None is no limit. Counted in the database, so for all processes together."""

    engine: Engine
    per_caller: int | None = None
    per_client: int | None = None

    def wait(self, client_id: str, now: datetime | None = None) -> int | None:
        """Return the seconds until tokens may be used again; None where they may be used now."""
        if self.per_caller is None and self.per_client is None:
            return None
        moment = now or datetime.now(UTC)
        with reading(self.engine) as connection:
            over = self._caller_is_over(connection, moment.date()) or (
                self.per_client is not None
                and _spent(connection, moment.date(), table.c.client_id == client_id) >= self.per_client
            )
        return _until_tomorrow(moment) if over else None

    def _caller_is_over(self, connection: Connection, day: date) -> bool:
        """What nobody called for is limited by its client alone."""
        caller = _caller.get()
        if self.per_caller is None or caller == BACKGROUND:
            return False
        return _spent(connection, day, table.c.caller == caller) >= self.per_caller

    def spend(self, client_id: str, tokens: int, now: datetime | None = None) -> None:
        """Count tokens that were used."""
        day = (now or datetime.now(UTC)).date()
        with writing(self.engine) as connection:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            new = insert(table).values(client_id=client_id, caller=_caller.get(), day=day, tokens=tokens)
            connection.execute(
                new.on_conflict_do_update(
                    index_elements=list(table.primary_key.columns),
                    set_={"tokens": table.c.tokens + new.excluded.tokens},
                )
            )

    def forget_before(self, day: date) -> int:
        """Delete the counts of days before `day`; return how many."""
        with writing(self.engine) as connection:
            return int(connection.execute(delete(table).where(table.c.day < day)).rowcount)


def _spent(connection: Connection, day: date, whose: ColumnElement[bool]) -> int:
    query = select(func.coalesce(func.sum(table.c.tokens), 0)).where(table.c.day == day, whose)
    return int(connection.execute(query).scalar_one())


def _until_tomorrow(now: datetime) -> int:
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return max(1, ceil((midnight - now).total_seconds()))
