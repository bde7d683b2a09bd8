"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine

from knowledge.store.engine import open_engine
from tests import postgres as pg

# The same examples every time and no time limit: whether a merge passes depends on the change alone.
# To search for new examples: pytest --hypothesis-profile=default
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[pg.Server]:
    """A running PostgreSQL; skips where it cannot be."""
    with pg.server() as running:
        yield running


@pytest.fixture
def postgres(postgres_server: pg.Server) -> Iterator[pg.Database]:
    """A fresh database on it."""
    with pg.database(postgres_server) as fresh:
        yield fresh


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of each kind, as its tables' owner."""
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path / 'fresh.sqlite3'}")
        yield engine
        engine.dispose()
        return
    database: pg.Database = request.getfixturevalue("postgres")
    with database.engine(pg.OWNER) as engine:
        yield engine
