from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from evals.evidence import Material, chinese_value, figures_in, gather, uncovered

NOW = datetime(2026, 11, 10, 15, 30, tzinfo=timezone(timedelta(hours=8)))


def words(text: str, *sources: str) -> list[str]:
    return [figure.words for figure in uncovered(text, gather(Material(talk=sources, now=NOW)))]


def test_an_amount_that_no_source_has_is_found() -> None:
    assert words("给您退77元", "退款上限25元，订单68元") == ["77元"]


@pytest.mark.parametrize("text", ["退68元", "退68.00元", "退¥68"])
def test_an_amount_that_a_source_says_in_any_writing_is_covered(text: str) -> None:
    assert words(text, "车费六十八块") == []


def test_differences_products_and_percentages_of_said_amounts_are_covered() -> None:
    assert words("差额16.8元", "预付60元，实付43.2元") == []
    assert words("退您136元", "每件68元，共2件") == []
    assert words("扣20%，退80元", "扣款20%，原价100元") == []


def test_a_share_of_a_price_of_five_digits_is_covered() -> None:
    assert words("退5250元", "合同已付 21000.00 元，这一档退 25%") == []


def test_a_date_that_a_term_leads_to_is_covered_and_another_is_not() -> None:
    assert words("11月12日前答复", "2个工作日内答复") == []
    assert words("5月20日前答复", "2个工作日内答复") == ["5月20日"]


def test_a_date_is_the_same_however_it_is_spaced_and_a_price_behind_a_month_is_none() -> None:
    assert words("3月31日停供", "供暖到 3 月 31 日") == []
    assert words("3月20日停供", "供暖到 3 月 31 日") == ["3月20日"]
    assert words("淡季11–4月50元", "淡季 11–4 月 | 50 元") == []
    assert words("4月5日前答复", "没有日子") == ["4月5日"]


def test_a_time_of_day_is_covered_by_a_term_from_a_said_time() -> None:
    assert words("16:00前回电", "30分钟内回电") == []
    assert words("19:47前回电", "30分钟内回电") == ["19:47"]


def test_a_phone_number_must_be_said() -> None:
    assert words("请打13800138000", "电话13900139000") == ["13800138000"]
    assert words("请打139-0013", "热线139-0013") == []


@pytest.mark.parametrize(
    ("said", "value"), [("两百三十", 230), ("十二", 12), ("一万五千", 15000), ("半", 0.5)]
)
def test_chinese_numbers_are_read(said: str, value: float) -> None:
    assert chinese_value(said) == value


def test_words_without_figures_have_nothing_to_cover() -> None:
    assert figures_in("我现在提交门店审核") == ()
