"""What of a quantity counts: only what is beyond the part that is free, rounded as the rule says."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.quantities import Quantity, parse_number

_NUMBER = r"(\d+(?:\.\d+)?|[一二两三四五六七八九十半])"
_UNIT = r"(公里|米|[天日晚人位件台张条罐份双只套趟次层楼个]|小时|分钟)"
_FREE = (
    # 「从第 4 天起」, 「第 3 件起」, 「从 3 楼起」: the ones before it are free.
    re.compile(rf"(?:从第|从|第)\s*{_NUMBER}\s*{_UNIT}起"),
    re.compile(rf"超(?:过|出)\s*{_NUMBER}\s*{_UNIT}(?:的部分|后|以后)?(?:[,，]|的|才|每)"),
    re.compile(rf"含\s*{_NUMBER}\s*{_UNIT}"),
    re.compile(rf"前\s*{_NUMBER}\s*{_UNIT}(?:免费|不收|不计|不补)"),
)
_HALVES = re.compile(r"不足半.{0,3}按半")
_WHOLES = re.compile(r"不[足满](?:一|1)?\S{0,3}(?:的)?(?:按|算)(?:一|1)?")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many units count, and how that is written (「(6 − 3)」)."""

    value: float
    text: str


def beyond_free(count: float, unit: str, told: str) -> Counted | None:
    """Return what of `count` the rules in `told` (folded) count, None where all of it is free."""
    free = _free(unit, told)
    left = round(count - free, 4)
    if left <= 0:
        return None
    rounded = _rounded(left, told) if free or _STEPS.search(told) else left
    if not free:
        return Counted(rounded, f"{rounded:g}")
    spare = f"({count:g} − {free:g})"
    return Counted(rounded, spare if rounded == left else f"{rounded:g}")


def _free(unit: str, told: str) -> float:
    alike = {"层": {"层", "楼"}, "日": {"日", "天"}, "天": {"日", "天"}}.get(unit, {unit})
    for position, pattern in enumerate(_FREE):
        for match in pattern.finditer(told):
            number = parse_number(match[1])
            if number is not None and match[2] in alike:
                return number - 1 if position == 0 else number
    return 0.0


# 「管长按 0.5 米进一」: what is begun counts in steps of that size.
_STEPS = re.compile(
    r"按\s*(\d+(?:\.\d+)?)\s*(?:公里|米|[件台张条罐份双只套斤]|公斤|小时|天|立方米?)?\s*(?:向上)?(?:进一|进位|取整)"
)


def _rounded(left: float, told: str) -> float:
    step = _STEPS.search(told)
    if step is not None:
        size = float(step[1]) or 1.0
        return round(math.ceil(left / size - 1e-9) * size, 4)
    if _HALVES.search(told):
        return math.ceil(left * 2 - 1e-9) / 2
    return float(math.ceil(left - 1e-9)) if _WHOLES.search(told) else left


def days_counted(told: str, quantities: Sequence[Quantity]) -> Counted | None:
    """Return for how many days `told` (folded) counts, where the case names one number of days."""
    given = {q.value for q in quantities if q.dimension == "days" and not q.derived and _DAYS.search(q.label)}
    return beyond_free(given.pop(), "天", told) if len(given) == 1 else None


_DAYS = re.compile(r"\d\s*个?[天日]|[一二两三四五六七八九十]天|days?")
