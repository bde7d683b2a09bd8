"""A copy holds what the database holds, and a restored one too."""

from __future__ import annotations

import itertools
import subprocess
import threading
from pathlib import Path

import pytest

from copilot.store.backup import BackupError, contents, contents_of_file, copy_sqlite
from copilot.store.migrating import open_schema, upgrade
from knowledge.store.engine import open_engine, reaching, writing
from tests import postgres as pg
from tests.copilot.store.filling import fill


def test_a_copy_and_what_is_restored_from_it_hold_the_same(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    open_schema(engine)
    with writing(engine) as connection:
        fill(connection)
    before = contents(engine)
    assert copy_sqlite(engine, tmp_path / "backup.sqlite3") == before
    with writing(engine) as connection:
        fill(connection, client="xianda")
    assert contents(engine) != before
    engine.dispose()
    restored = open_engine(f"sqlite:///{(tmp_path / 'backup.sqlite3').rename(tmp_path / 'b.sqlite3')}")
    open_schema(restored)
    assert contents(restored) == before
    restored.dispose()


def test_a_copy_is_of_one_moment_while_others_write(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    open_schema(engine)
    stop = threading.Event()

    def write() -> None:
        for number in itertools.count():
            with writing(engine) as connection:
                fill(connection, client=f"c{number}")
            if stop.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = copy_sqlite(engine, tmp_path / "backup.sqlite3")
    finally:
        stop.set()
        writer.join()
    assert contents_of_file(tmp_path / "backup.sqlite3") == found
    engine.dispose()


def test_a_backup_replaces_nothing_and_damage_is_told(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    open_schema(engine)
    target = tmp_path / "backup.sqlite3"
    copy_sqlite(engine, target)
    assert target.stat().st_mode & 0o077 == 0
    with pytest.raises(BackupError, match="exists"):
        copy_sqlite(engine, target)
    raw = bytearray(target.read_bytes())
    raw[5000:9000] = b"x" * 4000
    target.write_bytes(raw)
    with pytest.raises(BackupError, match="damaged"):
        contents_of_file(target)
    engine.dispose()


def test_postgresql_is_dumped_and_restored_whole(postgres_server: pg.Server, postgres: pg.Database) -> None:
    with postgres.engine(pg.OWNER) as engine:
        upgrade(engine, role=pg.SERVICE)
        with reaching(None), writing(engine) as connection:
            fill(connection)
        before = contents(engine)
    with pg.database(postgres_server) as empty:
        dump = _run(postgres, "pg_dump", "--format=custom")
        _run(empty, "pg_restore", "--exit-on-error", given=dump)
        with empty.engine(pg.SERVICE) as service:
            open_schema(service)
            assert contents(service) == before


def _run(database: pg.Database, program: str, *options: str, given: bytes | None = None) -> bytes:
    folder = Path(database.server.process.bin_path)
    address = database.url("postgres").replace("+psycopg", "")
    where = ("--dbname", address)
    done = subprocess.run(  # noqa: S603 - the test's own words
        [str(folder / program), *options, *where], input=given, capture_output=True, check=True, timeout=60
    )
    return done.stdout
