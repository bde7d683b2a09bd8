"""The money in question: what a rule computes or grants, or all of what the customer named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import Quantity, clause_around, find_bounds, find_quantities
from copilot.suggestion.case.evidence import grams, own_words
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.reply import wording
from copilot.suggestion.sums.calculation import (
    BESIDE_PRICE,
    Calculation,
    calculate,
    difference,
    months_of,
    parts_of,
    rated,
    reimbursed,
    share_of,
)

# A share of an amount is only computed where the rule's own condition is known to hold.
_CONDITION_MET = 0.2
# … or where the conversation says this much of its case.
_CASE_SAID = 0.25
_BEST = 4


@dataclass(frozen=True, slots=True)
class Money:
    """The sum in question and how it was worked out, step by step; no sum where no rule says how much."""

    amount: float | None = None
    workings: tuple[Calculation, ...] = ()


@dataclass(frozen=True, slots=True)
class _Worked:
    """A calculation with the rule that stated it; `final`: nothing follows from it (no price less it)."""

    rule: Rule
    calculation: Calculation
    fair_price: bool = False
    final: bool = False


_WHOLE = re.compile(
    r"全额|全部|全退|免单|整单|全免|该品项|该件|退该|照退|按[^,，。;；]{0,6}实付|in full|full refund|whole"
)
# A rule about one thing of several gives back what that thing cost.
_ONE_THING = re.compile(r"那一?[件样个份盒罐]|该[件项品样]|单件")
_WHOLE_ORDER = re.compile(r"整单|全单|整笔|whole order")
_WANTS_ALL = re.compile(r"全退|全额|都退|整单|全部|一分不|all of it|full refund|everything")


def money_in_question(chosen: Sequence[Rule], case: Frame) -> Money:
    """Return the money computed by a rule, granted by the fitting row, or all of what the customer named.

    No amount where no rule says how much: a verdict on a guessed sum would be worth nothing.
    """
    workings = _workings(chosen, case)
    if workings:
        # What is left after a deduction goes back by itself: no agent grants it.
        left = len(workings) > 1 and "−" in workings[-1].expression and not _overcharged(chosen)
        return Money(None if left else workings[-1].amount, workings)
    granted = next((a for rule in chosen[:3] if (a := _granted(rule)) is not None), None)
    if granted is not None:
        return Money(granted)
    return Money(_whole(chosen, case))


def _whole(chosen: Sequence[Rule], case: Frame) -> float | None:
    """All of what is in question, where a rule gives all of it back."""
    wanted = _WANTS_ALL.search(fold(case.evidence.open_text)) is not None or _names_sum(case)
    told = [r for r in (chosen if wanted else chosen[:3]) if r.fit.value >= 0 and _says_whole(r)]
    if not told:
        return None
    return price_of_thing(told[0], case) or claimed(case)


def _names_sum(case: Frame) -> bool:
    """Whether the open request itself says which sum is to come back (「退不退 328」)."""
    open_turns = {turn.index for turn in case.conversation.open_request}
    return any(
        q.dimension == "money" and q.turn_index in open_turns and re.search(r"退|还我|refund", q.label)
        for q in case.evidence.quantities
    )


def price_of_thing(rule: Rule, case: Frame) -> float | None:
    """Return what the missing thing cost, where `rule` gives back what that one thing cost."""
    said = fold(rule.passage.text)
    whole_order = _WHOLE_ORDER.search(said) is not None
    return missing_price(case) if _ONE_THING.search(said) and _says_whole(rule) and not whole_order else None


def _says_whole(rule: Rule) -> bool:
    passage = rule.passage
    about = " ".join((passage.text, passage.lead_in, *passage.heading[-1:]))
    return _WHOLE.search(fold(about)) is not None


_SEGMENT = re.compile(r"[^|｜;；\n]+")
_AMISS = re.compile(r"缺(?!货)|漏|少(?:送|发|寄|件)|破|坏|错发|missing|broken|damaged")


def missing_price(case: Frame) -> float | None:
    """Return what the one missing or broken thing cost by the record (「缺：活鲈鱼 1 条 32.80 元」)."""
    records = [own_words(turn) for turn in case.conversation.turns if turn.role == "system"]
    segments = [m.group() for text in records for m in _SEGMENT.finditer(fold(text))]
    prices = {
        q.value
        for segment in segments
        if _AMISS.search(segment)
        for q in find_quantities(segment)
        if q.dimension == "money"
    }
    return prices.pop() if len(prices) == 1 else None


def _workings(chosen: Sequence[Rule], case: Frame) -> tuple[Calculation, ...]:
    # The row that this case's own numbers chose says more than a sentence for everybody.
    ordered = sorted(chosen, key=lambda rule: not (rule.passage.kind == "row" and rule.fit.met > 0))
    worked = next(
        (w for rule in ordered if (w := _worked(rule, case, best=rule is chosen[0])) is not None), None
    )
    if worked is None:
        apart = _price_difference(chosen, case)
        return (apart,) if apart else ()
    then = () if worked.final else _given_back(worked, chosen, case) or _together(worked, chosen, case)
    return (worked.calculation, *then)


def _worked(rule: Rule, case: Frame, *, best: bool) -> _Worked | None:
    quantities = case.evidence.quantities
    stated = calculate(_said(rule), quantities)
    if stated is not None:
        return _Worked(rule, stated)
    price = rated(_said(rule) if rule.passage.kind == "row" else wording.plain(rule.passage.text), quantities)
    if price is not None and _holds_or_unconditional(rule, best=best):
        return _Worked(rule, price, fair_price=True)
    base = claimed(case)
    if base is None or not _holds(rule, best=best):
        return None
    said = _said(rule)
    share = share_of(said, base, quantities)
    if share is not None:
        return _Worked(rule, share)
    final = months_of(said, quantities) or parts_of(said, quantities)
    return _Worked(rule, final, final=True) if final is not None else None


def _holds(rule: Rule, *, best: bool) -> bool:
    """Whether the rule's own condition is known to hold: by quantities, or by words where it fits best."""
    sentence = rule.features.share if best else rule.features.condition
    said = rule.features.row_case if rule.passage.kind == "row" else sentence
    return not rule.fit.broken and (rule.fit.met >= _CONDITION_MET or said >= _CASE_SAID)


