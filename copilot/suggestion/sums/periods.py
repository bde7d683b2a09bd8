"""Sums by the day: a named daily sum times days, and what is due for every period that something is late.

An article names the daily sum once (「当日热费 = 全季热费 ÷ 151」), its rows take a share of it a day
(「每天退当日热费的 60%」) or so many days of it a period (「每超 1 天补 1 天日租金」). Both are only
worked out where the case says from when until when.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import Quantity, find_bounds, parse_number
from copilot.suggestion.case.elapsed import BETWEEN
from copilot.suggestion.sums.calculation import Calculation, calculate, cents

_DEFINED = re.compile(
    r"(?:^|[。;；\n，,])\s*(?:[-*•]\s*)?((?:1\s*[天日]|当[天日]|每[天日]|日)[一-鿿]{1,5})\s*[=＝]"
)
_MINUTES_OF_DAY = 1440.0


@dataclass(frozen=True, slots=True)
class Term:
    """A daily sum that an article defines, and what it comes to in this case."""

    name: str
    value: Calculation

    @property
    def noun(self) -> str:
        """What a rule calls it beside a number of days (「1 天房租」: 房租)."""
        return re.sub(r"^1\s*[天日]", "", self.name)


def daily_terms(texts: Iterable[str], quantities: Sequence[Quantity]) -> tuple[Term, ...]:
    """Return the daily sums that `texts` define and the case's numbers give."""
    found: list[Term] = []
    for text in texts:
        for match in _DEFINED.finditer(fold(text)):
            value = calculate(fold(text)[match.start(1) :], quantities)
            if value is not None:
                found.append(Term(match[1], value))
    return tuple(found)


def defines_term(told: str) -> bool:
    """Return whether a rule only says what a day of something is: that is no sum to be granted."""
    return _DEFINED.search(fold(told)) is not None


def by_the_day(told: str, terms: Sequence[Term], quantities: Sequence[Quantity]) -> Calculation | None:
    """Return a daily sum, or its share, times the days that the case names from one date to another."""
    folded = fold(told)
    days = {q.value for q in quantities if q.dimension == "days" and q.derived and BETWEEN in q.label}
    for term in terms:
        found = re.search(
            rf"每[天日][^,，。;；]{{0,6}}{re.escape(term.name)}(?:的\s*(\d+(?:\.\d+)?)\s*[%％])?", folded
        )
        if found is None or len(days) != 1 or not (count := days.pop()):
            continue
        share = float(found[1]) if found[1] else 100.0
        rest = f" × {share:g}%" if found[1] else ""
        amount = cents(term.value.amount * share / 100 * count)
        return Calculation(amount, f"{term.value.expression}{rest} × {count:g}")
    return None


_OVERRUN = re.compile(
    r"每超(?:过|出)?(满)?\s*(\d+(?:\.\d+)?)\s*(小时|天|日)[^。;；\d半一]{0,8}"
    r"(?:(?P<sum>\d+(?:\.\d+)?)\s*(?:元|块)|(?P<days>半|一|\d+(?:\.\d+)?)\s*[天日](?P<noun>[一-鿿]{2,4}?)"
    r"(?:的\s*(?P<share>\d+)\s*[%％])?(?=[,，。;；\s|]|$))"
)
_BEGUN_COUNTS = re.compile(r"不[足满]\s*(?:1|一|24)?\s*(?:小时|天|日)[^,，。;；]{0,4}按\s*(?:1|一)\s*[天日]")


def overrun(
    told: str, beside: str, terms: Sequence[Term], quantities: Sequence[Quantity]
) -> Calculation | None:
    """Return what is due for every period beyond the limit that `told` (one line) names before it."""
    folded = fold(told)
    found = _OVERRUN.search(folded)
    limit = _limit_before(folded, found.start()) if found else None
    passed = _passed(quantities, limit) if limit is not None else None
    if found is None or limit is None or passed is None:
        return None
    period = float(found[2]) * (60.0 if found[3] == "小时" else _MINUTES_OF_DAY)
    periods = (passed - limit) / period
    begun = found[1] is None and _BEGUN_COUNTS.search(fold(beside)) is not None
    count = math.ceil(periods - 1e-9) if begun else math.floor(periods + 1e-9)
    if count < 1:
        return None
    unit = _due_each(found, terms)
    if unit is None:
        return None
    result = Calculation(cents(unit.amount * count), f"{unit.expression} × {count:g}")
    caps = [b.high for b in find_bounds(folded) if b.dimension == "money" and b.low == -math.inf]
    return (
        Calculation(min(caps), result.expression, result.amount)
        if caps and result.amount > min(caps)
        else result
    )


def _limit_before(folded: str, end: int) -> float | None:
    """The last period that is named before the words about what is late, in minutes."""
    limits = [
        (b.end, b.high * (_MINUTES_OF_DAY if b.dimension == "days" else 1.0))
        for b in find_bounds(folded[:end])
        if b.dimension in {"minutes", "days"} and math.isfinite(b.high)
    ]
    return limits[-1][1] if limits else None


def _passed(quantities: Sequence[Quantity], limit: float) -> float | None:
    """The one time (minutes) from a moment to another that is longer than the limit."""
    spans = {q.value for q in quantities if q.dimension == "minutes" and q.derived and BETWEEN in q.label}
    longer = {value for value in spans if value > limit}
    return longer.pop() if len(longer) == 1 else None


def _due_each(found: re.Match[str], terms: Sequence[Term]) -> Calculation | None:
    if found["sum"]:
        return Calculation(float(found["sum"]), found["sum"])
    noun = found["noun"]
    term = next((t for t in terms if noun in {t.name, t.noun}), None)
    days = 0.5 if found["days"] == "半" else parse_number(found["days"])
    if term is None or days is None:
        return None
    share = float(found["share"] or 100)
    factors = "".join(
        f" × {part}" for part, told in ((f"{days:g}", days != 1), (f"{share:g}%", found["share"])) if told
    )
    return Calculation(term.value.amount * days * share / 100, f"{term.value.expression}{factors}")
