from __future__ import annotations

import pytest

STORAGE = """停放费怎么退。

| 停放时间 | 退多少 |
|---|---|
| 不足 2 小时 | 全退 |
| 2–6 小时 | 退 50% |
| 6 小时以上 | 不退 |
"""


def test_of_a_table_only_the_row_that_fits_remains(workshop):
    rules = workshop(STORAGE).rules("我的车停了3个小时 停放费能退吗")
    rows = [rule.passage.cells for rule in rules if rule.passage.kind == "row"]
    assert rows == [("2–6 小时", "退 50%")]


TYRES = """轮胎坏了怎么办。

- 单价 200 元以下：不用寄回，直接换新。
- 单价超过 200 元：先寄回检测，收到后换新。
"""


def test_the_rule_of_the_other_side_of_a_bound_stays_silent(workshop):
    texts = [rule.passage.text for rule in workshop(TYRES).rules("轮胎单价120元 鼓包了 要换新")]
    assert any("不用寄回" in text for text in texts)
    assert not any("寄回检测" in text for text in texts)


FEE = "还车后 60 分钟内上报并传照片的，收清洗费。没做到的，清洗费全部撤销。\n"


def test_what_holds_silences_its_otherwise(workshop):
    rules = workshop(FEE).rules("还车后20分钟就上报清洗费了 这清洗费要收吗")
    assert not any("全部撤销" in rule.passage.text for rule in rules)


def test_bounds_joined_by_or_demand_only_one(workshop):
    body = "10 岁以下儿童或 70 岁以上老人，租车费减半。\n"
    (rule,) = workshop(body).rules("我儿子8岁 租车费怎么算")
    assert rule.fit.met > 0
    assert rule.fit.broken == 0


TWINS = """刹车坏了退租金。

| 坏了什么 | 持续多久 | 退 |
|---|---|---|
| 刹车、车灯 | 1–3 小时 | 20% |
| 刹车、车灯 | 3 小时以上 | 60% |
"""


def test_rows_that_share_their_case_are_told_apart_by_the_next_cell(workshop):
    rules = workshop(TWINS).rules("刹车坏了5个小时 租金退多少")
    assert [rule.passage.cells[2] for rule in rules if rule.passage.kind == "row"] == ["60%"]


SCREENING = """电影票怎么退。

| 场次 | 退票 | 改签 |
|---|---|---|
| 普通场 | 开场前 30 分钟以上，免费 | 免费 |
| 点映 | 开场前 24 小时以上，每张 5 元 | 不能 |
"""


def test_a_cell_whose_time_is_over_is_known_to_be_unmet(workshop):
    rules = workshop(SCREENING).rules("今晚八点的点映不看了 离开场还有六个小时 退票")
    (row,) = [rule for rule in rules if rule.passage.kind == "row"]
    assert row.passage.cells[0] == "点映"
    assert row.unmet == (1,)


def test_a_cell_whose_time_is_not_over_is_met(workshop):
    rules = workshop(SCREENING).rules("普通场不看了 离开场还有六个小时 退票")
    (row,) = [rule for rule in rules if rule.passage.kind == "row"]
    assert row.passage.cells[0] == "普通场"
    assert row.unmet == ()


DITTO = """电助力坏了退租金。

| 坏了什么 | 持续多久 | 退 |
|---|---|---|
| 电助力 | 1–3 小时 | 20% |
| 同上 | 3 小时以上 | 60% |
"""


def test_a_row_that_says_the_same_has_the_name_of_the_row_above(workshop):
    rules = workshop(DITTO).rules("电助力坏了5个小时 租金退多少")
    rows = [rule.passage.cells for rule in rules if rule.passage.kind == "row"]
    assert rows == [("电助力", "3 小时以上", "60%")]


PICK_UP = """取车安排。

| 什么时候报修 | 几点来取 |
|---|---|
| 16:00 前 | 当天 20:00 前 |
| 16:00 及以后 | 次日 12:00 前 |
"""


def test_a_rule_by_the_clock_asks_when_the_customer_asks(workshop):
    rules = workshop(PICK_UP).rules("我晚上八点半要用车 今天能来取吗")
    assert [rule.passage.cells[0] for rule in rules if rule.passage.kind == "row"] == ["16:00 前"]


