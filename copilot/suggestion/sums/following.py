"""What follows from a first result: half of it, what is paid beside it, what comes back in the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import find_bounds, parse_number
from copilot.suggestion.case.evidence import TOTAL
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.sums.asked import claimed, price_paid
from copilot.suggestion.sums.calculation import BESIDE_PRICE, Calculation, cents, difference, named
from copilot.suggestion.sums.record import shown_sums
from copilot.suggestion.sums.shares import reimbursed
from copilot.suggestion.sums.worked import Worked, columns_of, holds, said_by

_DEDUCTS = re.compile(
    r"违约金|扣|手续费|取消费|退票费|退订费|改签费|退课费|折旧|首晚|收取|承担|"
    r"penalty|deduct|cancellation|retain|keep|\bless\b(?! than)|\bminus\b"
)
# What a rule adds for the customer is never taken from what he gets back.
_GIVES = re.compile(
    r"赔|补偿|减收|减免\s*\d|抵扣|折抵|price back|"
    r"另给|差价|差额|上限|以内的|compens|up to .{0,12}(?:rate|price)|"
    r"另退|(?<!不)(?:退|返)(?!票|订|货|课|房|改)[^,，。;；不扣收\d]{0,10}\d+\s*%"
)
# A formula of what comes back has nothing taken from the price after it.
_RETURNED = re.compile(r"(?:退|返|赔)[^,，。;；不]{0,6}[:：=＝]")
_RETURNS_EXCESS = re.compile(r"多收|收错|多扣|只对|只收|overcharg|only")


@dataclass(frozen=True, slots=True)
class Followed:
    """What comes after a first result, step by step; `told`: the words of the rule that halved it."""

    workings: tuple[Calculation, ...] = ()
    told: str = ""


@dataclass(frozen=True, slots=True)
class Half:
    """Half of a sum, and the words of the rule that says so."""

    calculation: Calculation
    told: str


def follows(worked: Worked, chosen: Sequence[Rule], case: Frame) -> Followed:
    """Return what the rules make of a first result; nothing where it is the last word."""
    if worked.final:
        return Followed()
    half = _halved(worked, chosen, case)
    result = half.calculation if half else worked.calculation
    back = _given_back(worked, result, chosen, case) or _on_top(worked, chosen, case)
    more = back or _together(worked, chosen, case)
    return Followed((half.calculation, *more), half.told) if half else Followed(more)


def overcharged(chosen: Sequence[Rule]) -> bool:
    """Return whether a rule gives back what was charged beyond the fair price."""
    return any(_RETURNS_EXCESS.search(fold(rule.passage.text)) for rule in chosen)


# --- what comes back -----------------------------------------------------------------------------


def _given_back(
    worked: Worked, result: Calculation, chosen: Sequence[Rule], case: Frame
) -> tuple[Calculation, ...]:
    """What comes back: the price less what is kept, or the charge less the fair price."""
    if worked.fair_price:
        charged = claimed(case)
        over = charged is not None and charged > result.amount and overcharged(chosen)
        back = difference(charged, result.amount) if over and charged is not None else None
        if back is not None:
            return (back,)
    paid = price_paid(case)
    kept = is_charge(worked, case) and _something_comes_back(worked.rule, case)
    back = difference(paid, result.amount) if kept and paid and paid > result.amount else None
    if back is None:
        return ()
    fees = _fees_back(fold(said_by(worked.rule)), case)
    if not fees:
        return (back,)
    parts = " + ".join(f"{value:g}" for value in (back.amount, *fees))
    return (back, Calculation(cents(back.amount + sum(fees)), parts))


_COMES_BACK = re.compile(
    r"退|取消|解约|解除|不要|不租|不去|不走|不住|不学|不上了|不办|改[签期订]|转让|折旧|"
    r"cancel|refund|\bback\b|return|terminat"
)


def _something_comes_back(rule: Rule, case: Frame) -> bool:
    """Whether anybody gives something up: a charge for paying late is taken from no price."""
    texts = (rule.article.title, *rule.passage.heading, said_by(rule), case.evidence.text)
    return any(_COMES_BACK.search(fold(text)) for text in texts)


def is_charge(worked: Worked, case: Frame) -> bool:
    """Return whether the result is kept or charged: nobody grants it."""
    rule = fold(said_by(worked.rule))
    rest = "−" in re.sub(r"\([^)]*\)", "", worked.calculation.expression)
    if rest or _GIVES.search(rule) or _RETURNED.search(rule):
        return False
    return bool(_DEDUCTS.search(rule) or (not worked.fair_price and _asks_what_is_kept(case)))


def _asks_what_is_kept(case: Frame) -> bool:
    return re.search(r"扣|取消", fold(case.evidence.open_text)) is not None


_KEEPS = re.compile(r"扣(?:除|取|收|下|回)?[^,，。;；\d]{0,6}$|\b(?:less|minus)\s*$")


# What somebody else has yet to try or to decide is no sum that can be named.
_OPEN_END = re.compile(
    r"不保证|不一定|可能|视[^,，。;；]{0,6}而定|由[^,，。;；]{2,10}定|not guaranteed|may\b|subject to"
)


def less_fee(fee: float, rule: Rule, case: Frame) -> Calculation | None:
    """Return what comes back of the price where the row keeps a fixed `fee` (「扣 100 元」, "less $75")."""
    told, paid = fold(said_by(rule)), price_paid(case)
    kept = any(
        b.low == fee and _KEEPS.search(told[: b.start])
        for b in find_bounds(told)
        if b.dimension == "money" and b.exact
    )
    if (
        not kept
        or _OPEN_END.search(told)
        or paid is None
        or paid <= fee
        or not _something_comes_back(rule, case)
    ):
        return None
    return difference(paid, fee)


_FEE_BACK = re.compile(r"((?:[一-鿿]{1,4}费[、和与及]?)+)(?:也|都|一起|全)?退(?!票|货|订|课)")


def _fees_back(rule: str, case: Frame) -> tuple[float, ...]:
    """The fees that a rule gives back beside the rest (「配送费和打包费退」), each named once by a record."""
    found = _FEE_BACK.search(rule)
    names = re.findall(r"[一-鿿]{1,3}费", re.sub(r"[、和与及]", " ", found[1])) if found else []
    listed = shown_sums(case)
    fees = ({q.value for q in listed if name in fold(q.label)} for name in names)
    known = [values.pop() for values in fees if len(values) == 1]
    return tuple(known) if len(known) == len(names) else ()


_HALF = re.compile(r"减半|一半|半价|half")
_HEAD = 2
_SHORT_CASE = 10
# A period by which somebody answers may look like a condition that is missed.
_BARELY = -0.3


def _halved(worked: Worked, chosen: Sequence[Rule], case: Frame) -> Half | None:
    """Half of the result, where another rule halves just that in a case that the conversation names."""
    others = [rule for rule in chosen if rule is not worked.rule]
    if "÷ 2" in worked.calculation.expression:
        return None
    about = fold(" ".join((*worked.rule.passage.header, worked.rule.passage.text)))
    return half_of(worked.calculation.amount, about, others, case)


_HALVES = re.compile(r"([一-鿿]{2,6}?)(?:也|都|按|收|付|只收)?(?:减半|的?一半|半价)")


# 「…，收一半」 halves what the row lists, whatever it is called.
_PLAIN_HALF = re.compile(r"[,，](?:只|就)?(?:收|按|付)(?:一半|半价)")


def half_of(amount: float, about: str, others: Sequence[Rule], case: Frame) -> Half | None:
    """Return half of `amount`, where one of the other rules halves what `about` (folded) speaks of."""
    for rule in others:
        told = fold(rule.passage.text)
        found, plain = _HALVES.search(told), _PLAIN_HALF.search(told)
        same = plain is not None or (found is not None and found[1][-_HEAD:] in about)
        if _HALF.search(told) and same and (holds(rule, best=False) or _names_its_case(rule, case)):
            return Half(Calculation(cents(amount / 2), f"{amount:g} ÷ 2"), rule.passage.text)
    return None


def _names_its_case(rule: Rule, case: Frame) -> bool:
    """Whether the customer says the head of one of the cases that a rule lists (「直系亲属过世」: 过世)."""
    before = re.split(_HALF, fold(rule.passage.text))[0]
    # The last part names what is halved.
    *cases, _ = (part.strip().rstrip("的") for part in re.split(r"[、,，:：()（）;；。]|或者?", before))
    cases = [part for part in cases if not part.startswith("凭")]
    said = fold(case.evidence.text)
    named_cases = (part for part in cases if _HEAD < len(part) <= _SHORT_CASE)
    return rule.fit.value > _BARELY and any(_is_said(part, said) for part in named_cases)


# Who the rule's case must happen to, and who it is said to have happened to.
_HIMSELF = re.compile(
    r"^(?:[一-鿿]{0,2}本人|新[人郎娘]|旅客|乘客|客人|顾客|客户|租客|学员|会员|机主|患者|孕妇)(?!的|[家亲]|直系)"
)
_RELATIVE = (
    r"(?:爸|妈|父|母|爷|奶|姥|公公|婆婆|岳|老公|老婆|先生|太太|爱人|孩子|儿子|女儿|娃|"
    r"哥|姐|弟|妹|朋友|同学|同事|叔|阿姨|舅|姑)"
)


def _is_said(part: str, said: str) -> bool:
    """Whether the head of a case is said, of the person that the case is about."""
    head = part[-_HEAD:]
    if not re.fullmatch(r"[一-鿿]{2}", head) or head not in said:
        return False
    return not (_HIMSELF.search(part) and re.search(rf"{_RELATIVE}[^,，。;；?？!！]{{0,16}}{head}", said))


# --- what is paid beside it ----------------------------------------------------------------------

_ON_TOP = re.compile(
    r"(?:the )?([a-z]+ [a-z]+) is (?:always )?(?:paid on top|added)|"
    r"([一-鿿]{2,6})(?:另|另外|额外)(?:付|收|加|算|计)|另(?:付|收|加|计)([一-鿿]{2,6})"
)


def on_top_of(amount: float, chosen: Sequence[Rule], case: Frame) -> Calculation | None:
    """Return `amount` with what the rules add to it, where the record names that (a fare difference)."""
    shown = shown_sums(case)
    for rule in chosen:
        found = _ON_TOP.search(fold(rule.passage.text))
        name = next((group for group in found.groups() if group), "") if found else ""
        beside = {q.value for q in shown if name and name in fold(q.label)}
        if len(beside) == 1 and (extra := beside.pop()) != amount:
            return Calculation(cents(amount + extra), f"{amount:g} + {extra:g}")
    return None


def _on_top(worked: Worked, chosen: Sequence[Rule], case: Frame) -> tuple[Calculation, ...]:
    more = on_top_of(worked.calculation.amount, chosen, case)
    return (more,) if more else ()


_ONE_SUM = re.compile(r"合并|一并|相加|加起来|together|one (?:claim|sum)")
_RECEIPT = re.compile(r"票据|小票|发票|收据|receipt")


def _together(worked: Worked, chosen: Sequence[Rule], case: Frame) -> tuple[Calculation, ...]:
    """A reimbursement that the rules pay beside the first result, and the sum of both."""
    if not any(_ONE_SUM.search(fold(rule.passage.text)) for rule in chosen):
        return ()
    spent = [q for q in case.evidence.quantities if q.dimension == "money" and _RECEIPT.search(q.label)]
    told = [*(said_by(rule) for rule in chosen), *_rows_that_add(worked.rule, case)]
    paid_back = next((c for text in told if (c := reimbursed(text, spent)) is not None), None)
    if paid_back is None:
        return ()
    total = worked.calculation.amount + paid_back.amount
    both = Calculation(cents(total), f"{worked.calculation.amount:g} + {paid_back.amount:g}")
    return (both,) if paid_back.uncapped is None else (paid_back, both)


_ADDS = re.compile(r"^(?:同上|as above)")


def _rows_that_add(rule: Rule, case: Frame) -> list[str]:
    """The rows of the same article that only add to the row above them (「同上，且…」)."""
    own = (p for p in case.knowledge.passages.values() if p.article_id == rule.article.id and p.cells)
    return ["，".join(p.cells[1:]) for p in own if _ADDS.search(fold(p.cells[0].strip()))]


# --- two prices ----------------------------------------------------------------------------------

_PRICE_GAP = re.compile(r"退差|补差|差价|差额|价差|价保|降价|price (?:difference|drop|match)")
# Somebody must speak of two prices of one thing: two sums of a record may be anything.
_TWO_PRICES = re.compile(
    r"差(?!评|劲|点|不多)|降|便宜|更?贵|涨|调价|改价|变价|标价|原价|现价|新价|旧价|牌价|价保|多[收付交要]|少[收付退给]|"
    r"→|应[为该收付]|cheaper|dearer|price|difference|overcharg|less than|more than"
)
# What is paid beside a price, or is one part of a payment, is no second price.
_NO_SECOND = re.compile(
    r"费(?!用)|押金|定金|订金|尾款|账户|帐户|微信|支付宝|现金|余额|红包|fee|deposit|cash|wallet"
)
_BEST = 4
_TWO = 2


def price_difference(chosen: Sequence[Rule], case: Frame) -> Calculation | None:
    """Return the gap between the only two prices of the record, where a rule pays the difference.

    Only where somebody speaks of two prices; times the pieces where the customer names that very sum.
    """
    if not any(_PRICE_GAP.search(fold(rule.passage.text)) and rule.fit.value >= 0 for rule in chosen[:_BEST]):
        return None
    told = [
        q
        for q in shown_sums(case)
        if not q.label.startswith(TOTAL)
        and not BESIDE_PRICE.search(q.label)
        and not _NO_SECOND.search(q.label)
    ]
    prices = {q.value for q in told}
    if len(prices) != _TWO or not _TWO_PRICES.search(fold(case.evidence.text)):
        return None
    gap = difference(*prices)
    return _of_all_pieces(gap, case) if gap is not None else None


_BOUGHT = re.compile(
    r"(?:买|拍|订|下单)了?\s*(\d{1,2}|[一二两三四五六七八九十])\s*"
    r"[件组盒个瓶包袋双套台张份箱罐本条只]"
)


def _of_all_pieces(gap: Calculation, case: Frame) -> Calculation:
    """The gap times the pieces that the customer bought, where just that sum is the one he names."""
    said = fold("\n".join(turn.text for turn in case.conversation.customer_turns))
    counts = {number for m in _BOUGHT.finditer(said) if (number := parse_number(m[1])) is not None}
    count = counts.pop() if len(counts) == 1 else 1.0
    total = cents(gap.amount * count)
    named_sums = {q.value for q in case.evidence.quantities if q.dimension == "money"}
    return Calculation(total, f"({gap.expression}) × {count:g}") if count > 1 and total in named_sums else gap


_GAP_AND_SHARE = re.compile(r"差[价额].{0,6}另(?:补|赔|加|给).{0,6}?(\d+(?:\.\d+)?)\s*[%％]")


def gap_and_share(chosen: Sequence[Rule], case: Frame) -> tuple[Calculation, ...]:
    """Return the gap between two prices, a share of the higher one, and both, where a rule pays both."""
    told = (_GAP_AND_SHARE.search(fold(said_by(rule))) for rule in chosen[:_BEST] if rule.fit.value >= 0)
    found = next((match for match in told if match), None)
    prices = _prices_of_both(case) if found else set[float]()
    if found is None or len(prices) != _TWO:
        return ()
    high, low, percent = max(prices), min(prices), float(found[1])
    gap, share = cents(high - low), cents(high * percent / 100)
    return (
        Calculation(gap, f"{high:g} − {low:g}"),
        Calculation(share, f"{high:g} × {percent:g}%"),
        Calculation(cents(gap + share), f"{gap:g} + {share:g}"),
    )


_LEAST_PRICE = 10.0
_NUMBER = re.compile(r"(?<![\d.:：/-])\d+(?:\.\d+)?(?![\d.:：/-])")


def _prices_of_both(case: Frame) -> set[float]:
    """The record's prices, and the numbers that both the record and the customer name."""
    turns = case.conversation.turns
    shown = {float(n) for t in turns if t.role == "system" for n in _NUMBER.findall(fold(t.text))}
    said = {float(n) for t in turns if t.role == "customer" for n in _NUMBER.findall(fold(t.text))}
    money = {q.value for q in shown_sums(case)}
    return {value for value in money | (shown & said) if value >= _LEAST_PRICE}


