from __future__ import annotations

import pytest

from copilot.suggestion.sums.units import units_told


@pytest.fixture
def told(workshop):
    return lambda *said: units_told(workshop("修车课。\n").case(*said))


@pytest.mark.parametrize(
    "said", ["剩6次 每次80", "还有6次没上 80一次", "我有6次课 80块/次", "每次80 还剩六次"]
)
def test_a_price_for_one_and_a_count_in_its_unit_are_one_sum(told, said):
    units = told(said)
    assert (units.price, units.count, units.total.amount) == (80, 6, 480)


@pytest.mark.parametrize("said", ["第6次课 每次80", "剩6张 每次80", "剩6次 用了3次 每次80", "每次80"])
def test_without_one_count_in_the_price_s_own_unit_there_is_none(told, said):
    assert told(said) is None


LESSONS = """修车课退课。

- 未上课时可退：退款 = 未上课时 × 签约单价 × 90%。
- 师傅离职：未上课时全额退。
"""


def test_a_named_formula_takes_the_count_and_the_price_of_one(steps):
    assert steps(LESSONS, "还剩6次课没上 每次300 退款多少") == ["6 × 300 × 90% = 1620"]


def test_all_of_it_comes_back_where_the_customer_names_that_case(steps):
    assert steps(LESSONS, "师傅离职了 还剩6次课 每次300 退多少") == ["6 × 300 = 1800"]


PENALTY = """提前还车的违约金。

违约金 = 补贴款 × 剩余日数 ÷ 合约总日数。

- 电动车合约（730 日）补贴款 6,000 元。
- 童车合约（365 日）补贴款见合约。
"""


def test_a_formula_takes_its_terms_from_the_rule_of_the_customer_s_own_case(steps):
    assert steps(PENALTY, "电动车合约还剩292天 违约金多少") == ["6000 × 292 ÷ 730 = 2400"]


PERIODS = "车锁连续打不开，每满24小时减收当月月租3%，最高9%。\n"


def test_a_share_counts_for_every_full_period_up_to_its_cap(steps):
    assert steps(PERIODS, "车锁连续打不开两天了 当月月租 200 元 减收多少") == ["200 × 3% × 2 = 12"]
    assert steps(PERIODS, "车锁连续打不开五天了 当月月租 200 元 减收多少") == ["200 × 9% = 18"]


FIRST = "首次发生：超时费可减免50%。\n"


def test_what_is_for_the_first_time_needs_that_the_customer_says_so(steps):
    assert steps(FIRST, "超时费收了80元 第一次 能少收吗") == ["80 × 50% = 40"]


MEMBERS = """车店活动。

| 购买 | 价格 |
|---|---|
| 折叠车 | 800 元 |

金卡会员另享9折。
"""


def test_a_discount_told_beside_the_table_is_for_those_who_are_named(steps):
    assert steps(MEMBERS, "金卡会员买折叠车多少钱") == ["800 × 90% = 720"]
    assert steps(MEMBERS, "折叠车多少钱") == []


def test_a_share_of_a_reduced_price_is_not_taken_of_the_full_one(steps):
    body = "Gold members get a further 5% of the reduced price.\n"
    assert steps(body, "gold member here, the bike was £100, what do i get") == []
