"""The command line: help with examples, clear lines for people, JSON for pipes, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app

COMMANDS = [
    ["demo"], ["serve"], ["import"], ["assist"], ["doctor"],
    ["keys", "create"], ["keys", "list"], ["keys", "rotate"], ["keys", "revoke"],
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COPILOT_DATA_DIR", str(tmp_path / "data"))
    return lambda *words, **more: CliRunner().invoke(app, list(words), **more)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_explains_itself_with_an_example(run, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert "Example" in result.output


def test_a_broken_folder_is_told_with_path_and_line(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "lulu"
    folder.mkdir()
    (folder / "client.yaml").write_text("id: lulu\nname:\n\t- x\n", "utf-8")
    result = run("import", str(folder))
    assert result.exit_code == 1
    (report,) = json.loads(result.stdout)
    assert report["imported"] is False
    assert (report["problems"][0]["path"], report["problems"][0]["where"]) == ("client.yaml", "line 3")


@pytest.mark.parametrize(
    ("request_text", "words"),
    [
        ('{"client_id": "x",\n', "line 2"),
        ('{"client_id": "x", "turns": []}', "turns: needs at least 1"),
        ('{"client_id": "x", "turns": [{"role": "boss", "text": "y"}]}', "turns[0].role"),
        ('{"client_id": "x", "turns": [{"role": "customer", "text": "y"}]}', "copilot import"),
    ],
)
def test_a_wrong_request_is_told_in_one_line_a_problem(run, request_text: str, words: str) -> None:  # type: ignore[no-untyped-def]
    result = run("assist", "-", input=request_text)
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_file_is_named(run) -> None:  # type: ignore[no-untyped-def]
    result = run("assist", "nowhere.json")
    assert result.exit_code == 1
    assert "nowhere.json" in result.stderr


def test_a_key_lives_from_create_to_revoke(run) -> None:  # type: ignore[no-untyped-def]
    made = json.loads(run("keys", "create", "--role", "integrator", "--client", "lulu").stdout)
    assert made["key"].startswith("cpk_")
    (listed,) = json.loads(run("keys", "list").stdout)
    assert (listed["id"], listed["clients"]) == (made["id"], ["lulu"])
    assert made["key"] not in run("keys", "list").stdout
    assert json.loads(run("keys", "rotate", made["id"]).stdout)["key"] != made["key"]
    assert run("keys", "revoke", made["id"]).exit_code == 0
    assert run("keys", "revoke", made["id"]).exit_code == 1


def test_a_role_that_does_not_exist_is_told_with_those_that_do(run) -> None:  # type: ignore[no-untyped-def]
    result = run("keys", "create", "--role", "boss")
    assert result.exit_code == 1
    assert "integrator" in result.stderr


def test_without_a_key_the_service_does_not_listen_to_others(run) -> None:  # type: ignore[no-untyped-def]
    result = run("serve", "--host", "0.0.0.0")  # noqa: S104 - that it refuses is the test
    assert result.exit_code == 1
    assert "copilot keys create" in result.stderr


def test_a_case_that_is_not_recorded_is_told_with_those_that_are(run) -> None:  # type: ignore[no-untyped-def]
    result = run("demo", "--headless", "--case", "99")
    assert result.exit_code == 1
    assert "recorded: 1, 2" in result.stderr


def test_settings_that_cannot_be_used_are_named(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("COPILOT_PORT", "many")
    result = run("doctor")
    assert result.exit_code == 1
    assert "COPILOT_PORT" in result.stderr
