"""Database engines that keep what they acknowledge: SQLite with WAL, PostgreSQL as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

_BEGIN = "sqlite_begin"
_BUSY_MILLISECONDS = 30_000


def open_engine(url: str) -> Engine:
    """Return an engine for `url`; SQLite waits for its lock instead of failing."""
    engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
    return engine


def configure_sqlite(engine: Engine) -> None:
    """Set durability and locking: WAL, synchronous=FULL, and BEGIN IMMEDIATE for `writing`.

    A deferred BEGIN that reads and then writes fails at once when another writer was faster,
    whatever the timeout; an immediate one waits its turn.
    """
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one write transaction: committed as a whole or not at all."""
    with engine.connect().execution_options(**{_BEGIN: "IMMEDIATE"}) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open one read transaction: everything read in it is of one moment."""
    isolation = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**isolation) as connection, connection.begin():
        yield connection


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come late and deferred
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get(_BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
