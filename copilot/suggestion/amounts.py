"""The money in question: what a rule computes or grants, or all of what the customer named."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.language import fold
from copilot.quantities import Quantity, find_bounds
from copilot.suggestion import wording
from copilot.suggestion.calculation import Calculation, calculate, rated, share_of
from copilot.suggestion.evidence import grams
from copilot.suggestion.frame import Frame
from copilot.suggestion.rule_choice import Rule

# A share of an amount is only computed where the rule's own condition is known to hold.
_CONDITION_MET = 0.3


_WHOLE = re.compile(r"全额|全部|全退|免单|整单|全免|该品项|该件|退该|in full|full refund|whole")


def amount_in_question(chosen: Sequence[Rule], case: Frame) -> tuple[float | None, Calculation | None]:
    """The money in question: computed by a rule, granted by the fitting row, or all of what the customer named.

    None where no rule says how much: a verdict on a guessed sum would be worth nothing.
    """
    calculation = next((c for rule in chosen if (c := _calculated(rule, case)) is not None), None)
    if calculation is not None:
        return calculation.amount, calculation
    granted = next((a for rule in chosen[:3] if (a := _granted(rule)) is not None), None)
    if granted is not None:
        return granted, None
    whole = any(_WHOLE.search(fold(rule.passage.text)) and rule.fit.value >= 0 for rule in chosen[:3])
    return (claimed(case) if whole else None), None


def _calculated(rule: Rule, case: Frame) -> Calculation | None:
    said = " ".join(_cells(rule)) if rule.passage.kind == "row" else rule.passage.text
    calculation = calculate(said, case.evidence.quantities) or rated(
        wording.plain(rule.passage.text), case.evidence.quantities
    )
    if calculation is not None:
        return calculation
    base = claimed(case)
    if base is None or rule.fit.met < _CONDITION_MET or rule.fit.broken:
        return None
    return share_of(f"{' '.join(rule.passage.header)} {said}", base, case.evidence.quantities)


def _cells(rule: Rule) -> list[str]:
    return [rule.passage.cells[i] for i in rule.columns or range(1, len(rule.passage.cells))]


def _granted(rule: Rule) -> float | None:
    """The single amount of a fitting row (「2–3 日 | 120 元」)."""
    if rule.passage.kind != "row":
        return None
    amounts = {
        b.low for cell in _cells(rule)[:2] for b in find_bounds(cell) if b.dimension == "money" and b.exact
    }
    return amounts.pop() if len(amounts) == 1 else None


_WANTED = re.compile(r"退|赔|补|还我|给我|差的|多的|多收|要回|报销|refund|back|compensat|reimburs|owe")


def claimed(case: Frame) -> float | None:
    """The amount in question: what the customer wants back, what the record shows about it, what he last named."""
    open_turns = {turn.index for turn in case.conversation.open_request}
    amounts = [q for q in case.evidence.quantities if q.dimension == "money" and not q.derived]

    def worth(quantity: Quantity) -> tuple[bool, bool, bool, int]:
        now = quantity.turn_index in open_turns
        wanted = now and _WANTED.search(quantity.label) is not None
        return wanted, _about_system(quantity, case), now, quantity.turn_index

    return max(amounts, key=worth).value if amounts else None


def _about_system(quantity: Quantity, case: Frame) -> bool:
    return case.conversation.turns[quantity.turn_index].role == "system" and bool(
        grams(quantity.label) & case.evidence.open_grams
    )
