from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats import (
    cohen_kappa,
    f1_of_jaccard,
    fisher_exact,
    percentile,
    population_stability,
    sign_test,
    wilson,
)


def test_wilson_matches_published_values() -> None:
    interval = wilson(0.5, 10)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2366, 0.7634)


def test_no_harm_in_few_cases_is_no_proof_of_none() -> None:
    assert wilson(0.0, 20).high == pytest.approx(0.161, abs=0.001)


@given(st.integers(0, 200), st.integers(1, 200))
def test_the_interval_holds_the_value_and_stays_within_0_and_1(good: int, more: int) -> None:
    n = good + more
    interval = wilson(good / n, n)
    assert 0 <= interval.low <= good / n + 1e-12
    assert good / n - 1e-12 <= interval.high <= 1


def test_mcnemar_exact_of_one_against_nine() -> None:
    assert sign_test(1, 9) == pytest.approx(0.021484375)
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 5) == 1.0


def test_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3, 1, 2, 4], 0.5) == 2
    assert percentile([3, 1, 2, 4], 0.95) == 4
    assert percentile([], 0.5) is None


def test_kappa_is_none_without_items_one_for_agreement_and_zero_for_chance() -> None:
    assert cohen_kappa([], []) is None
    assert cohen_kappa(["a", "b"], ["a", "b"]) == 1.0
    assert cohen_kappa(["a", "a"], ["a", "a"]) == 1.0
    assert cohen_kappa(["a", "a", "b", "b"], ["a", "b", "a", "b"]) == 0.0


def test_the_same_distribution_is_stable_and_another_is_not() -> None:
    assert population_stability({"a": 50, "b": 50}, {"a": 500, "b": 500}) < 0.01
    assert population_stability({"a": 90, "b": 10}, {"a": 10, "b": 90}) > 0.25


def test_f1_of_tp_2_fp_1_fn_1() -> None:
    assert f1_of_jaccard(2 / 4) == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))


def test_fishers_p_is_the_textbook_value_and_one_without_a_difference() -> None:
    assert fisher_exact(1, 10, 11, 14) == pytest.approx(0.0027594, abs=1e-6)
    assert fisher_exact(5, 50, 10, 100) == pytest.approx(1.0)
    assert fisher_exact(0, 10, 0, 20) == 1.0