def _holds_or_unconditional(rule: Rule, *, best: bool) -> bool:
    """A price of its own row must be this case's row; elsewhere it is everybody's price."""
    return rule.passage.kind != "row" or _holds(rule, best=best)


def _said(rule: Rule) -> str:
    """The rule in one line; the cells of a row follow their headers."""
    passage = rule.passage
    if passage.kind != "row":
        return passage.text
    headers = passage.header if len(passage.header) == len(passage.cells) else ("",) * len(passage.cells)
    return "，".join(f"{headers[i]}{passage.cells[i]}" for i in _columns(rule))


def _columns(rule: Rule) -> Sequence[int]:
    return rule.columns or range(1, len(rule.passage.cells))


# --- what follows from a first result ------------------------------------------------------------

_DEDUCTS = re.compile(
    r"违约金|扣|手续费|取消费|退票费|退订费|改签费|退课费|折旧|首晚|收取|penalty|deduct|cancellation|retain|keep"
)
# What a rule adds for the customer is never taken from what he gets back.
_GIVES = re.compile(r"赔|补偿|另给|差价|差额|上限|以内的|compens|up to .{0,12}(?:rate|price)")
_RETURNS_REST = re.compile(r"其余|剩下|剩余|余额|余款|退多少|the rest|remain|balance")
_ASKS_REST = re.compile(r"退多少|能退|退我|到手|扣多少|退得|拿回|get back|refund")
# Who speaks of these (concepts.yaml) wants to know what comes back.
_WANTS_BACK = {"cancel", "refund"}
_RETURNS_EXCESS = re.compile(r"多收|收错|多扣|只对|只收|overcharg|only")


def _given_back(worked: _Worked, chosen: Sequence[Rule], case: Frame) -> tuple[Calculation, ...]:
    """What comes back: the price less what is kept, or the charge less the fair price."""
    result = worked.calculation.amount
    told = fold(" ".join(rule.passage.text for rule in chosen))
    if worked.fair_price:
        charged = claimed(case)
        over = charged is not None and charged > result and _overcharged(chosen)
        back = difference(charged, result) if over and charged is not None else None
    else:
        rule = fold(_said(worked.rule))
        kept = (_DEDUCTS.search(rule) or _asks_what_is_kept(case)) and not _GIVES.search(rule)
        wanted = not _WANTS_BACK.isdisjoint(case.evidence.concepts)
        asked = wanted or _RETURNS_REST.search(told) or _ASKS_REST.search(fold(case.evidence.open_text))
        paid = _paid(case)
        back = difference(paid, result) if kept and asked and paid and paid > result else None
    return (back,) if back else ()


