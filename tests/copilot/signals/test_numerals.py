from decimal import Decimal

import pytest

from copilot.signals.numerals import in_digits, parse_number, plain


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("58.9", "58.9"),
        ("1,200", "1200"),
        ("三十", "30"),
        ("十二", "12"),
        ("两百五", "250"),
        ("一百零五", "105"),
        ("一万二", "12000"),
        ("三千", "3000"),
        ("1.5万", "15000"),
        ("1万5", "15000"),
        ("1万5千", "15000"),
        ("半", "0.5"),
        ("仨", "3"),
        ("二〇二六", "2026"),
        ("twenty", "20"),
    ],
)
def test_a_number_is_read_as_people_write_it(words: str, number: str) -> None:
    assert parse_number(words) == Decimal(number)


@pytest.mark.parametrize("words", ["", "退款", "3块", "1.2.3"])
def test_what_is_no_number_is_none(words: str) -> None:
    assert parse_number(words) is None


def test_a_plain_number_has_no_trailing_zeros_and_no_exponent() -> None:
    assert [plain(Decimal(n)) for n in ("4.80", "1E+3", "0.5", "100")] == ["4.8", "1000", "0.5", "100"]


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("三百四十六一晚", "346一晚"),
        ("票价一百六一张", "票价160一张"),
        ("二十四小时", "24小时"),
        ("一万零五百", "10500"),
        ("三万八", "38000"),
        ("赔我1.5万", "赔我15000"),
        ("付了1万5", "付了15000"),
        ("2千3一个月", "2300一个月"),
    ],
)
def test_a_whole_chinese_number_is_written_in_digits(words: str, digits: str) -> None:
    assert in_digits(words) == digits


@pytest.mark.parametrize(
    "words", ["万一", "千万别", "十分满意", "一五一十", "百分之五十", "两张", "fifty", "跑了3千米", "3千克"]
)
def test_other_words_with_numerals_stay_as_they_are(words: str) -> None:
    assert in_digits(words) == words
