"""The way of a turn, end to end on a small client and an embedder that only knows words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot.answer import Answer
from copilot.language import quotable
from copilot.pipeline import Pipeline
from copilot.request import AssistRequest
from knowledge.base import KnowledgeBase
from knowledge.embedding import EmbeddingError, Vectors
from knowledge.store.engine import open_engine
from knowledge.store.schema import create_schema
from knowledge.store.versions import UnknownClientError
from tests.knowledge.fakes import WordEmbedder

CLIENT = """
id: shop
name: 小店
escalation_contacts:
  L2: {name: 二线, target_minutes: 30}
  client_ops: {name: 运营组, target_minutes: 480}
unknown_topic: {say: 这一条我手上没有规定。, collect: [订单号], do: 提交运营组，1 个工作日内回复}
"""
AUTHORITY = """
client: shop
version: "1"
currency: CNY
tiers: [L1, L2]
actions:
  - {action: refund, tier: L1, max: 30, escalate_to: L2}
  - {action: refund, tier: L2, max: 200, escalate_to: client_ops}
"""
MISSING_ITEM = """---
id: S-1
title: 漏送缺件退款
tags: [漏送, 缺件, 退款]
---
# 漏送缺件退款

送达后 24 小时内反映缺件的，缺件按实付金额全额退款，原路退回。
"""
EXPIRED = (
    MISSING_ITEM.replace("S-1", "S-0")
    .replace("全额退款", "全额退款，另送 10 元券")
    .replace("tags:", "valid_to: 2025-12-31\ntags:")
)
OPENING = """---
id: S-2
title: 营业时间
tags: [营业, 时间]
---
# 营业时间

门店每天 8:00 开门，22:00 关门。
"""
BY_THE_HOUR = """---
id: S-3
title: 夜间配送费
tags: [夜间, 配送费]
---
# 夜间配送费

| 下单时间 | 配送费 |
|---|---|
| 18:00 前 | 3 元 |
| 18:00–22:00 | 5 元 |
| 22:00 后 | 9 元 |
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    yield from pipeline_on(tmp_path, WordEmbedder())


def pipeline_on(home: Path, embedder: WordEmbedder, *more: tuple[str, str]) -> Iterator[Pipeline]:
    folder = home / "shop"
    (folder / "articles").mkdir(parents=True)
    (folder / "client.yaml").write_text(CLIENT, encoding="utf-8")
    (folder / "authority.yaml").write_text(AUTHORITY, encoding="utf-8")
    for name, text in (("S-1", MISSING_ITEM), ("S-0", EXPIRED), ("S-2", OPENING), *more):
        (folder / "articles" / f"{name}.md").write_text(text, encoding="utf-8")
    engine = open_engine(f"sqlite:///{home}/test.sqlite3")
    create_schema(engine)
    knowledge = KnowledgeBase(engine, embedder, home / "index")
    assert not knowledge.import_folder(folder).problems
    yield Pipeline(knowledge)
    engine.dispose()


def look(pipeline: Pipeline, *said: str, **changes: Any) -> Answer:
    turns = [
        {"role": "agent" if text.startswith("客服：") else "customer", "text": text.removeprefix("客服：")}
        for text in said
    ]
    body = {"client_id": "shop", "turns": turns, "now": "2026-11-20T12:00:00+08:00", **changes}
    request = AssistRequest.model_validate(body)
    return pipeline.assist(request.conversation(), request.want)


ASKED = "漏送缺件 送达后1小时反映的 缺件实付58.9元 全额退款原路退回吗"


def test_the_rule_is_quoted_exactly(pipeline: Pipeline):
    first = look(pipeline, ASKED).suggestions[0]
    body = quotable(MISSING_ITEM)
    assert first.citations
    assert all(c.article_id == "S-1" and quotable(c.quote) in body for c in first.citations)


def test_an_expired_article_never_speaks(pipeline: Pipeline):
    answer = look(pipeline, ASKED)
    assert all(c.article_id != "S-0" for s in answer.suggestions for c in s.citations)
    assert all("10元" not in quotable(s.reply) for s in answer.suggestions)


def test_what_is_above_the_tier_goes_to_the_next(pipeline: Pipeline):
    first = look(pipeline, ASKED).suggestions[0]
    assert first.authority == "needs_escalation"
    assert [(a.verdict, a.escalate_to) for a in first.actions if a.action == "refund"] == [
        ("needs_approval", "L2")
    ]


def test_the_same_sum_is_within_a_higher_tier(pipeline: Pipeline):
    first = look(pipeline, ASKED, agent={"tier": "L2"}).suggestions[0]
    assert first.authority == "within"


def test_reply_and_steps_stay_short(pipeline: Pipeline):
    for suggestion in look(pipeline, ASKED).suggestions:
        assert len(quotable(suggestion.reply)) + sum(len(quotable(s)) for s in suggestion.steps) <= 240


