"""Row-level security of PostgreSQL: a transaction reaches the rows of the clients it names, and no others.

FORCE makes it hold for the tables' owner too; only superusers and roles with BYPASSRLS stand above it. What
is done is decided from the tables themselves, so that a new table with `client_id` is protected by the next
`copilot migrate` whatever its author remembered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Table, text
from sqlalchemy.sql.compiler import IdentifierPreparer

from copilot.store.schema import access_keys, audit_entries, idempotent_replies, metadata
from knowledge.store.engine import EVERYBODY, REACH

POLICY = "copilot_clients"
# Rows may be written before it is known whose they are: a call that no client could be named for.
# A claimed idempotency key must be found again before that, too; it holds no body then.
_OWNERLESS_WRITES = frozenset({audit_entries.name, idempotent_replies.name})
_OWNERLESS_READS = frozenset({idempotent_replies.name})
# Asked once a statement, not once a row.
_REACH = f"(SELECT current_setting('{REACH}', true))"
_IN_REACH = f"{_REACH} = '{EVERYBODY}' OR client_id = ANY (string_to_array({_REACH}, ','))"


@dataclass(frozen=True, slots=True)
class Role:
    """What the connected role is allowed beyond its rows."""

    name: str
    stands_above: bool  # superuser or BYPASSRLS: no policy holds for it
    owns: tuple[str, ...]  # our tables that it could alter


def client_tables() -> tuple[Table, ...]:
    """Return every table whose rows belong to a client."""
    return tuple(table for table in metadata.sorted_tables if "client_id" in table.c)


def protect(connection: Connection) -> tuple[str, ...]:
    """Put the policy on every table that lacks it; return their names. For the tables' owner."""
    lacking = unprotected(connection)
    for name in lacking:
        for statement in _statements(name, connection.dialect.identifier_preparer):
            connection.execute(text(statement))
    return lacking


def unprotected(connection: Connection) -> tuple[str, ...]:
    """Return the tables with `client_id` that some other client's transaction could read."""
    query = text(
        "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
        "WHERE c.relnamespace = current_schema()::regnamespace AND c.relrowsecurity "
        "AND c.relforcerowsecurity AND p.polname = :policy"
    )
    safe = set(connection.execute(query, {"policy": POLICY}).scalars())
    return tuple(table.name for table in client_tables() if table.name not in safe)


def admit_role(connection: Connection, role: str) -> None:
    """Let a role that owns nothing read and write the rows of our tables."""
    preparer = connection.dialect.identifier_preparer
    quoted = preparer.quote(role)
    tables = ", ".join(preparer.quote(table.name) for table in metadata.sorted_tables)
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {quoted}"))
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {quoted}"))
    for table in metadata.sorted_tables:
        if table.autoincrement_column is not None:
            sequence = preparer.quote(f"{table.name}_{table.autoincrement_column.name}_seq")
            connection.execute(text(f"GRANT USAGE ON SEQUENCE {sequence} TO {quoted}"))


def role_of(connection: Connection) -> Role:
    """Return what the connected role is allowed."""
    name, above = connection.execute(
        text("SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    ).one()
    query = text(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
        "AND relkind = 'r' AND pg_has_role(current_user, relowner, 'MEMBER') ORDER BY relname"
    )
    ours = {table.name for table in (*client_tables(), access_keys)}
    owned = connection.execute(query).scalars()
    return Role(name, bool(above), tuple(table for table in owned if table in ours))


def _statements(name: str, preparer: IdentifierPreparer) -> Iterator[str]:
    table = preparer.quote(name)
    reads = f"{_IN_REACH} OR client_id IS NULL" if name in _OWNERLESS_READS else _IN_REACH
    writes = f"{_IN_REACH} OR client_id IS NULL" if name in _OWNERLESS_WRITES else _IN_REACH
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    yield f"DROP POLICY IF EXISTS {POLICY} ON {table}"
    yield f"CREATE POLICY {POLICY} ON {table} USING ({reads}) WITH CHECK ({writes})"
