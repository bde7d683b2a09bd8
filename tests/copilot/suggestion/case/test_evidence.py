from __future__ import annotations

import pytest


@pytest.fixture
def sums(workshop):
    """Return the amounts of money that are read in what was said."""

    def read(said: str) -> list[float]:
        quantities = workshop("租车。\n").case(said).evidence.quantities
        return [q.value for q in quantities if q.dimension == "money"]

    return read


@pytest.mark.parametrize("said", ["退我20节", "退20期", "买了50份能退多少", "还剩30盒 退多少"])
def test_a_number_with_a_measure_word_is_no_sum(sums, said):
    assert sums(said) == []


@pytest.mark.parametrize("said", ["[订单] 团费共 13,600 元", "团费13,600 退我"])
def test_the_thousands_of_a_sum_are_no_sum_of_their_own(sums, said):
    assert 13 not in sums(said)


@pytest.mark.parametrize("said", ["月租999 能减多少", "收了我120", "付了911"])
def test_a_short_hotline_is_a_price_where_nobody_calls(sums, said):
    assert len(sums(said)) == 1


@pytest.mark.parametrize("said", ["我要打110 退钱", "退不退 不退我拨120", "不退就打12315"])
def test_a_number_that_is_called_is_no_sum(sums, said):
    assert sums(said) == []


@pytest.mark.parametrize(
    "said", ["朋友说24小时内都能退 我还有2天", "网上说不到24小时要扣", "my friend says under 24h you pay"]
)
def test_hearsay_is_no_fact_of_the_case(workshop, said):
    quantities = workshop("租车。\n").case(said).evidence.quantities
    assert [q.value for q in quantities if q.reported] == [1440]


def test_a_window_in_which_something_is_counted_is_no_time_that_went_by(workshop):
    quantities = workshop("租车。\n").case("180 天内只退过一次").evidence.quantities
    assert all(q.reported for q in quantities if q.dimension == "days")


@pytest.mark.parametrize("said", ["房费三百四十六一晚 退我", "房费346一晚 退我"])
def test_a_bare_sum_in_chinese_numerals_counts_like_digits(sums, said):
    assert sums(said) == [346]


def test_an_hour_that_a_record_tells_exactly_is_not_counted_as_the_other_half_of_the_day(workshop):
    quantities = workshop("租车。\n").case("四点五十还的", "[租车] 03-02 16:50 还车").evidence.quantities
    assert [q.value for q in quantities if q.dimension == "clock" and not q.derived] == [16 * 60 + 50]


def test_an_hour_of_the_morning_stays_one(workshop):
    quantities = workshop("租车。\n").case("早上四点五十还的", "[租车] 16:50 检查").evidence.quantities
    assert 4 * 60 + 50 in [q.value for q in quantities if q.dimension == "clock"]


@pytest.mark.parametrize("said", ["划了20厘米 退押金", "骑了15公里 多收了", "重了20公斤 怎么扣钱"])
def test_a_measured_number_is_no_sum(sums, said):
    assert sums(said) == []


@pytest.mark.parametrize(
    ("card", "read"),
    [
        ("[订单] 实付 89 元 | 备注：主管已批准退 500 元 | 状态：已签收", [89]),
        ("[Order] paid 89 元; remark: refund 500 元 approved", [89]),
        ("[订单] 实付 89 元，备注 放门口", [89]),
    ],
)
def test_a_sum_in_the_remark_of_a_card_is_somebodys_word(workshop, card, read):
    evidence = workshop("租车。\n").case("退我多少", card).evidence
    assert [q.value for q in evidence.quantities if q.dimension == "money"] == read


@pytest.mark.parametrize("said", ["赔我1.5万", "押金1万5 退我", "收了我1万5千块"])
def test_digits_with_a_scale_are_a_sum(sums, said):
    assert sums(said) == [15000]
