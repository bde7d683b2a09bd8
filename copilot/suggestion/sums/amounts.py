"""The money in question: what a rule computes or grants, or all of what the customer named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from copilot.language import fold
from copilot.quantities import clause_around, find_bounds
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.reply import wording
from copilot.suggestion.sums.asked import charged_again, claimed, missing_price, with_included_fee
from copilot.suggestion.sums.calculation import Calculation, cents
from copilot.suggestion.sums.charged import is_paid_by_customer
from copilot.suggestion.sums.following import (
    beyond_price,
    follows,
    gap_and_share,
    half_of,
    is_charge,
    less_fee,
    on_top_of,
    overcharged,
    price_difference,
)
from copilot.suggestion.sums.late import owed_for_delay
from copilot.suggestion.sums.part import part_given_up
from copilot.suggestion.sums.units import all_units, units_told
from copilot.suggestion.sums.worked import (
    cell_with_unit,
    columns_of,
    first_result,
    gives_all_first,
    holds,
    said_by,
)

__all__ = ["Money", "claimed", "face_value", "money_in_question", "price_of_thing"]


@dataclass(frozen=True, slots=True)
class Money:
    """The sum in question and how it was worked out, step by step; no sum where no rule says how much.

    `told`: the words of the rule that gave the sum; `besides`: those of another that made it less.
    """

    amount: float | None = None
    workings: tuple[Calculation, ...] = ()
    told: str = ""
    besides: str = ""


_WHOLE = re.compile(
    r"全额(?!\s*[÷×*/])|全部|全退|免单|整单|全免|该品项|该件|退该(?![^,，。;；]{0,8}\d\s*[%％成])|照退|按[^,，。;；]{0,6}实付|"
    r"in full|full refund|whole"
)
# A rule about one thing of several gives back what that thing cost.
_ONE_THING = re.compile(r"那一?[件样个份盒罐]|该[件项品样]|单件")
_WHOLE_ORDER = re.compile(r"整单|全单|整笔|whole order")
_WANTS_ALL = re.compile(r"全退|全额|都退|整单|全部|一分不|all of it|full refund|everything")


def money_in_question(chosen: Sequence[Rule], case: Frame) -> Money:
    """Return the money computed by a rule, granted by the fitting row, or all of what the customer named.

    No amount where no rule says how much: a verdict on a guessed sum would be worth nothing.
    """
    return _worked_out(chosen, case) or _listed(chosen, case) or _whole(chosen, case)


def _worked_out(chosen: Sequence[Rule], case: Frame) -> Money | None:
    both = gap_and_share(chosen, case)
    if both:
        return Money(both[-1].amount, both)
    late = owed_for_delay(chosen, case)
    if late is not None:
        return Money(late.workings[-1].amount, late.workings, late.told)
    worked = first_result(chosen, case)
    if worked is None:
        return None
    followed = follows(worked, chosen, case)
    workings = (*_of_part(worked.calculation, case), worked.calculation, *followed.workings)
    # What is left after a deduction goes back by itself, and nobody grants what is charged.
    left = len(followed.workings) > 0 and "−" in workings[-1].expression and not overcharged(chosen)
    charged = is_charge(worked, case) and not overcharged(chosen)
    amount = None if left or charged or worked.term else workings[-1].amount
    return Money(amount, workings, said_by(worked.rule), followed.told)


def _of_part(share: Calculation, case: Frame) -> tuple[Calculation, ...]:
    """What the part cost that `share` was taken of, nothing where it was taken of all."""
    part = part_given_up(case) or all_units(case)
    return (part.cost,) if part is not None and share.expression.startswith(f"{part.cost.amount:g} ") else ()


def _listed(chosen: Sequence[Rule], case: Frame) -> Money | None:
    """What the fitting row lists, with what is paid beside it, or what was charged beyond it."""
    listed = next(((r, a) for r in chosen[:3] if (a := _granted(r)) is not None), None)
    if listed is None:
        apart = price_difference(chosen, case)
        return Money(apart.amount, (apart,)) if apart else None
    rule, price = listed
    less = discounted(price, rule, case)
    if less is not None:
        return Money(None, (less,), said_by(rule))
    rest = less_fee(price, rule, case) if holds(rule, best=rule is chosen[0]) else None
    if rest is not None:
        return Money(None, (rest,), said_by(rule))
    over = beyond_price(rule, price, case) if holds(rule, best=rule is chosen[0]) else None
    if over is not None:
        return Money(over.amount, (over,), said_by(rule))
    others = [other for other in chosen if other is not rule]
    half = half_of(price, fold(" ".join((*rule.passage.header, rule.passage.text))), others, case)
    more = half.calculation if half else on_top_of(price, chosen, case)
    charged = _is_charged(rule, price) and not any(_exempts(other) for other in others)
    granted = None if charged else price
    told = half.told if half else ""
    if more is None:
        return Money(granted, (), said_by(rule))
    return Money(more.amount if granted is not None else None, (more,), said_by(rule), told)


def _is_charged(rule: Rule, price: float) -> bool:
    about = (rule.passage.lead_in, *reversed(rule.passage.heading), rule.article.title)
    return is_paid_by_customer(said_by(rule), price, about)


_EXEMPT = re.compile(r"免收|不收|免除|减免|waive|no charge|not charged")


def _exempts(rule: Rule) -> bool:
    """Whether a rule is a case in which nothing is charged, and its condition is met."""
    heading = wording.case_heading(rule.passage) if wording.is_case(rule.passage) else ""
    return _EXEMPT.search(fold(heading)) is not None and rule.fit.met > 0 and not rule.fit.broken


def _whole(chosen: Sequence[Rule], case: Frame) -> Money:
    """All of what is in question, where a rule gives all of it back."""
    wanted = _WANTS_ALL.search(fold(case.evidence.open_text)) is not None or _names_sum(case)
    told = [r for r in (chosen if wanted else chosen[:3]) if r.fit.value >= 0 and _says_whole(r)]
    if not told:
        return Money()
    one = price_of_thing(told[0], case)
    base = one if one is not None else claimed(case)
    if one is None and base is not None and _gives_excess(told[0]) and not _is_excess(base, case):
        base = None
    more = charged_again(case) if one is None else None
    apart = one is None and more is None and gives_all_first(chosen, case)
    units = units_told(case) if apart else None
    more = units.total if units is not None else more
    if more is None and base is not None:
        more = with_included_fee(base, told[0].passage.text, case)
    said = told[0].passage.text
    return Money(more.amount, (more,), said) if more else Money(base, (), said)


# 「重算，多收的全退」 gives back neither all that was paid nor a sum that nobody worked out.
_EXCESS_BACK = re.compile(
    r"(?:多[收扣付交缴](?:的|部分)*|差额|其余的?|剩下的?|余下的?)\s*(?:都|也)?(?:全部|全额|全)退"
)
_EXCESS = re.compile(r"多[收扣付交缴要]|差额?|错|重复|又|两[次遍笔]|overcharg|twice|double")


def _gives_excess(rule: Rule) -> bool:
    return _EXCESS_BACK.search(fold(rule.passage.text)) is not None


def _is_excess(amount: float, case: Frame) -> bool:
    """Whether somebody calls the sum what was charged too much."""
    return any(q.value == amount and _EXCESS.search(fold(q.label)) for q in case.evidence.quantities)


def _names_sum(case: Frame) -> bool:
    """Whether the open request itself says which sum is to come back (「退不退 328」)."""
    open_turns = case.evidence.open_turns
    return any(
        q.dimension == "money"
        and q.turn_index in open_turns
        and re.search(r"退|还我|refund|\bback\b", q.label)
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


_MEMBERS = re.compile(
    r"([一-鿿]{2,6}(?:会员|用户|客户|卡主|学员|vip))[^,，。;；\d]{0,6}(\d(?:\.\d)?)折|"
    r"([a-z ]{3,20} members?) (?:get|receive|have|enjoy) (?:a further |another |an extra )?(\d{1,2})% off"
)
_TENTHS = 10


def discounted(price: float, rule: Rule, case: Frame) -> Calculation | None:
    """Return the listed `price` less the article's discount for those whom the customer is one of."""
    said = fold(case.evidence.text)
    passages = case.knowledge.passages.values()
    own = (p for p in passages if p.article_id == rule.article.id and p.kind != "row")
    for match in (m for p in own for m in _MEMBERS.finditer(fold(p.text))):
        name = (match[1] or match[3]).strip()
        if name in said or name.rstrip("s") in said:
            tenths = float(match[2]) if match[2] else _TENTHS - float(match[4]) / _TENTHS
            share = tenths * _TENTHS
            return Calculation(cents(price * share / 100), f"{price:g} × {share:g}%")
    return None


# --- what is granted -----------------------------------------------------------------------------


def _granted(rule: Rule) -> float | None:
    """The single amount of a fitting row (「2–3 日 | 120 元」)."""
    if rule.passage.kind != "row":
        return None
    if _THRESHOLD.search(fold(said_by(rule))):
        return None
    cells = [cell_with_unit(rule.passage, i) for i in columns_of(rule)][:2]
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


_THRESHOLD = re.compile(r"免运|门槛|包邮|消费满|起送|每[期次笔单]最低|free shipping|threshold|minimum")
