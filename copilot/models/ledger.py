"""What model calls cost, and the ceiling a client may not pass in a day (UTC)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from copilot.models.chat import ModelError, Purpose


@dataclass(frozen=True, slots=True)
class Entry:
    """One call. Before it ends `tokens` are the most that it can take. `outcome` is `ok` or the fault."""

    client_id: str
    purpose: Purpose
    model: str
    prompt: str
    tokens_in: int
    tokens_out: int
    first_token_ms: float | None = None
    total_ms: float = 0.0
    outcome: str = "running"


class Ledger(Protocol):
    """Where calls are kept."""

    def reserve(self, entry: Entry) -> int:
        """Keep a call that begins, return its number. Raise ModelError(budget) where the day's are spent."""

    def settle(self, number: int, entry: Entry) -> None:
        """Replace the reservation by what the call really took."""


@dataclass(slots=True)
class MemoryLedger:
    """A ledger of this process alone: for tests, and for what has no database."""

    daily_tokens: int | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    entries: list[Entry] = field(default_factory=list)
    _days: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def reserve(self, entry: Entry) -> int:
        """Keep a call that begins, return its number. Raise ModelError(budget) where the day's are spent."""
        today = f"{self.clock().astimezone(UTC):%Y-%m-%d}"
        with self._lock:
            spent = sum(
                e.tokens_in + e.tokens_out
                for e, day in zip(self.entries, self._days, strict=True)
                if day == today and e.client_id == entry.client_id
            )
            wanted = spent + entry.tokens_in + entry.tokens_out
            if self.daily_tokens is not None and wanted > self.daily_tokens:
                raise ModelError("budget")
            self.entries.append(entry)
            self._days.append(today)
            return len(self.entries) - 1

    def settle(self, number: int, entry: Entry) -> None:
        """Replace the reservation by what the call really took."""
        with self._lock:
            self.entries[number] = entry
