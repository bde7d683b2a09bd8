from decimal import Decimal

import pytest

from copilot.signals.numerals import parse_number, plain


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
