from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from copilot.answer import Answer
from copilot.conversation import Conversation
from copilot.request import TurnIn, Want
from evals.datasets import DataSetError
from evals.journal import Journal, job_key
from evals.observation import Observation
from evals.results import BaselineError
from evals.runner import Options, evaluate
from evals.worlds import WhatIf
from tests.evals.fakes import FakeProduct, TableAssistant, empty_answer

REPLY = {
    "id": "1", "title": "取消费", "reply": "这4元原路退给您", "authority": "within", "confidence": 0.9,
    "citations": [{"article_id": "A-1", "title": "取消费", "version": "x", "quote": "取消费4元原路退回"}],
}  # fmt: skip
ALERT = {
    "level": "emergency", "category": "medical", "turn_index": 0, "quote": "晕倒了",
    "services": ["120"], "reason": "r",
    "protocol": {"title": "t", "steps": ["拨120"], "say": "请马上拨120"},
}  # fmt: skip


def lines(path: Path, *values: dict) -> None:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), "utf-8")


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    root = tmp_path / "mine"
    client = root / "clients" / "lulu"
    (client / "articles").mkdir(parents=True)
    (client / "client.yaml").write_text("id: lulu\nname: lulu\nlanguage: zh-Hans\n", "utf-8")
    (client / "authority.yaml").write_text(
        "client: lulu\nversion: '1'\ntiers: [L1]\nactions: [{action: refund, tier: L1, max: 5}]\n",
        "utf-8",
    )
    (client / "articles" / "a.md").write_text(
        "---\nid: A-1\ntitle: 取消费\n---\n取消费4元原路退回。\n", "utf-8"
    )
    talk = {"client": "lulu", "kind": "resolve", "relevant": ["A-1"], "authority": "within",
            "must_not_include": ["9元"], "now": "2026-03-02T12:00:00+08:00"}  # fmt: skip
    good = {
        "id": "good",
        "turns": [{"role": "customer", "text": "4块退不退"}],
        "must_include": [["4元"], ["原路"]],
    }
    bad = {"id": "bad", "turns": [{"role": "customer", "text": "什么时候到"}], "must_include": [["2小时"]]}
    lines(root / "conversations.jsonl", talk | good, talk | bad)
    emergency = {
        "lang": "zh-Hans",
        "level": "emergency",
        "category": "medical",
        "services": ["120"],
        "first_alert_turn": 0,
    }
    two_turns = [
        {"role": "customer", "text": "有人晕倒了"},
        {"role": "agent", "text": "请稍等"},
        {"role": "customer", "text": "快点"},
    ]
    lines(root / "emergency.jsonl", emergency | {"id": "late", "turns": two_turns})
    return root


def assistant() -> TableAssistant:
    answers = {
        "4块退不退": empty_answer("lulu", suggestions=[REPLY | {"citations": []}]),
        "快点": empty_answer("neutral", alerts=[ALERT]),
    }
    return TableAssistant(answers)


def options(tmp_path: Path, **changes: object) -> Options:
    return Options(**({"work_dir": tmp_path / "work", "workers": 1} | changes))


def test_a_report_is_written_in_four_forms_with_the_contracts_shape(data_set: Path, tmp_path: Path) -> None:
    evaluate([data_set], tmp_path / "out", FakeProduct(assistant()), options(tmp_path))
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "report.html",
        "report.md",
        "report.json",
        "junit.xml",
        "baseline.json",
    }
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert set(report["figures"]["missed_emergency"]) == {"value", "n", "low", "high"}
    assert report["figures"]["must_include_all"]["value"] == 0.5
    assert report["figures"]["late_alert"]["value"] == 1.0
    late = next(case for case in report["cases"] if case["id"] == "late")
    assert late["set"] == "mine/emergency"
    assert late["harms"] == ["late_alert"]
    assert late["answer"]["alerts"][0]["services"] == ["120"]


def test_two_runs_give_identical_figures_and_the_second_asks_nothing(data_set: Path, tmp_path: Path) -> None:
    one, other = assistant(), assistant()
    first = evaluate([data_set], tmp_path / "out", FakeProduct(one), options(tmp_path))
    second = evaluate([data_set], tmp_path / "out2", FakeProduct(other), options(tmp_path))
    assert one.asked
    assert other.asked == []
    assert first.summary.figures == second.summary.figures


