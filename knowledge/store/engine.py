"""Database engines that keep what they acknowledge: SQLite with WAL, PostgreSQL with a reach for each client.

On PostgreSQL a transaction reaches the rows of the clients that `reaching` names in its context and no
others: row-level security compares every row with the setting that each transaction begins with. Where
nobody said whose rows are meant there are none. SQLite has no such guard; the queries name their client on
both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from knowledge.store.commits import Commits, Log
from knowledge.store.wal import Disk, Merger

REACH = "copilot.clients"  # the setting that the policies of PostgreSQL read
EVERYBODY = "*"
_BEGIN = "sqlite_begin"
_BUSY_MILLISECONDS = 30_000
# Of 4 kB: from then on a long write merges the log itself. More than the merger lets it grow to.
_LOG_PAGES = 8_000
_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_commits: WeakKeyDictionary[Engine, Commits] = WeakKeyDictionary()
_reach: ContextVar[str] = ContextVar("reach", default="")


def open_engine(url: str) -> Engine:
    """Return an engine for `url`; SQLite waits for its lock instead of failing."""
    engine = create_engine(url, **_pool(url))
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
    else:
        event.listen(engine, "begin", _set_reach)
        event.listen(engine, "before_cursor_execute", _replace_nul, retval=True)
    return engine


def _pool(url: str) -> Mapping[str, Any]:
    if not url.startswith("sqlite"):
        # Together as many as threads answer calls, so that none waits for a connection.
        return {"pool_pre_ping": True, "pool_size": 15, "max_overflow": 25}
    # Opening a connection takes longer than a turn: as many stay open as threads answer calls.
    return {"pool_size": 40, "max_overflow": 20, "pool_use_lifo": True} if make_url(url).database else {}


def configure_sqlite(engine: Engine) -> None:
    """Set durability and locking: WAL, synchronous=FULL, and BEGIN IMMEDIATE for `writing`.

    A deferred BEGIN that reads and then writes fails at once when another writer was faster,
    whatever the timeout; an immediate one waits its turn.
    """
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    commits = _commits[engine] = Commits(lambda: _begun(engine), _log_of(engine))
    event.listen(engine, "engine_disposed", lambda engine: commits.close())


def _log_of(engine: Engine) -> Log | None:
    name = engine.url.database
    if not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Log(lambda: _unsettled(engine), Disk(Path(f"{name}-wal")), Merger(engine.raw_connection))


@contextmanager
def reaching(clients: Iterable[str] | None) -> Iterator[None]:
    """Let the transactions of this context reach the rows of these clients; None: of every client."""
    token = _reach.set(_spelled(clients))
    try:
        yield
    finally:
        _reach.reset(token)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one write transaction: committed as a whole or not at all.

    SQLite lets one write at a time and makes the others sleep for up to a tenth of a second; the threads of
    one process queue here instead.
    """
    commits = _commits.get(engine)
    if commits is not None:
        with commits.alone() as connection:
            yield connection
        return
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing_little(engine: Engine) -> Iterator[Connection]:
    """As `writing`, for a few rows at once: on SQLite they wait for the disk together, beside the queue."""
    commits = _commits.get(engine)
    if commits is not None:
        with commits.joined() as connection:
            yield connection
        return
    with writing(engine) as connection:
        yield connection


def _begun(engine: Engine) -> Connection:
    """Return a connection that has the database's lock for writing."""
    connection = engine.connect().execution_options(**{_BEGIN: "IMMEDIATE"})
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


def _unsettled(engine: Engine) -> Connection:
    """Return a connection that stays open; what it commits is kept once the log's file is on the disk."""
    connection = engine.connect().execution_options(**{_BEGIN: "IMMEDIATE"})
    connection.detach()
    cursor = connection.connection.cursor()  # the driver's own: no transaction begins
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA wal_autocheckpoint=0")  # the merger does it
    cursor.close()
    return connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open one read transaction: everything read in it is of one moment."""
    isolation = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**isolation) as connection, connection.begin():
        yield connection


def _spelled(clients: Iterable[str] | None) -> str:
    """What is no client's id reaches nothing: a key may carry any words, `*` among them."""
    if clients is None:
        return EVERYBODY
    return ",".join(sorted(client for client in clients if _CLIENT_ID.fullmatch(client)))


def _set_reach(connection: Connection) -> None:
    """As SET LOCAL: it ends with the transaction, whatever the pool does with the connection."""
    connection.exec_driver_sql("SELECT set_config(%s, %s, true)", (REACH, _reach.get()))


def _replace_nul(
    _connection: object, _cursor: object, statement: str, parameters: Any, _context: object, many: bool
) -> tuple[str, Any]:
    """PostgreSQL refuses U+0000 in a text; a customer who sends one is heard all the same."""
    return statement, [_storable(row) for row in parameters] if many else _storable(parameters)


def _storable(row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    return {
        name: value.replace("\x00", "\ufffd") if isinstance(value, str) else value
        for name, value in row.items()
    }


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come late and deferred
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA wal_autocheckpoint={_LOG_PAGES}")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get(_BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
