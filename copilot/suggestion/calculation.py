"""Amounts that a rule tells how to compute: differences, shares, halves, percentages with a cap.

Only formulas that an article states are computed, and only with quantities that the conversation
gives; the result carries its expression so that the agent can check it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import Quantity, find_bounds, find_quantities, parse_number
from copilot.suggestion.evidence import grams

_FORMULA = re.compile(r"([^=＝:：,，。;；()（）]{0,14})[=＝]\s*([^。;；\n|]+)")
_INLINE = re.compile(r"([^,，。;；:：|()（）]*[×÷*][^,，。;；|\n]*)")
_DIFFERENCE = re.compile(
    r"([^,，。;；:：|的]{2,14})[与與和跟]([^,，。;；:：|]{2,14}?)的(?:差额|差價|差价|价差|價差)"
)
_OPERATOR = re.compile(r"\s*([×xX*÷/+＋]|−|－|(?<=[^\d\s])\s*-\s*|(?<=\s)-(?=\s)|—)\s*")
_HALF = re.compile(r"减半|減半|一半|half")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")


@dataclass(frozen=True, slots=True)
class Calculation:
    """A computed amount of money with the expression that gave it (「67.7 − 31.2」)."""

    amount: float
    expression: str


def calculate(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    """Return what `rule` computes from `quantities`, None where it states no formula or a value is missing.

    A result above every amount of the conversation comes from a misread operand: nothing is returned.
    """
    folded = fold(rule).replace("（", "(").replace("）", ")")
    result = _stated(folded, quantities) or _difference(folded, quantities)
    largest = max((q.value for q in quantities if q.dimension == "money"), default=0.0)
    return result if result is not None and result.amount <= largest else None


def _stated(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    formula = _FORMULA.search(rule)
    body = formula.group(2) if formula else None
    if body is None or not _OPERATOR.search(body):
        inline = _INLINE.search(rule)
        body = inline.group(1) if inline else None
    return _evaluate(body, quantities) if body else None


def _evaluate(body: str, quantities: Sequence[Quantity]) -> Calculation | None:
    """Evaluate left to right with × ÷ before + −; every operand is a number or a named quantity."""
    plain = re.sub(r"\([^)]*\)", "", body)
    pieces = _OPERATOR.split(plain)
    operands, operators = pieces[0::2], [_sign(o) for o in pieces[1::2]]
    if len(operands) < 2:
        return None
    values = [_value(operand, quantities) for operand in operands]
    if any(value is None for value in values):
        return None
    return _fold_operations([v for v in values if v is not None], operators)


def _sign(operator: str) -> str:
    operator = operator.strip()
    if operator in "×xX*":
        return "×"
    if operator in "÷/":
        return "÷"
    return "+" if operator in "+＋" else "−"


def _fold_operations(values: list[float], operators: Sequence[str]) -> Calculation | None:
    terms, signs = [values[0]], [1.0]
    for operator, value in zip(operators, values[1:], strict=True):
        if operator == "×":
            terms[-1] *= value
        elif operator == "÷":
            if value == 0:
                return None
            terms[-1] /= value
        else:
            terms.append(value)
            signs.append(1.0 if operator == "+" else -1.0)
    result = sum(sign * term for sign, term in zip(signs, terms, strict=True))
    expression = " ".join(
        [f"{values[0]:g}", *(f"{o} {v:g}" for o, v in zip(operators, values[1:], strict=True))]
    )
    return Calculation(round(result + 1e-9, 1), expression) if result > 0 else None


def _value(operand: str, quantities: Sequence[Quantity]) -> float | None:
    operand = operand.strip().strip("的")
    number = parse_number(operand) if operand else None
    if number is not None:
        return number
    own = [q for q in find_quantities(operand) if q.dimension in {"money", "metres", "percent"}]
    if len(own) == 1 and len(operand) < 8:
        return own[0].value / 100 if own[0].dimension == "percent" else _as_said(own[0])
    return _named(operand, quantities)


def _named(name: str, quantities: Iterable[Quantity]) -> float | None:
    """The quantity whose clause names the operand: 「未行驶里程」 is the 12 of 「未行驶 12 公里」."""
    best, found = 0.0, None
    for recency, quantity in enumerate(quantities):
        if quantity.derived or quantity.dimension == "clock":
            continue
        label = re.sub(r"[\d.]+", "", quantity.label)
        nouns = set(label) & set(name)
        score = (
            len(nouns) / (len(set(name)) + 0.5) + 0.3 * bool(grams(label) & grams(name)) + 0.0001 * recency
        )
        near = quantity.label.find(name[:2])
        score += 0.2 if near >= 0 else 0.0
        if score > best and (grams(label) & grams(name) or len(nouns) >= 2):
            best, found = score, _as_said(quantity)
    return found


def _as_said(quantity: Quantity) -> float:
    """Distances count in kilometres, as rates and people do."""
    return quantity.value / 1000 if quantity.dimension == "metres" else quantity.value


_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:元|块)\s*[/每]\s*(公里|天|日|件)")
_RATE_UNITS: dict[str, tuple[str, float]] = {
    "公里": ("metres", 1000.0), "天": ("days", 1.0), "日": ("days", 1.0), "件": ("pieces", 1.0),
}  # fmt: skip


def rated(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    """Return rate × quantity (「0.5 元/公里」 with 15 公里), where exactly the rule's own case gives the quantity."""
    folded = fold(rule)
    rate = _RATE.search(folded)
    if rate is None or rate.group(2) not in _RATE_UNITS:
        return None
    dimension, unit = _RATE_UNITS[rate.group(2)]
    given = [q for q in quantities if q.dimension == dimension and not q.derived]
    context = grams(folded)
    near = [q for q in given if len(grams(q.label) & context) >= 2]
    values = {q.value / unit for q in near}
    if len(values) != 1:
        return None
    price, count = float(rate.group(1)), values.pop()
    return Calculation(round(price * count + 1e-9, 2), f"{price:g} × {count:g}")


