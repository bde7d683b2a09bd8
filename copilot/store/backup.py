"""A copy of the database while others write to it, and whether two databases hold the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Table, create_engine, inspect, select
from sqlalchemy.exc import DatabaseError

from copilot.store.schema import metadata
from knowledge.store.engine import reaching, reading


class BackupError(RuntimeError):
    """The copy cannot be made, or is not what was copied."""


def copy_sqlite(engine: Engine, target: Path) -> Mapping[str, str]:
    """Write a copy of one moment to the new file `target`; return its contents' hashes.

    Raise BackupError where there is nothing to copy so, or the copy is damaged.
    """
    if engine.dialect.name != "sqlite":
        raise BackupError("only SQLite is copied like this; use pg_dump for PostgreSQL")
    if target.exists():
        raise BackupError(f"{target} exists; a backup never replaces a file")
    target.touch(0o600)  # it holds what the database holds
    connection = engine.raw_connection()  # SQLAlchemy's own would begin a transaction
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()
    return contents_of_file(target)


def contents_of_file(path: Path) -> Mapping[str, str]:
    """Return the hashes of a SQLite file's contents. Raise BackupError where it is damaged or none."""
    if not path.is_file():
        raise BackupError(f"{path} is no file")
    copy = create_engine(f"sqlite:///file:{quote(str(path.resolve()))}?mode=ro&uri=true")
    try:
        with copy.connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                raise BackupError(f"{path} is damaged")
        return contents(copy)
    except DatabaseError as error:
        raise BackupError(f"{path} is damaged or no SQLite database") from error
    finally:
        copy.dispose()


def contents(engine: Engine) -> Mapping[str, str]:
    """Return a SHA-256 of the rows of every table of ours, by table; equal on both databases."""
    existing = set(inspect(engine).get_table_names())
    with reaching(None), reading(engine) as connection:
        return {
            table.name: _hash_of(connection, table)
            for table in metadata.sorted_tables
            if table.name in existing
        }


def _hash_of(connection: Connection, table: Table) -> str:
    digests = sorted(
        hashlib.sha256("\x1f".join(map(_spelled, row)).encode("utf-8", "surrogatepass")).digest()
        for row in connection.execute(select(table))
    )
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _spelled(value: object) -> str:
    """Return a value in words that are the same on both databases."""
    if isinstance(value, datetime):  # SQLite forgets the offset of the UTC times that the knowledge stores
        return (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return repr(value)
