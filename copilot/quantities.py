"""Numbers with units, in rules and in conversations, so that the two can be compared.

A rule says 「超过 150 米」 or 「2–6 小时」 (a `Bound`), a customer 「隔着两条街 七八百米」, an order card
「730 米」 (a `Quantity`). Both are read by one grammar over folded text, in base units:
minutes, days, metres, plain money, percent, persons, pieces, years of age, kilograms, floors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from copilot.language import fold
from copilot.signals import numerals

Dimension = Literal[
    "money", "minutes", "days", "workdays", "metres", "percent", "people", "pieces", "age", "weight",
    "times", "floor", "clock", "seats", "degrees", "volume", "area", "inches",
]  # fmt: skip

_UNITS: tuple[tuple[str, Dimension, float], ...] = (
    (r"个?工作[日天]|(?:business|working) days?", "workdays", 1),
    (r"个?(?:小时|钟头)|个钟(?!头)|hours?|hrs?|h(?![a-z])", "minutes", 60),
    (r"分钟|分鐘|minutes?|mins?", "minutes", 1),
    (r"个?自然[日天]|[天日](?!元|用|常|本)|days?", "days", 1),
    (r"个?(?:星期|礼拜|周)(?![一二三四五六日末岁])|weeks?", "days", 7),
    (r"个月|months?", "days", 30),
    (r"年(?!代|级|龄|度)|years?(?! old)", "days", 365),
    (r"秒钟?|seconds?|secs?\b", "minutes", 1 / 60),
    (r"公里|千米|km\b|kilomet(?:er|re)s?", "metres", 1000),
    (r"立方(?:米|公尺)?|m³|方(?![一-鿿])", "volume", 1),
    (r"平方(?:米|公尺)|平米|㎡|m²", "area", 1),
    # Homes are told in 呎 of area, things in 呎 of length: nothing is a hundred feet long.
    (
        r"平方[呎尺]|(?<=\d\d\d)呎|(?<=\d\d\d )呎|(?<=百)呎|sq\.? ?f(?:ee)?t\b|square f(?:ee|oo)t",
        "area",
        0.0929,
    ),
    (r"坪", "area", 3.3058),
    (r"厘米|公分|cm\b|centimet(?:er|re)s?", "metres", 0.01),
    (r"毫米|公厘|mm\b|millimet(?:er|re)s?", "metres", 0.001),
    (r"英里|miles?\b", "metres", 1609.344),
    (r"英尺|呎|feet\b|ft\b", "metres", 0.3048),
    (r"英寸|寸(?!照)|inch(?:es)?\b", "inches", 1),
    (r"公尺|米(?!饭|粉|线)|met(?:er|re)s?\b", "metres", 1),
    (r"%|percent(?:age points?)?|个?百分点", "percent", 1),
    (r"℃|°c|摄氏度|度(?!假|过|数|量)", "degrees", 1),
    (r"周?岁|years? old", "age", 1),
    (r"公斤|kg\b|千克|kilos?", "weight", 1),
    (r"克(?!拉|服)|g\b|grams?", "weight", 0.001),
    (r"斤", "weight", 0.5),
    (r"磅|lbs?\b", "weight", 0.4536),
    (r"座(?!机|位|椅)", "seats", 1),
    (r"楼|层", "floor", 1),
    (r"个?人(?!民|家|脸|工)|位(?!置)", "people", 1),
    (r"次|(?<=[头头第两一二三四\d])回(?![来去复答电家收款执头访程])", "times", 1),
    (
        # 「我们一块买的」 is no dollar.
        r"元|圆|块(?:(?<!一块)|(?![买去来走坐住吃玩办做弄装送寄订拼租儿]))(?:钱)?|"
        r"yuan|rmb|(?:cny|twd|hkd|sgd|usd|eur|gbp|aud|cad|nzd|myr|jpy|chf)(?![a-z])|dollars?|euros?|"
        r"(?:美|澳|加|日|欧|新)元|(?:港|台|澳|新|加)币|日圆|英镑|令吉|蚊(?![子香帐])",
        "money",
        1,
    ),
    (
        r"[件箱包样瓶盒份张罐袋双只台本]|items?|parcels?|pieces?|boxes|个(?!月|工作|自然|小时|钟|人|星期|礼拜|城市|省|国家|地区)",
        "pieces",
        1,
    ),
)
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8,
           "九": 9, "仨": 3, "俩": 2}  # fmt: skip
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_ZEROS, _MYRIAD = "零〇", 10000
_HAN_NUMBER = r"[零〇一二两三四五六七八九十百千万半仨俩]{1,12}"
_NUMBER = (
    rf"(?:{numerals.MIXED_NUMBER}|\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d{{1,12}}(?:\.\d{{1,6}})?|{_HAN_NUMBER})"
)
_DASH = r"(?:\s*[-–—~〜至到]\s*|\s+to\s+(?=[\d$£€]))"
_PREFIX = {
    "above": r"(?:满|滿|至少|不少于|达到?|at least)",
    "over": r"(?:超过|超出|(?<!每)超(?=\s*\d)|大于|多于|多出|高于|晚于|"
    r"more than|over|above|exceed(?:s|ing)?)",
    "below": r"(?:不满|不足|少于|小于|低于|未满|不到|less than|under|below|fewer than)",
    "within": r"(?:不超过|没(?:有)?超过?(?=\s*\d)|未超过?(?=\s*\d)|"
    r"最多|至多|最高|封顶|不晚于|up to|at most|within|no more than|max(?:imum)?)",
}
_SUFFIX = {
    "above": r"(?:\(含\))?\s*(?:及?以上|或以上|或更[早久长多远]|起|"
    r"or more|and more|or above|or longer|or earlier)",
    "over": r"(?:以外|之外|之后|以后|后)",
    "within": r"\s*(?:及?以下|以内|之内|内|or less|or under|or below)",
    "before": r"(?:之前|以前|前)",
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: `value` in base units of `dimension`; `label` is the clause it stood in.

    `reported`: somebody else is said to have told it (「朋友说 24 小时内…」), so it is no fact of the case.
    """

    value: float
    dimension: Dimension
    start: int
    end: int
    label: str
    turn_index: int = -1
    derived: bool = False
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """What a rule demands of one quantity: low ≤ value ≤ high (strict where said)."""

    dimension: Dimension
    low: float
    high: float
    low_strict: bool
    high_strict: bool
    start: int
    end: int
    exact: bool = False

    def holds(self, value: float) -> bool:
        """Whether `value` (base units) satisfies the bound."""
        above = value > self.low if self.low_strict else value >= self.low
        below = value < self.high if self.high_strict else value <= self.high
        return above and below


