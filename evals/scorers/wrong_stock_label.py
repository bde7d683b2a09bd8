"""The yardstick for replies is wrong: emptiness passes, or substance is flagged."""

from __future__ import annotations

from collections.abc import Iterator

from copilot.answer import Answer, StockLabel
from evals.cases import StockCase
from evals.scorers.mark import Mark, Seen, harm


def label_in(answer: Answer | None, turn_index: int) -> StockLabel:
    """Return the label that the checks give to the turn; without a check it counts as substantive."""
    for check in answer.checks if answer else ():
        stock = check.kind == "stock_phrase" and check.label is not None
        if stock and check.where == "turn" and check.turn_index == turn_index and check.label:
            return check.label
    return "substantive"


def score(seen: Seen) -> Iterator[Mark]:
    """Mark replies with another label than the human's; pure stock that passes is a harm of its own."""
    case = seen.case
    if not isinstance(case, StockCase):
        return
    looks = seen.observation.looks
    label = label_in(seen.observation.answer, looks[-1].turn_index if looks else 0)
    wrong = label != case.label
    yield harm("wrong_stock_label", wrong, f"{case.label} was labelled {label}", f"{case.label}→{label}")
    if case.label == "stock":
        yield harm("stock_passed", label == "substantive", "a stock phrase passed as substance")
    if case.label == "substantive":
        yield harm("substance_flagged", label == "stock", "substance was flagged as a stock phrase")
