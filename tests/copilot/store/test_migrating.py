"""The tables follow the version, up and down, with what is in them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from copilot.store.backup import contents
from copilot.store.migrating import (
    EMPTY,
    SchemaError,
    downgrade,
    latest,
    open_schema,
    revision,
    upgrade,
)
from copilot.store.schema import metadata
from knowledge.store.engine import open_engine, reaching, writing
from tests import postgres as pg
from tests.copilot.store.filling import fill

FIRST = "0001"


def filled(engine: Engine) -> None:
    upgrade(engine)
    with reaching(None), writing(engine) as connection:
        fill(connection)


def test_the_steps_lead_to_the_tables_in_the_code(fresh_engine: Engine) -> None:
    upgrade(fresh_engine)
    with fresh_engine.connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)
    assert difference == [], "add a step to copilot/store/migrations/versions"


def test_up_and_down_keep_what_the_tables_held(fresh_engine: Engine) -> None:
    filled(fresh_engine)
    before = contents(fresh_engine)
    downgrade(fresh_engine, FIRST)
    middle = contents(fresh_engine)
    upgrade(fresh_engine)
    after = contents(fresh_engine)
    assert middle == {name: before[name] for name in middle}
    assert {name: after[name] for name in middle} == middle
    assert set(after) == set(before)


def test_down_to_the_ground_leaves_no_table(fresh_engine: Engine) -> None:
    filled(fresh_engine)
    downgrade(fresh_engine, EMPTY)
    assert inspect(fresh_engine).get_table_names() == ["alembic_version"]


def test_an_installation_from_before_the_migrations_is_taken_over(fresh_engine: Engine) -> None:
    upgrade(fresh_engine, FIRST)
    with reaching(None), writing(fresh_engine) as connection:
        present = set(inspect(connection).get_table_names())
        fill(connection, [table for table in metadata.sorted_tables if table.name in present])
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("DROP TABLE live_gaps"))  # a table that came later than the others
    before = contents(fresh_engine)
    upgrade(fresh_engine)
    after = contents(fresh_engine)
    assert {name: after[name] for name in before} == before
    assert revision(fresh_engine) == latest()


def test_a_sqlite_file_is_migrated_when_it_is_opened(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    upgrade(engine, FIRST)
    open_schema(engine)
    assert revision(engine) == latest()
    engine.dispose()


def test_postgresql_is_migrated_by_its_owner_only(postgres: pg.Database) -> None:
    with postgres.engine(pg.SERVICE) as engine, pytest.raises(SchemaError, match="copilot migrate"):
        open_schema(engine)
    with postgres.engine(pg.OWNER) as engine:
        upgrade(engine, role=pg.SERVICE)
    with postgres.engine(pg.SERVICE) as engine:
        open_schema(engine)


def test_a_newer_database_is_left_alone(fresh_engine: Engine) -> None:
    upgrade(fresh_engine)
    with writing(fresh_engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="newer"):
        upgrade(fresh_engine)


def test_processes_that_start_together_migrate_once(fresh_engine: Engine) -> None:
    failures: list[Exception] = []

    def migrate() -> None:
        try:
            upgrade(fresh_engine)
        except Exception as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert revision(fresh_engine) == latest()


def test_a_step_that_fails_changes_nothing(fresh_engine: Engine) -> None:
    filled(fresh_engine)
    downgrade(fresh_engine, FIRST)
    before = contents(fresh_engine)
    with writing(fresh_engine) as connection:
        connection.execute(text("CREATE TABLE model_calls (in_the_way INTEGER)"))
    with pytest.raises(Exception, match="model_calls"):
        upgrade(fresh_engine)
    with writing(fresh_engine) as connection:
        connection.execute(text("DROP TABLE model_calls"))
    assert revision(fresh_engine) == FIRST
    assert contents(fresh_engine) == before, "the steps before the failing one neither"
