"""Rates and monthly sums times what the case counts: kilometres, days, pieces, people, months."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from copilot.language import fold
from copilot.quantities import Quantity, find_quantities, parse_number
from copilot.suggestion.case.evidence import TOTAL, grams
from copilot.suggestion.sums.beyond import Counted, beyond_free
from copilot.suggestion.sums.calculation import Calculation, cents

_RATE = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:元|块)\s*[/每一]\s*(公里|[天日晚人位件台张条罐份双只套趟次米])|"
    r"每\s*(公里|[天日晚人位件台张条罐份双只套趟次米])[^\d,，。;；]{0,6}?(\d+(?:\.\d+)?)\s*(?:元|块)(?!\s*[/每])"
)
_MONTHS = re.compile(
    r"(?:(半)个?|([一二两三四五六\d.]+)(?:个)?(半)?个?)月的?(?:房租|租金|月租|月费|管理费|物业费|服务费|薪|rent)|"
    r"(half a|one|two|three|1|2|3)[- ]months?'?s?'? (?:rent|fee)"
)
_MONTH_WORDS = {"half a": 0.5, "one": 1.0, "two": 2.0, "three": 3.0}
_MONTHLY = re.compile(r"月租|租金|房租|一个月|每月|月费|/月|个月|monthly|a month|per month|rent")


def months_of(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    """Return what 「一个半月房租」 is, where the talk names one monthly sum."""
    found = _MONTHS.search(fold(rule))
    if found is None:
        return None
    monthly = {q.value for q in quantities if q.dimension == "money" and _MONTHLY.search(q.label)}
    if len(monthly) != 1:
        return None
    half, whole, more, english = found.groups()
    count = 0.5 if half else parse_number(whole or "") or _MONTH_WORDS.get(english or "") or 0.0
    count += 0.5 if more else 0.0
    amount = monthly.pop()
    return Calculation(cents(amount * count), f"{amount:g} × {count:g}") if count not in {0.0, 1.0} else None


_COUNTED = "pieces"
_RATE_UNITS: dict[str, tuple[str, float]] = {
    "公里": ("metres", 1000.0), "米": ("metres", 1.0), "天": ("days", 1.0), "日": ("days", 1.0),
    "次": ("times", 1.0), "人": ("people", 1.0), "位": ("people", 1.0),
    **dict.fromkeys("件台张条罐份双只套", (_COUNTED, 1.0)),
}  # fmt: skip
# 「每张按 5 元从 16.9 元里减」 leaves the rest of the sum.
_TAKEN_FROM = re.compile(r"从\s*(\d+(?:\.\d+)?)\s*(?:元|块)里?(?:头|面)?(?:减|扣)")


def rated(rule: str, quantities: Sequence[Quantity], about: str = "") -> Calculation | None:
    """Return rate × quantity (「0.5 元/公里」 with 15 公里), where the rule's own case gives one quantity.

    People and pieces are counted by whoever speaks (「我们四个」, 「4 人」): the number said most often
    counts, and one of them alone is no product. `about` are the rules beside it, which may say what is free.
    """
    folded = fold(rule)
    rate = _RATE.search(folded)
    unit = (rate.group(2) or rate.group(3)) if rate else ""
    if rate is None or unit not in _RATE_UNITS:
        return None
    if _begins_later(folded, rate.start(), quantities):
        return None
    price = float(rate.group(1) or rate.group(4))
    whole = _TAKEN_FROM.search(folded)
    if whole is not None:
        return _left_of(float(whole[1]), price, _one_count(unit, quantities))
    counted = _count_of(unit, folded, quantities, f"{folded}\n{fold(about)}")
    if counted is None:
        return None
    return Calculation(cents(price * counted.value), f"{price:g} × {counted.text}")


_NTH = re.compile(r"第\s*(\d+|[一二两三四五六七八九十])\s*次(?:及以后|以后|之后|起|开始)[^,，。;；]*$")


def _begins_later(folded: str, at: int, quantities: Sequence[Quantity]) -> bool:
    """Whether the rate counts only from a further time on (「第二次起每张 30 元」), which nobody tells of."""
    found = _NTH.search(folded, 0, at)
    first = parse_number(found[1]) if found else None
    return first is not None and not any(
        q.dimension == "times" and (q.value >= first if q.derived else q.value >= max(first - 1, 1))
        for q in quantities
    )


_BY_NIGHT = re.compile(
    r"(?:每|/)\s*(?P<unit>[晚夜天日])[^\d,，。;；最上]{0,6}?(?P<price>\d+(?:\.\d+)?)\s*(?:元|块)(?!\s*[/每])"
)
_STAY = re.compile(r"入住|客房|房间|每间|加床|早餐|酒店|民宿")


def by_night(rule: str, nights: float | None, about: str = "") -> Calculation | None:
    """Return a nightly rate times the nights told; a daily one too where the rules are about a stay."""
    found = _BY_NIGHT.search(fold(rule))
    if found is None or nights is None or nights <= 1:
        return None
    stay = found["unit"] in "晚夜" or _STAY.search(fold(f"{rule}\n{about}")) is not None
    price = float(found["price"])
    return Calculation(cents(price * nights), f"{price:g} × {nights:g}") if stay else None


def _left_of(whole: float, price: float, count: float | None) -> Calculation | None:
    if count is None or whole <= price * count:
        return None
    return Calculation(cents(whole - price * count), f"{whole:g} − {price:g} × {count:g}")


def _count_of(unit: str, folded: str, quantities: Sequence[Quantity], told: str) -> Counted | None:
    dimension, size = _RATE_UNITS[unit]
    if dimension in {_COUNTED, "people"}:
        alike = {"people", _COUNTED} if unit in "人位" else {dimension}
        pieces = [q for q in quantities if q.dimension in alike or q.label.startswith(TOTAL)]
        count = _counted(pieces, unit, grams(folded) - _NO_THINGS)
        return Counted(count, f"{count:g}") if count else None
    given = [q for q in quantities if q.dimension == dimension and not q.derived]
    context = grams(folded)
    near = [q for q in given if len(grams(q.label) & context) >= _NEAR] or (
        given if _FREE_TOLD.search(told) else []
    )
    values = {q.value / size for q in near}
    return beyond_free(values.pop(), unit, told) if len(values) == 1 else None


# So many words of a quantity's clause must be the rule's.
_NEAR = 2
_FREE_TOLD = re.compile(r"超(?:过|出)\s*\d|含\s*\d|前\s*\d|第\s*\d+\s*\S起")
# Words that a rule and a request share without speaking of the same thing.
_NO_THINGS = grams("每月 每年 每天 每次 最多 最少 最高 多少 可以 不能 收费 一次 一个 一张 一件")
# More pieces than this are no count of what one customer has.
_MOST_PIECES = 50


def _one_count(unit: str, quantities: Sequence[Quantity]) -> float | None:
    """The number of `unit` that was used up, where the case tells it from what is left."""
    used = {
        q.value
        for q in quantities
        if q.dimension == _COUNTED and not q.derived and _is_in(unit, q) and not _LEFT.search(q.label)
    }
    return used.pop() if len(used) == 1 else None


_LEFT = re.compile(r"剩|余|还有|left")


def _is_in(unit: str, quantity: Quantity) -> bool:
    """Whether the quantity was counted in `unit` (「两个办法」 are no 张)."""
    said = "人位名口个" if unit in "人位" else "件个样" if unit in "件个" else unit
    own = (q for q in find_quantities(quantity.label) if q.value == quantity.value)
    return any(set(said) & set(quantity.label[q.start : q.end]) for q in own)


def _counted(quantities: Sequence[Quantity], unit: str, context: frozenset[str]) -> float | None:
    """The one count above one that the talk gives, or the one it gives most often."""
    counts = Counter(
        q.value
        for q in quantities
        if q.dimension != "money"
        and not q.derived
        and 1 < q.value <= _MOST_PIECES
        and q.value == int(q.value)
        and (_is_in(unit, q) or q.dimension == "people" or unit in "人位" or grams(q.label) & context)
    )
    if shown := counts_of_totals(quantities):
        return shown.pop() if len(shown) == 1 and max(shown) > 1 else None
    ranked = counts.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


_TIMES = re.compile(r"[×xX*]\s*(\d{1,2})(?!\d|\.)")


def counts_of_totals(quantities: Sequence[Quantity]) -> set[float]:
    """Return the counts of a record's 「680 元 × 4」."""
    totals = (q.label for q in quantities if q.label.startswith(TOTAL))
    return {float(m[1]) for label in totals if (m := _TIMES.search(label))}
