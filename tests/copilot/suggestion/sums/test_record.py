from __future__ import annotations

from copilot.suggestion.sums.record import named_numbers, shown_sums


def _labels(case) -> dict[str, float]:
    return {q.label: q.value for q in named_numbers(case)}


def test_two_amounts_of_one_clause_keep_their_own_words(workshop):
    case = workshop("退卡。\n").case("[月卡] 原价 30.00 元 活动价实付 21.00 元")
    assert _labels(case) == {"原价 30.00 元": 30, "活动价实付 21.00 元": 21}


def test_a_list_of_prices_needs_no_unit(workshop):
    case = workshop("退款。\n").case("[订单] 车铃 12、车灯 30，合计 42 元")
    assert _labels(case) == {"车铃 12": 12, "车灯 30": 30, "合计 42 元": 42}


def test_dates_and_numbers_of_orders_are_no_prices(workshop):
    case = workshop("退款。\n").case("[订单] CL20260301｜03-01 20:15 付款｜尾号 6610｜in shop since 17 Feb")
    assert not named_numbers(case)


def test_sums_without_a_unit_are_no_money_that_was_shown(workshop):
    case = workshop("退款。\n").case("[年卡] 96.00 元｜剩余整月 5")
    assert [q.value for q in shown_sums(case)] == [96]