def _difference(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    match = _DIFFERENCE.search(rule)
    if match is None:
        return None
    first, second = (_named(group, quantities) for group in match.groups())
    if first is None or second is None or first == second:
        return None
    high, low = max(first, second), min(first, second)
    return Calculation(round(high - low + 1e-9, 2), f"{high:g} − {low:g}")


_BASE = re.compile(r"按([一-鿿]{2,8})[)）]|按([一-鿿]{2,8}?)的\s*\d|([一-鿿]{2,6})\s*[×*]?的?\s*\d+\s*%")


def share_of(rule: str, claimed: float, quantities: Sequence[Quantity]) -> Calculation | None:
    """Return the half or the percentage that `rule` grants, with its cap where one is stated.

    A base that the rule names (「车费的 60%」) must be given by name; otherwise it is the amount claimed.
    """
    folded = fold(rule)
    base = _BASE.search(folded)
    name = next((g for g in base.groups() if g), "") if base else ""
    named = _named(name, quantities) if name else None
    if name and named is None:
        return None
    amount = claimed if named is None else named
    if _HALF.search(folded):
        return Calculation(round(amount / 2, 2), f"{amount:g} ÷ 2")
    percent = _PERCENT.search(folded)
    if percent is None or any(b.dimension == "percent" and not b.exact for b in find_bounds(folded)):
        return None  # 「多 15% 以上」 is a condition, not a share
    share = float(percent.group(1))
    result, expression = amount * share / 100, f"{amount:g} × {share:g}%"
    caps = [b.high for b in find_bounds(folded) if b.dimension == "money" and b.low == float("-inf")]
    if caps and result > min(caps):
        return Calculation(min(caps), f"{expression} → {min(caps):g}")
    return Calculation(round(result + 1e-9, 2), expression)
