"""Text meets text: scripts, widths and cases; positions survive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.language import detect_language, fold, in_script, language_of, quotable


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


@pytest.mark.parametrize(
    ("text", "otherwise", "language"),
    [
        ("可以", "zh-Hant", "zh-Hant"),
        ("0912345678", "en", "en"),
        ("好的", "en", "zh-Hans"),
        ("減收", "zh-Hans", "zh-Hant"),
        ("后台里面几天能好", "zh-Hant", "zh-Hans"),
    ],
)
def test_where_nothing_tells_the_language_is_the_clients(text: str, otherwise, language: str):
    assert detect_language(text, otherwise) == language


def test_a_clients_own_traditional_words_stay_as_they_are_written():
    said = in_script("您这单（基地台故障，並發簡訊），我现在退款，鞋在里面", "zh-Hant")
    assert said == "您這單（基地台故障，並發簡訊），我現在退款，鞋在裡面"


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh-TW", "zh-Hant"),
        ("zh-Hant", "zh-Hant"),
        ("zh-CN", "zh-Hans"),
        ("zh-Hans-HK", "zh-Hans"),
        ("en-GB", "en"),
    ],
)
def test_a_tag_is_one_of_three_languages(tag: str, language: str):
    assert language_of(tag) == language


def test_quotes_are_compared_without_white_space_and_width():
    assert quotable("满 5 分钟，") == quotable("满5分钟,")


def test_english_is_left_as_it_is_in_any_script():
    assert in_script("refund", "zh-Hant") == "refund"
