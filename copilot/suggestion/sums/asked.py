"""The sums that the case itself names: what is asked for, what was paid, what one missing thing cost."""

from __future__ import annotations

import re

from copilot.language import fold
from copilot.quantities import Quantity, find_quantities
from copilot.suggestion.case.evidence import TOTAL, grams, own_words
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.sums.calculation import BESIDE_PRICE, Calculation, cents
from copilot.suggestion.sums.part import part_given_up
from copilot.suggestion.sums.record import named_numbers, shown_sums
from copilot.suggestion.sums.units import all_units

_WANTED = re.compile(r"退|赔|补|还我|给我|差的|多的|多收|要回|报销|refund|back|compensat|reimburs|owe")


def claimed(case: Frame) -> float | None:
    """Return the amount in question: wanted back, shown by the record about it, or named last."""
    open_turns = case.evidence.open_turns
    amounts = [q for q in case.evidence.quantities if q.dimension == "money" and not q.derived]

    def worth(quantity: Quantity) -> tuple[bool, bool, bool, int]:
        now = quantity.turn_index in open_turns
        wanted = now and _WANTED.search(quantity.label) is not None
        return wanted, _about_system(quantity, case), now, quantity.turn_index

    return max(amounts, key=worth).value if amounts else None


def _about_system(quantity: Quantity, case: Frame) -> bool:
    return _is_shown(quantity, case) and bool(grams(quantity.label) & case.evidence.open_grams)


def _is_shown(quantity: Quantity, case: Frame) -> bool:
    return case.conversation.turns[quantity.turn_index].role == "system"


_TOTAL = re.compile(r"共|总|合计|实付|已付|total|paid")
_PRICE = re.compile(r"价|费|票|款|金额|付|租|fare|price|fee")


def price_paid(case: Frame) -> float | None:
    """Return what was paid in all, or for the part that is given up.

    In all is the record's total, else its only price, else the amount in question.
    """
    part, whole = part_given_up(case) or all_units(case), _whole_price(case)
    return part.cost.amount if part is not None and whole == part.whole else whole


def _whole_price(case: Frame) -> float | None:
    money = [q for q in case.evidence.quantities if q.dimension == "money" and not q.derived]
    total = next((q.value for q in money if _TOTAL.search(q.label)), None)
    if total is not None:
        return total
    prices = {
        q.value for q in shown_sums(case) if _PRICE.search(q.label) and not BESIDE_PRICE.search(q.label)
    }
    totals = {q.value for q in money if q.label.startswith(TOTAL)}
    known = totals or prices
    return known.pop() if len(known) == 1 else claimed(case)


_SEGMENT = re.compile(r"[^|｜;；\n]+")
_AMISS = re.compile(r"缺(?!货)|漏|少(?:送|发|寄|件)|破|坏|错发|missing|broken|damaged")


def missing_price(case: Frame) -> float | None:
    """Return what the one missing or broken thing cost by the record (「缺：活鲈鱼 1 条 32.80 元」)."""
    records = [own_words(turn) for turn in case.conversation.turns if turn.role == "system"]
    segments = [m.group() for text in records for m in _SEGMENT.finditer(fold(text))]
    prices = {
        q.value
        for segment in segments
        if _AMISS.search(segment)
        for q in find_quantities(segment)
        if q.dimension == "money"
    }
    return prices.pop() if len(prices) == 1 else named_price(case)


_NAME = re.compile(r"^[\s,，、]*([一-鿿]{2,8})\s*(?:\d{1,2}\s*[份个件]\s*)?\d")


def named_price(case: Frame) -> float | None:
    """Return the price of the one listed thing that the customer names (「凉皮 20」 of three dishes)."""
    said = fold("".join(turn.text for turn in case.conversation.customer_turns))
    listed = [
        (match[1], q.value)
        for q in named_numbers(case)
        if q.dimension == "money" and _is_shown(q, case) and (match := _NAME.match(fold(q.label)))
    ]
    prices = {value for name, value in listed if name in said}
    return prices.pop() if len(prices) == 1 and len(listed) > 1 else None


_MONTHLY = re.compile(r"(\d+(?:\.\d+)?)\s*元?\s*/\s*月")
_MONTHS_TAKEN = re.compile(r"已?(?:收|扣|缴|交)了?((?:\s*\d{1,2}\s*月[、,，和]?){2,})")
_DATED_CHARGE = re.compile(r"\d{1,2}[-/]\d{1,2}\s+(\d+\.\d\d)(?!\d)")


def charged_again(case: Frame) -> Calculation | None:
    """Return the sum of one charge that a record lists several times (「08-15 66.00、09-15 66.00」)."""
    for text in (fold(own_words(t)) for t in case.conversation.turns if t.role == "system"):
        charges = [float(amount) for amount in _DATED_CHARGE.findall(text)]
        if len(charges) > 1 and len(set(charges)) == 1:
            return _times(charges[0], len(charges))
        price, months = _MONTHLY.search(text), _MONTHS_TAKEN.search(text)
        if price and months:
            return _times(float(price[1]), len(re.findall(r"\d+", months[1])))
    return None


def _times(price: float, count: int) -> Calculation:
    return Calculation(cents(price * count), f"{price:g} × {count}")


_INCLUDED = re.compile(r"含([一-鿿]{1,3}费)")


def with_included_fee(total: float, rule: str, case: Frame) -> Calculation | None:
    """Return `total` with the fee that `rule` includes (「全额退（含服务费）」), as a record names it."""
    found = _INCLUDED.search(fold(rule))
    listed = shown_sums(case)
    fees = {q.value for q in listed if found and found[1] in fold(q.label)}
    if len(fees) != 1:
        return None
    fee = fees.pop()
    return Calculation(cents(total + fee), f"{total:g} + {fee:g}") if fee < total else None
