"""`copilot migrate`: the tables brought to this version by whoever owns them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from api.commands.settings import settings_for
from api.terminal import explained, out
from copilot.assembly import database_url
from copilot.settings import Settings
from copilot.store.migrating import SchemaError, downgrade, revision, upgrade
from knowledge.store.engine import open_engine


def run(data_dir: Path | None, down: str | None) -> None:
    """Migrate; end with clear lines where it cannot be done."""
    settings = settings_for(data_dir)
    with explained(
        (SchemaError, lambda error: (str(error),)),
        (ArgumentError, lambda _: ("COPILOT_DATABASE_URL or COPILOT_DATABASE_OWNER_URL is no database URL",)),
        (SQLAlchemyError, lambda e: (f"not migrated: {type(e).__name__}", _OWNER_HINT)),
    ):
        _migrate(settings, down)


_OWNER_HINT = "migrations need the owner of the tables: COPILOT_DATABASE_OWNER_URL (docs/operations.md)"


def _migrate(settings: Settings, down: str | None) -> None:
    service = database_url(settings)
    owner = settings.database_owner_url.get_secret_value() if settings.database_owner_url else service
    engine = open_engine(owner)
    try:
        before = revision(engine)
        if down is None:
            upgrade(engine, role=_other_role(service, owner))
        else:
            downgrade(engine, down)
        out().print(f"schema {before or 'none'} → {revision(engine) or 'none'}")
    finally:
        engine.dispose()


def _other_role(service: str, owner: str) -> str | None:
    """Return the role that the service connects as, where it is not the owner."""
    name = make_url(service).username
    return name if name != make_url(owner).username else None
