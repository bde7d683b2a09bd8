from __future__ import annotations

import numpy as np
import pytest

from copilot.suggestion.choice.usual import BUCKETS, Weights, letters, usual, usual_with


def test_letters_have_unit_length():
    assert np.linalg.norm(letters("退款几天到").weights) == pytest.approx(1.0)


def test_an_empty_text_has_letters_too():
    assert len(letters("").buckets) == 1


def test_numbers_are_alike():
    assert set(letters("扣了38块").buckets) == set(letters("扣了41块").buckets)


def test_traditional_characters_meet_simplified_ones():
    assert set(letters("退費").buckets) == set(letters("退费").buckets)


def test_english_is_read_in_words():
    assert set(letters("late parcel").buckets) & set(letters("parcel late").buckets)
    assert not set(letters("parcel").buckets) & set(letters("parce").buckets)


@pytest.mark.parametrize(
    ("seldom", "often"),
    [
        ("你们招不招人 我想来上班", "东西收到是坏的 能退吗"),
        ("可以帮我包一下 写张卡片吗 送朋友的", "退款怎么还没到账 都一个星期了"),
        ("你們請唔請兼職 我星期六得閒", "師傅遲咗兩個鐘都未到 有冇得賠"),
        ("are you hiring drivers? I have my own van", "my parcel is late, can I get a refund"),
    ],
)
def test_what_few_services_have_rules_for_is_less_usual(seldom: str, often: str):
    assert usual(seldom, None) < usual(often, None) - 0.3


def _model(dimensions: int) -> Weights:
    return Weights(np.zeros(dimensions, np.float32), np.ones(dimensions, np.float32), np.zeros(BUCKETS), 0.5)


def test_the_vector_counts_from_its_centre():
    assert usual_with(_model(2), "退款", np.array([0.25, 0.5], np.float32)) == pytest.approx(1.25)


def test_a_vector_of_another_embedder_is_left_out():
    assert usual_with(_model(2), "退款", np.ones(3, np.float32)) == pytest.approx(0.5)
