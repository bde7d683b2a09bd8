"""What everybody gets one of: 「每张票另补 1 张」 for four tickets is four."""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import parse_number
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.sums.rates import counts_of_totals

_COUNT = r"(\d{1,2}|[一二两三四五六七八九十])"


@dataclass(frozen=True, slots=True)
class Each:
    """So many of something for each of so many."""

    one: float
    of: float
    unit: str

    @property
    def total(self) -> float:
        """How many that is in all."""
        return self.one * self.of


_TO_EACH = re.compile(
    rf"每(?:张|人|位|件|单|间|份|场)[^,，。;；\d]{{0,8}}?{_COUNT}\s*(?P<unit>张|份|次|个|件|盒|瓶|节|晚|天)"
)


def given_to_each(rule: str, case: Frame, unit: str | None = None) -> Each | None:
    """Return what `rule` gives to each (「每张票另补 1 张」), where a record counts them.

    Of its own unit where one is asked for.
    """
    found = _TO_EACH.search(fold(rule))
    one = parse_number(found[1]) if found and fold(unit or found["unit"]) == found["unit"] else None
    counts = counts_of_totals(case.evidence.quantities)
    if found is None or one is None or len(counts) != 1 or max(counts) <= 1:
        return None
    return Each(one, counts.pop(), found["unit"])
