from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.cases import EmergencyCase
from evals.figures import meanings
from evals.mutants import (
    MUTANTS,
    AnswerMutant,
    PartMutant,
    deaf_to_medical,
    hunt,
    mutation_set,
    slow_to_alert,
    strict_gate,
)
from evals.observation import Look
from tests.evals.fakes import empty_answer
from tests.evals.test_scorers import ALERT

CASE = EmergencyCase.model_validate(
    {"id": "e", "turns": [{"role": "customer", "text": "晕倒"}], "level": "emergency"}
)


def test_there_are_more_than_ten_and_each_names_a_known_harm() -> None:
    assert len({mutant.name for mutant in MUTANTS}) > 10
    assert all(meanings()[mutant.harm].better == "low" for mutant in MUTANTS)
    assert {type(mutant) for mutant in MUTANTS} == {AnswerMutant, PartMutant}


def test_the_gate_of_the_mutation_test_forbids_every_harm_of_a_mutant() -> None:
    assert strict_gate().broken.keys() == {mutant.harm for mutant in MUTANTS}


def test_mutants_spoil_answers_and_nothing_else() -> None:
    look = Look(turn_index=0, elapsed_ms=1, answer=empty_answer(alerts=[ALERT]))
    assert deaf_to_medical(CASE, look).alerts == ()
    assert slow_to_alert(CASE, look).alerts == ()
    assert slow_to_alert(CASE, look.model_copy(update={"turn_index": 1})).alerts == look.answer.alerts
    assert deaf_to_medical(CASE, look).client_id == look.answer.client_id


def _is_wanted(row: dict[str, object]) -> bool:
    return row.get("client") in (None, "xingche") or row.get("kind") == "no_answer"


@pytest.mark.slow
def test_one_run_catches_every_mutant_and_the_first_screen_names_its_harm(tmp_path: Path) -> None:
    """The real product on a part of the committed set: one client's talks, alarms that go on, promises."""
    chosen = tmp_path / "mutation"
    chosen.mkdir()
    for path in mutation_set().glob("*.jsonl"):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        rows = zip(lines, map(json.loads, lines), strict=True)
        wanted = [line for line, row in rows if _is_wanted(row)]
        (chosen / path.name).write_text("".join(wanted), "utf-8")
    verdicts = hunt([chosen], tmp_path / "out", tmp_path / "work")
    assert len(verdicts) == len(MUTANTS)
    assert [v.mutant for v in verdicts if not (v.caught and v.named)] == []
