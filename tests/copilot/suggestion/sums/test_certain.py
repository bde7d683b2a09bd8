"""A sum is worked out only where the rule's whole case is told: numbers that fit are not enough."""

from __future__ import annotations

ACTS = """租车订单变更。

| 距取车 | 取消 | 改期 |
|---|---|---|
| 24 小时以上 | 收租金 10% | 免费 |
| 不足 24 小时 | 收租金 50% | 收 20 元 |
"""
ORDER = "[订单] 租金 300.00 元｜取车 03-03 20:00"


def test_what_a_cancellation_costs_is_said_only_to_who_cancels(steps):
    assert steps(ACTS, ORDER, "今晚八点的车我不去了 取消要收多少")[0] == "300 × 50% = 150"
    assert steps(ACTS, ORDER, "今晚八点取车 你们门店开到几点 我怕赶不及") == []


def test_who_says_that_he_does_not_cancel_is_told_no_cost_of_it(steps):
    assert steps(ACTS, ORDER, "今晚八点取车 没有要取消 换我表妹来开可以吗") == []


STATES = """婚车退款。

| 走到哪一步 | 退多少 |
|---|---|
| 方案定稿，没采购 | 退已付款的 50% |
| 已采购，距婚期 15 天以上 | 退已付款的 25% |
"""


def test_a_state_whose_opposite_the_record_shows_gives_no_sum(steps):
    record = "[合同] 已付 2000.00 元｜采购：未开始｜婚期 05-16"
    assert "2000 × 25% = 500" not in steps(STATES, record, "婚不结了 婚车退款能退多少")


LABELLED = "团体订车看这里。\n\n超时：晚 40 分钟以上，退车费的 10%。\n"


def test_a_sentence_for_a_case_that_nobody_names_gives_no_sum(steps):
    record = "[订单] 45 辆｜车费 1350.00 元｜50 分钟前下单"
    assert steps(LABELLED, record, "团体订车改成30辆 退多少") == []


CAPPED = "积分：一张修车订单最多抵 10%。\n"


def test_the_most_that_may_be_taken_is_no_share(steps):
    assert steps(CAPPED, "修车订单花了 400 元 积分能抵多少") == []


SHARES = """车票退款。

| 距发车 | 手续费（按票价） |
|---|---|
| 2–24 小时 | 20% |

发车后有急诊记录的，24 小时内可按 30% 退。
"""


def test_another_rule_s_share_does_not_stand_in_for_that_of_the_fitting_row(steps):
    record = "[订单] 支付 58.00 元，另付 70.00 元｜发车 03-04 08:00｜距发车 17 小时"
    assert not any("30%" in step for step in steps(SHARES, record, "车票退款 手续费多少"))


GAPS = "七天内降价的，补差价。\n"


def test_two_sums_of_a_record_are_two_prices_only_where_somebody_speaks_of_them(steps):
    assert steps(GAPS, "[订单] 车锁 120.00 元｜今日 99.00 元", "买贵了 降价了补差价吗") == ["120 − 99 = 21"]
    assert steps(GAPS, "[订单] 车锁 120.00 元｜验货费 9.00 元", "锁坏了 差价能补吗") == []
    assert steps(GAPS, "[退款] 医保账户 95.60 元｜微信 12.00 元", "钱还没回来 七天内到吗") == []


LATER = """改期。

| 距取车 | 改期费 |
|---|---|
| 2 天以上 | 第一次免费，第二次起每人 30 元 |
"""


def test_what_a_further_time_costs_is_not_charged_for_the_first(steps):
    assert steps(LATER, "[订单] 2 人｜取车 03-08｜改期 0 次", "我们两个人改期 还有5天 要加钱吗") == []


HALF = """改期费按合同总额 12%。

至亲去世、新人住院：改期费减半，凭证明。
"""


def test_what_must_happen_to_himself_is_not_met_by_a_relative(steps):
    record = "[合同] 合同总额 40000.00 元"
    of_father = steps(HALF, record, "改期费多少 我爸要开刀住院 改期费能减吗")
    assert not any("÷ 2" in step for step in of_father)


MONTHS = "违约金 = 月租 × 剩余整月数 × 15%。\n\n不满一个月的部分不计。\n"


def test_of_whole_months_what_is_begun_does_not_count(steps):
    record = "[合约] 月租 80 元｜剩余 9 个月零 10 天"
    assert steps(MONTHS, record, "违约金多少") == ["80 × 9 × 15% = 108"]


def test_a_gap_counts_for_every_piece_where_the_customer_names_that_sum(steps):
    record = "[价格] 车锁 299 元，现价 219 元"
    both = steps(GAPS, record, "七天内降价了 买了两件 差的160块补给我")
    assert both == ["(299 − 219) × 2 = 160"]
    assert steps(GAPS, record, "七天内降价了 差价补给我") == ["299 − 219 = 80"]


OPEN = """婚车退款。

| 走到哪一步 | 退多少 |
|---|---|
| 签约 48 小时后，没排车 | 退已付款的 90% |
"""


def test_that_something_was_not_done_must_be_told_by_somebody(steps):
    record = "[合同] 已付 2000.00 元｜签约 02-10"
    assert steps(OPEN, record, "婚车退款 能退多少") == []
    assert steps(OPEN, f"{record}｜排车：未", "婚车退款 能退多少")[:1] == ["2000 × 90% = 1800"]


KINDS = """赔偿按折旧。

| 用了多久 | 一般车件 | 电动车件 |
|---|---|---|
| 1 年内 | 买价 90% | 买价 85% |
| 1–3 年 | 买价 70% | 买价 55% |
"""


def test_a_row_with_a_share_for_each_kind_gives_no_sum_of_either(steps):
    assert steps(KINDS, "撞坏的件按折旧赔多少 买价 200 元 用了两年") == []
