"""What comes back of a price for the part that was not used: 「退未走里程票款」, 80 of 200 km were gone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from copilot.language import fold
from copilot.quantities import Dimension, Quantity
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.sums.asked import price_paid
from copilot.suggestion.sums.calculation import Calculation, as_said, cents
from copilot.suggestion.sums.record import is_spoken, named_numbers

_UNUSED = re.compile(
    r"退[^,，。;；\d]{0,3}(?:未|没有?|剩余?的?|余下的?)[^,，。;；\d]{0,4}?"
    r"(?P<of>里程|路程|公里|天数|天|日数|次数|次|小时|时数|时长)"
    r"(?P<rest>[^,，。;；\d]{0,8})"
)
_DIMENSIONS: dict[str, tuple[Dimension, ...]] = {
    **dict.fromkeys(("里程", "路程", "公里"), ("metres",)),
    **dict.fromkeys(("天数", "天", "日数"), ("days",)),
    **dict.fromkeys(("次数", "次"), ("times",)),
    **dict.fromkeys(("小时", "时数", "时长"), ("minutes",)),
}
_MONEY = re.compile(r"款|费|钱|价|金|租|^$")
_WHOLE = re.compile(r"全程|全长|总|共|合计|套餐")
_USED = re.compile(r"已|用了|用掉|走了|行了|住了|上了|做了")
_LEFT = re.compile(r"剩|余|未|还有|没用")


def unused_part(rule: str, case: Frame) -> Calculation | None:
    """Return the share of the price for what was not used, where the records name the whole and the part."""
    found = _UNUSED.search(fold(rule))
    paid = price_paid(case)
    if found is None or paid is None or not _MONEY.search(found["rest"].strip("的")):
        return None
    told = [
        q
        for q in named_numbers(case)
        if q.dimension in _DIMENSIONS[found["of"]] and not q.derived and not is_spoken(q, case)
    ]
    left = _one(q for q in told if _LEFT.search(q.label))
    used = _one(q for q in told if _USED.search(q.label) and not _LEFT.search(q.label))
    named = _WHOLE.search
    whole = _one(
        q for q in told if named(q.label) and not _USED.search(q.label) and not _LEFT.search(q.label)
    )
    if whole is None or (left is None) == (used is None):
        return None
    rest = left if left is not None else whole - (used or 0.0)
    if not 0 < rest < whole:
        return None
    return Calculation(cents(paid * rest / whole), f"{paid:g} × {rest:g} ÷ {whole:g}")


def _one(quantities: Iterable[Quantity]) -> float | None:
    values = {as_said(q) for q in quantities}
    return values.pop() if len(values) == 1 else None
