"""The schema of a database brought to this version's, or back to an earlier one, with all that is in it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from copilot.store.protection import admit_role, protect
from knowledge.store.engine import reaching, reading, writing

LATEST = "head"
EMPTY = "base"
_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_203_114  # any number: PostgreSQL's advisory lock for "somebody is migrating"


class SchemaError(RuntimeError):
    """The database's tables are not those of this version; the message says what to do."""


def open_schema(engine: Engine) -> None:
    """Make sure that the tables are this version's. Raise SchemaError where that is not ours to do.

    A SQLite file belongs to one installation and is migrated as it is opened. PostgreSQL is shared: other
    processes may still run the version before, and the service's role may own nothing.
    """
    if revision(engine) == latest():
        return
    if engine.dialect.name == "sqlite":
        upgrade(engine)
        return
    found = revision(engine) or "none"
    raise SchemaError(
        f"the database has schema {found}, this version needs {latest()}: run `copilot migrate`"
    )


def upgrade(engine: Engine, target: str = LATEST, *, role: str | None = None) -> None:
    """Migrate up to `target` in one transaction; on PostgreSQL also protect the rows, and admit `role`.

    Raise SchemaError where the database is newer than this version.
    """
    with reaching(None), writing(engine) as connection:
        command.upgrade(_config(connection), target)
        if connection.dialect.name == "postgresql" and target == LATEST:
            protect(connection)
            if role is not None:
                admit_role(connection, role)


def downgrade(engine: Engine, target: str) -> None:
    """Migrate down to `target` in one transaction; what the later tables and columns held is lost."""
    with reaching(None), writing(engine) as connection:
        command.downgrade(_config(connection), target)


def revision(engine: Engine) -> str | None:
    """Return the schema's revision; None for a database that was never migrated."""
    with reading(engine) as connection:
        return _revision(connection)


def latest() -> str:
    """Return the revision that this version needs."""
    return ScriptDirectory(str(_FOLDER)).get_current_head() or EMPTY


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config(connection: Connection) -> Config:
    """Return what Alembic needs, once nobody else migrates. Raise SchemaError.

    SQLite's write transaction waits for others by itself.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    found = _revision(connection)
    if found not in {None, *(step.revision for step in ScriptDirectory(str(_FOLDER)).walk_revisions())}:
        raise SchemaError(f"the database has schema {found}, which only a newer version of the copilot knows")
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config
