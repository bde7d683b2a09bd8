"""PostgreSQL itself keeps clients apart, from a service that owns nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, Table, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError

from copilot.store.migrating import upgrade
from copilot.store.protection import client_tables, protect, role_of, unprotected
from copilot.store.schema import metadata
from knowledge.store.engine import reaching, reading, writing
from tests import postgres as pg
from tests.copilot.store.filling import fill, row_of

TABLES = client_tables()


@pytest.fixture(scope="module")
def two_clients(postgres_server: pg.Server) -> Iterator[pg.Database]:
    """Every table with one row of lulu and one of xianda."""
    with pg.database(postgres_server) as database:
        with database.engine(pg.OWNER) as owner:
            upgrade(owner, role=pg.SERVICE)
        with database.engine(pg.SERVICE) as service, reaching(None), writing(service) as connection:
            for client in ("lulu", "xianda"):
                fill(connection, list(TABLES), client)
        yield database


@pytest.fixture
def service(two_clients: pg.Database) -> Iterator[Engine]:
    with two_clients.engine(pg.SERVICE) as engine:
        yield engine


def seen(engine: Engine, table: Table) -> set[str]:
    with reading(engine) as connection:
        return set(connection.execute(select(table.c.client_id)).scalars())


def test_every_table_with_a_client_is_protected(service: Engine) -> None:
    assert {table.name for table in metadata.sorted_tables if "client_id" in table.c} == {
        table.name for table in TABLES
    }
    with reading(service) as connection:
        assert unprotected(connection) == ()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_transaction_reaches_its_clients_rows_only(service: Engine, table: Table) -> None:
    assert seen(service, table) == set(), "nobody said whose rows"
    with reaching(("lulu",)):
        assert seen(service, table) == {"lulu"}
    with reaching(("lulu", "xianda")):
        assert seen(service, table) == {"lulu", "xianda"}
    with reaching(None):
        assert seen(service, table) == {"lulu", "xianda"}
    with reaching(("*", "lulu,xianda", "", "lul")):
        assert seen(service, table) == set(), "no words of a key reach more"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_row_is_written_for_another_client(service: Engine, table: Table) -> None:
    with reaching(("lulu",)):
        with pytest.raises(ProgrammingError, match="row-level security"), writing(service) as connection:
            connection.execute(table.insert().inline().values(row_of(table, "xianda")))
        with pytest.raises(DBAPIError, match="row-level security"), writing(service) as connection:
            connection.execute(update(table).values(client_id="xianda"))
        with writing(service) as connection:
            gone = connection.execute(delete(table).where(table.c.client_id == "xianda"))
            assert gone.rowcount == 0
    with reaching(("xianda",)):
        assert seen(service, table) == {"xianda"}


def test_the_reach_ends_with_its_transaction(service: Engine) -> None:
    table = TABLES[0]
    count = select(func.count()).select_from(table)
    with service.connect() as connection:
        with reaching(None), connection.begin():
            assert connection.execute(count).scalar() == 2
        with connection.begin():
            assert connection.execute(count).scalar() == 0
    with reaching(None), pytest.raises(ZeroDivisionError), writing(service):
        raise ZeroDivisionError
    assert seen(service, table) == set()


def test_the_service_owns_nothing_and_cannot_lift_the_protection(service: Engine) -> None:
    with reading(service) as connection:
        role = role_of(connection)
    assert (role.name, role.stands_above, role.owns) == (pg.SERVICE, False, ())
    for statement in (
        "ALTER TABLE live_turns DISABLE ROW LEVEL SECURITY",
        "DROP POLICY copilot_clients ON live_turns",
        "DROP TABLE live_turns",
        "TRUNCATE live_turns",
        "UPDATE alembic_version SET version_num = '0'",
        "SET ROLE desk_owner",
    ):
        with pytest.raises(ProgrammingError), writing(service) as connection:
            connection.execute(text(statement))


def test_the_owner_is_held_back_too(two_clients: pg.Database) -> None:
    with two_clients.engine(pg.OWNER) as owner, reaching(("lulu",)):
        assert all(seen(owner, table) == {"lulu"} for table in TABLES)


def test_a_table_that_somebody_forgot_is_named_and_mended(postgres: pg.Database) -> None:
    with postgres.engine(pg.OWNER) as owner:
        upgrade(owner)
        with writing(owner) as connection:
            connection.execute(text("ALTER TABLE live_turns NO FORCE ROW LEVEL SECURITY"))
            connection.execute(text("DROP POLICY copilot_clients ON live_events"))
            assert set(unprotected(connection)) == {"live_turns", "live_events"}
            protect(connection)
            assert unprotected(connection) == ()
