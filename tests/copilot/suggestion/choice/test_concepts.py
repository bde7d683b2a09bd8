"""What is asked is recognised in the customer's words and in the rule's; so is a misunderstanding."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from copilot.conversation import Agent, Conversation, Turn
from copilot.language import fold
from copilot.suggestion.choice.concepts import (
    concepts_in,
    concepts_said,
    denies_offer,
    opening,
    patterns,
    standing,
)
from copilot.suggestion.choice.word_index import index_of


def _talk(*turns: tuple[str, str]) -> Conversation:
    return Conversation(
        "lulu",
        Agent("a", "L1"),
        tuple(Turn(i, role, text) for i, (role, text) in enumerate(turns)),  # type: ignore[arg-type]
        datetime(2026, 11, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("said", "written", "concept"),
    [
        ("那班船我不坐了", "取消订单", "cancel"),
        ("钱还我", "退款", "refund"),
        ("the box is crushed", "Damaged in transit", "damaged"),
        ("發票抬頭打錯了", "发票重开", "invoice"),
        ("这礼拜阿姨没来", "保洁服务改约", "housekeeping"),
        ("領養隻小橘要咩手續", "宠物领养条件", "pet_adoption"),
        ("量血压那机器数不准", "电子器械售后", "medical_device"),
        ("床头有个针孔对着我", "偷拍设备处置", "hidden_camera"),
        ("there's a typo in my wife's name", "Name corrections", "name_change"),
        ("they moved our flight to the evening", "Schedule changes", "schedule_change"),
        ("my suitcase never showed up", "Delayed baggage", "delayed_baggage"),
        ("changed my mind about the boots", "Refund window", "change_of_mind"),
        ("试用忘了取消", "试用与自动续费", "trial"),
        ("机器把我卡吞了", "吞卡处理", "atm"),
        ("我搬家了网能搬过去吗", "宽带移机", "broadband_move"),
        ("锁上了还在扣钱", "关锁后仍计费", "still_billing"),
        ("my kid spent 200 on coins", "未成年人充值退款", "minor_spending"),
        ("充电枪拔不下来", "Stuck connector", "ev_charging"),
    ],
)
def test_the_customer_and_the_rule_share_the_concept(said: str, written: str, concept: str) -> None:
    assert concept in concepts_in(said)
    assert concept in concepts_in(written)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("光猫亮红灯", "pet"),
        ("I feel let down", "fee"),
        ("what is the discount code", "cod"),
        ("司机闯红灯", "internet_down"),
        ("换了辆面包车", "cake"),
        ("the party is later", "furniture"),
        ("我要下一班", "course"),
    ],
)
def test_a_word_inside_another_is_not_heard(text: str, concept: str) -> None:
    assert concept not in concepts_in(text)


def test_small_talk_is_about_nothing() -> None:
    assert not concepts_in("您好，麻烦您帮我看一下，谢谢")
    assert not concepts_in("ok thanks, have a lovely day")


def test_every_pattern_is_written_as_folded_text_reads() -> None:
    for concept, pattern in patterns().items():
        words = re.sub(r"\\.", "", pattern)
        assert fold(words).replace(":", "") == words.replace("：", "").replace(":", ""), concept


def test_every_alternative_is_told_by_its_characters() -> None:
    """Otherwise it would be searched in every text."""
    assert not index_of(patterns()).unkeyed


def test_what_was_said_earlier_weighs_less() -> None:
    said = concepts_said(
        _talk(("customer", "发票开了吗"), ("agent", "开好了"), ("customer", "那快递怎么还没到"))
    )
    assert said["invoice"] < said["late"]


@pytest.mark.parametrize(
    "text",
    [
        "不是退款 是我挣的钱提不出来",
        "我问轮椅 你跟我说宠物",
        "都说了没智能机",
        "I asked about the visa, not the bag",
    ],
)
def test_a_customer_who_corrects_the_offer_is_heard(text: str) -> None:
    assert denies_offer(
        _talk(("customer", "请问一下"), ("agent", "您好，退款在订单页申请"), ("customer", text))
    )


@pytest.mark.parametrize("text", ["是不是要等三天", "又不是我弄坏的", "不是吗", "我不要了"])
def test_other_uses_of_not_are_no_correction(text: str) -> None:
    assert not denies_offer(_talk(("customer", "请问一下"), ("agent", "您好"), ("customer", text)))


def test_nothing_is_denied_before_anything_was_offered() -> None:
    assert not denies_offer(_talk(("customer", "不是退款 是提现")))


def test_the_matter_is_what_the_first_turn_of_the_topic_speaks_of():
    talk = _talk(("customer", "那班船我不坐了"), ("agent", "您好"), ("customer", "发票怎么开"))
    assert "cancel" in opening(talk)
    assert "invoice" not in opening(talk)


@pytest.mark.parametrize("greeting", ["你好 在吗", "您好，请问在吗", "hello"])
def test_a_greeting_is_not_the_matter(greeting: str) -> None:
    told = ("customer", "骑手把餐送错了 要退款")
    assert opening(_talk(("customer", greeting), told)) == opening(_talk(told)) != frozenset()


def test_a_matter_told_in_pieces_is_one_matter() -> None:
    pieces = _talk(("customer", "骑手"), ("customer", "把餐送错了"), ("customer", "要退款"))
    assert opening(pieces) == opening(_talk(("customer", "骑手 把餐送错了 要退款")))


@pytest.mark.parametrize("pressed", ["人呢 快点", "？？", "所以呢", "any update?"])
def test_who_only_presses_still_wants_what_he_asked_for(pressed: str) -> None:
    talk = _talk(("customer", "订单能退款吗"), ("agent", "请稍等"), ("customer", pressed))
    assert standing(talk) == {0, 2}


def test_a_new_question_stands_alone() -> None:
    talk = _talk(("customer", "订单能退款吗"), ("agent", "可以"), ("customer", "那发票呢"))
    assert standing(talk) == {2}
