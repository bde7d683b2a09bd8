"""The writes of one process to one SQLite file: one at a time, and the disk is waited for beside the queue.

A short write commits without waiting for the disk, lets the next one write, and returns when the disk has
both: one wait serves all that were written when it began. Nothing is acknowledged before it is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from knowledge.store.wal import Disk, Merger


class NestedWriteError(RuntimeError):
    """A thread began to write inside its own write: it would wait for itself."""


@dataclass(frozen=True, slots=True)
class Log:
    """The write-ahead log of the file. What a connection of `connect` commits is kept once `disk` settles."""

    connect: Callable[[], Connection]
    disk: Disk
    merger: Merger


class Commits:
    """One queue. A database in memory has no log; there every write commits as SQLite does it."""

    def __init__(self, begin: Callable[[], Connection], log: Log | None = None) -> None:
        """`begin` returns a connection in a new transaction."""
        self._begin = begin
        self._log = log
        self._turn = threading.Lock()
        self._writer: int | None = None
        self._kept: Connection | None = None

    @contextmanager
    def joined(self) -> Iterator[Connection]:
        """Write a little, and return when the disk has it, perhaps together with others."""
        if self._log is None:
            with self.alone() as connection:
                yield connection
            return
        with self._my_turn(), self._little(self._log) as connection:
            yield connection
        try:
            self._log.disk.settle()
        except OSError as error:
            raise OperationalError("COMMIT", {}, error) from error

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Write as long as it takes, and commit alone."""
        with self._my_turn(), self._begin() as connection:
            yield connection
            _commit(connection)

    def close(self) -> None:
        """Give the connection of the short writes back; the next of them opens another."""
        with self._my_turn():
            self._forget()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        """Keep every other write of the process waiting. Raise NestedWriteError."""
        if self._writer == threading.get_ident():
            raise NestedWriteError
        with self._turn:
            self._writer = threading.get_ident()
            try:
                yield
            finally:
                self._writer = None

    @contextmanager
    def _little(self, log: Log) -> Iterator[Connection]:
        """A transaction on the connection that all short writes share: its statements and pages stay warm."""
        connection = self._kept = self._kept or log.connect()
        try:
            with connection.begin():
                yield connection
        except SQLAlchemyError:
            self._forget()  # nobody knows what is open in it
            raise
        log.merger.note_write()

    def _forget(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()


def _commit(connection: Connection) -> None:
    """Commit, or give the connection up: after an error nobody knows what is open in it."""
    try:
        connection.commit()
    except SQLAlchemyError:
        connection.invalidate()
        raise
