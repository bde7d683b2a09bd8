from __future__ import annotations

import pytest

from copilot.suggestion.choice.selection import rules_of
from copilot.suggestion.sums.due import due_date

# "Now" of the workshop is 3 March 2026, 15:00; Chinese New Year closes 15 to 23 February.
ARTICLE = """退款多久到账。

| 付款方式 | 到账时间 |
|---|---|
| 信用卡 | 3–5 个工作日 |
| 余额 | 当天 |
"""


def _due(workshop, asked: str, card: str) -> str:
    shop = workshop(ARTICLE)
    case = shop.case(card, asked)
    (row,) = [r for r in rules_of(shop.hits()[0], case) if r.passage.kind == "row"]
    return due_date(row, case)


def test_who_asks_when_hears_the_last_day(workshop):
    assert _due(workshop, "信用卡 到底哪天到", "[退款单] 03-02 10:00 退款提交｜88 元") == "（最晚3月9日）"


def test_a_day_that_is_over_is_called_so(workshop):
    assert _due(workshop, "信用卡 到底哪天到", "[退款单] 02-02 10:00 退款提交｜88 元") == "（2月9日已到期）"


@pytest.mark.parametrize(
    ("asked", "card"),
    [
        ("信用卡能退吗", "[退款单] 03-02 退款提交｜88 元"),
        ("信用卡 哪天到", "[订单] 02-01 付款｜88 元"),
        ("信用卡 哪天到", "[订单] 88 元"),
    ],
)
def test_without_the_question_or_the_begin_no_day_is_named(workshop, asked, card):
    assert _due(workshop, asked, card) == ""