def parse_number(text: str) -> float | None:
    """Return the number that `text` spells (digits or Chinese numerals), None where it spells none."""
    plain = text.replace(",", "").strip()
    try:
        return float(plain)
    except ValueError:
        return _parse_mixed(plain) if plain[:1].isdigit() else _parse_han(plain)


def _parse_mixed(text: str) -> float | None:
    number = numerals.parse_number(text)
    return None if number is None else float(number)


# 「四五天」 are at most five, 「七八百米」 at most eight hundred: two neighbours are no tens and ones.
_ABOUT = re.compile(
    r"(?<![零〇一二两三四五六七八九])(?:一(?=二)|[二两](?=三)|三(?=四|五)|四(?=五)|五(?=六)|六(?=七)|七(?=八)|八(?=九))"
    r"([二三四五六七八九])(?![零〇一二两三四五六七八九])"
)


def _parse_han(text: str) -> float | None:
    if text == "半":
        return 0.5
    half = 0.5 if text.endswith("半") and len(text) > 1 else 0.0
    body = _ABOUT.sub(r"\1", text[:-1] if half else text)
    if not body or any(c not in _DIGITS and c not in _SCALES for c in body):
        return None
    return _of_signs(body) + half


def _of_signs(body: str) -> float:
    """What digits and scales spell; a last digit behind 百, 千 or 万 counts their tenths (「三百五」)."""
    total = section = digit = 0.0
    scale = 1.0
    for c in body:
        if c in _SCALES:
            scale = _SCALES[c]
            if scale == _MYRIAD:
                total, section = (total + section + digit or 1.0) * scale, 0.0
            else:
                section += (digit or 1.0) * scale
            digit = 0.0
        else:
            scale = 1.0 if c in _ZEROS else scale
            digit = digit * 10 + _DIGITS[c] if digit and not (total or section) else float(_DIGITS[c])
    return total + section + digit * (scale / 10 if scale > 10 else 1.0)


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    units = "|".join(f"(?P<u{i}>{unit})" for i, (unit, _, _) in enumerate(_UNITS))
    prefixes = "|".join(f"(?P<p_{name}>{pattern})" for name, pattern in _ordered_prefixes())
    suffixes = "|".join(f"(?P<s_{name}>{pattern})" for name, pattern in _SUFFIX.items())
    return re.compile(
        rf"(?:(?:已?满|达到)\s*(?P<from>{_NUMBER})\s*[、,且]?\s*(?=不满|未满|不足|不到))?"
        rf"(?:(?:{prefixes})\s*)?(?P<currency>nt\$|hk\$|us\$|[¥$±])?\s*"
        rf"(?<!同)(?P<a>{_NUMBER})(?:{_DASH}(?P<b>{_NUMBER}))?\s*-?(?:多|来|几)?(?P<scale>[万千](?=\s*[元块公人]))?\s*(?:{units})(?P<tail>半|(?<=[米块])(?:[一二三四五六七八九]{{2}}|\d{{2}})(?!\d|[{_han_units()}])|[一二三四五六七八九\d](?!\d|[{_han_units()}]))?"
        rf"(?:\s*(?:{suffixes}))?"
    )


