"""The arithmetic behind the figures: intervals, paired tests, agreement, drift. No state, no input."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval of a proportion, 0..1."""

    low: float
    high: float


def wilson(value: float, n: int) -> Interval:
    """Return the 95% Wilson score interval of the proportion `value` over `n` observations.

    For means of values in 0..1 (reciprocal ranks) it is conservative: their variance is at most that of
    a proportion. Without observations it is the whole range.
    """
    if n <= 0:
        return Interval(0.0, 1.0)
    z2 = _Z95 * _Z95
    centre = value + z2 / (2 * n)
    spread = _Z95 * math.sqrt(value * (1 - value) / n + z2 / (4 * n * n))
    scale = 1 + z2 / n
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def f1_of_jaccard(jaccard: float) -> float:
    """Return F1 for tp/(tp+fp+fn); the map is monotone, so that it carries intervals over."""
    return 2 * jaccard / (1 + jaccard)


def sign_test(first: int, second: int) -> float:
    """Return the exact two-sided p that `first` and `second` discordant pairs are equally likely.

    This is McNemar's exact test when the pairs are right/wrong per case.
    """
    n = first + second
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, k) for k in range(min(first, second) + 1)) * 0.5**n
    return min(1.0, 2 * tail)


def fisher_exact(hits_a: int, n_a: int, hits_b: int, n_b: int) -> float:
    """Return Fisher's exact two-sided p that `hits_a` of `n_a` and `hits_b` of `n_b` share one rate."""
    hits, total = hits_a + hits_b, n_a + n_b
    if hits in (0, total) or 0 in (n_a, n_b):
        return 1.0

    def log_ways(k: int) -> float:
        return _log_choose(n_a, k) + _log_choose(n_b, hits - k) - _log_choose(total, hits)

    observed = log_ways(hits_a)
    possible = range(max(0, hits - n_b), min(hits, n_a) + 1)
    # A hair of tolerance: equally likely tables count although their logarithms differ in the last bit.
    return min(1.0, sum(math.exp(ways) for k in possible if (ways := log_ways(k)) <= observed + 1e-9))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the nearest-rank percentile (`share` 0..1) of `values`, None when there are none."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> float | None:
    """Return Cohen's kappa of two markers over the same items, None without items.

    Two markers who never differ agree fully (1.0), also when only one label occurs.
    """
    n = len(first)
    if n == 0:
        return None
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    left, right = Counter(first), Counter(second)
    expected = sum(left[label] * right[label] for label in left) / (n * n)
    return 1.0 if observed == 1.0 else (observed - expected) / (1 - expected)


def population_stability(expected: Mapping[str, int], actual: Mapping[str, int]) -> float:
    """Return the population stability index of two counted distributions over the same categories.

    Half an observation is added to every category, so that unseen ones do not make it infinite.
    Convention: below 0.1 stable, 0.1 to 0.25 watch, above 0.25 shifted.
    """
    names = sorted(set(expected) | set(actual))
    if not names:
        return 0.0
    expected_total = sum(expected.values()) + 0.5 * len(names)
    actual_total = sum(actual.values()) + 0.5 * len(names)
    index = 0.0
    for name in names:
        p = (expected.get(name, 0) + 0.5) / expected_total
        q = (actual.get(name, 0) + 0.5) / actual_total
        index += (q - p) * math.log(q / p)
    return index