def _overcharged(chosen: Sequence[Rule]) -> bool:
    return any(_RETURNS_EXCESS.search(fold(rule.passage.text)) for rule in chosen)


def _asks_what_is_kept(case: Frame) -> bool:
    return re.search(r"扣|取消", fold(case.evidence.open_text)) is not None


_TOTAL = re.compile(r"共|总|合计|实付|已付|total")


def _paid(case: Frame) -> float | None:
    """What was paid in all where the record says so, else the amount in question."""
    money = [q for q in case.evidence.quantities if q.dimension == "money" and not q.derived]
    total = next((q.value for q in money if _TOTAL.search(q.label)), None)
    return total if total is not None else claimed(case)


_ONE_SUM = re.compile(r"合并|一并|相加|加起来|together|one (?:claim|sum)")
_RECEIPT = re.compile(r"票据|小票|发票|收据|receipt")


def _together(worked: _Worked, chosen: Sequence[Rule], case: Frame) -> tuple[Calculation, ...]:
    """A reimbursement that the rules pay beside the first result, and the sum of both."""
    if not any(_ONE_SUM.search(fold(rule.passage.text)) for rule in chosen):
        return ()
    spent = [q for q in case.evidence.quantities if q.dimension == "money" and _RECEIPT.search(q.label)]
    paid_back = next((c for rule in chosen if (c := reimbursed(_said(rule), spent)) is not None), None)
    if paid_back is None:
        return ()
    total = worked.calculation.amount + paid_back.amount
    both = Calculation(round(total, 2), f"{worked.calculation.amount:g} + {paid_back.amount:g}")
    return (both,) if paid_back.uncapped is None else (paid_back, both)


_PRICE_GAP = re.compile(r"退差|补差|差价|差额|价差|价保|降价|price (?:difference|drop|match)")


def _price_difference(chosen: Sequence[Rule], case: Frame) -> Calculation | None:
    """The gap between the only two prices of the record, where a rule pays the difference."""
    if not any(_PRICE_GAP.search(fold(rule.passage.text)) and rule.fit.value >= 0 for rule in chosen[:_BEST]):
        return None
    told = [
        q
        for q in case.evidence.quantities
        if q.dimension == "money" and case.conversation.turns[q.turn_index].role == "system"
    ]
    prices = {q.value for q in told}
    # A fee beside another fee is no second price of one thing.
    if told and all(BESIDE_PRICE.search(q.label) for q in told):
        return None
    if len(prices) != 2:
        return None
    return difference(*prices)


# --- what is granted or claimed ------------------------------------------------------------------


def _granted(rule: Rule) -> float | None:
    """The single amount of a fitting row (「2–3 日 | 120 元」)."""
    if rule.passage.kind != "row":
        return None
    if _THRESHOLD.search(fold(_said(rule))):
        return None
    cells = [rule.passage.cells[i] for i in _columns(rule)][:2]
    amounts = {b.low for cell in cells for b in find_bounds(cell) if b.dimension == "money" and b.exact}
    return amounts.pop() if len(amounts) == 1 else None


_GIFT = re.compile(r"券|红包|购物金|voucher|coupon|credit")


def face_value(text: str) -> float | None:
    """Return what the one coupon that `text` gives is worth, None where it names none or several."""
    folded = fold(text)
    worths = {
        b.low
        for b in find_bounds(folded)
        if b.dimension == "money" and b.exact and _GIFT.search(clause_around(folded, b.start, b.end))
    }
    return worths.pop() if len(worths) == 1 else None


_THRESHOLD = re.compile(r"免运|门槛|包邮|消费满|起送|free shipping|threshold")
_WANTED = re.compile(r"退|赔|补|还我|给我|差的|多的|多收|要回|报销|refund|back|compensat|reimburs|owe")


def claimed(case: Frame) -> float | None:
    """Return the amount in question: wanted back, shown by the record about it, or named last."""
    open_turns = {turn.index for turn in case.conversation.open_request}
    amounts = [q for q in case.evidence.quantities if q.dimension == "money" and not q.derived]

    def worth(quantity: Quantity) -> tuple[bool, bool, bool, int]:
        now = quantity.turn_index in open_turns
        wanted = now and _WANTED.search(quantity.label) is not None
        return wanted, _about_system(quantity, case), now, quantity.turn_index

    return max(amounts, key=worth).value if amounts else None


def _about_system(quantity: Quantity, case: Frame) -> bool:
    return case.conversation.turns[quantity.turn_index].role == "system" and bool(
        grams(quantity.label) & case.evidence.open_grams
    )