def _ordered_prefixes() -> list[tuple[str, str]]:
    # 「不超过」 must be tried before 「超过」, 「不满」 before 「满」.
    return [(name, _PREFIX[name]) for name in ("within", "below", "over", "above")]


def _han_units() -> str:
    return "元块分小时天日公米岁斤座楼层人次个工月年十百千万"


_CODE = r"(?:nt\$|hk\$|us\$|s\$|[¥$£€]|\b(?:hkd|twd|sgd|usd|eur|gbp|cny|rmb|aud|cad|myr|jpy)(?![a-z]))"
_SUM = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_CURRENCY_FIRST = re.compile(rf"{_CODE}\s*({_SUM})")
_CLOCK = re.compile(
    r"(?P<part>凌晨|早上|上午|中午|下午|傍晚|晚上|今晚|昨晚|夜里|半夜)?\s*"
    r"(?:(?P<h>\d{1,2})[:：](?P<m>\d{2})(?::(?P<s>\d{2}))?\s*(?P<ampm>[ap]\.?m\.?)?|"
    # 「十点了」 is a time, 「好一点了」 none.
    r"(?P<hh>\d{1,2}|[一二两三四五六七八九十]{1,3})(?:(?<!一)|(?<=十一)|(?=点(?!了)))点(?!击|开|评|赞)(?:(?P<half>半)|(?P<mm>\d{1,2}|[一二三四五六七八九十]{1,3})分?(?!\d))?|"
    r"(?P<eh>\d{1,2})\s*(?P<eampm>[ap]\.?m\.?)\b|"
    r"(?<![\d:])(?P<nh>\d{1,2})(?P<tonight>\s+(?:tonight|this evening)\b))"
)
_CLOCK_SUFFIX = re.compile(r"\s*(之?前|以前|之?后|以后|过后)")
_CLAUSE_EDGE = re.compile(r"(?<!\d),|,(?!\d{3})|[，。;；|｜\n!?！？、()（）]")


