from __future__ import annotations

import pytest

from copilot.suggestion.sums.amounts import face_value, price_of_thing


def _steps(money) -> list[str]:
    return [f"{c.expression} = {c.amount:g}" for c in money.workings]


CANCELLED = """取消租车。

| 距取车 | 取消费（租金的） |
|---|---|
| 7 天以上 | 5% |
| 2–6 天 | 20% |

家里老人住院的，凭证明，取消费减半。
"""


def test_after_a_charge_the_rest_of_the_price_comes_back(worked):
    money = worked(CANCELLED, "[订单] 租金 300.00 元｜取车 03-08", "还有5天取车 不租了 取消费多少")
    assert _steps(money) == ["300 × 20% = 60", "300 − 60 = 240"]


def test_what_is_charged_or_left_is_no_sum_that_anybody_grants(worked):
    assert worked(CANCELLED, "[订单] 租金 300.00 元｜取车 03-08", "还有5天取车 不租了").amount is None


def test_a_charge_is_halved_where_the_customer_names_that_case(worked):
    said = "还有5天取车 我爸住院了 取消费能少点吗"
    money = worked(CANCELLED, "[订单] 租金 300.00 元｜取车 03-08", said)
    assert _steps(money) == ["300 × 20% = 60", "60 ÷ 2 = 30", "300 − 30 = 270"]


PRICES = """维修价目。

| 项目 | 收费 |
|---|---|
| 换内胎 | 40 元 |
| 换刹车线 | 25 元 |
"""


def test_a_charge_beyond_the_list_comes_back(worked):
    money = worked(PRICES, "[订单] 换内胎 60.00 元 已付", "换内胎收我60 你们价目没这么贵")
    assert _steps(money) == ["60 − 40 = 20"]


def test_without_a_complaint_nothing_is_compared(worked):
    assert not worked(PRICES, "[订单] 换内胎 60.00 元 已付", "换内胎多久能好").workings


def test_an_operand_of_a_formula_is_found_under_its_own_name(worked):
    card = "[月卡] 原价 30.00 元 活动价实付 21.00 元｜已骑 4 次"
    money = worked("退卡：实付 − 已骑次数 × 1.5 元。\n", card, "月卡不要了 退卡 能退多少")
    assert _steps(money) == ["21 − 4 × 1.5 = 15"]


def test_a_count_without_a_unit_is_read_from_the_record(worked):
    money = worked("年卡退卡：96 ÷ 12 × 剩余整月数。\n", "[年卡] 96.00 元｜剩余整月 5", "年卡退卡 退多少")
    assert _steps(money) == ["96 ÷ 12 × 5 = 40"]


def test_a_charge_listed_several_times_comes_back_as_often(worked):
    card = "[扣款] 保险 01-05 6.00、02-05 6.00、03-01 6.00"
    assert _steps(worked("没开通就扣的保险费全退。\n", card, "没开通保险费怎么扣了 全退")) == ["6 × 3 = 18"]


def test_the_gap_of_two_prices_and_a_share_are_paid_together(worked):
    rule = "给了低一档的车的，退两档差价，另补租金 10%。\n"
    money = worked(rule, "[订单] 租金 200.00 元｜实际给车 120 元档", "订的高档 给了低一档的车 差价退我")
    assert _steps(money) == ["200 − 120 = 80", "200 × 10% = 20", "80 + 20 = 100"]


def test_a_whole_with_a_fee_includes_the_fee_of_the_record(worked):
    rule = "车没给成的，全额退（含服务费）。\n"
    money = worked(rule, "[订单] 租金 80 元 × 2，服务费 6 元", "车没给成 钱退我")
    assert _steps(money) == ["160 + 6 = 166"]


def test_no_sum_is_made_of_two_fees(worked):
    rule = "重算以后退差额。\n"
    assert not worked(rule, "[订单] 骑行费 3.00 元｜调度费 15.00 元", "差额退我").workings


def test_a_missing_thing_is_paid_back_at_its_own_price(workshop):
    said = ("[订单] 实付 90.00 元｜缺：车锁 1 把 22.50 元", "少了把车锁")
    shop = workshop("退漏的那件，按实付退。\n")
    assert price_of_thing(shop.rules(*said)[0], shop.case(*said)) == 22.5


def test_a_rule_about_the_whole_order_is_no_rule_about_one_thing(workshop):
    said = ("[订单] 实付 90.00 元｜缺：车锁 1 把 22.50 元", "少了把车锁 整单退")
    shop = workshop("漏了那件的，可以整单全额退。\n")
    assert price_of_thing(shop.rules(*said)[0], shop.case(*said)) is None