def test_another_product_is_observed_anew(data_set: Path, tmp_path: Path) -> None:
    evaluate([data_set], tmp_path / "out", FakeProduct(assistant()), options(tmp_path))
    other = assistant()
    evaluate([data_set], tmp_path / "out", FakeProduct(other, name="other"), options(tmp_path))
    assert other.asked


def test_a_torn_last_line_is_observed_again_and_the_rest_is_kept(data_set: Path, tmp_path: Path) -> None:
    evaluate([data_set], tmp_path / "out", FakeProduct(assistant()), options(tmp_path))
    journal = tmp_path / "work" / "observations.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-40])
    again = assistant()
    evaluate([data_set], tmp_path / "out", FakeProduct(again), options(tmp_path))
    assert len(again.asked) in (
        1,
        2,
    )  # the last case only: one conversation, or the two prefixes of the emergency
    with Journal(journal) as read:
        assert len(read.known) == 3


def test_the_key_ignores_where_a_case_stands_and_minds_knowledge_and_product(data_set: Path) -> None:
    from evals.datasets import read_collection  # noqa: PLC0415

    case = read_collection([data_set]).cases[0]
    moved = case.model_copy(update={"where": "elsewhere:9"})
    assert job_key(case, "v", "p") == job_key(moved, "v", "p")
    assert len({job_key(case, "v", "p"), job_key(case, "w", "p"), job_key(case, "v", "q")}) == 3


@dataclass(frozen=True)
class BrokenAssistant:
    def assist(self, conversation: Conversation, want: Sequence[Want]) -> Answer:
        raise ZeroDivisionError("no")

    def search(self, client_id: str, turns: Sequence[TurnIn], limit: int) -> Sequence[str]:
        return ()


def test_a_product_that_fails_has_missed_the_emergency(data_set: Path, tmp_path: Path) -> None:
    outcome = evaluate([data_set], tmp_path / "out", FakeProduct(BrokenAssistant()), options(tmp_path))
    assert outcome.summary.figures["product_failed"].value == 1.0
    assert outcome.summary.figures["missed_emergency"].value == 1.0
    assert outcome.summary.figures["missing_fact"].value == 1.0
    assert outcome.summary.figures["wrong_authority"].value == 1.0


@pytest.mark.slow
def test_processes_give_the_same_figures_as_one(data_set: Path, tmp_path: Path) -> None:
    alone = evaluate([data_set], tmp_path / "a", FakeProduct(assistant()), options(tmp_path))
    several = evaluate(
        [data_set], tmp_path / "b", FakeProduct(TupleAssistant()), Options(tmp_path / "work2", workers=2)
    )
    assert alone.summary.figures == several.summary.figures


@dataclass(frozen=True)
class TupleAssistant:
    """Hashable, so that it can go to worker processes."""

    def assist(self, conversation: Conversation, want: Sequence[Want]) -> Answer:
        return assistant().assist(conversation, want)

    def search(self, client_id: str, turns: Sequence[TurnIn], limit: int) -> Sequence[str]:
        return ()


