"""Two reports case by case: which harms were fixed, which were newly done, and whether that is chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evals.figures import meanings
from evals.results import CaseResult, Summary
from evals.stats import sign_test

Labels = Callable[[CaseResult], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Change:
    """One harm (or trait) over the cases that both reports have.

    `fixed` had it before only, `broken` has it now only; `p` is McNemar's exact two-sided p.
    """

    figure: str
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    unchanged: int
    before: int
    after: int
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes; worst first (severity of what broke, then how much)."""

    harms: tuple[Change, ...]
    traits: tuple[Change, ...]
    only_before: int
    only_after: int


def _change(name: str, before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]]) -> Change:
    common = sorted(before.keys() & after.keys())
    fixed = tuple(key for key in common if name in before[key] and name not in after[key])
    broken = tuple(key for key in common if name not in before[key] and name in after[key])
    return Change(
        figure=name,
        fixed=fixed,
        broken=broken,
        unchanged=len(common) - len(fixed) - len(broken),
        before=sum(name in before[key] for key in common),
        after=sum(name in after[key] for key in common),
        p=sign_test(len(fixed), len(broken)),
    )


def _changes(before: Summary, after: Summary, labels: Labels) -> tuple[Change, ...]:
    old = {case.key: frozenset(labels(case)) for case in before.cases}
    new = {case.key: frozenset(labels(case)) for case in after.cases}
    names = sorted({name for side in (old, new) for found in side.values() for name in found})
    changes = [_change(name, old, new) for name in names]
    return tuple(change for change in changes if change.before or change.after)


def _weight(change: Change) -> tuple[float, int, str]:
    meaning = meanings().get(change.figure)
    severity = meaning.severity if meaning else 0.0
    return -severity * bool(change.broken), len(change.fixed) - len(change.broken), change.figure


def compare(before: Summary, after: Summary) -> Comparison:
    """Return what changed from `before` to `after`."""
    old, new = {case.key for case in before.cases}, {case.key for case in after.cases}
    harms = _changes(before, after, lambda case: case.harms)
    return Comparison(
        harms=tuple(sorted(harms, key=_weight)),
        traits=_changes(before, after, lambda case: case.traits),
        only_before=len(old - new),
        only_after=len(new - old),
    )