def test_thanks_need_no_answer(pipeline: Pipeline):
    answer = look(pipeline, "退款到了", "客服：好的", "谢谢啊 忙去吧")
    assert answer.suggestions == ()
    assert answer.abstained is None


def test_what_the_knowledge_does_not_answer_is_said(pipeline: Pipeline):
    answer = look(pipeline, "你们招不招暑期实习生 简历发哪个邮箱")
    assert answer.suggestions == ()
    assert answer.abstained is not None
    assert "没有规定" in answer.abstained.say
    assert answer.abstained.escalate_to == "client_ops"


def test_an_emergency_leaves_no_other_matter_beside_its_protocol(pipeline: Pipeline):
    answer = look(pipeline, ASKED, "算了 我现在喘不上气 胸口疼得厉害 快救救我")
    assert answer.alerts[0].level == "emergency"
    assert "120" in answer.alerts[0].services
    assert answer.suggestions == ()


def test_only_what_is_wanted_is_answered(pipeline: Pipeline):
    answer = look(pipeline, ASKED, want=["facts"])
    assert answer.facts
    assert (answer.suggestions, answer.checks, answer.escalation) == ((), (), None)


def test_the_escalation_is_drafted_where_it_is_wanted(pipeline: Pipeline):
    draft = look(pipeline, ASKED, want=["suggestions", "escalation"]).escalation
    assert draft is not None
    assert draft.to == "L2"
    assert "58.9" in draft.text
    assert len(quotable(draft.text)) <= 600


def test_the_same_conversation_gets_the_same_answer(pipeline: Pipeline):
    first, second = look(pipeline, ASKED), look(pipeline, ASKED)
    assert first.suggestions == second.suggestions
    assert first.facts == second.facts


@pytest.mark.parametrize("now", ["2026-11-20T22:40:00+08:00", "2026-11-20T14:40:00Z"])
def test_a_rule_by_the_hour_means_the_client_s_hour(tmp_path: Path, now: str):
    for pipeline in pipeline_on(tmp_path, WordEmbedder(), ("S-3", BY_THE_HOUR)):
        reply = look(pipeline, "现在下单 夜间配送费多少元", now=now).suggestions[0].reply
        assert "9元" in reply
        assert "3元" not in reply


def test_an_unknown_client_is_named(pipeline: Pipeline):
    with pytest.raises(UnknownClientError):
        look(pipeline, ASKED, client_id="other")


class DeafEmbedder(WordEmbedder):
    """Embeds passages, but no questions."""

    def queries(self, texts: Any) -> Vectors:
        message = "no embedder today"
        raise EmbeddingError(message)


class HeedlessEmbedder(WordEmbedder):
    """Embeds everything but turns."""

    def turns(self, texts: Any) -> Vectors:
        message = "no reader of turns today"
        raise EmbeddingError(message)


def test_without_a_reader_of_turns_search_goes_on_and_the_answer_says_what_is_missing(tmp_path: Path):
    for pipeline in pipeline_on(tmp_path, HeedlessEmbedder()):
        answer = look(pipeline, ASKED)
        assert answer.suggestions
        assert answer.degraded == ("emergency_classifier",)


def test_without_an_embedder_alerts_still_come_and_the_answer_says_so(tmp_path: Path):
    for pipeline in pipeline_on(tmp_path, DeafEmbedder()):
        answer = look(pipeline, "着火了 屋里全是烟 门打不开")
        assert answer.alerts[0].level == "emergency"
        assert "retrieval" in answer.degraded


def test_an_urgent_alert_always_goes_to_somebody_with_authority(pipeline: Pipeline):
    answer = look(pipeline, ASKED, "孩子奶粉明天早上就没了 你们的货还没到", agent={"tier": "L2"})
    assert [alert.level for alert in answer.alerts] == ["urgent"]
    assert all(s.authority == "needs_escalation" for s in answer.suggestions)


def test_a_reading_that_fails_takes_no_alert_with_it(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> tuple[()]:
        raise ValueError("a customer's words")

    monkeypatch.setattr("copilot.pipeline.find_facts", broken)
    answer = look(pipeline, "我被司机锁在车里了 他拿着刀 救命")
    assert answer.alerts
    assert answer.facts == ()
    assert "facts" in answer.degraded


@pytest.mark.parametrize(
    ("stage", "step"),
    [("retrieval", "build_query"), ("suggestion", "advise"), ("escalation", "escalate")],
)
def test_a_stage_that_fails_takes_no_alert_with_it(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, stage: str, step: str
):
    def broken(*_: object, **__: object) -> None:
        raise ValueError("a customer's words")

    monkeypatch.setattr(f"copilot.pipeline.{step}", broken)
    answer = look(pipeline, "我被司机锁在车里了 他拿着刀 救命", want=["alerts", "suggestions", "escalation"])
    assert answer.alerts[0].level == "emergency"
    assert stage in answer.degraded
