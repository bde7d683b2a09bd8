from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from evals.command import evaluate_app

run = CliRunner()


def test_a_path_needs_no_sub_command(tmp_path: Path) -> None:
    result = run.invoke(evaluate_app, [str(tmp_path / "nothing"), "--report", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "no such file or folder" in result.output


def test_a_gate_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text("figures: {nonsense: {max: 0}}", "utf-8")
    arguments = [str(tmp_path), "--report", str(tmp_path / "out"), "--gate", str(tmp_path / "gate.yaml")]
    result = run.invoke(evaluate_app, arguments)
    assert result.exit_code == 2
    assert "unknown figures nonsense" in result.output


@pytest.mark.parametrize("command", ["agree", "drift", "run"])
def test_every_command_explains_itself(command: str) -> None:
    assert run.invoke(evaluate_app, [command, "--help"]).exit_code == 0


def test_an_empty_folder_gives_an_empty_report(tmp_path: Path) -> None:
    (tmp_path / "sets").mkdir()
    result = run.invoke(evaluate_app, [str(tmp_path / "sets"), "--report", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert (tmp_path / "out" / "report.html").is_file()
