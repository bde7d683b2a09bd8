"""The write-ahead log of a SQLite file: waited for together, and merged into the file beside the writes.

SQLite would do both within a commit, while every other write waits: the disk takes some milliseconds a
commit, and whoever writes the thousandth page merges all of them.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

# Writes: some 3,000 pages of conversations. The first one after a merge waits for the disk within the queue,
# so it should be rare.
MERGE_AFTER = 256
# What is written meanwhile keeps the log from beginning anew: some more looks, each with less to do.
_LOOKS = 3
# Where writes never pause: then one of them waits for a look. Of 4 kB each.
_MOST_PAGES = 8_000
_sync: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)


@dataclass(slots=True, eq=False)
class _Round:
    """One wait for the disk, of all whose writes were there when it began."""

    members: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    error: OSError | None = None


class Disk:
    """Keeps what was written to one file. Safe between threads."""

    def __init__(self, path: Path, sync: Callable[[int], None] = _sync) -> None:
        self._path = path
        self._sync = sync
        self._busy = threading.Lock()
        self._joining = threading.Lock()
        self._next: _Round | None = None
        self._is_named = False

    def settle(self) -> None:
        """Return when all that was written before is on the disk. Raise OSError where it may not be."""
        with self._joining:
            mine = self._next = self._next or _Round()
            mine.members += 1
            leads = mine.members == 1
        if leads:
            self._run(mine)
        mine.ended.wait()
        if mine.error is not None:
            raise mine.error

    def _run(self, mine: _Round) -> None:
        with self._busy:
            with self._joining:
                self._next = None  # who writes from now on may be too late for this one
            try:
                self._settle()
            except OSError as error:
                mine.error = error
            finally:
                mine.ended.set()

    def _settle(self) -> None:
        try:
            number = os.open(self._path, os.O_RDWR)
        except FileNotFoundError:  # no system for such a log: SQLite itself waits for the disk
            return
        try:
            self._sync(number)
        finally:
            os.close(number)
        if not self._is_named:
            self._keep_name()
            self._is_named = True

    def _keep_name(self) -> None:
        """A new file is on the disk when its folder is, too. Not every system opens folders."""
        with contextlib.suppress(PermissionError):
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


class Merger:
    """Merges the log into the file now and then, in a thread beside the writes."""

    def __init__(self, connect: Callable[[], PoolProxiedConnection], every: int = MERGE_AFTER) -> None:
        self._connect = connect
        self._every = every
        self._written = 0
        self._is_behind = False
        self._running = threading.Lock()

    def note_write(self) -> None:
        """Count a write, and let the log be merged when there were enough; called by one writer at a time."""
        self._written += 1
        if self._written < self._every or not self._running.acquire(blocking=False):
            return
        self._written = 0
        if self._is_behind:
            self._run()  # the writes wait
        else:
            threading.Thread(target=self._run, name="wal-merge", daemon=True).start()

    def _run(self) -> None:
        try:
            with contextlib.closing(self._connect()) as connection:
                self._is_behind = _merge(connection) > _MOST_PAGES
        except (sqlite3.Error, SQLAlchemyError):
            return  # the next one does it
        finally:
            self._running.release()


def _merge(connection: PoolProxiedConnection) -> int:
    """Merge what is there; return how long the log is when something was written meanwhile, else 0."""
    cursor, pages = connection.cursor(), 0
    for _ in range(_LOOKS):
        _, pages, merged = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if merged >= pages:
            return 0
    return pages