_COMPLAINS = re.compile(
    r"多收|多要|收我|扣我|收了|收费|要我|凭什么|凭啥|太贵|这么贵|太黑|太狠|抢钱|overcharg|too much|charged"
)
_NO_PRICE = re.compile(r"赔|补|券|红包|退|免|上限|最高|额度|compens|refund|voucher|credit")


# A price for one of something that is measured is no price of the whole.
_FOR_ONE = re.compile(
    r"\d\s*(?:元|块)?\s*[/每]\s*(?:平方米|平米|㎡|立方米?|方|公里|千米|米|度|公斤|千克|斤|小时|分钟|天|日|月|gb|个|件|路)|"
    r"每\s*(?:平方米|平米|立方米|公里|米|度|公斤|斤|小时|分钟)\s*\d"
)


def beyond_price(rule: Rule, price: float, case: Frame) -> Calculation | None:
    """Return what was charged beyond the listed `price` of the row, where the customer complains of it."""
    told = fold(said_by(rule))
    if not _COMPLAINS.search(fold(case.evidence.text)) or _NO_PRICE.search(told) or _FOR_ONE.search(told):
        return None
    passage = rule.passage
    names = [fold(cell).strip() for i, cell in enumerate(passage.cells) if i not in columns_of(rule)[1:]]
    names += [fold(passage.header[i]) for i in columns_of(rule) if i < len(passage.header)]
    charged = {q.value for q in shown_sums(case) if any(len(n) > 1 and named(n, [q]) for n in names)}
    if len(charged) != 1:
        return None
    amount = charged.pop()
    return difference(amount, price) if amount > price else None
