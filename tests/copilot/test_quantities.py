from __future__ import annotations

import pytest

from copilot.quantities import bound_holds, find_bounds, find_quantities, parse_number


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("退我4块8", 4.8, "money"),
        ("1,080元", 1080, "money"),
        ("骑了3公里", 3000, "metres"),
        ("等了一个小时半", 90, "minutes"),
        ("过了两天", 2, "days"),
        ("秤上 420 克", 0.42, "weight"),
    ],
)
def test_quantities_are_read_in_base_units(text, value, dimension):
    (found,) = [q for q in find_quantities(text) if q.dimension == dimension]
    assert found.value == pytest.approx(value)


def test_a_comma_between_thousands_ends_no_clause():
    (price,) = find_quantities("押金 2,400 元，已付")
    assert price.label == "押金 2,400 元"


@pytest.mark.parametrize(
    ("rule", "said", "holds"),
    [
        ("超过 150 米", "离了200米", True),
        ("不足 2 小时", "停了3个小时", False),
        ("2–6 小时", "停了3个小时", True),
        ("200 元以下", "单价120元", True),
        ("18–22点", "21:13", True),
        ("22点后", "21:13", False),
    ],
)
def test_a_bound_holds_or_not(rule, said, holds):
    (bound,) = find_bounds(rule)
    assert bound_holds(bound, find_quantities(said)[0]) is holds


def test_what_speaks_of_another_dimension_is_not_compared():
    assert bound_holds(find_bounds("超过 150 米")[0], find_quantities("200元")[0]) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("十二", 12), ("三百", 300), ("半", 0.5), ("一头", None)),
        *(("三百五", 350), ("一百零五", 105), ("两万三", 23_000), ("一千二", 1200), ("十万零三百", 100_300)),
        *(("三十万", 300_000), ("一百二十三万", 1_230_000), ("二〇二六", 2026)),
    ],
)
def test_numbers_are_spelled_in_digits_or_characters(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize(
    ("text", "said", "holds"),
    [
        ("30 分钟–2 小时", "59分钟", True),
        ("30 分钟–2 小时", "3小时", False),
        ("48 小时–8 天", "5天", True),
        ("48 小时–8 天", "9天", False),
    ],
)
def test_a_range_may_change_its_unit(text, said, holds):
    (bound,) = find_bounds(text)
    assert bound_holds(bound, find_quantities(said)[0]) is holds


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("up to SGD 120 per room", float("-inf"), 120),
        ("HK$30", 30, 30),
        ("USD 20-40", 20, 40),
        ("over HKD 1,800", 1800, float("inf")),
    ],
)
def test_a_currency_before_the_amount_bounds_it_like_one_behind(text, low, high):
    (bound,) = find_bounds(text)
    assert (bound.dimension, bound.low, bound.high) == ("money", low, high)


@pytest.mark.parametrize(("text", "metres"), [("4米3", 4.3), ("一米三", 1.3), ("1米半", 1.5)])
def test_what_follows_metres_is_tenths(text, metres):
    assert find_quantities(text)[0].value == pytest.approx(metres)


@pytest.mark.parametrize("text", ["第二次停车", "第3件", "这是第 2 次"])
def test_an_ordinal_is_not_counted_with(text):
    assert [q.derived for q in find_quantities(text)] == [True]


@pytest.mark.parametrize(
    ("rule", "low", "high"),
    [
        ("16℃ 以上、不到 18℃", 16, 18),
        ("满 6 不满 14 周岁", 6, 14),
        ("满 3 岁，未满 12 岁", 3, 12),
        ("361–600 立方米", 361, 600),
        ("误差超过 ±3% 的", 3, float("inf")),
        ("超 10–30 分钟", 10, 30),
        ("没超 30 分钟的", float("-inf"), 30),
    ],
)
def test_two_opposite_bounds_are_one_range(rule, low, high):
    (bound,) = find_bounds(rule)
    assert (bound.low, bound.high) == (low, high)


