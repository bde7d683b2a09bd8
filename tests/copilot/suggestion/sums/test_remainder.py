"""What comes back for the part that was not used, of several units, less a fixed fee, by the night."""

from __future__ import annotations

import pytest

BROKEN = """包车出故障。

| 情况 | 怎么办 |
|---|---|
| 半路抛锚换乘 | 退未走里程票款 |
"""


def test_the_share_of_the_price_that_was_not_used_comes_back(steps):
    record = "[班次] 半路抛锚换乘｜票价 150.00 元｜全程 200 公里，抛锚前已行 80 公里"
    assert steps(BROKEN, record, "半路抛锚换乘 退多少") == ["150 × 120 ÷ 200 = 90"]


@pytest.mark.parametrize(
    "told", ["全程 200 公里", "已行 80 公里", "全程 200 公里，已行 80 公里，已行 90 公里"]
)
def test_without_the_whole_and_one_part_nothing_is_worked_out(steps, told):
    assert steps(BROKEN, f"[班次] 半路抛锚换乘｜票价 150.00 元｜{told}", "半路抛锚换乘 退多少") == []


TICKETS = """车票退款。

| 距发车 | 手续费（按票价） |
|---|---|
| 2–24 小时 | 20% |
"""


def test_a_share_of_the_price_of_one_counts_for_all_that_are_given_back(steps):
    record = "[订单] 30 张｜58.00 元/张｜距发车 11 小时"
    found = steps(TICKETS, record, "车票全退 手续费多少")
    assert found[:2] == ["30 × 58 = 1740", "1740 × 20% = 348"]


def test_of_one_that_is_given_back_the_count_of_all_says_nothing(steps):
    record = "[订单] 30 张｜58.00 元/张｜距发车 11 小时"
    assert "1740 × 20% = 348" not in steps(TICKETS, record, "车票只退一张 手续费多少")


FEES = """取消送车。

| 状态 | 怎么收 |
|---|---|
| 已排车，3 天以上 | 扣 100 元，坐席直接取消 |
"""


def test_the_price_less_a_fixed_fee_comes_back(steps):
    record = "[订单] 折叠车 3680.00 元｜已排车｜送车 03-10"
    assert steps(FEES, record, "已排车 还有7天 我不要了 取消") == ["3680 − 100 = 3580"]


def test_a_fee_that_somebody_has_yet_to_try_for_leaves_no_sum(steps):
    tried = FEES.replace("扣 100 元", "拦到扣 100 元，不保证")
    record = "[订单] 折叠车 3680.00 元｜已排车｜送车 03-10"
    assert steps(tried, record, "已排车 还有7天 我不要了 取消") == []


HEADS = """寄车运费。

| 目的地 | 首重1公斤（元） | 续重每公斤（元） |
|---|---|---|
| 省外 | 15 | 6 |

不足1公斤按1公斤算。
"""


def test_the_unit_that_a_table_names_at_its_head_counts_for_its_numbers(steps):
    assert steps(HEADS, "寄车筐到省外 4.3公斤 运费多少") == ["15 + 6 × 4 = 39"]


STAY = """带孩子入住车友客房。

| 身高 | 早餐 |
|---|---|
| 1.2–1.4 米 | 每天 20 元 |
"""


def test_a_daily_rate_of_a_stay_counts_its_nights(steps):
    assert steps(STAY, "孩子身高1.3米 住两晚 早餐多少") == ["20 × 2 = 40"]
