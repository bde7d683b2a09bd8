"""One commit for the short writes that come at once: SQLite waits for the disk once a commit.

A write that finds others waiting leaves its transaction open for the next of them; the last one commits, and
none returns before that. One that fails undoes its own work only: the first of a transaction ends it, each
later one stands in a savepoint of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

MOST = 4  # writes of one commit: the first of them waits for the last


class NestedWriteError(RuntimeError):
    """A thread began to write inside its own write: it would wait for itself."""


class LostWriteError(RuntimeError):
    """The commit that a write was part of ended without telling how."""


@dataclass(slots=True, eq=False)
class _Batch:
    connection: Connection
    writes: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    kept: bool = False
    error: SQLAlchemyError | None = None


class Commits:
    """The writes of one process to one SQLite file: one at a time, several to a commit."""

    def __init__(self, begin: Callable[[], Connection]) -> None:
        """`begin` returns a connection in a new transaction."""
        self._begin = begin
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0
        self._writer: int | None = None
        self._open: _Batch | None = None

    @contextmanager
    def joined(self) -> Iterator[Connection]:
        """Write a little, and return when it is committed, perhaps together with others."""
        batch: _Batch | None = None
        self._take_turn(joins=True)
        try:
            batch = self._open = self._open or _Batch(self._begin())
            batch.writes += 1
            with self._one_of(batch):
                yield batch.connection
        finally:
            if batch is not None and batch is self._open and (not self._waiting or batch.writes >= MOST):
                self._end(batch)
            self._give_turn()
        batch.ended.wait()
        if not batch.kept:
            raise batch.error or LostWriteError

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Write as long as it takes, and commit alone."""
        self._take_turn(joins=False)
        try:
            if self._open is not None:
                self._end(self._open)
            with self._begin() as connection:
                yield connection
                _commit(connection)
        finally:
            self._give_turn()

    @contextmanager
    def _one_of(self, batch: _Batch) -> Iterator[None]:
        if batch.writes > 1:
            with batch.connection.begin_nested():
                yield
            return
        try:
            yield
        except BaseException:
            self._open = None  # nothing else is in it
            batch.connection.close()
            raise

    def _take_turn(self, *, joins: bool) -> None:
        if self._writer == threading.get_ident():
            raise NestedWriteError
        with self._counting:
            self._waiting += joins
        self._turn.acquire()
        with self._counting:
            self._waiting -= joins
        self._writer = threading.get_ident()

    def _give_turn(self) -> None:
        self._writer = None
        self._turn.release()

    def _end(self, batch: _Batch) -> None:
        """Commit; an error is everybody's who wrote."""
        self._open = None
        try:
            with batch.connection:
                _commit(batch.connection)
            batch.kept = True
        except SQLAlchemyError as error:
            batch.error = error
        finally:
            batch.ended.set()


def _commit(connection: Connection) -> None:
    """Commit, or give the connection up: after an error nobody knows what is open in it."""
    try:
        connection.commit()
    except SQLAlchemyError:
        connection.invalidate()
        raise
