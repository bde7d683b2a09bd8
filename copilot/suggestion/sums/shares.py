"""Shares of an amount, and what comes back in parts: percentages, halves, receipts, price and fees."""

from __future__ import annotations

import re
from collections.abc import Sequence

from copilot.language import fold
from copilot.quantities import Quantity, find_bounds
from copilot.suggestion.case.elapsed import SINCE
from copilot.suggestion.sums.beyond import days_counted
from copilot.suggestion.sums.calculation import (
    Calculation,
    as_said,
    cents,
    named,
    only_price,
    total_of,
)
from copilot.suggestion.sums.part import Part

_PARTS = re.compile(r"[、,，和与及+＋]|\band\b")
_TWO = 2
_HALF = re.compile(r"减半|減半|一半|half")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")
_COMES_BACK = re.compile(r"退|还|免|返|赔|refund")


def parts_of(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    """Return the sum of the listed parts that come back (「退票面、服务费」), each named once in the talk."""
    folded = fold(rule)
    clause = next((c for c in re.split(r"[。;；]", folded) if _COMES_BACK.search(c)), "")
    shown = [q for q in quantities if q.dimension == "money" and not q.derived]
    sums: list[Quantity] = []
    for part in _PARTS.split(clause):
        name = part.strip()
        if re.search(r"不|除|另", name) or not 2 <= len(name) <= 12:
            continue
        fees = [q for q in shown if (kind := _FEE.search(name)) and kind.group() in q.label]
        if len({q.value for q in fees}) == 1:
            sums.append(fees[0])
        elif re.search(r"票面|票款|票价|房费|货款|全额|商品|fare|price", name) and (
            price := only_price(shown)
        ):
            sums.append(total_of(price, quantities))
    values = {(q.value, q.label) for q in sums}
    if len(values) < _TWO or not any(_FEE.search(q.label) for q in sums):
        return None
    ordered = sorted({q.value for q in sums}, reverse=True)
    return Calculation(cents(sum(ordered)), " + ".join(f"{v:g}" for v in ordered))


_FEE = re.compile(
    r"服务费|运费|邮费|配送费|手续费|保险费|加速费|代购服务费|冷链费|安装费|shipping|service fee"
)
_REIMBURSED = re.compile(r"报销([^,，。;；]{0,8}?费)?|凭(?:票据|发票|收据)|reimburs")


def reimbursed(rule: str, spent: Sequence[Quantity]) -> Calculation | None:
    """Return what of the one receipt among `spent` is paid back under the cap that `rule` states."""
    folded = fold(rule)
    caps = [b.high for b in find_bounds(folded) if b.dimension == "money" and b.low == float("-inf")]
    amounts = {q.value for q in spent}
    if not _REIMBURSED.search(folded) or not caps or len(amounts) != 1:
        return None
    amount = amounts.pop()
    return Calculation(min(amount, caps[0]), f"{amount:g}", amount if amount > caps[0] else None)


_BASE = re.compile(
    r"[(（]([一-鿿]{2,8}?)的[)）]\s*\d|按([一-鿿]{2,8})[)）]|按([一-鿿]{2,8}?)的\s*\d|([一-鿿]{2,6})\s*[×*]?的?\s*\d+\s*%"
)


# What is done with a base is not its name (「扣 10%」).
_ACTS = re.compile(r"^.*(?:扣除?|收取?|按|退还?|(?<![实已应支])付|补|赔|最高|封顶|减免?|什么)")


# What percentages are taken of; other words before a percentage are a case (「一般周末 20%」).
_SUM = re.compile(r"[价费额款金租]|实付|应付|已付|总|房|票|餐|单")


def share_of(
    rule: str, claimed: float, quantities: Sequence[Quantity], part: Part | None = None
) -> Calculation | None:
    """Return the half or the percentage that `rule` grants, with its cap where one is stated.

    A base that the rule names (「车费的 60%」) must be given by name; otherwise it is the amount claimed.
    Where only a `part` of that is given up, what the part cost.
    """
    folded = fold(rule)
    amount = _base_of(folded, claimed, quantities, part)
    if part is not None and amount == part.whole and not _OF_ONE.search(folded):
        amount = part.cost.amount
    if amount is None or _REDUCED.search(folded):
        return None  # nothing here knows what is left after another reduction
    if _PER_PERIOD.search(folded):
        return _per_period(folded, amount, quantities)
    half = Calculation(round(amount / 2, 2), f"{amount:g} ÷ 2") if _HALF.search(folded) else None
    return half or _percentage(folded, amount, quantities)


_OF_ONE = re.compile(r"首[晚日天期月次]|第[一1][晚天]|单[晚张件次]|first night")


def _base_of(folded: str, claimed: float, quantities: Sequence[Quantity], part: Part | None) -> float | None:
    base = _BASE.search(folded)
    name = _ACTS.sub("", next((g for g in base.groups() if g), "")) if base else ""
    if not _SUM.search(name):
        return claimed
    money = [q for q in quantities if q.dimension == "money"]
    source = named(name, money) or only_price([q for q in money if not _CHARGE.search(q.label)])
    if source is None:
        return part.whole if part is not None and _PRICE.search(name) else None
    return as_said(total_of(source, quantities))


_PRICE = re.compile(r"价$|票款|票面|单价")


# What somebody is said to ask for is no price that a share is taken of.
_CHARGE = re.compile(r"听说|(?:要|扣|收|罚)[我你了]{0,2}\s*[\d一二三四五六七八九十百千两]")
# The most that may be taken is no share of a certain case (「最多抵 10%」).
_MOST = re.compile(
    r"(?:最多|最高|至多|不超过|不高于|上限|封顶|up to|at most)[^,，。;；\d]{1,8}\d+(?:\.\d+)?\s*%"
)


def _percentage(folded: str, amount: float, quantities: Sequence[Quantity]) -> Calculation | None:
    percent = _PERCENT.search(folded)
    capped = percent is not None and any(m.end() >= percent.end() > m.start() for m in _MOST.finditer(folded))
    if (
        percent is None
        or capped
        or any(b.dimension == "percent" and not b.exact for b in find_bounds(folded))
    ):
        return None  # 「多 15% 以上」 is a condition, not a share
    share = float(percent.group(1))
    result, expression = amount * share / 100, f"{amount:g} × {share:g}%"
    if _PER_DAY.search(folded):
        days = days_counted(folded, quantities)
        if days is None:
            return None
        result, expression = result * days.value, f"{expression} × {days.text}"
    caps = [b.high for b in find_bounds(folded) if b.dimension == "money" and b.low == float("-inf")]
    if caps and result > min(caps):
        return Calculation(min(caps), expression, cents(result))
    return Calculation(cents(result), expression)


_REDUCED = re.compile(r"折后(?:价|金额)?的|减后|优惠后的|(?:reduced|discounted|sale) price")
_PER_PERIOD = re.compile(
    r"每(?:超|过|晚|迟|逾期|延迟)?满\s*(\d+)\s*(小时|天|日)[^,，。;；]{0,14}?(\d+(?:\.\d+)?)\s*%"
    r"(?:[,，]?\s*(?:最高|最多|上限|封顶)[^,，。;；\d]{0,4}(\d+)\s*%)?"
)
_HOURS_OF_DAY = 24


def _per_period(folded: str, amount: float, quantities: Sequence[Quantity]) -> Calculation | None:
    """A share a full period (「每满 24 小时减收 3%，最高 30%」), where the case names one duration."""
    found = _PER_PERIOD.search(folded)
    told = [q for q in quantities if q.dimension in {"days", "minutes"} and not q.derived]
    told = told or [q for q in quantities if q.dimension == "days" and q.derived and SINCE in q.label]
    hours = {q.value * _HOURS_OF_DAY if q.dimension == "days" else q.value / 60 for q in told}
    if found is None or len(hours) != 1:
        return None
    period = float(found[1]) * (1 if found[2] == "小时" else _HOURS_OF_DAY)
    count, share = hours.pop() // period, float(found[3])
    if count < 1:
        return None
    if found[4] and share * count > float(found[4]):
        return Calculation(cents(amount * float(found[4]) / 100), f"{amount:g} × {found[4]}%")
    return Calculation(cents(amount * share * count / 100), f"{amount:g} × {share:g}% × {count:g}")


_PER_DAY = re.compile(r"(?:每[天日]|按[天日])[^,，。;；]{0,16}\d|\d\s*%\s*(?:per|a) day|(?:每|/)\s*[天日]$")
