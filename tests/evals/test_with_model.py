"""A whole evaluation with a model over HTTP, and the same one from its tape with nobody listening."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evals.command import evaluate_app
from evals.mutants import mutation_set
from tests.copilot.models.fakes import Behaviour, answering, says, serving

WORDED = says(("等候费原路退回给您。", ["D1"]))


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """One conversation of a sample client that the knowledge answers."""
    lines = (mutation_set() / "conversations_mutation.jsonl").read_text("utf-8").splitlines()
    chosen = next(line for line in lines if json.loads(line)["client"] == "xingche")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "conversations.jsonl").write_text(chosen, "utf-8")
    return tmp_path / "mine"


def run(*arguments: str) -> Any:
    result = CliRunner().invoke(evaluate_app, [*arguments, "--workers", "1"])
    assert result.exit_code == 0, result.output
    return result


def figures(folder: Path) -> Any:
    report = json.loads((folder / "report.json").read_text("utf-8"))
    return {name: report[name] for name in ("figures", "modes", "tokens", "spending", "degraded")}


def good(usage: tuple[int, int]) -> Behaviour:
    return answering(WORDED, usage=usage)


@pytest.mark.slow
def test_a_run_with_a_model_is_repeated_from_its_tape_without_the_model(
    sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices, tape = tmp_path / "prices.yaml", tmp_path / "tape.jsonl"
    prices.write_text("currency: CNY\nmodels: {fake: {input: 1, output: 10}}", "utf-8")
    monkeypatch.setenv("COPILOT_LLM_MODEL", "fake")
    with serving(good((500, 40))) as server:
        monkeypatch.setenv("COPILOT_LLM_BASE_URL", server.base_url)
        run(str(sets), "--report", str(tmp_path / "a"), "--tape", str(tape), "--prices", str(prices))
        assert len(server.calls) == 1
    more = ("--tape", str(tape), "--prices", str(prices), "--replay")
    run(str(sets), "--report", str(tmp_path / "b"), *more)
    first = figures(tmp_path / "a")
    assert first == figures(tmp_path / "b")
    assert first["tokens"] == {"in": 500, "out": 40}
    assert first["spending"]["cost"] == 0.0009
    assert "cost 0.0009 CNY" in (tmp_path / "b" / "report.md").read_text("utf-8")


@pytest.mark.slow
def test_replaying_what_was_never_recorded_is_a_failure_of_the_case_and_not_a_call(
    sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(good((1, 1))) as server:
        monkeypatch.setenv("COPILOT_LLM_BASE_URL", server.base_url)
        monkeypatch.setenv("COPILOT_LLM_MODEL", "fake")
        run(str(sets), "--report", str(tmp_path / "a"), "--replay")
        assert server.calls == []
    assert figures(tmp_path / "a")["figures"]["product_failed"]["value"] == 1.0


@pytest.mark.slow
def test_embedded_leaves_the_model_out(sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPILOT_LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("COPILOT_LLM_MODEL", "fake")
    run(str(sets), "--report", str(tmp_path / "a"), "--embedded")
    assert figures(tmp_path / "a")["modes"] == {"embedded": 1}
    assert figures(tmp_path / "a")["tokens"] == {}
