"""How many calls a key may make and how many may be about one client, in the last sixty seconds.

Counted by the second, in a small SQLite file of its own that the workers of one machine share; one process
alone counts in its own memory: the count stands before every answer.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

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
        self._counts: _Counts = _InMemory() if file is None else _InFile(file)

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
        """Give back the file; from then on nothing is counted."""
        self._counts.close()

    def _wait(self, kind: Kind, name: str, limit: int) -> int | None:
        """A limit that cannot be counted never stops a call: an emergency may be in it."""
        try:
            return self._counts.count(f"{kind}:{name}", int(self._clock()), limit)
        except sqlite3.Error as error:
            log().warning("calls not counted", kind=type(error).__name__)
            return None


class _Counts(Protocol):
    """Calls by name and second. Safe between threads."""

    def count(self, name: str, second: int, limit: int) -> int | None:
        """Count a call; return the seconds to wait, and count nothing, where it is one too many."""

    def close(self) -> None:
        """Give back what is held."""


class _InFile:
    """In a file that several processes count in. Raises sqlite3.Error."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._rows = sqlite3.connect(
            file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        # Nothing here must outlive the machine: no waiting for the disk.
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF", _TABLE):
            self._rows.execute(statement)

    def count(self, name: str, second: int, limit: int) -> int | None:
        """Count a call."""
        with self._lock:
            self._rows.execute("BEGIN IMMEDIATE")
            try:
                return self._count(name, second, limit)
            finally:
                self._rows.execute("COMMIT")

    def close(self) -> None:
        """Give back the file."""
        self._rows.close()

    def _count(self, name: str, second: int, limit: int) -> int | None:
        counts = self._rows.execute(_COUNTS, (name, second - WINDOW_SECONDS)).fetchall()
        wait = seconds_to_wait(counts, second, limit)
        if wait is None:
            self._rows.execute(_ADD, (name, second))
        if not counts:  # once in a while: whoever calls after a pause
            self._rows.execute("DELETE FROM calls WHERE second <= ?", (second - WINDOW_SECONDS,))
        return wait


@dataclass(slots=True)
class _InMemory:
    """The seconds of the last minute by name, the oldest first."""

    _calls: dict[str, deque[tuple[int, int]]] = field(default_factory=dict)
    _swept: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, name: str, second: int, limit: int) -> int | None:
        """Count a call."""
        with self._lock:
            self._sweep(second)
            counts = self._calls.setdefault(name, deque())
            _drop_old(counts, second)
            wait = seconds_to_wait(counts, second, limit)
            if wait is None:
                latest, so_far = counts.pop() if counts and counts[-1][0] >= second else (second, 0)
                counts.append((latest, so_far + 1))
            return wait

    def close(self) -> None:
        """Forget every call."""
        self._calls.clear()

    def _sweep(self, second: int) -> None:
        """Forget, once a minute, who called no more."""
        if second - self._swept < WINDOW_SECONDS:
            return
        self._swept = second
        for name, counts in list(self._calls.items()):
            _drop_old(counts, second)
            if not counts:
                del self._calls[name]


def _drop_old(counts: deque[tuple[int, int]], second: int) -> None:
    while counts and counts[0][0] <= second - WINDOW_SECONDS:
        counts.popleft()


def seconds_to_wait(counts: Collection[tuple[int, int]], now: int, limit: int) -> int | None:
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
