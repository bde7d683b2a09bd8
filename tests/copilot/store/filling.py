"""Rows for any table, made up from its columns."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, insert

from copilot.store.schema import metadata
from copilot.store.types import UtcDateTime

_numbers = itertools.count(1)
_VALUES: dict[type, Any] = {
    int: lambda n: n,
    str: lambda n: f"w{n}",
    float: lambda n: n / 2,
    bool: lambda n: bool(n % 2),
    bytes: lambda n: b"\x00\xff%d" % n,
    datetime: lambda n: datetime(2026, 3, 2, 12, 0, n % 60, tzinfo=UTC),
    date: lambda n: date(2026, 3, 1 + n % 28),
    object: lambda n: {  # JSON
        "数": n,
        "b": [1, None],
    },
}


def fill(connection: Connection, tables: list[Table] | None = None, client: str = "lulu") -> None:
    """Insert one row into each table."""
    for table in tables if tables is not None else metadata.sorted_tables:
        connection.execute(insert(table).inline().values(row_of(table, client)))


def row_of(table: Table, client: str) -> dict[str, Any]:
    """Return values for every column; `client_id` is the client's."""
    number = next(_numbers)
    return {
        column.name: client if column.name == "client_id" else _value(column, number) for column in table.c
    }


def _value(column: Column[Any], number: int) -> Any:
    kind = datetime if isinstance(column.type, UtcDateTime) else column.type.python_type
    value = _VALUES[kind](number)
    length = getattr(column.type, "length", None)
    return value[:length] if isinstance(value, str) else value
