"""How many calls a key may make and how many may be about one client, in the last sixty seconds.

Counted by the second, in a small SQLite file of its own that the workers of one machine share; one process
alone counts in memory.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from copilot.logs import log

WINDOW_SECONDS = 60
_BUSY_SECONDS = 0.1  # a call waits no longer for the other workers' counting
_TABLE = (
    "CREATE TABLE IF NOT EXISTS calls "
    "(name TEXT, second INTEGER, count INTEGER, PRIMARY KEY (name, second)) WITHOUT ROWID"
)
_COUNTS = "SELECT second, count FROM calls WHERE name = ? AND second > ? ORDER BY second"
_ADD = "INSERT INTO calls VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1"
Kind = Literal["caller", "client", "webhook", "refused"]


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Calls a minute."""

    per_caller: int = 600
    per_client: int = 3000
    per_webhook: int = 3000
    per_refused: int = 120  # webhook calls of one address whose signature did not fit


class Rates:
    """The limits, counted in `file` (None: in memory). Safe between threads, and between processes."""

    def __init__(
        self, limits: RateLimits, file: Path | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._counts = sqlite3.connect(
            file or ":memory:", timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        # Nothing here must outlive the machine: no waiting for the disk.
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF", _TABLE):
            self._counts.execute(statement)

    def caller_wait(self, caller: str, own_limit: int | None = None) -> int | None:
        """Count a call of the caller; return the seconds to wait where it is one too many."""
        limit = self._limits.per_caller if own_limit is None else own_limit
        return self._wait("caller", caller, limit)

    def client_wait(self, client_id: str) -> int | None:
        """Count a call about the client; return the seconds to wait where it is one too many."""
        return self._wait("client", client_id, self._limits.per_client)

    def webhook_wait(self, address: str) -> int | None:
        """Count a webhook call of the address; return the seconds to wait where it is one too many."""
        return self._wait("webhook", address, self._limits.per_webhook)

    def refused_wait(self, address: str) -> int | None:
        """Count a webhook call of the address that was not genuine; return the seconds to wait likewise."""
        return self._wait("refused", address, self._limits.per_refused)

    def close(self) -> None:
        """Give back the file."""
        self._counts.close()

    def _wait(self, kind: Kind, name: str, limit: int) -> int | None:
        """A limit that cannot be counted never stops a call: an emergency may be in it."""
        try:
            with self._lock:
                return self._count(f"{kind}:{name}", limit)
        except sqlite3.Error as error:
            log().warning("calls not counted", kind=type(error).__name__)
            return None

    def _count(self, name: str, limit: int) -> int | None:
        second = int(self._clock())
        self._counts.execute("BEGIN IMMEDIATE")
        try:
            counts = self._counts.execute(_COUNTS, (name, second - WINDOW_SECONDS)).fetchall()
            wait = seconds_to_wait(counts, second, limit)
            if wait is None:
                self._counts.execute(_ADD, (name, second))
            if not counts:  # once in a while: whoever calls after a pause
                self._counts.execute("DELETE FROM calls WHERE second <= ?", (second - WINDOW_SECONDS,))
        finally:
            self._counts.execute("COMMIT")
        return wait


def seconds_to_wait(counts: Sequence[tuple[int, int]], now: int, limit: int) -> int | None:
    """Return how long until one more call fits; None where it fits already.

    `counts` are the seconds of the last minute with their calls, the oldest first.
    """
    left = sum(calls for _, calls in counts)
    if left < limit:
        return None
    for second, calls in counts:
        left -= calls
        if left < limit:
            return second + WINDOW_SECONDS - now
    return WINDOW_SECONDS
