from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text import fold, sentences, simplified, tokens


def test_folding_keeps_the_length() -> None:
    text = "ＡＰＰ退款１００元，沒收到㎏"
    assert len(fold(text)) == len(text)


@given(st.text())
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert len(folded) == len(text)


def test_a_long_run_of_blanks_ends_a_clause() -> None:
    text = "1" + " " * 2000 + "元"
    assert len(fold(text)) == len(text)
    assert not re.search(r"1\s*元", fold(text))
    assert re.search(r"1\s*元", fold("1" + " " * 16 + "元"))


def test_traditional_and_simplified_have_the_same_words() -> None:
    assert tokens("超商取貨延長保留") == tokens("超商取货延长保留")


def test_english_words_meet_by_their_stem() -> None:
    assert tokens("expediting parcels") == tokens("expedite a parcel")


@pytest.mark.parametrize(
    ("text", "word"), [("看SL-101那条", "sl-101"), ("收14.5元", "14.5"), ("尾号7719", "7719")]
)
def test_numbers_and_ids_stay_whole(text: str, word: str) -> None:
    assert word in tokens(text)


def test_the_parts_of_an_id_are_words_too() -> None:
    assert {"sl", "101"} <= set(tokens("SL-101"))


def test_function_words_carry_no_topic() -> None:
    assert tokens("怎么 可以 the") == ()


def test_simplified_leaves_simplified_text_alone() -> None:
    assert simplified("退款原路返回 OK") == "退款原路返回 OK"


def test_sentences_are_exact_pieces() -> None:
    text = "先退款。再补券！Is it ok? Yes. Then go; 好"
    pieces = sentences(text)
    assert all(piece in text for piece in pieces)
    assert pieces[:2] == ("先退款。", "再补券！")


def test_a_decimal_point_ends_no_sentence() -> None:
    assert sentences("The fee is 3.50 dollars per bag.") == ("The fee is 3.50 dollars per bag.",)


def test_neighbours_meet_where_segmentation_differs() -> None:
    assert set(tokens("取消费怎么算")) & set(tokens("取消要收费吗"))


def test_a_character_alone_is_a_word() -> None:
    assert tokens("退") == ("退",)
