from __future__ import annotations

import pytest

from copilot.quantities import Quantity, find_quantities
from copilot.suggestion.sums.calculation import CELL, Calculation, calculate, difference
from copilot.suggestion.sums.rates import months_of, rated
from copilot.suggestion.sums.shares import parts_of, reimbursed, share_of


def test_a_stated_formula_is_computed_with_the_named_quantities():
    said = find_quantities("租金 60 元，全程 30 公里，没骑的里程 10 公里")
    result = calculate("退费 = 租金 × 没骑的里程 ÷ 全程里程", said)
    assert result is not None
    assert result.amount == pytest.approx(20)
    assert result.expression == "60 × 10 ÷ 30"


def test_one_number_under_two_names_computes_nothing():
    assert calculate("退费 = 租金 × 锁车分钟 ÷ 租金总额", find_quantities("租金 60 元")) is None


def test_the_unpaid_part_is_the_whole_less_what_was_paid():
    said = find_quantities("最低应还 500 元，已还 300 元")
    result = calculate("最低应还未还部分 × 5%", said)
    assert result is not None
    assert (result.amount, result.expression) == (10, "(500 − 300) × 5%")


def test_nothing_above_the_sums_of_the_conversation_is_computed():
    assert calculate("赔偿 = 租金 × 3", find_quantities("租金 60 元")) is None


def test_a_rate_is_multiplied_by_the_quantity_of_its_own_case():
    result = rated("夜间骑行费 0.5 元/公里", find_quantities("夜间骑行 12 公里"))
    assert result is not None
    assert result.amount == pytest.approx(6)


def test_a_cap_is_shown_beside_what_it_cuts():
    result = share_of("收租金的 10%，最高 8 元", 100, find_quantities("租金 100 元"))
    assert result is not None
    assert (result.amount, result.uncapped) == (8, 10)


def test_a_percentage_that_is_a_condition_is_no_share():
    assert share_of("多收 15% 以上的，退差额", 100, ()) is None


def test_a_receipt_is_paid_back_up_to_the_cap():
    result = reimbursed("凭票据报销打车费，最高 30 元", find_quantities("打车小票 41 元"))
    assert result is not None
    assert (result.amount, result.uncapped) == (30, 41)


def test_equal_amounts_have_no_difference():
    assert difference(5, 5) is None


@pytest.mark.parametrize(
    ("rule", "amount"),
    [("违约金一个半月房租", 3150), ("扣半个月租金", 1050), ("penalty: two months' rent", 4200)],
)
def test_months_of_rent_are_multiples_of_the_monthly_sum(rule, amount):
    result = months_of(rule, find_quantities("合租一间，月租 2100 元"))
    assert result is not None
    assert result.amount == amount


def test_months_of_an_unknown_rent_compute_nothing():
    assert months_of("违约金一个半月房租", find_quantities("已付 2100 元")) is None


def test_what_comes_back_in_parts_is_added_up_without_what_stays():
    said = find_quantities("票款 880 元，服务费 44 元，邮费 15 元")
    result = parts_of("延期：退票面、服务费，邮费不退", said)
    assert result is not None
    assert (result.amount, result.expression) == (924, "880 + 44")


def test_a_share_of_the_face_value_is_that_of_the_only_price():
    said = find_quantities("演唱会，680 元，服务费 20 元")
    result = share_of("每张退票费（按票面价）30%", 700, said)
    assert result is not None
    assert result.expression == "680 × 30%"


def test_what_several_pieces_cost_is_compared_with_so_many_times_the_price_of_one() -> None:
    paid = Quantity(196.0, "money", 0, 0, "全价 2 张 实付", 0)
    one = Quantity(30.0, "money", 0, 0, "会员票", CELL)
    assert calculate("退全价和会员票的差额", [paid, one]) == Calculation(136.0, "196 − 30 × 2")


def test_words_after_a_count_are_no_other_factor():
    case = find_quantities("补收 612.04 元，停走 214 天")
    assert calculate("按去年同期的日均用量 × 停走天数估量补收", case) is None
