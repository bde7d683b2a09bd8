from datetime import datetime

import pytest

from copilot.signals.promise import find_promise_in, find_promises
from tests.copilot.signals.talk import talk

SAID = datetime.fromisoformat("2026-11-10T09:30:00+08:00")


def dues(text: str) -> list[str | None]:
    found = find_promise_in(text, SAID, "Asia/Shanghai")
    return [p.due_at.strftime("%m-%d %H:%M") if p.due_at else None for p in found]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("我现在把工单交给仓库，今天下午四点前给您回消息。", "11-10 16:00"),
        ("三个工作日内他们电话答复您。", "11-13 23:59"),
        ("那就下周一上午十点，我给您回电。", "11-16 10:00"),
        ("查勘员张兵一小时内到现场拍照。", "11-10 10:30"),
        ("已约好装机师傅，明天上午10点到您家。", "11-11 10:00"),
        ("兩個工作天內財務會把退款單寄到您信箱。", "11-12 23:59"),
        ("Our claims team will call you within 3 business days.", "11-13 23:59"),
        ("I can have a locksmith there in 45 minutes.", "11-10 10:15"),
        ("稍后我把失物登记表发给您。", None),
        ("I will send your photos over to Marcus in lost property.", None),
    ],
)
def test_a_commitment_to_a_concrete_act_is_a_promise(text: str, due: str | None) -> None:
    assert dues(text) == [due]


@pytest.mark.parametrize(
    "text",
    [
        "退款一般3到5个工作日到账，具体看银行。",
        "刚才已经退了，11块5。",
        "今天退这件事我答应不了您，超出我的权限了。",
        "您48小时内把打车票传上来就行。",
        "上次同事是跟您说两天内回电，对吗？",
        "我们会一如既往为您做好服务。",
        "门店营业到晚上十点。",
        "正在给您重启端口，大概要三分钟。",
        "非常抱歉，我们会尽快为您核实处理。",
        "Refunds usually take 5 to 7 business days.",
        "Please send me the photos by 6 pm.",
    ],
)
def test_information_refusals_instructions_and_wishes_are_no_promises(text: str) -> None:
    assert dues(text) == []


def test_a_clock_that_starts_with_the_customers_act_has_no_end_yet() -> None:
    assert dues("收到您的照片后2小时内我给您退款。") == [None]


def test_only_the_agents_turns_promise() -> None:
    conversation = talk("c: 三个工作日内我给你们答复", "a: 我今天六点前给您回电", "s: 系统将于明天自动确认")
    assert [(p.turn_index, p.quote) for p in find_promises(conversation, "Asia/Shanghai")] == [
        (1, "我今天六点前给您回电")
    ]


def test_what_a_colleague_promised_in_a_record_counts_from_the_day_of_the_record() -> None:
    record = "s: [工单记录] 11-05 10:20 在线客服：请您先不要确认，三个工作日内给您答复｜状态：待处理"
    (promise,) = find_promises(talk(record), "Asia/Shanghai")
    assert promise.due_at is not None
    assert promise.due_at.strftime("%m-%d %H:%M") == "11-10 23:59"
    assert promise.quote in record
    (english,) = find_promises(
        talk("s: [Ticket] 2026-11-05 09:00 Agent: We will call you within 2 hours."), "UTC"
    )
    assert english.due_at is not None
    assert english.due_at.strftime("%m-%d %H:%M") == "11-05 11:00"


@pytest.mark.parametrize(
    "record",
    [
        "s: [订单卡片] 11-05 10:20 签收｜三个工作日内退款到账",
        "s: [工单记录] 13-45 客服：三个工作日内给您答复",
        "s: [工单记录] 11-05 客服：已登记",
        "c: 11-05 客服：三个工作日内给您答复",
    ],
)
def test_a_card_or_a_customer_promises_nothing(record: str) -> None:
    assert find_promises(talk(record), "Asia/Shanghai") == ()
