from __future__ import annotations

import pytest

from copilot.answer import Alert, Protocol
from copilot.language import fold
from copilot.signals.emergency.detection import detect
from copilot.signals.emergency.never_say import forbidden_by, holding_at, quoted_in
from copilot.signals.emergency.protocols import _table
from copilot.signals.forbidden import find_forbidden
from knowledge.model import ClientSettings
from tests.copilot.signals.emergency.saying import saying

SHOP = ClientSettings(id="shop", name="好物")


def standing(*never_say: str, turn_index: int = 0) -> Alert:
    """An alert whose protocol forbids these lines."""
    protocol = Protocol(title="t", steps=(), say="s", never_say=never_say)
    return Alert(
        level="emergency", category="medical", turn_index=turn_index, quote="q", services=(),
        protocol=protocol, reason="r",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("请您耐心等待", "麻烦您再耐心等一下"),
        ("请您耐心等待", "辛苦您等待回复"),
        ("我没有权限", "我们一线这边无法查询的"),
        ("专员一小时内回复", "安全专家会在两个小时内与您联系"),
        ("专员一小时内回复", "稍后会有专人给您回电"),
        ("先核实一下订单号", "请问您的订单号是多少"),
        ("您先冷静", "您别着急，别激动"),
        ("这是用户隐私，无法提供", "用户信息属于隐私"),
        ("请走流程，三个工作日", "需要您发传真提供相关文件"),
        ("请走流程，三个工作日", "我们三到四个小时内会处理"),
        ("想开点", "您别想太多，为这个不值得"),
        ("Please wait", "Kindly be patient while we look"),
        ("A specialist will reply within the hour", "Someone will call you back later"),
        ("Let me verify your order number first", "Could you share your booking reference please"),
    ],
)
def test_what_a_protocol_forbids_is_found_in_other_words(line: str, said: str) -> None:
    assert forbidden_by(line).search(fold(said))


@pytest.mark.parametrize(
    "said",
    [
        "请现在就拨120，我不挂断",
        "我十分钟内给您回电",
        "我已经把车牌报给安全中心了，他们现在派人过去",
        "您在哪里，身边有没有人",
        "I am staying on the line, call 120 now",
    ],
)
def test_what_helps_is_not_forbidden(said: str) -> None:
    lines = (*_table()["common"]["never"]["zh"], *_table()["common"]["never"]["en"])
    assert not any(forbidden_by(line).search(fold(said)) for line in lines)


def test_every_reviewed_line_has_a_kernel() -> None:
    rows = _table()["categories"].values()
    reviewed = (_table()["common"]["never"], *(row.get("never", {}) for row in rows))
    lines = [line for group in reviewed for language in group.values() for line in language]
    assert all("|" in forbidden_by(line).pattern for line in lines)


def test_a_line_of_the_client_is_looked_for_in_its_own_words() -> None:
    assert quoted_in(("保持通话：不转接，不说“稍后回电”", "Never say 'we are busy'")) == (
        "稍后回电",
        "we are busy",
    )
    assert forbidden_by("稍后回电").search("我们稍后回电")


def test_an_urgent_matter_may_be_answered_within_the_hour() -> None:
    lines = ("请您耐心等待", "专员一小时内回复", "自家的话")
    assert holding_at(lines, "urgent") == ("请您耐心等待", "自家的话")
    assert holding_at(lines, "emergency") == lines


def test_the_agent_who_says_what_the_protocol_forbids_is_told_so() -> None:
    talk = saying("我爸倒下了", "@请您耐心等待，专员一小时内回复")
    (check, *_) = find_forbidden(talk, SHOP, (standing("请您耐心等待"),))
    assert (check.kind, check.where, check.turn_index) == ("forbidden_wording", "turn", 1)
    assert check.quote in talk.turns[1].text


def test_what_was_said_before_the_alert_is_no_breach() -> None:
    talk = saying("你好", "@请您耐心等待", "我爸倒下了")
    assert find_forbidden(talk, SHOP, (standing("请您耐心等待", turn_index=2),)) == ()


def test_one_sentence_is_one_breach() -> None:
    talk = saying("我爸倒下了", "@请您耐心等待我们一线无权处理，专员一小时内回复")
    alert = standing("请您耐心等待", "我没有权限", "专员一小时内回复")
    assert len(find_forbidden(talk, SHOP, (alert,))) == 1


def test_who_refuses_the_police_is_told_so() -> None:
    talk = saying(
        "你好 江陵分局刑侦大队 我姓周 警号031774 要调取车主电话",
        "@不好意思，这属于用户隐私，需要您发传真过来",
    )
    alerts = detect(talk, None, None).alerts
    assert any("规程" in check.message for check in find_forbidden(talk, SHOP, alerts))