DEPOSIT = """押金。

| 情况 | 押金 |
|---|---|
| 合约期内退租 | 扣一半 |
| 没有合约 | 全退 |
"""


def test_what_the_record_denies_does_not_speak(workshop):
    rules = workshop(DEPOSIT).rules("[租车] 无合约", "我要退租 押金怎么算")
    assert [rule.passage.cells[0] for rule in rules if rule.passage.kind == "row"] == ["没有合约"]


DAYS_BACK = """退款时间。

| 付款方式 | 租金、押金 | 配件 |
|---|---|---|
| 信用卡 | 3–7 个工作日 | 5–10 个工作日 |
"""


def test_a_column_for_several_kinds_is_named_by_any_of_them(workshop):
    rules = workshop(DAYS_BACK).rules("[退款] 押金 300 元 信用卡", "钱几天到")
    (row,) = [rule for rule in rules if rule.passage.kind == "row"]
    assert row.columns == (1,)


INVOICES = """怎么开票。

- 预付订单：发票由平台开，1 个工作日内发到邮箱。
- 到店付订单：发票由门店开，3 个工作日内寄出。
"""


def test_of_sister_cases_only_the_one_that_was_told_speaks(workshop):
    texts = [
        r.passage.text for r in workshop(INVOICES).rules("[订单] 到店付 1 天 60 元", "到店付的 发票怎么开")
    ]
    assert any("门店开" in text for text in texts)
    assert not any("平台开" in text for text in texts)


def test_sister_cases_both_speak_where_nothing_tells(workshop):
    texts = [rule.passage.text for rule in workshop(INVOICES).rules("发票怎么开")]
    assert any("门店开" in text for text in texts)
    assert any("平台开" in text for text in texts)


PROOF = "单件 25 元以内：不用照片。超过 25 元：要一张照片。\n"


def test_of_two_branches_in_one_line_only_the_one_that_holds_speaks(workshop):
    texts = [rule.passage.text for rule in workshop(PROOF).rules("少了一个车铃 20元 要照片吗")]
    assert texts == ["单件 25 元以内：不用照片。"]


LATE = """晚到给什么。

| 晚到 | 给什么 |
|---|---|
| 2 小时以上 | 餐券一张 |
| 4 小时以上 | 免费改期 |
"""


def test_of_two_rows_that_hold_the_one_that_asks_for_more_speaks(workshop):
    rules = workshop(LATE).rules("晚到了5个小时 给什么")
    assert [rule.passage.cells[1] for rule in rules if rule.passage.kind == "row"] == ["免费改期"]


BUSY = """退票费。

| 审核超时 | 退多少 |
|---|---|
| 白天超 20 分钟，夜间超 60 分钟 | 全退 |
"""


def test_two_limits_on_one_side_are_alternatives(workshop):
    (row,) = [rule for rule in workshop(BUSY).rules("审核等了40分钟") if rule.passage.kind == "row"]
    assert row.fit.met > 0
    assert row.fit.broken == 0


AHEAD = """退票。

| 离开场还有 | 退多少 |
|---|---|
| 7 天及以上 | 全退 |
| 1–2 天 | 50% |
"""


def test_the_time_before_an_event_is_not_measured_from_what_is_past(workshop):
    (row,) = [rule for rule in workshop(AHEAD).rules("2月20号买的票 退票") if rule.passage.kind == "row"]
    assert row.fit.met == 0


STOPPED = """放映中断。

- 中断超过 40 分钟，或者没恢复的：全额退票。
- 放映中断不退爆米花。
"""


def test_a_missed_limit_leaves_the_other_alternative_open(workshop):
    texts = [rule.passage.text for rule in workshop(STOPPED).rules("放映中断了30分钟 没恢复 要退票")]
    assert any("全额退票" in text for text in texts)


SHIPPING = """送货要几天。

| 送到 | 几天到 |
|---|---|
| 双北、桃园 | 隔日到 |
| 云嘉南、高屏 | 第 3 日到 |
| 离岛 | 6–9 日 |
"""


def test_a_row_for_a_region_is_told_by_a_place_in_it(workshop):
    rules = workshop(SHIPPING).rules("寄台南几天到")
    assert [rule.passage.cells[1] for rule in rules if rule.passage.kind == "row"] == ["第 3 日到"]