def test_a_gate_fails_and_names_the_harm_and_the_cases(data_set: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate.yaml"
    gate.write_text("figures:\n  missing_fact: {max: 0.1}\n  missed_emergency: {max: 0}\n", "utf-8")
    outcome = evaluate([data_set], tmp_path / "out", FakeProduct(assistant()), options(tmp_path, gate=gate))
    assert not outcome.passed
    assert [failure.figure for failure in outcome.failures] == ["missing_fact"]
    assert "Missing fact" in str(outcome.failures[0])
    assert outcome.failures[0].cases == ("mine/conversations/bad",)
    assert "The gate failed: Missing fact" in (tmp_path / "out" / "report.html").read_text("utf-8")
    assert 'classname="gate"' in (tmp_path / "out" / "junit.xml").read_text("utf-8")


def test_a_baseline_shows_what_broke_and_a_gate_can_forbid_it(data_set: Path, tmp_path: Path) -> None:
    evaluate([data_set], tmp_path / "before", FakeProduct(assistant()), options(tmp_path))
    gate = tmp_path / "gate.yaml"
    gate.write_text("broken: {missing_fact: 0}\n", "utf-8")
    worse = FakeProduct(TableAssistant({}), name="worse")
    baseline = tmp_path / "before" / "baseline.json"
    outcome = evaluate([data_set], tmp_path / "after", worse, options(tmp_path, baseline=baseline, gate=gate))
    assert outcome.comparison is not None
    change = next(change for change in outcome.comparison.harms if change.figure == "missing_fact")
    assert change.broken == ("mine/conversations/good",)
    assert not outcome.passed


def test_a_baseline_that_is_none_is_refused_before_any_work(data_set: Path, tmp_path: Path) -> None:
    idle = assistant()
    with pytest.raises(BaselineError):
        evaluate(
            [data_set],
            tmp_path / "o",
            FakeProduct(idle),
            options(tmp_path, baseline=data_set / "emergency.jsonl"),
        )
    assert idle.asked == []


def test_what_if_puts_another_matrix_in_place_without_touching_the_folder(
    data_set: Path, tmp_path: Path
) -> None:
    original = data_set / "clients" / "lulu" / "authority.yaml"
    before = original.read_text("utf-8")
    changed = tmp_path / "more.yaml"
    changed.write_text(before.replace("max: 5", "max: 30"), "utf-8")
    seen: list[float | None] = []

    @dataclass(frozen=True)
    class Spying(FakeProduct):
        def knowledge(self, world):
            known = super().knowledge(world)
            seen.extend(known[c].authority.rules[0].max for c in known if c == "lulu")
            return known

    evaluate(
        [data_set], tmp_path / "o", Spying(assistant()), options(tmp_path, what_if=WhatIf(authority=changed))
    )
    assert seen == [30.0]
    assert original.read_text("utf-8") == before


def test_a_matrix_of_nobody_is_refused(data_set: Path, tmp_path: Path) -> None:
    stray = tmp_path / "stray.yaml"
    stray.write_text("client: nobody\n", "utf-8")
    with pytest.raises(DataSetError, match="nobody"):
        evaluate(
            [data_set],
            tmp_path / "o",
            FakeProduct(assistant()),
            options(tmp_path, what_if=WhatIf(authority=stray)),
        )


def test_a_case_of_an_unknown_client_is_reported_and_left_out(data_set: Path, tmp_path: Path) -> None:
    with (data_set / "conversations.jsonl").open("a", encoding="utf-8") as file:
        file.write(
            json.dumps(
                {"id": "x", "client": "who", "kind": "resolve", "turns": [{"role": "customer", "text": "?"}]}
            )
        )
    outcome = evaluate([data_set], tmp_path / "o", FakeProduct(assistant()), options(tmp_path))
    assert any("'who'" in problem for problem in outcome.summary.problems)
    assert all(case.id != "x" for case in outcome.summary.cases)


def test_an_observation_survives_the_journal(tmp_path: Path) -> None:
    observation = Observation(found=("a",), failure="二 <script>")
    with Journal(tmp_path / "j.jsonl") as journal:
        journal.add("k", observation)
    with Journal(tmp_path / "j.jsonl") as journal:
        assert journal.known["k"] == observation


def test_the_page_escapes_what_customers_write_and_requests_nothing(data_set: Path, tmp_path: Path) -> None:
    evil = {"id": "evil", "client": "lulu", "kind": "resolve", "must_include": [["4元"]],
            "turns": [{"role": "customer", "text": "</script><img src=x onerror=alert(1)>"}]}  # fmt: skip
    with (data_set / "conversations.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(evil))
    evaluate([data_set], tmp_path / "o", FakeProduct(assistant()), options(tmp_path))
    page = (tmp_path / "o" / "report.html").read_text("utf-8")
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert page.count("</script>") == 2
    assert "default-src 'none'" in page
    assert "http://" not in page
    assert "https://" not in page


def test_the_first_screen_names_the_worst_client_why_and_what_to_change(
    data_set: Path, tmp_path: Path
) -> None:
    evaluate([data_set], tmp_path / "o", FakeProduct(assistant()), options(tmp_path))
    page = (tmp_path / "o" / "report.html").read_text("utf-8")
    first_screen = page[: page.index('id="figures"')]
    assert "<h2>lulu</h2>" in first_screen
    assert "False refusal" in first_screen
    assert "A-1" in first_screen
    assert "give the article the customers&#39; words" in first_screen
