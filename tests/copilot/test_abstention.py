from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from copilot.abstention import abstain, answers
from copilot.answer import Fact
from copilot.conversation import Agent, Conversation, Turn
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.embedded import frame
from knowledge.model import (
    Article,
    ArticleHit,
    AuthorityMatrix,
    ClientKnowledge,
    ClientSettings,
    Contact,
    UnknownTopic,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SETTINGS = ClientSettings(
    id="chelun",
    name="车轮行",
    contacts={"client_ops": Contact("client_ops", "运营岗", target_minutes=120)},
    unknown_topic=UnknownTopic(collect=("订单号", "照片")),
)


def case(text: str, facts: tuple[Fact, ...] = ()) -> Frame:
    turns = (Turn(0, "customer", text, NOW),)
    knowledge = ClientKnowledge(SETTINGS, AuthorityMatrix("1", "CNY", ("L1",), ()), {}, {}, {}, "v1")
    return frame(Conversation("chelun", Agent("a", "L1"), turns, NOW), knowledge, facts)


HIT = ArticleHit(Article("CL-1", "押金", "押金可退。", "v1"), 0.4, 0.9, ())


def test_a_sure_article_answers():
    assert answers([HIT])


def test_an_unsure_article_does_not():
    assert not answers([replace(HIT, confidence=0.1)])


def test_nothing_found_answers_nothing():
    assert not answers([])


def test_what_was_given_is_not_collected_again():
    given = (Fact(slot="order_id", value="A1", turn_index=0, quote="A1"),)
    assert abstain(case("订单A1 车铃能刻字吗", given), ()).collect == ("照片",)


def test_it_says_who_answers_and_by_when():
    abstained = abstain(case("车铃能刻字吗"), ())
    assert abstained.escalate_to == "client_ops"
    assert "2小时" in abstained.say


def test_an_english_customer_is_answered_in_english():
    assert "will not guess" in abstain(case("can you engrave the bell for me"), ()).say
