"""What several units of one thing cost: a price for one and a count in its unit (「20 节，每节 350」)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import Quantity, parse_number
from copilot.suggestion.case.evidence import own_words
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.sums.calculation import CELL, Calculation, cents
from copilot.suggestion.sums.part import Part

_UNIT = r"(节|课时|课|次|份|盒|箱|瓶|包|件|张|晚|间|位|小时|趟|期|套|双|本|台|支|颗|斤)"
_SUM = r"(\d{1,6}(?:\.\d{1,2})?)"
_PRICES = (
    re.compile(rf"(?:每|一)\s*{_UNIT}\s*(?:是|要|卖|收|价|签的?)?\s*(?P<price>{_SUM})(?!\d|\s*[%折分])"),
    re.compile(rf"(?P<price>{_SUM})\s*(?:元|块钱?)?\s*(?:一|/|每)\s*{_UNIT}"),
)
_COUNT = r"(?<![第\d.])(\d{1,3}|[一二两三四五六七八九十]{1,3})\s*"
# 「一次过退」, 「一次性」 count nothing.
_NO_IDIOM = r"(?!过|性)"


@dataclass(frozen=True, slots=True)
class Units:
    """So many units at one price each."""

    price: float
    count: float

    @property
    def total(self) -> Calculation:
        """What all of them cost."""
        return Calculation(cents(self.price * self.count), f"{self.count:g} × {self.price:g}")


def units_told(case: Frame) -> Units | None:
    """Return the one unit price and the one count of that unit that the case names, None otherwise."""
    text = fold("\n".join(own_words(t) for t in case.conversation.turns if t.role != "agent"))
    priced = {(m, *_priced(m)) for pattern in _PRICES for m in pattern.finditer(text)}
    known = {(price, unit) for _, price, unit in priced}
    if len(known) != 1:
        return None
    price, unit = known.pop()
    spans = [m.span() for m, _, _ in priced]
    counts = {
        number
        for m in re.finditer(_COUNT + unit + _NO_IDIOM, text)
        if not any(s <= m.start() < e for s, e in spans) and (number := parse_number(m[1])) is not None
    }
    count = counts.pop() if len(counts) == 1 else 0.0
    return Units(price, count) if count > 1 else None


_NIGHTS = re.compile(r"(?<![第\d.前后])(\d{1,2}|[一二两三四五六七八九十])\s*个?晚(?![上点了到饭班间])")


def nights_told(case: Frame) -> float | None:
    """Return the one number of nights that the case names, None where it names none or several."""
    text = fold("\n".join(own_words(t) for t in case.conversation.turns if t.role != "agent"))
    counts = {number for m in _NIGHTS.finditer(text) if (number := parse_number(m[1])) is not None}
    return counts.pop() if len(counts) == 1 else None


# Of one of them (「其中一张」, 「只退一张」) the count of all says nothing.
_ONLY_ONE = re.compile(
    r"(?:其中|只|就|仅|先|退|取消)(?:退|取消|要)?(?:掉|了)?\s*(?:1|一)\s*[张件位人份间个名节箱盒](?!\s*\d)"
)


def all_units(case: Frame) -> Part | None:
    """Return what all of the told units cost, as the part that one unit's price stands for."""
    units = units_told(case)
    said = fold("\n".join(turn.text for turn in case.conversation.customer_turns))
    return Part(units.price, units.total) if units is not None and not _ONLY_ONE.search(said) else None


def _priced(match: re.Match[str]) -> tuple[float, str]:
    unit = next(g for g in match.groups() if g and not g[0].isdigit())
    return float(match["price"]), unit


def operands_of(units: Units | None) -> tuple[Quantity, ...]:
    """Return the numbers by the names that formulas give them (「未上课时 × 签约单价」), and the total."""
    if units is None:
        return ()
    count = Quantity(units.count, "pieces", 0, 0, "剩余未用未上课时次数数量", CELL)
    price = Quantity(units.price, "money", 0, 0, "单价", CELL)
    return count, price, Quantity(units.total.amount, "money", 0, 0, "", CELL)
