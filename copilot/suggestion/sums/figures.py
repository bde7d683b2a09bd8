"""What of a sentence can be checked word for word: numbers with their units, dates, times, words of benefit.

Written for sentences that a model worded: each figure must be one that the evidence states, in the same
dimension and on the same side (「超过30天」 is not 「30天内」).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from copilot.language import fold
from copilot.quantities import Bound, find_bounds, find_quantities

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DATE = re.compile(
    r"(?:20\d\d[-/年.])?(?<!\d)(?P<m>1[0-2]|0?[1-9])[-/月.](?P<d>3[01]|[12]\d|0?[1-9])[日号號]?(?![\d.元块%])"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(" + "|".join(_MONTHS) + r")[a-z]*\.?"
_ENGLISH_DATE = re.compile(
    rf"\b(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH}|{_MONTH}\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?)\b"
)
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])")
# Days that are meant from where one stands: they hold only if the evidence says the very word.
_RELATIVE = re.compile(
    r"今天|今日|今晚|今早|明天|明日|明早|明晚|后天|昨天|昨日|昨晚|前天|当天|当日|当晚|次日|翌日|隔天|隔日|本周|这周|下周|上周|"
    r"周末|月底|月初|年底|本月|下个?月|上个?月|下半年|(?:周|星期|礼拜)[一二三四五六日天]|"
    r"\b(?:today|tonight|tomorrow|yesterday|this week|next week|next month|this month|weekend|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|end of the (?:day|week|month))\b"
)
_SPELLED = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred|thousand|million|dozen|half|double|twice|triple)\b"
)
_HAN_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百千万亿半]{2,}")
_INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity in base units, one-sided where `low` or `high` is infinite."""

    dimension: str
    low: float
    high: float

    @property
    def is_open(self) -> bool:
        """Whether it reaches to infinity on one side."""
        return self.low == -_INFINITE or self.high == _INFINITE

    @property
    def ends(self) -> tuple[float, ...]:
        """The finite ends."""
        return tuple(v for v in (self.low, self.high) if abs(v) != _INFINITE)


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything checkable of a text; a union of several texts holds what any of them says."""

    numbers: frozenset[str]
    measures: frozenset[Measure]
    dates: frozenset[tuple[int, int]]
    clocks: frozenset[int]
    words: frozenset[str]

    def unsupported_by(self, known: Figures) -> bool:
        """Whether something here is not in `known`."""
        return not (
            self.numbers <= known.numbers
            and self.dates <= known.dates
            and self.clocks <= known.clocks
            and self.words <= known.words
            and all(known.states(measure) for measure in self.measures)
        )

    def states(self, measure: Measure) -> bool:
        """Whether the text states the measure: itself, or its value where no side was named."""
        if measure in self.measures:
            return True
        alike = [m for m in self.measures if m.dimension == measure.dimension]
        if not measure.is_open:
            closed = (m for m in alike if m.high != _INFINITE)
            return set(measure.ends) <= {end for m in closed for end in m.ends}
        # 「3天内」 may be said of a plain 「3天」, never of 「超过3天」.
        return measure.low == -_INFINITE and any(m.high == measure.high and not m.is_open for m in alike)


NOTHING = Figures(frozenset(), frozenset(), frozenset(), frozenset(), frozenset())


def together(parts: Iterable[Figures]) -> Figures:
    """Return what any of the parts says."""
    whole = NOTHING
    for part in parts:
        whole = Figures(
            whole.numbers | part.numbers,
            whole.measures | part.measures,
            whole.dates | part.dates,
            whole.clocks | part.clocks,
            whole.words | part.words,
        )
    return whole


@lru_cache(maxsize=4096)
def figures_of(text: str) -> Figures:
    """Return everything checkable of `text`."""
    folded = _THOUSANDS.sub("", fold(text))
    undated = _DATE.sub(" ", folded)  # 「11月4日」 is no four days
    bounds = [_measure(bound) for bound in find_bounds(undated)]
    values = [Measure(q.dimension, q.value, q.value) for q in find_quantities(undated)]
    taken = {end for m in bounds if m.is_open for end in m.ends}
    # A one-sided quantity counts as such only; its bare value would let the other side through.
    measures = [*bounds, *(m for m in values if m.low not in taken)]
    return Figures(
        numbers=frozenset(_canonical(n) for n in _NUMBER.findall(folded)),
        measures=frozenset(measures),
        dates=frozenset(_dates(folded)),
        clocks=frozenset(int(h) * 60 + int(m) for h, m in _CLOCK.findall(folded)),
        words=frozenset(
            [*_RELATIVE.findall(folded), *_SPELLED.findall(folded), *_HAN_NUMBER.findall(folded)]
        ),
    )


def money_in(text: str) -> tuple[float, ...]:
    """Return the amounts of money in `text`, in its order."""
    return tuple(q.value for q in find_quantities(_THOUSANDS.sub("", fold(text))) if q.dimension == "money")


def _canonical(number: str) -> str:
    return f"{float(number):g}" if len(number) < 15 else number


def _measure(bound: Bound) -> Measure:
    return Measure(bound.dimension, bound.low, bound.high)


def _dates(folded: str) -> Iterable[tuple[int, int]]:
    for match in _DATE.finditer(folded):
        yield int(match["m"]), int(match["d"])
    for match in _ENGLISH_DATE.finditer(folded):
        month = next(g for g in match.groups() if g and g in _MONTHS)
        yield _MONTHS.index(month) + 1, int(match["d1"] or match["d2"])
