"""The ledger in the database: one row a call, and the day's tokens counted for all processes together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, insert, update

from copilot.access.budget import TokenBudget
from copilot.models.chat import ModelError
from copilot.models.ledger import Entry
from copilot.store.model_calls import model_calls as table
from knowledge.store.engine import writing


@dataclass(frozen=True, slots=True)
class SqlLedger:
    """Rows hold no words: client, purpose, model, prompt version, tokens, times, outcome."""

    engine: Engine
    budget: TokenBudget
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def reserve(self, entry: Entry) -> int:
        """Keep a call that begins, return its number. Raise ModelError(budget) where the day's are spent.

        The most it can take is counted at once, so that calls at the same time see each other.
        """
        if self.budget.wait(entry.client_id) is not None:
            raise ModelError("budget")
        self.budget.spend(entry.client_id, entry.tokens_in + entry.tokens_out)
        with writing(self.engine) as connection:
            added = insert(table).values(at=self.clock(), **_row(entry)).returning(table.c.id)
            return int(connection.execute(added).scalar_one())

    def settle(self, number: int, entry: Entry) -> None:
        """Replace the reservation by what the call really took."""
        with writing(self.engine) as connection:
            row = connection.execute(
                table.select().where(table.c.id == number, table.c.client_id == entry.client_id)
            ).one()
            connection.execute(update(table).where(table.c.id == number).values(**_row(entry)))
        excess = entry.tokens_in + entry.tokens_out - row.tokens_in - row.tokens_out
        if excess:
            self.budget.spend(entry.client_id, excess)


def _row(entry: Entry) -> dict[str, object]:
    return {
        "client_id": entry.client_id,
        "purpose": entry.purpose,
        "model": entry.model,
        "prompt": entry.prompt,
        "tokens_in": entry.tokens_in,
        "tokens_out": entry.tokens_out,
        "first_token_ms": entry.first_token_ms,
        "total_ms": entry.total_ms,
        "outcome": entry.outcome,
    }
