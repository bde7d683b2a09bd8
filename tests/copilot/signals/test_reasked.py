import pytest

from copilot.signals.facts import find_facts
from copilot.signals.reasked import asked_slots, find_reasked
from tests.copilot.signals.talk import talk


def reasked(*lines: str, draft: str | None = None) -> list[tuple[str, int | None]]:
    conversation = talk(*lines, draft=draft)
    return [(c.where, c.turn_index) for c in find_reasked(conversation, find_facts(conversation))]


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("c: 订单号88231177 鞋子开胶", "a: 方便提供一下订单号吗"),
        ("s: [订单卡片] 快车 3046｜等候费 4.80 元", "a: 请问您的订单号是多少？"),
        ("c: 我手机尾号3381 给我回电", "a: 请问您的联系电话是多少？"),
        ("c: 照片三张给你", "a: 请您提供一下照片"),
        ("c: 快车追尾了 人没事", "a: 请问有没有人受伤呢"),
        ("c: My order 55821 arrived broken", "a: Could you share your order number?"),
    ],
)
def test_asking_for_what_was_given_is_pointed_out(said: str, asked: str) -> None:
    assert reasked(said, asked) == [("turn", 1)]


def test_the_draft_is_checked_before_it_is_sent() -> None:
    assert reasked("c: 尾号7719 钱要全退", draft="麻烦提供一下订单号") == [("draft", None)]


@pytest.mark.parametrize(
    "lines",
    [
        ("c: 鞋子开胶了", "a: 请问订单号是多少？"),
        ("c: 订单号88231177", "a: 您的订单号88231177已经退款"),
        ("c: 订单尾号3046", "a: 尾号3046这单，对吗？"),
        ("a: 请问订单号是多少？", "c: 88231177"),
    ],
)
def test_a_needed_question_a_statement_or_a_confirmation_is_not(lines: tuple[str, ...]) -> None:
    assert reasked(*lines) == []


def test_the_slots_a_question_asks_for() -> None:
    assert asked_slots("麻烦提供订单号和联系电话") == ("order_id", "phone")
    assert asked_slots("请保持电话畅通") == ()
