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


def case(text: str, facts: tuple[Fact, ...] = (), settings: ClientSettings = SETTINGS) -> Frame:
    turns = (Turn(0, "customer", text, NOW),)
    knowledge = ClientKnowledge(settings, AuthorityMatrix("1", "CNY", ("L1",), ()), {}, {}, {}, "v1")
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


def _of(do: str, language: str = "zh-Hans", *collect: str) -> ClientSettings:
    return replace(SETTINGS, language=language, unknown_topic=UnknownTopic("这个没写，不猜。", collect, do))


def test_the_clients_instruction_becomes_the_agents_word_without_its_priority():
    said = abstain(case("车铃能刻字吗", settings=_of("以 P3 提交运营岗，1 个工作日内回复")), ()).say
    assert said == "这个没写，不猜。我现在提交运营岗，1 个工作日内回复。"


def test_an_instruction_that_names_nobody_gets_the_contact():
    said = abstain(case("车铃能刻字吗", settings=_of("以 P3 提交，1 个工作日内回复到 App 消息")), ()).say
    assert "我现在提交运营岗，1 个工作日内" in said


def test_a_customer_of_another_language_hears_the_same_period_in_his_own():
    said = abstain(case("can you engrave the bell", settings=_of("按 P3 交运营岗，1 个工作日内回复")), ()).say
    assert "within 1 business day" in said
    assert "the team in charge" in said
    assert "运营岗" not in said


def test_a_chinese_customer_of_an_english_client_hears_chinese():
    settings = _of("send to customer care as P3, answer within 2 working days", "en")
    said = abstain(case("车铃能不能刻字", settings=settings), ()).say
    assert "2个工作日内" in said
    assert "care" not in said


def test_an_english_instruction_reads_as_a_sentence():
    settings = _of("send to Operations as P3; a written answer within 1 working day", "en")
    said = abstain(case("can you engrave the bell", settings=settings), ()).say
    assert said.endswith(
        "I will send your question to Operations; you will have an answer within 1 working day."
    )


def test_who_has_told_his_case_and_asked_his_question_is_not_asked_for_them_again():
    settings = _of("提交运营岗", "zh-Hans", "具体情况", "所在城市", "希望怎么处理")
    told = case("我想在车铃上刻女儿的名字，你们能不能刻？", settings=settings)
    assert abstain(told, ()).collect == ("所在城市",)


def test_who_has_said_little_is_asked_what_it_is_about():
    settings = _of("提交运营岗", "zh-Hans", "具体情况", "所在城市")
    assert abstain(case("刻字", settings=settings), ()).collect == ("具体情况", "所在城市")


def test_what_the_clients_own_words_promise_is_not_said_twice():
    settings = replace(
        SETTINGS, unknown_topic=UnknownTopic("这个没写，我提交运营岗确认后回复您", (), "提交 client_ops")
    )
    assert abstain(case("车铃能刻字吗", settings=settings), ()).say == "这个没写，我提交运营岗确认后回复您。"


def test_a_contact_that_the_instruction_names_by_its_key_is_asked_and_called_by_its_name():
    contacts = {**SETTINGS.contacts, "care_team": Contact("care_team", "关怀组")}
    settings = replace(_of("提交 care_team"), contacts=contacts)
    abstained = abstain(case("车铃能刻字吗", settings=settings), ())
    assert abstained.escalate_to == "care_team"
    assert "care_team" not in abstained.say
    assert "关怀组" in abstained.say
