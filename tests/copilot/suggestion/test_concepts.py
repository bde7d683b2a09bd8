"""What is asked is recognised in the customer's words and in the rule's; so is a misunderstanding."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copilot.conversation import Agent, Conversation, Turn
from copilot.suggestion.concepts import concepts_in, concepts_said, denies_offer


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
    ],
)
def test_the_customer_and_the_rule_share_the_concept(said: str, written: str, concept: str) -> None:
    assert concept in concepts_in(said)
    assert concept in concepts_in(written)


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
