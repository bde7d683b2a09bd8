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


@pytest.mark.parametrize("said", ["月租999 能减多少", "收了我120", "付了911"])
def test_a_short_hotline_is_a_price_where_nobody_calls(sums, said):
    assert len(sums(said)) == 1


@pytest.mark.parametrize("said", ["我要打110 退钱", "退不退 不退我拨120", "不退就打12315"])
def test_a_number_that_is_called_is_no_sum(sums, said):
    assert sums(said) == []
