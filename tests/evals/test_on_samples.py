"""The integrator's fixture and the what-if on the real product with a sample client: no fake in sight."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from copilot.settings import Settings
from evals.pipeline_product import PipelineProduct, without_models
from evals.pytest_plugin import CaseRunner, case_runner
from evals.runner import Options, Outcome, evaluate
from evals.worlds import WhatIf, sample_clients

SAMPLES = Path(__file__).parents[2] / "evals" / "data" / "samples"
CLIENT = "xingche"
DETOUR = "xc-008"


def product() -> PipelineProduct:
    return PipelineProduct(without_models(Settings(_env_file=None)))


def sample(case_id: str) -> dict[str, object]:
    lines = (SAMPLES / f"conversations_{CLIENT}.jsonl").read_text("utf-8").splitlines()
    return next(row for row in map(json.loads, lines) if row["id"] == case_id)


@pytest.fixture(scope="module")
def copilot_case(tmp_path_factory: pytest.TempPathFactory) -> CaseRunner:
    folders = {CLIENT: sample_clients()[CLIENT]}
    return case_runner(product(), folders, tmp_path_factory.mktemp("copilot"))


def run_sample(copilot_case: CaseRunner, case_id: str, **changes: object):
    case = sample(case_id) | changes
    turns = [(turn["role"], turn["text"]) for turn in case.pop("turns")]
    expected = {name: value for name, value in case.items() if name not in ("id", "client")}
    return copilot_case(CLIENT, *turns, **expected)


@pytest.mark.slow
def test_a_sample_conversation_is_judged_in_one_call(copilot_case: CaseRunner) -> None:
    judged = run_sample(copilot_case, DETOUR)
    assert judged.answer is not None
    assert judged.answer.suggestions
    assert not {"promise_above_authority", "invented_quote", "stale_rule"} & set(judged.harms)


@pytest.mark.slow
def test_a_wrong_expectation_fails_with_its_reason(copilot_case: CaseRunner) -> None:
    judged = run_sample(copilot_case, DETOUR, must_include=[["一万元"]])
    assert "missing_fact" in judged.harms
    assert any("一万元" in why for why in judged.why)


@dataclass(frozen=True)
class Twice:
    today: Outcome
    what_if: Outcome


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Twice:
    """The client's conversations today, and had nobody but the client itself any money to give."""
    folder = tmp_path_factory.mktemp("what-if")
    matrix = (sample_clients()[CLIENT] / "authority.yaml").read_text("utf-8")
    (folder / "less.yaml").write_text(re.sub(r"max: [0-9.]+", "max: 0.01", matrix), "utf-8")
    cases = folder / "conversations.jsonl"
    cases.write_text((SAMPLES / f"conversations_{CLIENT}.jsonl").read_text("utf-8"), "utf-8")
    today = evaluate([cases], folder / "today", product(), Options(folder / "work", workers=1))
    options = Options(
        folder / "work",
        workers=1,
        baseline=folder / "today" / "baseline.json",
        what_if=WhatIf(authority=folder / "less.yaml"),
    )
    return Twice(today, evaluate([cases], folder / "changed", product(), options))


@pytest.mark.slow
def test_what_if_agents_had_less_authority_says_how_many_escalations_more(twice: Twice) -> None:
    comparison = twice.what_if.comparison
    assert comparison is not None
    changes = {change.figure: change for change in comparison.traits}
    assert len(changes["escalates"].broken) >= 1
    assert changes["escalates"].after > changes["escalates"].before
    assert changes["solved_at_first_hand"].after < changes["solved_at_first_hand"].before
