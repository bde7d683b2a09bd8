"""What may stand beside the protocol of an emergency."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from copilot.answer import Alert, Protocol, Suggestion
from copilot.conversation import Agent, Conversation, Turn
from copilot.suggestion.beside_alarm import beside_alarm, emergencies, left_behind
from knowledge.model import Article

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
SAFETY = Article("A-1", "车上安全与骚扰", "", "v1")
FEES = Article("A-2", "等候费怎么收", "", "v1")


def alarm(turn: int = 0, *, category: str = "threat", level: str = "emergency", by: str = "rules") -> Alert:
    protocol = Protocol(title="", steps=(), say="", never_say=("请您耐心等待", "先核实一下订单号"))
    return Alert(
        level=level,  # type: ignore[arg-type]
        category=category,
        turn_index=turn,
        quote="",
        services=("110",),
        protocol=protocol,
        reason="",
        sources=(by,),
    )


def talk(*said: str) -> Conversation:
    turns = [
        Turn(index, "agent" if text.startswith("客服") else "customer", text, NOW)
        for index, text in enumerate(said)
    ]
    return Conversation("c", Agent("a", "L1"), tuple(turns), NOW)


def suggestion(reply: str, *steps: str) -> Suggestion:
    return Suggestion(
        id="s",
        title="",
        reply=reply,
        steps=steps,
        citations=(),
        actions=(),
        authority="within",
        confidence=0.9,
    )


def shown(reply: str, article: Article = SAFETY, *, alert: Alert | None = None) -> str | None:
    beside = beside_alarm(suggestion(reply), article, (alert or alarm(),), talk("他威胁我"))
    return beside.reply if beside else None


def test_the_rule_about_the_danger_stands_beside_its_protocol():
    assert shown("屏蔽该司机，截图请您留着。") == "屏蔽该司机，截图请您留着。"


def test_another_matter_does_not():
    assert shown("等候费退您4元。", FEES) is None


def test_an_article_that_sends_for_help_itself_does():
    assert shown("伤到人的先拨110。", FEES) == "伤到人的先拨110。"
    assert shown("等候费退您1100元。", FEES) is None


@pytest.mark.parametrize(
    ("reply", "left"),
    [
        ("截图请您留着。安全组定，我现在提交，1小时内给您答复。", "截图请您留着。安全组定，我现在提交。"),
        (
            "报上灯杆号。这一步由二线定，我现在提交，30分钟内给您答复。",
            "报上灯杆号。这一步由二线定，我现在提交。",
        ),
        ("離開易燃物，請快遞專收，報技術組1小時內。", "離開易燃物，請快遞專收。"),
        ("屏蔽该司机。威胁上门：2个工作日内答复，先登记。", "屏蔽该司机。"),
        ("有人身危险：先提供，手续在24小时内补。屏蔽该司机。", "屏蔽该司机。"),
        ("屏蔽该司机。请您耐心等待。", "屏蔽该司机。"),
        ("Block him. Our team calls back within 2 hours.", "Block him."),
        ("安全组定，10分钟内给您答复。", "安全组定，10分钟内给您答复。"),
    ],
)
def test_nothing_beside_it_puts_anybody_off(reply: str, left: str):
    assert shown(reply) == left


def test_nothing_is_left_of_what_only_puts_off():
    assert shown("3个工作日内答复您。") is None


def test_a_step_that_asks_for_the_order_first_goes():
    whole = suggestion("屏蔽该司机。", "请客户提供订单号", "提交安全组")
    beside = beside_alarm(whole, SAFETY, (alarm(),), talk("他威胁我"))
    assert beside is not None
    assert beside.steps == ("提交安全组",)


def test_what_only_the_classifier_heard_and_the_customer_has_gone_on_from_hides_nothing():
    gone_on = talk("我老公坐地上骂了一早上", "客服：您好", "书柜少了四颗螺丝")
    fees = suggestion("3个工作日内补寄。")
    assert beside_alarm(fees, FEES, (alarm(by="classifier"),), gone_on) == fees
    assert beside_alarm(fees, FEES, (alarm(2, by="classifier"),), gone_on) is None
    assert beside_alarm(fees, FEES, (alarm(by="rules"),), gone_on) is None


def test_without_alerts_nothing_is_left_to_look_after():
    assert left_behind((), talk("你好"))


def test_who_asks_with_authority_is_in_no_emergency_himself():
    urgent, official = alarm(level="urgent"), alarm(category="official_request")
    assert emergencies((urgent, official)) == ()
    assert emergencies((alarm(),)) == (alarm(),)