def clause_around(text: str, start: int, end: int) -> str:
    """Return the clause of `text` that holds the span."""
    left = max((m.end() for m in _CLAUSE_EDGE.finditer(text, 0, start)), default=0)
    right = _CLAUSE_EDGE.search(text, end)
    return text[left : right.start() if right else len(text)]


@lru_cache(maxsize=8192)
def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Return every quantity of `text`, in order; positions are those of the original."""
    folded = fold(text)
    found = [_quantity(folded, match) for match in _pattern().finditer(folded)]
    quantities = _whole_periods([q for q in found if q is not None], folded)
    quantities += [age for q in quantities if (age := _age_of_child(q, folded)) is not None]
    taken = [(q.start, q.end) for q in quantities]
    for match in _CURRENCY_FIRST.finditer(folded):
        if not any(s < match.end() and match.start() < e for s, e in taken):
            value = parse_number(match.group(1))
            if value is not None:
                label = clause_around(folded, match.start(), match.end())
                quantities.append(Quantity(value, "money", match.start(), match.end(), label))
    quantities += [
        _clock_quantity(folded, m) for m in _CLOCK.finditer(folded) if _clock_minutes(m) is not None
    ]
    return tuple(sorted(quantities, key=lambda q: q.start))


_AND_FURTHER = re.compile(r"\s*(?:零|又|and)?\s*")
_PERIODS: frozenset[Dimension] = frozenset({"minutes", "days"})


def _whole_periods(found: list[Quantity], folded: str) -> list[Quantity]:
    """Read 「9 个月零 10 天」 and 「1 小时 20 分钟」 as one period."""
    joined: list[Quantity] = []
    for quantity in found:
        first = joined[-1] if joined else None
        if (
            first
            and first.dimension == quantity.dimension
            and quantity.dimension in _PERIODS
            and quantity.value < first.value
            and _AND_FURTHER.fullmatch(folded, first.end, quantity.start)
        ):
            joined[-1] = replace(first, value=first.value + quantity.value, end=quantity.end)
        else:
            joined.append(quantity)
    return joined


_CHILD_BEFORE = re.compile(
    r"(?:娃|宝宝?|孩子?|婴儿|儿子|女儿|闺女|baby is|baby)\s*(?:才|刚|满|还|不到|都|快|now|just){0,2}\s*$"
)
_OLD_AFTER = re.compile(r"\s*大(?!约|概|小)|[\s-]*old\b")


def _age_of_child(quantity: Quantity, folded: str) -> Quantity | None:
    """The age of a small child that is told in months (「娃才七个月」, 「8个月大」), in years."""
    if quantity.dimension != "days" or not re.search(r"月|month", folded[quantity.start : quantity.end]):
        return None
    if _CHILD_BEFORE.search(folded, 0, quantity.start) or _OLD_AFTER.match(folded, quantity.end):
        return replace(quantity, value=round(quantity.value / 365, 2), dimension="age")
    return None


# 「第二次」 is one time, the second: it meets a rule for the second time, and is never counted with.
_ORDINAL = re.compile(r"第\s*$")
_COUNTED: frozenset[Dimension] = frozenset({"times", "pieces", "people"})


def _is_ordinal(folded: str, match: re.Match[str], dimension: Dimension) -> bool:
    before = folded[max(0, match.start("a") - 2) : match.start("a")]
    return dimension in _COUNTED and match.group("b") is None and _ORDINAL.search(before) is not None


# 「掉了三块瓷砖」, 「插座黑了一块」, 「电池那一块」: what is broken or meant is no money.
_PIECE_BEFORE = re.compile(
    r"[碎裂黑掉破秃烂烧凸凹湿青紫肿红磨刮撞烫试切吃尝摔缺断鼓脱褪糊焦脏崩磕豁翘裁][了过着出掉坏]{1,2}\s*$"
)
_POINTED_AT = re.compile(r"[这那哪另整每]\s*$")
_PIECE_AFTER = re.compile(
    r"(?:瓷?砖|玻璃|屏|电池|[木地主面滑键]?板|蛋?糕|牛?[肉排]|手?表(?!示|格)|[尿纱抹]?布|石|牌|皮|饼|巧克力|豆|香皂|毛巾|毯|"
    r"镜|面包|硬盘|内存|疤|印|污|漆|披萨|pizza|区域|地方|田)"
)
_MOST_PIECES = 9


def counts_pieces(folded: str, start: int, end: int, value: float) -> bool:
    """Return whether a number with 块 (`start` to `end`) counts pieces of something rather than money."""
    if not folded.startswith("块", end - 1) or value > _MOST_PIECES or value != int(value):
        return False
    before = _PIECE_BEFORE.search(folded, 0, start) or (value == 1 and _POINTED_AT.search(folded, 0, start))
    if before:
        return not folded.startswith("钱", end)
    return _PIECE_AFTER.match(folded, end) is not None


def _quantity(folded: str, match: re.Match[str]) -> Quantity | None:
    unit = _unit_of(match)
    value = parse_number(match.group("b") or match.group("a"))
    if unit is None or value is None or counts_pieces(folded, match.start("a"), match.end(), value):
        return None
    _, dimension, factor = unit
    factor *= _SCALES.get(match.group("scale") or "", 1)
    value = value * factor + _tail(match, dimension, factor)
    label = clause_around(folded, match.start(), match.end())
    ordinal = _is_ordinal(folded, match, dimension)
    return Quantity(round(value, 4), dimension, match.start(), match.end(), label, derived=ordinal)


def _tail(match: re.Match[str], dimension: Dimension, factor: float) -> float:
    """4块8 is 4.8, 1米3 is 1.3, 4米95 is 4.95; 一个小时半 has half an hour more."""
    tail = match.group("tail")
    if not tail:
        return 0.0
    if tail == "半":
        return 0.5 * factor
    tenths = dimension == "money" or (dimension == "metres" and factor == 1)
    return float("".join(str(_DIGITS.get(c, c)) for c in tail)) / 10 ** len(tail) if tenths else 0.0


def _unit_of(match: re.Match[str]) -> tuple[str, Dimension, float] | None:
    for index, unit in enumerate(_UNITS):
        if match.group(f"u{index}") is not None:
            return unit
    return None


def _clock_minutes(match: re.Match[str]) -> float | None:
    hour = parse_number(match.group("h") or match.group("hh") or match.group("eh") or match.group("nh") or "")
    minute = (
        30.0 if match.group("half") else parse_number(match.group("m") or match.group("mm") or "0") or 0.0
    )
    if hour is None or hour > 24 or minute > 59:
        return None
    part = match.group("part") or ""
    ampm = (match.group("ampm") or match.group("eampm") or "").replace(".", "")
    late = part in {"下午", "傍晚", "晚上", "今晚", "昨晚", "夜里"} or ampm == "pm" or match.group("tonight")
    midnight = hour == 12 and part in {"晚上", "今晚", "昨晚", "夜里", "半夜"}
    if midnight or (late and hour < 12):
        hour += 12
    return hour * 60 + minute + float(match.group("s") or 0) / 60


def _clock_quantity(folded: str, match: re.Match[str]) -> Quantity:
    minutes = _clock_minutes(match) or 0.0
    label = clause_around(folded, match.start(), match.end())
    return Quantity(minutes, "clock", match.start(), match.end(), label)


@lru_cache(maxsize=1)
def _sums() -> re.Pattern[str]:
    """Amounts with their currency before them, and what is demanded of them."""
    prefixes = "|".join(f"(?P<p_{name}>{pattern})" for name, pattern in _ordered_prefixes())
    suffixes = "|".join(f"(?P<s_{name}>{pattern})" for name, pattern in _SUFFIX.items())
    return re.compile(
        rf"(?:(?:{prefixes})\s*)?{_CODE}\s*(?P<a>{_SUM})(?:{_DASH}(?:{_CODE}\s*)?(?P<b>{_SUM}))?"
        rf"(?!\d|\s*(?:元|块))(?:\s*(?:{suffixes}))?"
    )


def _sum_bounds(folded: str, known: list[Bound]) -> list[Bound]:
    found = []
    for match in _sums().finditer(folded):
        low = parse_number(match["a"])
        taken = any(b.start < match.end() and match.start() < b.end for b in known)
        if low is None or taken:
            continue
        high = parse_number(match["b"]) if match["b"] else None
        if high is not None:
            found.append(Bound("money", low, high, False, False, match.start(), match.end()))
        else:
            found.append(_open_bound(match, "money", low))
    return found


@lru_cache(maxsize=8192)
def find_bounds(text: str) -> tuple[Bound, ...]:
    """Return what `text` (a rule, a table cell) demands of quantities, in order."""
    folded = fold(text)
    found = [b for m in _pattern().finditer(folded) if (b := _bound(m)) is not None]
    bounds = [_open_ended(b, folded) for b in found]
    joined = _joined_ranges(bounds, folded)
    sums = _sum_bounds(folded, joined)
    return tuple(sorted([*joined, *sums], key=lambda b: b.start) + _clock_bounds(folded))


# 「48 小时没有揽收记录」, 「7 天没更新」: what has not come about for so long has not for longer either.
_NOT_YET = re.compile(r"\s*(?:还|仍|都|仍然|还是)?(?:没有?|未|冇)(?!满|到期|过)")
_LASTING: frozenset[Dimension] = frozenset({"minutes", "days", "workdays"})


# 「到期后第 3 个自然日 20:00 前」 are at most three days.
_COUNTED_DAY = re.compile(r"第\s*$")
_UNTIL_THEN = re.compile(r"\s*(?:\d{1,2}(?:[:：点]\d{0,2})\s*)?(?:之|以)?前")


def _open_ended(bound: Bound, folded: str) -> Bound:
    """Return `bound` open where it says how long something has not happened, or until which day it may."""
    if not bound.exact or bound.dimension not in _LASTING:
        return bound
    if _NOT_YET.match(folded, bound.end):
        return replace(bound, high=float("inf"), exact=False)
    if _COUNTED_DAY.search(folded, 0, bound.start) and _UNTIL_THEN.match(folded, bound.end):
        return replace(bound, low=-float("inf"), exact=False)
    return bound


_PER_UNIT: dict[tuple[Dimension, Dimension], float] = {
    ("minutes", "days"): 1440,
    ("days", "minutes"): 1 / 1440,
}


_AND = re.compile(r"\s*[,、]?\s*(?:且|和|及|并且|and|but)?\s*")


def _meeting(first: Bound, second: Bound, between: str) -> Bound | None:
    """Read 「16℃ 以上、不到 18℃」 and 「满 3 岁，未满 12 岁」 as one range; None where they are none."""
    opens = first.high == float("inf") and second.low == -float("inf")
    if first.dimension != second.dimension or not opens or first.low >= second.high:
        return None
    if not _AND.fullmatch(between):
        return None
    strict = first.low_strict, second.high_strict
    return Bound(first.dimension, first.low, second.high, *strict, first.start, second.end)


def _joined_ranges(bounds: list[Bound], folded: str) -> list[Bound]:
    """Read 「30 分钟–2 小时」 and 「48 小时–8 天」, whose ends have units of their own, as one range."""
    joined: list[Bound] = []
    for bound in bounds:
        first = joined[-1] if joined else None
        if first and (both := _meeting(first, bound, folded[first.end : bound.start])) is not None:
            joined[-1] = both
            continue
        if first and first.exact and bound.exact and re.fullmatch(_DASH, folded[first.end : bound.start]):
            same = first.dimension == bound.dimension
            factor = 1.0 if same else _PER_UNIT.get((first.dimension, bound.dimension), 0.0)
            if factor and first.low < bound.low * factor:
                high = bound.low * factor
                joined[-1] = Bound(first.dimension, first.low, high, False, False, first.start, bound.end)
                continue
        joined.append(bound)
    return joined


def _bound(match: re.Match[str]) -> Bound | None:
    unit = _unit_of(match)
    low = parse_number(match.group("a"))
    if unit is None or low is None:
        return None
    _, dimension, factor = unit
    factor *= _SCALES.get(match.group("scale") or "", 1)
    high = parse_number(match.group("b")) if match.group("b") else None
    low = round(low * factor + _tail(match, dimension, factor), 4)
    if match.group("from"):
        start = (parse_number(match.group("from")) or 0.0) * factor
        return Bound(dimension, start, low, False, True, match.start(), match.end())
    if high is not None:
        high = round(high * factor, 4)
        return Bound(dimension, low, high, False, False, match.start(), match.end())
    return _open_bound(match, dimension, low)


def _open_bound(match: re.Match[str], dimension: Dimension, value: float) -> Bound:
    start, end = match.start(), match.end()
    infinity = float("inf")
    if match.group("p_within") or match.group("s_within"):
        return Bound(dimension, -infinity, value, False, False, start, end)
    if match.group("p_below"):
        return Bound(dimension, -infinity, value, False, True, start, end)
    if match.group("p_over") or match.group("s_over"):
        return Bound(dimension, value, infinity, True, False, start, end)
    if match.group("p_above") or match.group("s_above"):
        return Bound(dimension, value, infinity, False, False, start, end)
    return Bound(dimension, value, value, False, False, start, end, exact=True)


_HOURS = re.compile(r"(?<![\d:])(\d{1,2})\s*[-–—~至到]\s*(\d{1,2})点")


def _clock_bounds(folded: str) -> list[Bound]:
    hours = [
        _clock_range(60.0 * int(m[1]), 60.0 * int(m[2]), m.start(), m.end()) for m in _HOURS.finditer(folded)
    ]
    spoken = [(m, minutes) for m in _CLOCK.finditer(folded) if (minutes := _clock_minutes(m)) is not None]
    clocks = [(m, v) for m, v in spoken if not any(h.start <= m.start() < h.end for h in hours)]
    bounds: list[Bound] = list(hours)
    skip = -1
    for index, (match, minutes) in enumerate(clocks):
        if index == skip:
            continue
        following = clocks[index + 1] if index + 1 < len(clocks) else None
        if following and re.fullmatch(
            rf"{_DASH}(?:次日|翌日)?\s*", folded[match.end() : following[0].start()]
        ):
            bounds.append(_clock_range(minutes, following[1], match.start(), following[0].end()))
            skip = index + 1
            continue
        suffix = _CLOCK_SUFFIX.match(folded, match.end())
        if suffix:
            before = "前" in suffix.group(1)
            low, high = (0.0, minutes) if before else (minutes, 1440.0)
            bounds.append(Bound("clock", low, high, False, before, match.start(), suffix.end()))
    return bounds


def _clock_range(start: float, end: float, left: int, right: int) -> Bound:
    # 22:00–次日 7:00 runs over midnight: the high end counts past 24 h; `clock_holds` folds the value.
    return Bound("clock", start, end if end > start else end + 1440, False, True, left, right)


def bound_holds(bound: Bound, quantity: Quantity) -> bool | None:
    """Whether `quantity` satisfies `bound`; None where they do not speak of the same dimension."""
    if bound.dimension == quantity.dimension:
        if bound.dimension == "clock":
            return bound.holds(quantity.value) or bound.holds(quantity.value + 1440)
        return bound.holds(quantity.value)
    pair = {bound.dimension, quantity.dimension}
    if pair == {"minutes", "days"}:
        value = quantity.value * 1440 if quantity.dimension == "days" else quantity.value / 1440
        return bound.holds(value)
    return None
