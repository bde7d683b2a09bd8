from __future__ import annotations

import pytest

from copilot.quantities import find_quantities
from copilot.suggestion.sums.beyond import beyond_free, days_counted
from copilot.suggestion.sums.rates import rated
from copilot.suggestion.sums.shares import share_of


@pytest.mark.parametrize(
    ("count", "unit", "told", "left", "written"),
    [
        (6, "天", "从第 4 天起算", 3, "(6 − 3)"),
        (4.3, "米", "超过 3 米的部分算,不足半米按半米", 1.5, "1.5"),
        (35, "米", "含 20 米线", 15, "(35 − 20)"),
        (5, "层", "从 3 楼起", 3, "(5 − 2)"),
        (6, "天", "按天收", 6, "6"),
    ],
)
def test_only_what_is_beyond_the_free_part_counts(count, unit, told, left, written):
    counted = beyond_free(count, unit, told)
    assert counted is not None
    assert (counted.value, counted.text) == (left, written)


def test_within_the_free_part_nothing_counts():
    assert beyond_free(2, "米", "超过 3 米的部分算") is None


def test_two_numbers_of_days_count_nothing():
    assert days_counted("每天收", find_quantities("晚了 6 天，押金 3 天退")) is None


def test_a_daily_share_is_counted_by_days_beyond_the_free_ones():
    rule = "每天收月租的 0.1%，从第 4 天起算"
    result = share_of(rule, 3000, find_quantities("月租 3000 元，逾期 6 天"))
    assert result is not None
    assert (result.amount, result.expression) == (9, "3000 × 0.1% × (6 − 3)")


def test_a_daily_share_without_days_is_no_sum():
    assert share_of("每天收月租的 0.1%", 3000, find_quantities("月租 3000 元")) is None


def test_two_ways_are_no_two_tickets():
    assert rated("改场次每张 15 元", find_quantities("两个办法都说说")) is None


def test_what_is_used_up_is_taken_from_the_sum():
    result = rated("每张按 5 元从 16.9 元里减", find_quantities("用 1 张，剩 5 张"))
    assert result is not None
    assert (result.amount, result.expression) == (11.9, "16.9 − 5 × 1")
