from __future__ import annotations

import pytest

from copilot.quantities import find_quantities
from copilot.suggestion.sums.stepped import is_stepped, stepped


def worked(told: str, said: str, beside: str = "") -> float | None:
    result = stepped(told, find_quantities(said), beside)
    return result.amount if result else None


@pytest.mark.parametrize(
    ("told", "said", "sum_"),
    [
        ("前 3 公里 8 元，之后每公里 2 元", "一共 10 公里", 22),
        ("首重 1 公斤 12 元，续重每公斤 3 元", "包裹 4 公斤", 21),
        ("首小时 5 元，之后每小时 3 元，最高 20 元", "停了 9 小时", 20),
        ("3 公里内 8 元，超出的每公里 2 元", "才 2 公里", 8),
        ("起步 20 分钟 3 元，之后每 10 分钟 1.5 元", "骑了 40 分钟", 6),
    ],
)
def test_the_first_stretch_has_its_price_and_each_further_unit_its_own(told, said, sum_):
    assert worked(told, said) == sum_


def test_a_begun_step_counts_whole_only_where_a_rule_says_so():
    told = "首小时 5 元，之后每小时 3 元"
    assert worked(told, "停了 90 分钟") is None
    assert worked(told, "停了 90 分钟", "不足一小时按一小时算") == 8


def test_two_amounts_of_the_unit_or_none_are_no_sum():
    told = "前 3 公里 8 元，之后每公里 2 元"
    assert worked(told, "去 10 公里 回 12 公里") is None
    assert worked(told, "不知道多远") is None


def test_a_plain_rate_is_no_tariff_in_steps():
    assert not is_stepped("每公里 2 元")
    assert not is_stepped("前 3 公里免费，之后每公里 2 元")
