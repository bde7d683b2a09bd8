"""Text meets text: scripts, widths and cases; positions survive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.language import detect_language, fold, in_script, quotable


@given(st.text(max_size=200))
def test_folding_keeps_every_position(text: str):
    assert len(fold(text)) == len(text)


def test_traditional_and_simplified_meet():
    assert fold("機車壞了") == fold("机车坏了")


def test_full_width_and_case_meet():
    assert fold("ＡＢ１２") == "ab12"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的退款怎么还没到", "zh-Hans"),
        ("我的退款怎麼還沒到", "zh-Hant"),
        ("where is my refund", "en"),
        ("", "zh-Hans"),
        ("iPhone15的退款怎么还没到账", "zh-Hans"),
    ],
)
def test_the_language_is_the_one_most_of_the_text_is_in(text: str, language: str):
    assert detect_language(text) == language


def test_quotes_are_compared_without_white_space_and_width():
    assert quotable("满 5 分钟，") == quotable("满5分钟,")


def test_english_is_left_as_it_is_in_any_script():
    assert in_script("refund", "zh-Hant") == "refund"
