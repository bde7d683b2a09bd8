from __future__ import annotations

from pathlib import Path

from evals.pytest_plugin import case_runner
from tests.evals.fakes import FakeProduct, TableAssistant, empty_answer


def test_a_case_is_written_in_two_lines_and_judged_like_an_evaluation(tmp_path: Path) -> None:
    folder = tmp_path / "lulu"
    folder.mkdir()
    (folder / "client.yaml").write_text("id: lulu\nname: lulu\n", "utf-8")
    reply = {"id": "1", "title": "t", "reply": "原路退回", "authority": "within", "confidence": 1.0}
    product = FakeProduct(TableAssistant({"4块退不退": empty_answer("lulu", suggestions=[reply])}))
    copilot_case = case_runner(product, {"lulu": folder}, tmp_path / "data")
    judged = copilot_case("lulu", ("agent", "您好"), "4块退不退", must_include=[["4元", "4块"]])
    assert judged.harms == ("missing_fact",)
    assert "4元" in judged.why[0]
    assert judged.answer is not None
