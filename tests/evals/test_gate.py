from __future__ import annotations

from pathlib import Path

import pytest

from evals.comparison import compare
from evals.figures import Figure
from evals.gate import Bound, Gate, GateError, failures, read_gate
from evals.results import CaseResult, Summary


def summary(harmed: dict[str, tuple[str, ...]], **figures: Figure) -> Summary:
    cases = tuple(
        CaseResult(id=name, set="s", client=name[:1], harms=harms) for name, harms in harmed.items()
    )
    by_client = {"client": {"a": dict(figures)}}
    return Summary(figures=figures, slices=by_client, cases=cases)


def share(value: float, n: int = 10) -> Figure:
    return Figure(value=value, n=n, low=0, high=1)


def test_a_figure_above_its_maximum_fails_with_the_cases_that_did_it() -> None:
    found = failures(
        Gate(figures={"missing_fact": Bound(max=0.1)}),
        summary({"a1": ("missing_fact",), "a2": ()}, missing_fact=share(0.5)),
        None,
    )
    assert [(f.figure, f.cases) for f in found] == [("missing_fact", ("s/a1",))]


def test_a_figure_below_its_minimum_blames_the_harm_behind_it() -> None:
    gate = Gate(figures={"must_include_all": Bound(min=0.9)})
    found = failures(gate, summary({"a1": ("missing_fact",)}, must_include_all=share(0.0)), None)
    assert found[0].cases == ("s/a1",)


def test_what_was_not_measured_does_not_pass_unless_it_is_optional() -> None:
    assert failures(Gate(figures={"mrr": Bound(min=0.5)}), summary({}), None)
    assert not failures(Gate(figures={"mrr": Bound(min=0.5, optional=True)}), summary({}), None)


def test_a_bound_can_hold_for_each_client() -> None:
    gate = Gate(slices={"client": {"missing_fact": Bound(max=0.1)}})
    found = failures(
        gate, summary({"a1": ("missing_fact",), "b1": ("missing_fact",)}, missing_fact=share(1.0)), None
    )
    assert [(f.where, f.cases) for f in found] == [("client a", ("s/a1",))]


def test_newly_harmed_cases_fail_even_when_as_many_were_fixed() -> None:
    before = summary({"a1": ("missing_fact",), "a2": ()})
    after = summary({"a1": (), "a2": ("missing_fact",)})
    comparison = compare(before, after)
    assert (comparison.harms[0].fixed, comparison.harms[0].broken) == (("s/a1",), ("s/a2",))
    found = failures(Gate(broken={"missing_fact": 0}), after, comparison)
    assert found[0].cases == ("s/a2",)


def test_the_most_severe_harm_comes_first() -> None:
    gate = Gate(figures={"missing_fact": Bound(max=0), "missed_emergency": Bound(max=0)})
    found = failures(gate, summary({}, missing_fact=share(1.0), missed_emergency=share(1.0)), None)
    assert [f.figure for f in found] == ["missed_emergency", "missing_fact"]


@pytest.mark.parametrize(
    "text", ["figures: {no_such_figure: {max: 0}}", "figures: {mrr: {most: 1}}", "a: [", "x: 1"]
)
def test_a_gate_that_cannot_be_meant_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(GateError, match=r"gate\.yaml"):
        read_gate(path)
