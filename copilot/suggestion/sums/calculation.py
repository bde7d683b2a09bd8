"""Amounts that a rule tells how to compute: differences, shares, halves, percentages with a cap.

Only formulas that an article states are computed, and only with quantities that the conversation
gives; the result carries its expression so that the agent can check it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import Quantity, find_bounds, find_quantities, parse_number
from copilot.suggestion.case.evidence import TOTAL, grams

_FORMULA = re.compile(r"([^=＝:：,，。;；()（）]{0,14})[=＝]\s*([^。;；\n|]+)")
_INLINE = re.compile(r"([^,，。;；:：|()（）]*(?:[×÷*−－]|除以|乘以|减去)[^,，。;；|\n]*)")
_DIFFERENCE = re.compile(
    r"([^,，。;；:：|的]{2,14})[与與和跟]([^,，。;；:：|]{2,14}?)的(?:差额|差價|差价|价差|價差)"
)
_OPERATOR = re.compile(r"\s*([×xX*÷/+＋]|−|－|(?<=[^\d\s])\s*-\s*|(?<=\s)-(?=\s)|—)\s*")


@dataclass(frozen=True, slots=True)
class Calculation:
    """A computed amount of money with the expression that gave it (「67.7 − 31.2」).

    `uncapped` is the expression's own value where a cap made the amount smaller.
    """

    amount: float
    expression: str
    uncapped: float | None = None


def calculate(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    """Return what `rule` computes from `quantities`, None where it states no formula or a value is missing.

    A result above every amount of the conversation comes from a misread operand: nothing is returned.
    """
    folded = fold(rule).replace("（", "(").replace("）", ")")
    result = _stated(folded, quantities) or _difference(folded, quantities)
    largest = max((q.value for q in quantities if q.dimension == "money"), default=0.0)
    most = largest * _MANY_TIMES if _MULTIPLIES.search(folded) else largest
    return result if result is not None and result.amount <= most else None


# A price times a count that the case gives may be more than any sum that was named, but not beyond measure.
_MANY_TIMES = 60
_MULTIPLIES = re.compile(r"[×xX*]\s*[^,，。;；]{0,12}(?:数|月|天|晚|次|期)")


def _stated(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    found = _uncapped(rule, quantities)
    caps = [b.high for b in find_bounds(rule) if b.dimension == "money" and b.low == float("-inf")]
    if found is None or not caps or found.amount <= min(caps):
        return found
    return Calculation(min(caps), found.expression, found.amount)


def _uncapped(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    formula = _FORMULA.search(rule)
    body = formula.group(2) if formula else None
    if body is None or not _OPERATOR.search(body):
        inline = _INLINE.search(rule)
        body = inline.group(1) if inline else None
    return _evaluate(body, quantities) if body else None


@dataclass(frozen=True, slots=True)
class _Operand:
    """A value with how it is written, and the quantities it was taken from."""

    value: float
    text: str
    sources: frozenset[Quantity] = frozenset()


def _evaluate(body: str, quantities: Sequence[Quantity]) -> Calculation | None:
    """Evaluate left to right with × ÷ before + −; every operand is a number or a named quantity."""
    plain = _SPELLED.sub(lambda m: _SPELLED_SIGNS[m.group()], re.sub(r"\([^)]*\)", "", body))
    pieces = _OPERATOR.split(plain)
    if len(pieces) < _BINARY:
        return None
    found = [_operand(piece, quantities) for piece in pieces[0::2]]
    operands = [operand for operand in found if operand is not None]
    sources = [source for operand in operands for source in operand.sources]
    # The same number under two names was read into one of them.
    if len(operands) < len(found) or len(set(sources)) < len(sources):
        return None
    return _fold_operations(operands, [_sign(o) for o in pieces[1::2]])


_BINARY = 3
_SPELLED = re.compile(r"除以|乘以|乘|减去|加上")
_SPELLED_SIGNS = {"除以": "÷", "乘以": "×", "乘": "×", "减去": "−", "加上": "+"}


def _sign(operator: str) -> str:
    operator = operator.strip()
    if operator in "×xX*":
        return "×"
    if operator in "÷/":
        return "÷"
    return "+" if operator in "+＋" else "−"


def _fold_operations(operands: Sequence[_Operand], operators: Sequence[str]) -> Calculation | None:
    terms, signs = [operands[0].value], [1.0]
    for operator, operand in zip(operators, operands[1:], strict=True):
        if operator == "×":
            terms[-1] *= operand.value
        elif operator == "÷":
            if operand.value == 0:
                return None
            terms[-1] /= operand.value
        else:
            terms.append(operand.value)
            signs.append(1.0 if operator == "+" else -1.0)
    result = sum(sign * term for sign, term in zip(signs, terms, strict=True))
    rest = (f"{sign} {operand.text}" for sign, operand in zip(operators, operands[1:], strict=True))
    return Calculation(cents(result), " ".join([operands[0].text, *rest])) if result > 0 else None


def cents(amount: float) -> float:
    """Return `amount` rounded to the cent, half up."""
    return round(amount + 1e-9, 2)


_UNPAID = re.compile(r"(.{2,10}?)(?:未还|未付|未交|没还|没付|还没还)的?(?:部分|金额)?$")
_SHORT = re.compile(r"(?:少|缺|差|短少|多|多出|超出)的?(克数|重量|斤两|公里数|里程|天数)$")
_SHORT_DIMENSIONS = {
    "克数": "weight",
    "重量": "weight",
    "斤两": "weight",
    "公里数": "metres",
    "里程": "metres",
    "天数": "days",
}


# What is done with a product is no part of its last factor (「停走天数估量补收」).
_AFTER_COUNT = re.compile(r"((?:天|日|月|次|人|件|晚|期|公里|小时)数)[一-鿿]+$")


def _operand(text: str, quantities: Sequence[Quantity]) -> _Operand | None:
    text = _AFTER_COUNT.sub(r"\1", text.strip().strip("的"))
    unpaid, short = _UNPAID.search(text), _SHORT.search(text)
    if unpaid:
        return _less(named(unpaid[1], quantities), named("已还已付", quantities))
    if short:
        return _gap(_SHORT_DIMENSIONS[short[1]], quantities)
    number = _literal(text)
    if number is not None:
        return number
    found = named(text, quantities)
    return _from(found, text) if found else None


def _from(quantity: Quantity, name: str = "") -> _Operand:
    value = as_said(quantity)
    if quantity.dimension == "percent":
        return _Operand(value / 100, f"{value:g}%", frozenset({quantity}))
    if quantity.dimension == "days" and _MONTHLY_COUNT.search(name):
        months = value / _DAYS_OF_MONTH
        value = float(math.floor(months + _ROUNDING)) if _WHOLE_MONTHS.search(name) else round(months, 2)
    return _Operand(value, f"{value:g}", frozenset({quantity}))


_MONTHLY_COUNT = re.compile(r"月(?:份|的)?数|整月|months")
_WHOLE_MONTHS = re.compile(r"整月|整个月|(?:whole|full|complete) months")
_DAYS_OF_MONTH = 30
_ROUNDING = 1e-9


def _less(whole: Quantity | None, part: Quantity | None) -> _Operand | None:
    if whole is None or part is None or whole.value <= part.value:
        return None
    value = whole.value - part.value
    return _Operand(value, f"({whole.value:g} − {part.value:g})", frozenset({whole, part}))


def _gap(dimension: str, quantities: Sequence[Quantity]) -> _Operand | None:
    """The difference between the only two values of a dimension (1500 g ordered, 1420 g weighed)."""
    given = [q for q in quantities if q.dimension == dimension and not q.derived]
    values = {as_said(q) for q in given}
    if len(values) > _BINARY - 1:
        # What was weighed has a decimal point or its grams; 「一百克」 is how people round it.
        values = {as_said(q) for q in given if re.search(r"\d", q.label)}
    if len(values) != 2:
        return None
    low, high = sorted(values)
    return _Operand(high - low, f"({high:g} − {low:g})")


def _literal(operand: str) -> _Operand | None:
    number = parse_number(operand) if operand else None
    if number is not None:
        return _Operand(number, f"{number:g}")
    own = [q for q in find_quantities(operand) if q.dimension in {"money", "metres", "percent"}]
    if len(own) != 1 or len(operand) >= _LITERAL_CHARACTERS:
        return None
    if own[0].dimension == "percent":
        return _Operand(own[0].value / 100, f"{own[0].value:g}%")
    return _Operand(as_said(own[0]), f"{as_said(own[0]):g}")


# A longer operand with a number in it is a name, not a literal.
_LITERAL_CHARACTERS = 8
# One thing under several names.
_SAME = (re.compile(r"首晚|当晚|单晚|一晚"), "每晚")


def named(name: str, quantities: Sequence[Quantity]) -> Quantity | None:
    """Return the quantity whose clause names the operand (「未行驶里程」: the 12 of 「未行驶 12 公里」)."""
    if _IS_COUNT.search(name) and _IN_ALL.search(name):
        quantities = [q for q in quantities if not _LEFT.search(q.label)]
    return _named_best(name, _of_kind(name, quantities)) or _only_of_kind(name, quantities)


_IS_MONEY = re.compile(r"[费价款券金额租]$|实付|应付|已付|合计|总额|fee|fare|price")
_IS_MEASURE = re.compile(r"(?:用|气|水|电|重|流)量$|度数$|面积$|里程$")
_IS_COUNT = re.compile(r"(.)数$")


def _of_kind(name: str, quantities: Sequence[Quantity]) -> Sequence[Quantity]:
    """Of what is money only money, wherever the case has any."""
    if _IS_MEASURE.search(name):
        return [q for q in quantities if q.dimension != "money"]
    if not _IS_MONEY.search(name):
        return quantities
    return [q for q in quantities if q.dimension in {"money", "percent"}]


_PRICE_NAME = re.compile(r"价$|价格|实付|已付|票面|票款|房费|房价|团费|货款|箱价|卡价|price|fare")
_PAID = re.compile(r"实付|已付|付款|支付|paid")


def _only_of_kind(name: str, quantities: Sequence[Quantity]) -> Quantity | None:
    """The price that was paid, or the only number with the unit that a count names (「包数」)."""
    if _PRICE_NAME.search(name):
        told = [q for q in quantities if q.dimension == "money" and not is_cell(q)]
        paid = [q for q in told if _PAID.search(q.label)]
        return paid[-1] if len({q.value for q in paid}) == 1 else only_price(told)
    counted = _IS_COUNT.search(name)
    if counted is None:
        return None
    unit = re.compile(rf"\d\s*个?{_SAME_UNIT.get(counted[1], re.escape(counted[1]))}")
    alike = [q for q in quantities if q.dimension != "money" and not q.derived and unit.search(q.label)]
    left = [q for q in alike if _LEFT.search(q.label)]
    if _LEFT.search(name):
        alike = left or alike
    elif _IN_ALL.search(name):
        alike = [q for q in alike if q not in left]
    return alike[-1] if len({q.value for q in alike}) == 1 else None


_SAME_UNIT = {"日": "[日天]", "天": "[日天]"}
_LEFT = re.compile(r"剩|余|还有|left|remain")
_IN_ALL = re.compile(r"总|全部|共|total")

# Where a rule's own cell stands among the numbers of a case.
CELL = -2


def is_cell(quantity: Quantity) -> bool:
    """Return whether the number is one of the rule's, not one of the case's."""
    return quantity.turn_index == CELL


def _named_best(name: str, quantities: Iterable[Quantity]) -> Quantity | None:
    name = _SAME[0].sub(_SAME[1], name)
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
            best, found = score, quantity
    return found


def as_said(quantity: Quantity) -> float:
    """Distances count in kilometres, as rates and people do."""
    return quantity.value / 1000 if quantity.dimension == "metres" else quantity.value


def _difference(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    match = _DIFFERENCE.search(rule)
    if match is None:
        return None
    first, second = (named(group, quantities) for group in match.groups())
    if first is None or second is None:
        return None
    return _of_several(first, second) or difference(as_said(first), as_said(second))


_SEVERAL = re.compile(r"(?<!\d)(\d{1,2})\s*(?:张|份|件|人|间|晚|盒|只|套)")


def _of_several(first: Quantity, second: Quantity) -> Calculation | None:
    """What several pieces cost (「2 张 实付 196 元」) less so many times the rule's price of one."""
    cells = [q for q in (first, second) if is_cell(q)]
    told = [q for q in (first, second) if not is_cell(q)]
    found = _SEVERAL.search(told[0].label) if len(told) == 1 else None
    count = int(found[1]) if found else 1
    if not cells or count == 1 or told[0].value <= cells[0].value * count:
        return None
    whole, one = told[0].value, cells[0].value
    return Calculation(cents(whole - one * count), f"{whole:g} − {one:g} × {count}")


def difference(first: float, second: float) -> Calculation | None:
    """Return the larger less the smaller amount, None where they are equal."""
    high, low = max(first, second), min(first, second)
    return Calculation(cents(high - low), f"{high:g} − {low:g}") if high > low else None


def total_of(price: Quantity, quantities: Sequence[Quantity]) -> Quantity:
    """Return what all pieces cost where the price of one was named beside their count (「680 元 × 4」)."""
    totals = (
        q for q in quantities if q.turn_index == price.turn_index and q.label == f"{TOTAL}{price.label}"
    )
    return next(totals, price)


BESIDE_PRICE = re.compile(
    r"服务费|运费|邮费|配送费|手续费|调度费|骑行费|押金|券|补偿|保险|税|已退|赔|fee|deposit|voucher|tax|insurance"
)


def only_price(quantities: Sequence[Quantity]) -> Quantity | None:
    """Return the price where only one is named beside fees (「680 元 × 2」 is the face value)."""
    prices = [
        q
        for q in quantities
        if q.dimension == "money"
        and not q.derived
        and not q.label.startswith(TOTAL)
        and not BESIDE_PRICE.search(q.label)
    ]
    return prices[-1] if len({q.value for q in prices}) == 1 else None
