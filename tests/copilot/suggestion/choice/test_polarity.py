from __future__ import annotations

import pytest

from copilot.suggestion.choice.polarity import disagree


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        ("秒杀、限购", "11-19 起降价（非秒杀）"),
        ("没有急送仓", "收货：苏州（急送仓城市）"),
        ("开立后", "收据 未开立"),
    ],
)
def test_what_one_denies_and_the_other_says_disagrees(rule, case):
    assert disagree(rule, case)


@pytest.mark.parametrize(
    ("rule", "case"),
    [("没有合约", "无合约"), ("合约期内", "合约还有三个月"), ("无法修复", "修复了"), ("非常晚", "常晚到")],
)
def test_what_both_say_or_neither_denies_agrees(rule, case):
    assert not disagree(rule, case)


@pytest.mark.parametrize("record", ["采购：未开始｜", "保价：无", "采购：否｜"])
def test_a_record_denies_behind_the_name(record):
    assert disagree(record[:2], record)


def test_what_is_unfinished_is_there():
    assert not disagree("相册", "相册：未完成")
