"""Tariffs in steps: a first stretch at one price, then so much for each further unit."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import Quantity, find_bounds, parse_number
from copilot.suggestion.case.elapsed import BETWEEN
from copilot.suggestion.sums.calculation import Calculation, cents

_UNIT = r"(公里|千米|米|公斤|千克|斤|小时|分钟|天|晚|件|人|km|kg|hours?|minutes?|days?|nights?|items?)"
_NUMBER = r"(\d+(?:\.\d+)?|[一二两三四五六七八九十半])"
_MONEY = r"(?P<money>\d+(?:\.\d+)?)\s*(?:元|块)"
# 「起步 20 分钟 3 元」, 「首小时 5 元」, 「3 公里内 8 元」.
_FIRST = (
    re.compile(rf"(?:起步价?|首重?|前|头)\s*(?P<count>{_NUMBER})?\s*个?{_UNIT}[^\d,，。;；]{{0,6}}{_MONEY}"),
    re.compile(rf"(?P<count>{_NUMBER})\s*个?{_UNIT}\s*(?:以内|之内|内)[^\d,，。;；]{{0,6}}{_MONEY}"),
)
# 「之后每 10 分钟 1.5 元」, 「续重每公斤 3 元」, 「超出的每公里 2 元」.
_THEN = re.compile(
    rf"(?:之后|以后|续重?|超过|超出|超|再|其后|每多|每增加|每加)[^\d。;；]{{0,14}}?(?:\d+\s*\S{{1,2}}(?:的部分|后)?[,，]?)?"
    rf"(?:每|加|多)\s*(?P<count>{_NUMBER})?\s*个?{_UNIT}[^\d,，。;；]{{0,4}}{_MONEY}"
)
_BEGUN = re.compile(r"不[足满][^,，。;；]{0,12}(?:按|算|计)")
_SIZES = {
    "公里": ("metres", 1000.0), "千米": ("metres", 1000.0), "km": ("metres", 1000.0), "米": ("metres", 1.0),
    "公斤": ("weight", 1.0), "千克": ("weight", 1.0), "kg": ("weight", 1.0), "斤": ("weight", 0.5),
    "小时": ("minutes", 60.0), "分钟": ("minutes", 1.0), "天": ("days", 1.0), "晚": ("days", 1.0),
    "件": ("pieces", 1.0), "人": ("people", 1.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Step:
    """So much money for so many base units of a dimension."""

    dimension: str
    size: float
    money: float


def is_stepped(told: str) -> bool:
    """Return whether `told` names a first stretch and what each further unit costs."""
    folded = fold(told)
    return _first(folded) is not None and _then(folded) is not None


def stepped(told: str, quantities: Sequence[Quantity], beside: str = "") -> Calculation | None:
    """Return what a tariff in steps comes to for the one amount of its unit that the case names.

    `beside` may say that a begun step counts whole; where nobody says so, only whole steps are worked out.
    """
    folded = fold(told)
    first, then = _first(folded), _then(folded)
    if first is None or then is None or first.dimension != then.dimension:
        return None
    amount = _one_amount(first.dimension, quantities)
    if amount is None:
        return None
    if amount <= first.size:
        return Calculation(first.money, f"{first.money:g}")
    steps = round((amount - first.size) / then.size, 6)
    if steps != int(steps):
        if not _BEGUN.search(f"{folded}\n{fold(beside)}"):
            return None
        steps = float(math.ceil(steps))
    return _capped(Calculation(cents(first.money + steps * then.money), _written(first, then, steps)), folded)


def _written(first: _Step, then: _Step, steps: float) -> str:
    return f"{first.money:g} + {then.money:g} × {steps:g}"


def _capped(result: Calculation, folded: str) -> Calculation:
    caps = [b.high for b in find_bounds(folded) if b.dimension == "money" and b.low == -math.inf]
    over = caps and result.amount > min(caps)
    return Calculation(min(caps), result.expression, result.amount) if over else result


def _first(folded: str) -> _Step | None:
    found = next((m for pattern in _FIRST if (m := pattern.search(folded))), None)
    return _step(found) if found else None


def _then(folded: str) -> _Step | None:
    found = _THEN.search(folded)
    return _step(found) if found else None


def _step(found: re.Match[str]) -> _Step | None:
    unit = next((g for g in found.groups() if g in _SIZES), "")
    count = parse_number(found["count"]) if found["count"] else 1.0
    if not unit or not count:
        return None
    dimension, size = _SIZES[unit]
    return _Step(dimension, count * size, float(found["money"]))


def _one_amount(dimension: str, quantities: Sequence[Quantity]) -> float | None:
    """The one amount that the case names; of times also the one from a moment to another."""
    told = {q.value for q in quantities if q.dimension == dimension and not q.derived}
    between = {q.value for q in quantities if q.dimension == dimension and q.derived and BETWEEN in q.label}
    known = told or (between if dimension == "minutes" else set())
    return known.pop() if len(known) == 1 else None