@pytest.mark.parametrize(
    ("said", "value"), [("纯电的 4米95", 4.95), ("剩余 9 个月零 10 天", 280), ("1 小时 20 分钟", 80)]
)
def test_a_measure_told_in_two_units_is_one(said, value):
    (found,) = find_quantities(said)
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize("said", ["娃才七个月", "一个8个月大的宝宝", "she is 9 months old"])
def test_the_age_of_a_small_child_is_told_in_months(said):
    (age,) = [q for q in find_quantities(said) if q.dimension == "age"]
    assert age.value < 1


def test_a_period_is_no_age_by_itself():
    assert not [q for q in find_quantities("6 个月的合约") if q.dimension == "age"]


def test_what_is_named_beside_a_round_sum_is_no_part_of_it():
    assert [q.value for q in find_quantities("别给我什么十块二十的券") if q.dimension == "money"] == [10]


@pytest.mark.parametrize(
    ("said", "minutes"),
    [("夜里十点了还没到", 22 * 60), ("下午一点", 13 * 60), ("夜里12点", 24 * 60), ("中午十二点", 12 * 60)],
)
def test_an_hour_is_read_as_people_say_it(said: str, minutes: float) -> None:
    assert [q.value for q in find_quantities(said) if q.dimension == "clock"] == [minutes]


def test_a_little_better_is_no_hour() -> None:
    assert find_quantities("好一点了") == ()


@pytest.mark.parametrize(
    ("said", "value"), [("四五天", 5), ("二三十天", 30), ("三五天", 5), ("三十五天", 35), ("十七八天", 18)]
)
def test_two_neighbouring_numerals_are_at_most_the_second(said, value):
    assert [q.value for q in find_quantities(said)] == [value]


def test_hundreds_may_be_about_hundreds():
    assert [q.value for q in find_quantities("七八百米")] == [800]


def test_a_height_is_read_digit_by_digit():
    assert [q.value for q in find_quantities("一米二三了")] == [1.23]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("401–600 呎", "實用520呎"),
        ("20–30 坪", "我家25坪"),
        ("破口 5 厘米以内", "三公分吧"),
        ("180 公分以上", "七呎長"),
        ("3 个百分点以内", "低了2个百分点"),
        ("60 秒内", "过了40秒"),
    ],
)
def test_a_rule_and_a_customer_may_use_different_units(rule, said):
    (bound,), (quantity,) = find_bounds(rule), find_quantities(said)
    assert bound_holds(bound, quantity)


@pytest.mark.parametrize("rule", ["48 小时没有揽收记录", "72 小时未发货", "48 小时还没更新"])
def test_what_has_not_happened_for_so_long_has_not_for_longer(rule):
    (bound,) = find_bounds(rule)
    assert bound.holds(80 * 60)
    assert not bound.holds(60)


def test_a_counted_day_before_an_hour_is_a_last_day():
    bound = find_bounds("到期后第 3 个自然日 20:00 前")[0]
    assert bound.holds(1)
    assert bound.holds(3)
    assert not bound.holds(4)


def test_a_clock_has_seconds():
    first, second = find_quantities("07:21:06 扣款，07:21:31 扣款")
    assert second.value - first.value == pytest.approx(25 / 60)


@pytest.mark.parametrize(
    "said", ["charged 780.00 AUD on Monday", "780澳元", "收咗我780蚊", "a bill of 780 NZD", "780欧元"]
)
def test_a_currency_may_stand_behind_its_amount(said: str) -> None:
    assert [(q.value, q.dimension) for q in find_quantities(said)] == [(780.0, "money")]


def test_what_was_bought_together_cost_no_dollar() -> None:
    assert find_quantities("我们一块买的") == ()
    assert [q.value for q in find_quantities("就一块钱")] == [1.0]


@pytest.mark.parametrize(
    "text", ["牆上插座黑了一塊", "板刃崩了一块", "掉了三块瓷砖", "玻璃碎了2块", "电池那一块", "試過一塊 太硬"]
)
def test_pieces_of_something_are_no_money(text):
    assert [q for q in find_quantities(text) if q.dimension == "money"] == []


@pytest.mark.parametrize(
    ("text", "value"), [("那3块能不能免", 3), ("掉了五块钱", 5), ("退我一块五", 1.5), ("那一块钱", 1)]
)
def test_small_sums_are_money(text, value):
    assert [q.value for q in find_quantities(text) if q.dimension == "money"] == [value]