def test_a_coupon_has_one_face_value_or_none():
    assert face_value("另发 1 张 8 元补偿券") == 8
    assert face_value("发 5 元券或 8 元券") is None
    assert face_value("退 8 元") is None


def test_what_is_left_of_a_sum_is_not_taken_from_it_again(worked):
    rule = "自动续费扣了钱：用过的券，每张按 5 元从 16 元里减。\n"
    money = worked(rule, "[月卡] 自动续费 16.00 元｜券用 1 张，剩 5 张", "自动续费扣了钱 用过一张券 退我")
    assert _steps(money) == ["16 − 5 × 1 = 11"]


def test_a_least_charge_is_no_sum_of_the_case(worked):
    body = "| 项目 | 标准 |\n|---|---|\n| 违约金 | 未还部分 × 5%，每期最低 10 元 |\n"
    assert worked(body, "[账单] 违约金 38.00 元", "违约金怎么算的").amount != 10


CHANGED = """退票手续费。

| 距开航 | 手续费（按实付票价） |
|---|---|
| 24 小时以上 | 10% |

改签过的票再退，手续费加 10 个百分点。
"""


@pytest.mark.parametrize(("card", "share"), [("｜已改签 1 次", 20), ("", 10)])
def test_percentage_points_are_added_only_in_their_case(worked, card, share):
    money = worked(CHANGED, f"[订单] 实付 195.00 元{card}", "还有30小时开航 退票扣多少手续费")
    assert _steps(money)[0] == f"195 × {share}% = {195 * share / 100:g}"


def test_a_share_for_each_full_period_late_counts_the_days(worked):
    body = "维修过了约定取件日：每过满 3 日减维修费 5%，最多减 20%。\n"
    money = worked(body, "[维修单] 维修费 1500.00 元", "维修过了约定取件日7天 减多少维修费")
    assert _steps(money)[0] == "1500 × 5% × 2 = 150"


FLEET = """团体票退票。

| 距出发 | 手续费（按实付） |
|---|---|
| 2–6 天 | 15% |
| 1 天以内 | 30% |
"""


def test_of_a_part_that_is_given_up_only_its_own_price_counts(worked):
    money = worked(
        FLEET, "[订单] 14 张｜实付 728.00 元｜出发 03-06", "还有3天出发 手续费多少 退3张 剩下的照去"
    )
    assert _steps(money) == ["728 ÷ 14 × 3 = 156", "156 × 15% = 23.4", "156 − 23.4 = 132.6"]


def test_where_all_is_given_up_the_whole_price_counts(worked):
    money = worked(FLEET, "[订单] 14 张｜实付 728.00 元｜出发 03-06", "还有3天出发 手续费多少 都不去了")
    assert _steps(money)[0] == "728 × 15% = 109.2"


POINTS = "- 改签过一次的票再退，比例加 10 个百分点。\n"


@pytest.mark.parametrize(("record", "percent"), [("已改签 1 次", 25), ("未改签", 15)])
def test_points_are_added_where_the_record_says_so(worked, record, percent):
    money = worked(
        f"{FLEET}\n{POINTS}", f"[订单] 实付 200.00 元｜{record}｜出发 03-06", "还有3天出发 手续费多少"
    )
    assert _steps(money)[0] == f"200 × {percent}% = {2 * percent}"


def test_a_price_for_one_square_metre_is_no_price_of_the_whole(worked):
    body = "热费。\n\n| 用途 | 单价 |\n|---|---|\n| 居民 | 22.5 元/平方米 |\n"
    assert not worked(body, "[账单] 居民热费 2520.00 元", "居民热费凭什么收我这么多").workings


RECOUNT = "| 情况 | 处理 |\n|---|---|\n| 锁已闭合还在计费 | 按闭合时间重算，多收的全退 |\n"


def test_what_is_charged_too_much_is_not_all_that_was_charged(worked):
    assert worked(RECOUNT, "[订单] 骑行费 8.00 元", "锁已闭合还在计费 多的退我").amount is None
    assert worked(RECOUNT, "[订单] 骑行费 8.00 元", "锁已闭合还在计费 多收我 5 元 退我").amount == 5


LATE_FEE = "| 项目 | 标准 |\n|---|---|\n| 违约金 | 最低还款额未还部分 × 5% |\n"


def test_a_charge_for_paying_late_is_taken_from_no_price(worked):
    record = "[账单] 最低还款额 1260.00 元｜已还 400.00 元"
    assert _steps(worked(LATE_FEE, record, "违约金怎么算的")) == ["(1260 − 400) × 5% = 43"]
