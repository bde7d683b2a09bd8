"""`copilot migrate`, `backup` and `doctor` on a real database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from copilot.store.backup import contents
from copilot.store.migrating import latest, open_schema, revision
from copilot.store.schema import audit_entries
from knowledge.store.engine import open_engine, reaching, writing
from tests import postgres as pg
from tests.copilot.store.filling import fill

runner = CliRunner()


def run(*words: str, code: int = 0, **environment: str) -> str:
    result = runner.invoke(app, list(words), env=environment)
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def settings(postgres: pg.Database, tmp_path: Path) -> dict[str, str]:
    return {
        "COPILOT_DATA_DIR": str(tmp_path),
        "COPILOT_DATABASE_URL": postgres.url(pg.SERVICE),
        "COPILOT_DATABASE_OWNER_URL": postgres.url(pg.OWNER),
    }


def test_the_owner_migrates_and_the_service_then_works(settings: dict[str, str]) -> None:
    assert "has schema none" in run("keys", "list", code=1, **settings)
    assert latest() in run("migrate", **settings)
    run("keys", "create", "--role", "admin", **settings)
    assert "admin" in run("keys", "list", **settings)


def test_doctor_tells_whether_clients_are_apart(settings: dict[str, str], postgres: pg.Database) -> None:
    def finding(part: str, **more: str) -> dict[str, str]:
        told = json.loads(runner.invoke(app, ["doctor"], env={**settings, **more}).stdout)
        return next(item for item in told["findings"] if item["part"] == part)

    assert finding("Database")["do"] == "copilot migrate"
    run("migrate", **settings)
    assert finding("Clients apart")["state"] == "ok"
    owner = {"COPILOT_DATABASE_URL": postgres.url(pg.OWNER)}
    assert finding("Clients apart", **owner)["state"] == "note"
    above = {"COPILOT_DATABASE_URL": postgres.url("postgres")}
    assert finding("Clients apart", **above)["state"] == "wrong"


def test_down_and_up_again(tmp_path: Path) -> None:
    settings = {"COPILOT_DATA_DIR": str(tmp_path)}
    engine = open_engine(f"sqlite:///{tmp_path / 'copilot.sqlite3'}")
    open_schema(engine)
    run("migrate", "--down", "0001", **settings)
    assert revision(engine) == "0001"
    run("migrate", **settings)
    assert revision(engine) == latest()
    engine.dispose()


def test_a_backup_is_made_compared_and_put_back(tmp_path: Path) -> None:
    home, copy = tmp_path / "home", tmp_path / "copy.sqlite3"
    home.mkdir()
    settings = {"COPILOT_DATA_DIR": str(home)}
    engine = open_engine(f"sqlite:///{home / 'copilot.sqlite3'}")
    open_schema(engine)
    with writing(engine) as connection:
        fill(connection)
    before = contents(engine)
    run("backup", str(copy), **settings)
    run("backup", str(copy), "--compare", **settings)
    with reaching(None), writing(engine) as connection:
        connection.execute(audit_entries.delete())
    assert "audit_entries" in run("backup", str(copy), "--compare", code=1, **settings)
    engine.dispose()
    for file in home.glob("copilot.sqlite3*"):
        file.unlink()
    copy.rename(home / "copilot.sqlite3")
    restored = open_engine(f"sqlite:///{home / 'copilot.sqlite3'}")
    assert contents(restored) == before
    restored.dispose()