BANDS = """气价。

| 档 | 年用量 | 单价 |
|---|---|---|
| 第一档 | 0–360 立方米 | 2.86 元 |
| 第二档 | 361–600 立方米 | 3.43 元 |
| 第三档 | 601 立方米以上 | 4.29 元 |
"""


def test_a_row_may_have_its_condition_behind_its_name(workshop):
    rules = workshop(BANDS).rules("今年用了402立方米 气价多少")
    assert [rule.passage.cells[0] for rule in rules if rule.passage.kind == "row"] == ["第二档"]


STARTED = """订单取消收多少。

| 什么时候 | 收多少 |
|---|---|
| 接单 3 分钟内 | 不收 |
| 接单超过 3 分钟 | 收 50% |
"""


def test_a_span_that_ends_with_the_named_moment_is_not_counted_from_it(workshop):
    rules = workshop(STARTED).rules("[订单] 14:48 下单｜14:50 接单｜未取", "取消要收多少")
    assert [rule.passage.cells[0] for rule in rules if rule.passage.kind == "row"] == ["接单超过 3 分钟"]


UNMOVED = """物流怎么赔。

| 情况 | 赔什么 |
|---|---|
| 48 小时没有揽收 | 赔 5 元券 |
| 卖家反悔 | 赔 3 元券 |
"""


def test_what_is_longer_not_done_than_the_rule_asks_meets_it(workshop):
    rules = workshop(UNMOVED).rules("[物流] 02-27 10:00 填单号", "一直没揽收")
    assert [rule.passage.cells[0] for rule in rules if rule.passage.kind == "row"] == ["48 小时没有揽收"]


MOVES = """改期收多少。

| 距租车日 | 第 1 次 | 第 2 次 | 第 3 次起 |
|---|---|---|---|
| 4–10 天 | 10 元 | 20 元 | 30 元 |
"""


@pytest.mark.parametrize(
    ("said", "column"),
    [("头一回改期", 1), ("已经改过一次了 再改", 2), ("第二次改期", 2), ("[租车] 已改期 2 次", 3)],
)
def test_the_column_is_that_of_this_time(workshop, said, column):
    (row,) = (r for r in workshop(MOVES).rules(said, "改期收多少") if r.passage.kind == "row")
    assert row.columns == (column,)


@pytest.mark.parametrize("said", ["改期收多少", "打了三次电话了 改期收多少"])
def test_nobody_tells_which_time_it_is(workshop, said):
    (row,) = (r for r in workshop(MOVES).rules(said) if r.passage.kind == "row")
    assert row.columns == (1, 2, 3)


CORRECTIONS = "一个月内第 3 次起的更正由二线办。\n"


def test_what_was_done_twice_is_asked_for_the_third_time(workshop):
    (rule,) = workshop(CORRECTIONS).rules("[行程] 本月已更正 2 次", "再更正一下")
    assert rule.fit.met > 0
    assert rule.fit.broken == 0


DRESS = """租衣损坏收多少。

| 情况 | 收多少 |
|---|---|
| 破口、掉珠 | 60 元 |
| 烧洞、丢失 | 押金不退 |
"""


def test_short_cells_are_told_by_single_characters(workshop):
    rules = workshop(DRESS).rules("裙子破了个口 还掉了五颗珠子 收多少")
    assert [rule.passage.cells[0] for rule in rules if rule.passage.kind == "row"] == ["破口、掉珠"]


DAYS_AHEAD = """雪票退改。退票按离使用日 08:30 还有多久算：

| 申请时间 | 退多少 |
|---|---|
| 提前 72 小时以上 | 全额退 |
| 24–72 小时 | 扣票价的 20% |
| 24 小时以内 | 扣票价的 50% |
| 已刷闸机入园 | 不退 |
"""


@pytest.mark.parametrize(
    ("said", "band"), [("大后天的雪票退多少", "24–72 小时"), ("明天的雪票退多少", "24 小时以内")]
)
def test_a_day_that_is_only_named_is_counted_to_the_hour_that_the_article_says(workshop, said, band):
    # Asked at 15:00: 65.5 and 17.5 hours before.
    rows = [r.passage.cells[0] for r in workshop(DAYS_AHEAD).rules(said) if r.passage.kind == "row"]
    assert rows == [band]
