"""Amounts that a rule tells how to compute: differences, shares, halves, percentages with a cap.

Only formulas that an article states are computed, and only with quantities that the conversation
gives; the result carries its expression so that the agent can check it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import Quantity, find_bounds, find_quantities, parse_number
from copilot.suggestion.case.evidence import TOTAL, grams

_FORMULA = re.compile(r"([^=＝:：,，。;；()（）]{0,14})[=＝]\s*([^。;；\n|]+)")
_INLINE = re.compile(r"([^,，。;；:：|()（）]*(?:[×÷*−－]|除以|乘以|减去)[^,，。;；|\n]*)")
_DIFFERENCE = re.compile(
    r"([^,，。;；:：|的]{2,14})[与與和跟]([^,，。;；:：|]{2,14}?)的(?:差额|差價|差价|价差|價差)"
)
_OPERATOR = re.compile(r"\s*([×xX*÷/+＋]|−|－|(?<=[^\d\s])\s*-\s*|(?<=\s)-(?=\s)|—)\s*")
_HALF = re.compile(r"减半|減半|一半|half")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")


@dataclass(frozen=True, slots=True)
class Calculation:
    """A computed amount of money with the expression that gave it (「67.7 − 31.2」).

    `uncapped` is the expression's own value where a cap made the amount smaller.
    """

    amount: float
    expression: str
    uncapped: float | None = None


def calculate(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    """Return what `rule` computes from `quantities`, None where it states no formula or a value is missing.

    A result above every amount of the conversation comes from a misread operand: nothing is returned.
    """
    folded = fold(rule).replace("（", "(").replace("）", ")")
    result = _stated(folded, quantities) or _difference(folded, quantities)
    largest = max((q.value for q in quantities if q.dimension == "money"), default=0.0)
    return result if result is not None and result.amount <= largest else None


def _stated(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    formula = _FORMULA.search(rule)
    body = formula.group(2) if formula else None
    if body is None or not _OPERATOR.search(body):
        inline = _INLINE.search(rule)
        body = inline.group(1) if inline else None
    return _evaluate(body, quantities) if body else None


@dataclass(frozen=True, slots=True)
class _Operand:
    """A value with how it is written, and the quantities it was taken from."""

    value: float
    text: str
    sources: frozenset[Quantity] = frozenset()


def _evaluate(body: str, quantities: Sequence[Quantity]) -> Calculation | None:
    """Evaluate left to right with × ÷ before + −; every operand is a number or a named quantity."""
    plain = _SPELLED.sub(lambda m: _SPELLED_SIGNS[m.group()], re.sub(r"\([^)]*\)", "", body))
    pieces = _OPERATOR.split(plain)
    if len(pieces) < _BINARY:
        return None
    found = [_operand(piece, quantities) for piece in pieces[0::2]]
    operands = [operand for operand in found if operand is not None]
    sources = [source for operand in operands for source in operand.sources]
    # The same number under two names was read into one of them.
    if len(operands) < len(found) or len(set(sources)) < len(sources):
        return None
    return _fold_operations(operands, [_sign(o) for o in pieces[1::2]])


_BINARY = 3
_SPELLED = re.compile(r"除以|乘以|乘|减去|加上")
_SPELLED_SIGNS = {"除以": "÷", "乘以": "×", "乘": "×", "减去": "−", "加上": "+"}


def _sign(operator: str) -> str:
    operator = operator.strip()
    if operator in "×xX*":
        return "×"
    if operator in "÷/":
        return "÷"
    return "+" if operator in "+＋" else "−"


def _fold_operations(operands: Sequence[_Operand], operators: Sequence[str]) -> Calculation | None:
    terms, signs = [operands[0].value], [1.0]
    for operator, operand in zip(operators, operands[1:], strict=True):
        if operator == "×":
            terms[-1] *= operand.value
        elif operator == "÷":
            if operand.value == 0:
                return None
            terms[-1] /= operand.value
        else:
            terms.append(operand.value)
            signs.append(1.0 if operator == "+" else -1.0)
    result = sum(sign * term for sign, term in zip(signs, terms, strict=True))
    rest = (f"{sign} {operand.text}" for sign, operand in zip(operators, operands[1:], strict=True))
    return Calculation(_cents(result), " ".join([operands[0].text, *rest])) if result > 0 else None


def _cents(amount: float) -> float:
    return round(amount + 1e-9, 2)


_UNPAID = re.compile(r"(.{2,10}?)(?:未还|未付|未交|没还|没付|还没还)的?(?:部分|金额)?$")
_SHORT = re.compile(r"(?:少|缺|差|短少|多|多出|超出)的?(克数|重量|斤两|公里数|里程|天数)$")
_SHORT_DIMENSIONS = {
    "克数": "weight",
    "重量": "weight",
    "斤两": "weight",
    "公里数": "metres",
    "里程": "metres",
    "天数": "days",
}


def _operand(text: str, quantities: Sequence[Quantity]) -> _Operand | None:
    text = text.strip().strip("的")
    unpaid, short = _UNPAID.search(text), _SHORT.search(text)
    if unpaid:
        return _less(_named(unpaid[1], quantities), _named("已还已付", quantities))
    if short:
        return _gap(_SHORT_DIMENSIONS[short[1]], quantities)
    number = _literal(text)
    if number is not None:
        return number
    named = _named(text, quantities)
    return _from(named) if named else None


def _from(quantity: Quantity) -> _Operand:
    value = _as_said(quantity)
    return _Operand(value, f"{value:g}", frozenset({quantity}))


def _less(whole: Quantity | None, part: Quantity | None) -> _Operand | None:
    if whole is None or part is None or whole.value <= part.value:
        return None
    value = whole.value - part.value
    return _Operand(value, f"({whole.value:g} − {part.value:g})", frozenset({whole, part}))


def _gap(dimension: str, quantities: Sequence[Quantity]) -> _Operand | None:
    """The difference between the only two values of a dimension (1500 g ordered, 1420 g weighed)."""
    values = {_as_said(q) for q in quantities if q.dimension == dimension and not q.derived}
    if len(values) != 2:
        return None
    low, high = sorted(values)
    return _Operand(high - low, f"({high:g} − {low:g})")


def _literal(operand: str) -> _Operand | None:
    number = parse_number(operand) if operand else None
    if number is not None:
        return _Operand(number, f"{number:g}")
    own = [q for q in find_quantities(operand) if q.dimension in {"money", "metres", "percent"}]
    if len(own) != 1 or len(operand) >= _LITERAL_CHARACTERS:
        return None
    if own[0].dimension == "percent":
        return _Operand(own[0].value / 100, f"{own[0].value:g}%")
    return _Operand(_as_said(own[0]), f"{_as_said(own[0]):g}")


# A longer operand with a number in it is a name, not a literal.
_LITERAL_CHARACTERS = 8
# One thing under several names.
_SAME = (re.compile(r"首晚|当晚|单晚|一晚"), "每晚")


def _named(name: str, quantities: Iterable[Quantity]) -> Quantity | None:
    """The quantity whose clause names the operand: 「未行驶里程」 is the 12 of 「未行驶 12 公里」."""
    name = _SAME[0].sub(_SAME[1], name)
    best, found = 0.0, None
    for recency, quantity in enumerate(quantities):
        if quantity.derived or quantity.dimension == "clock":
            continue
        label = re.sub(r"[\d.]+", "", quantity.label)
        nouns = set(label) & set(name)
        score = (
            len(nouns) / (len(set(name)) + 0.5) + 0.3 * bool(grams(label) & grams(name)) + 0.0001 * recency
        )
        near = quantity.label.find(name[:2])
        score += 0.2 if near >= 0 else 0.0
        if score > best and (grams(label) & grams(name) or len(nouns) >= 2):
            best, found = score, quantity
    return found


def _as_said(quantity: Quantity) -> float:
    """Distances count in kilometres, as rates and people do."""
    return quantity.value / 1000 if quantity.dimension == "metres" else quantity.value


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
    return Calculation(_cents(amount * count), f"{amount:g} × {count:g}") if count not in {0.0, 1.0} else None


_PARTS = re.compile(r"[、,，和与及+＋]|\band\b")
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
            price := _only_price(shown)
        ):
            sums.append(_total_of(price, quantities))
    values = {(q.value, q.label) for q in sums}
    if len(values) < _BINARY - 1 or not any(_FEE.search(q.label) for q in sums):
        return None
    ordered = sorted({q.value for q in sums}, reverse=True)
    return Calculation(_cents(sum(ordered)), " + ".join(f"{v:g}" for v in ordered))


_FEE = re.compile(
    r"服务费|运费|邮费|配送费|手续费|保险费|加速费|代购服务费|冷链费|安装费|shipping|service fee"
)
_COUNTED = "pieces"
_RATE_UNITS: dict[str, tuple[str, float]] = {
    "公里": ("metres", 1000.0), "米": ("metres", 1.0), "天": ("days", 1.0), "日": ("days", 1.0),
    "次": ("times", 1.0), "人": ("people", 1.0), "位": ("people", 1.0),
    **dict.fromkeys("件台张条罐份双只套", (_COUNTED, 1.0)),
}  # fmt: skip


def rated(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    """Return rate × quantity (「0.5 元/公里」 with 15 公里), where the rule's own case gives one quantity.

    People and pieces are counted by whoever speaks (「我们四个」, 「4 人」): the number said most often
    counts, and one of them alone is no product.
    """
    folded = fold(rule)
    rate = _RATE.search(folded)
    unit = (rate.group(2) or rate.group(3)) if rate else ""
    if rate is None or unit not in _RATE_UNITS:
        return None
    price = float(rate.group(1) or rate.group(4))
    dimension, size = _RATE_UNITS[unit]
    if dimension in {_COUNTED, "people"}:
        count = _counted(quantities, {"people", _COUNTED} if unit in "人位" else {dimension})
        return Calculation(_cents(price * count), f"{price:g} × {count:g}") if count else None
    given = [q for q in quantities if q.dimension == dimension and not q.derived]
    context = grams(folded)
    near = [q for q in given if len(grams(q.label) & context) >= 2]
    values = {q.value / size for q in near}
    if len(values) != 1:
        return None
    count = values.pop()
    return Calculation(_cents(price * count), f"{price:g} × {count:g}")


# More pieces than this are no count of what one customer has.
_MOST_PIECES = 50


def _counted(quantities: Sequence[Quantity], dimensions: set[str]) -> float | None:
    """The one count above one that the talk gives, or the one it gives most often."""
    counts = Counter(
        q.value
        for q in quantities
        if q.dimension in dimensions
        and not q.derived
        and 1 < q.value <= _MOST_PIECES
        and q.value == int(q.value)
    )
    ranked = counts.most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def _difference(rule: str, quantities: Sequence[Quantity]) -> Calculation | None:
    match = _DIFFERENCE.search(rule)
    if match is None:
        return None
    first, second = (_named(group, quantities) for group in match.groups())
    if first is None or second is None:
        return None
    return difference(_as_said(first), _as_said(second))


def difference(first: float, second: float) -> Calculation | None:
    """Return the larger less the smaller amount, None where they are equal."""
    high, low = max(first, second), min(first, second)
    return Calculation(_cents(high - low), f"{high:g} − {low:g}") if high > low else None


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


def _total_of(price: Quantity, quantities: Sequence[Quantity]) -> Quantity:
    """What all pieces cost where the price of one was named beside their count (「680 元 × 4」)."""
    totals = (
        q for q in quantities if q.turn_index == price.turn_index and q.label == f"{TOTAL}{price.label}"
    )
    return next(totals, price)


BESIDE_PRICE = re.compile(
    r"服务费|运费|邮费|配送费|手续费|调度费|骑行费|押金|券|补偿|保险|税|已退|赔|fee|deposit|voucher|tax|insurance"
)


def _only_price(quantities: Sequence[Quantity]) -> Quantity | None:
    """The price where only one is named beside fees: what a record calls 「680 元 × 2」 is the face value."""
    prices = [
        q
        for q in quantities
        if q.dimension == "money"
        and not q.derived
        and not q.label.startswith(TOTAL)
        and not BESIDE_PRICE.search(q.label)
    ]
    return prices[-1] if len({q.value for q in prices}) == 1 else None


_BASE = re.compile(r"按([一-鿿]{2,8})[)）]|按([一-鿿]{2,8}?)的\s*\d|([一-鿿]{2,6})\s*[×*]?的?\s*\d+\s*%")


# What is done with a base is not its name (「扣 10%」).
_ACTS = re.compile(r"^.*(?:扣除?|收取?|按|退还?|(?<![实已应支])付|补|赔|最高|封顶|减免?|什么)")


# What percentages are taken of; other words before a percentage are a case (「一般周末 20%」).
_SUM = re.compile(r"[价费额款金租]|实付|应付|已付|总|房|票|餐|单")


def share_of(rule: str, claimed: float, quantities: Sequence[Quantity]) -> Calculation | None:
    """Return the half or the percentage that `rule` grants, with its cap where one is stated.

    A base that the rule names (「车费的 60%」) must be given by name; otherwise it is the amount claimed.
    """
    folded = fold(rule)
    base = _BASE.search(folded)
    name = _ACTS.sub("", next((g for g in base.groups() if g), "")) if base else ""
    name = name if _SUM.search(name) else ""
    named = _named(name, [q for q in quantities if q.dimension == "money"]) if name else None
    named = named or (_only_price(quantities) if name else None)
    if name and named is None:
        return None
    amount = claimed if named is None else _as_said(_total_of(named, quantities))
    if _HALF.search(folded):
        return Calculation(round(amount / 2, 2), f"{amount:g} ÷ 2")
    percent = _PERCENT.search(folded)
    if percent is None or any(b.dimension == "percent" and not b.exact for b in find_bounds(folded)):
        return None  # 「多 15% 以上」 is a condition, not a share
    share = float(percent.group(1))
    result, expression = amount * share / 100, f"{amount:g} × {share:g}%"
    caps = [b.high for b in find_bounds(folded) if b.dimension == "money" and b.low == float("-inf")]
    if caps and result > min(caps):
        return Calculation(min(caps), expression, _cents(result))
    return Calculation(_cents(result), expression)
