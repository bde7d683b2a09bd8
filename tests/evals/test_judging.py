"""A judge is a second opinion: masked, fenced, calibrated against people, and never a witness for safety."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from copilot.models.ledger import MemoryLedger
from copilot.models.speaker import Speaker
from evals.cases import ConversationCase, HumanMark
from evals.figures import Scored, meanings
from evals.judging.calibration import calibrate, judged_of
from evals.judging.judge import ModelJudge, connected_judge, material_of, prompt
from evals.judging.opinion import Opinion, read_opinion
from evals.judging.settings import JudgeSettings
from evals.observation import Look, Observation
from evals.runner import Options, evaluate
from evals.scorers import SCORERS, Seen
from evals.scorers.judged_poor import score as judged_poor
from evals.shown import fingerprint
from evals.tape import UnrecordedPromptError
from tests.copilot.models.fakes import ScriptedModel, answering, serving
from tests.evals.fakes import FakeProduct, TableAssistant, empty_answer
from tests.evals.test_scorers import OWN

CITED = {"article_id": "A-1", "title": "A-1", "version": "v1", "quote": "取消费4元"}
REPLY = {"id": "1", "title": "t", "reply": "退4元，联系13812345678", "authority": "within",
         "confidence": 0.9, "citations": [CITED]}  # fmt: skip
LOW, HIGH = '{"severity": "low", "why": "no time"}', '{"severity": "high", "why": "wrong amount"}'


def case(number: int = 0, **more: object) -> ConversationCase:
    turns = [{"role": "customer", "text": f"扣了我4块 电话13912345678 {number}"}]
    line = {"id": str(number), "client": "lulu", "kind": "resolve", "turns": turns, "relevant": ["A-1"]}
    return ConversationCase.model_validate(line | more)


def observation(**answer: object) -> Observation:
    given = {"suggestions": [REPLY]} | answer
    return Observation(looks=(Look(turn_index=0, elapsed_ms=1.0, answer=empty_answer("lulu", **given)),))


def seen(opinion: Opinion | None = None) -> Seen:
    return Seen(case(), observation(), OWN, {}, opinion)


def judge(answer: str) -> tuple[ModelJudge, ScriptedModel]:
    model = ScriptedModel(lambda _: answer)
    return ModelJudge(Speaker(model, MemoryLedger())), model


@pytest.mark.parametrize(
    ("text", "severity"),
    [(LOW, "low"), (f"```json\n{HIGH}\n```", "high"), ("it is fine", None), ('{"severity": "awful"}', None)],
)
def test_an_opinion_is_read_from_json_and_from_nothing_else(text: str, severity: str | None) -> None:
    found = read_opinion(text)
    assert found.severity == severity
    assert (found.fault == "malformed") == (severity is None)


def test_what_the_judge_reads_is_masked_fenced_and_names_the_articles() -> None:
    material = material_of(seen())
    assert material is not None
    values = material.values()
    rendered = prompt().render(values)
    assert "13912345678" not in rendered.user
    assert "13812345678" not in rendered.user
    assert "取消费4元原路退回" in rendered.user
    assert rendered.user.count(values["fence"]) == 2
    assert values["fence"] not in material.conversation + material.answer + material.sources


def test_a_failed_call_is_no_opinion_and_no_mark() -> None:
    dead = ScriptedModel(lambda _: "", fault="unavailable")
    found = ModelJudge(Speaker(dead, MemoryLedger())).opinion(seen())
    assert found == Opinion(None, fault="unavailable")
    assert list(judged_poor(seen(found))) == []


def test_without_anything_shown_nobody_is_asked() -> None:
    asked, model = judge(LOW)
    assert asked.opinion(Seen(case(), observation(suggestions=[]), OWN)) is None
    assert model.asked == []


def test_a_poor_opinion_is_a_trait_and_never_a_harm() -> None:
    marks = tuple(judged_poor(seen(read_opinion(HIGH))))
    item = Scored(case(), observation(), marks)
    assert item.traits == ("judged_poor",)
    assert item.harms == ()


def test_no_safety_figure_rests_on_the_judge() -> None:
    meaning = meanings()["judged_poor"]
    assert (meaning.better, meaning.severity, meaning.explains) == ("neither", 0.0, ())
    others = [m for name, m in meanings().items() if name != "judged_poor"]
    assert all("judged_poor" not in (m.complement_of, m.same_as, *m.explains) for m in others)
    alone, with_opinion = seen(), seen(read_opinion('{"severity": "critical", "why": "x"}'))
    for scorer in SCORERS:
        if scorer is not judged_poor:
            assert tuple(scorer(alone)) == tuple(scorer(with_opinion))


def scored(human: str, said: str, number: int, shown: str | None = None) -> Scored:
    mark = HumanMark(by="a", severity=human, shown=shown)
    marked = case(number).model_copy(update={"mark": mark})
    return Scored(marked, observation(), (), Opinion(said, "why"))  # type: ignore[arg-type]


def test_agreement_is_counted_on_poor_or_not_and_marks_of_other_answers_are_left_out() -> None:
    same = fingerprint(observation())
    items = [
        *(scored("high", "critical", n, same) for n in range(15)),
        *(scored("none", "low", n) for n in range(15, 33)),
        scored("none", "high", 40),
        scored("high", "high", 41, "an answer that is no longer given"),
    ]
    found = calibrate(items)
    assert (found.n, found.agreed, found.outdated) == (34, 33, 1)
    assert found.kappa is not None
    assert found.kappa > 0.9
    assert found.trusted
    assert not calibrate(items[:20]).trusted


def test_a_judge_who_says_always_the_same_is_not_trusted() -> None:
    items = [scored("high" if n % 2 else "none", "none", n) for n in range(40)]
    assert calibrate(items).kappa == 0.0
    assert not judged_of("j", items).calibration.trusted


def test_opinions_are_recorded_once_and_replayed_without_the_server(tmp_path: Path) -> None:
    with serving(answering(HIGH, usage=(321, 12))) as server:
        settings = JudgeSettings(base_url=server.base_url, model="fake-judge", _env_file=None)
        with connected_judge(settings, tmp_path) as first:
            assert first is not None
            given = first.opinion(seen())
        assert len(server.calls) == 1
        assert server.calls[0]["model"] == "fake-judge"
    with connected_judge(settings, tmp_path, replay=True) as again:
        assert again is not None
        assert again.opinion(seen()) == given
        assert given is not None
        assert (given.severity, given.tokens_in, given.tokens_out) == ("high", 321, 12)
        with pytest.raises(UnrecordedPromptError):
            again.opinion(Seen(case(1), observation(), OWN))


def test_without_settings_there_is_no_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COPILOT_JUDGE_MODEL", raising=False)
    with connected_judge(JudgeSettings(_env_file=None), tmp_path) as nobody:
        assert nobody is None


@dataclass(frozen=True)
class FixedJudge:
    """Says what a function of the case says."""

    say: Callable[[Seen], Opinion | None]
    name: str = "fixed"
    asked: list[str] = field(default_factory=list)

    def opinion(self, seen: Seen) -> Opinion | None:
        self.asked.append(seen.case.id)
        return self.say(seen)


def test_the_report_says_how_far_the_judge_agrees_with_the_marks(tmp_path: Path) -> None:
    sets = tmp_path / "mine"
    folder = sets / "clients" / "lulu"
    folder.mkdir(parents=True)
    (folder / "client.yaml").write_text("id: lulu\nname: lulu\n", "utf-8")
    rows = [case(n).model_dump(mode="json", exclude_none=True) for n in range(3)]
    rows[0]["mark"] = {"by": "me", "severity": "high"}
    (sets / "conversations_marked_me.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    table = TableAssistant(
        {row["turns"][0]["text"]: empty_answer("lulu", suggestions=[REPLY]) for row in rows}
    )
    asked = FixedJudge(lambda s: Opinion("high" if s.case.id == "0" else "none", "because"))
    options = Options(tmp_path / "work", workers=1, judge=asked)
    outcome = evaluate([sets], tmp_path / "out", FakeProduct(table), options)
    assert outcome.summary.judged is not None
    assert outcome.summary.judged.n == 3
    assert outcome.summary.judged.calibration.agreed == 1
    assert outcome.summary.figures["judged_poor"].n == 3
    assert "not calibrated" in (tmp_path / "out" / "report.md").read_text("utf-8")
    assert "Judge: high" in (tmp_path / "out" / "report.html").read_text("utf-8")
