"""What is said to the customer: his case in its own numbers, the rules that fit, what happens next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from copilot.language import fold, quotable
from copilot.quantities import find_quantities
from copilot.signals.workdays import nth_working_day
from copilot.suggestion.case.evidence import grams, own_words
from copilot.suggestion.case.frame import MAX_CHARACTERS, Frame, called
from copilot.suggestion.case.market import for_market, market_of
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.crossing.crossing import sentence_for
from copilot.suggestion.decision.outcome import Outcome
from copilot.suggestion.reply import wording
from copilot.suggestion.sums.amounts import Money, claimed
from copilot.suggestion.sums.calculation import Calculation
from copilot.suggestion.sums.due import due_date
from copilot.suggestion.sums.each import given_to_each
from copilot.suggestion.sums.last_day import with_last_day

# How much of the length is left to the agent's steps at least.
_STEP_SHARE = 0.1
_MAX_RULES = 8
_OUTCOME = re.compile(
    r"退|补|補|赔|賠|免|不收|可以|不能|不予|换|換|送|券|购物金|購物金|全额|工作[日天]|小时|分钟|天内|自动|元|"
    r"refund|free|waive|replace|credit|within|cannot|can |not |fee|charge"
)


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the rules: the question for the one fact that is missing, and the first steps."""

    question: str = ""
    steps: tuple[str, ...] = ()


def write_reply(
    chosen: Sequence[Rule], money: Money, outcome: Outcome, case: Frame, beside: Beside | None = None
) -> tuple[str, tuple[Rule, ...]]:
    """Return the reply and the rules it quotes, within the length that fits beside the first steps.

    A question comes last, and nothing is said to be done before it.
    """
    beside = beside or Beside()
    room = int(MAX_CHARACTERS[case.language] * (1 - _STEP_SHARE))
    room = min(room, MAX_CHARACTERS[case.language] - sum(len(quotable(step)) for step in beside.steps))
    lead = _lead(chosen, money, case)
    close = beside.question or _close(outcome, case)
    room -= len(quotable(lead)) + len(quotable(close))
    said: list[tuple[Rule, str]] = []
    for rule in _first_what_counts(chosen, money):
        text = _for_customer(rule, case)
        cost = len(quotable(text)) + 1
        if _is_hidden(rule, text) or cost > room or not text or _is_step(rule, text):
            continue
        due = due_date(rule, case)
        dated = (text + due if due else with_last_day(text, rule, case)) + _in_all(rule, case)
        text = dated if len(quotable(dated)) < room else text
        said.append((rule, text))
        room -= len(quotable(text)) + 1
        if len(said) == _MAX_RULES:
            break
    said.sort(key=lambda pair: pair[0].passage.position)
    end = wording.say(case.language, "end")
    space = " " if case.language == "en" else ""
    body = space.join(f"{text}{end}" for _, text in said)
    return f"{lead}{body}{space}{close}".strip(), tuple(rule for rule, _ in said)


def _first_what_counts(chosen: Sequence[Rule], money: Money) -> list[Rule]:
    """The rules in the order in which they get room: the best, those behind the sum, the others."""
    behind = {money.told, money.besides}
    return sorted(chosen, key=lambda rule: not (rule is chosen[0] or rule.passage.text in behind))


def _for_customer(rule: Rule, case: Frame) -> str:
    """The rule as a sentence in the customer's language, as far as that can be done faithfully."""
    said = wording.sentence(rule.passage, rule.columns, case.language, case.tiers, rule.unmet)
    said = for_market(said, market_of(case.conversation))
    return sentence_for(said, case.language, case.knowledge.authority.currency) if said else said


def _in_all(rule: Rule, case: Frame) -> str:
    """How many that is in all, where a rule gives something for each (「每张票补 1 张」)."""
    each = given_to_each(rule.passage.text, case)
    if each is None or case.language == "en":
        return ""
    return wording.say(case.language, "in_all", n=f"{each.total:g}", unit=each.unit)


def _is_hidden(rule: Rule, text: str) -> bool:
    """Whether a rule is the agent's alone: what is left without his clauses must still give something."""
    if not wording.is_internal(rule.passage):
        return False
    return wording.is_below_internal(rule.passage) or not _OUTCOME.search(fold(text))


def _is_step(rule: Rule, text: str) -> bool:
    """Whether a rule is for the agent's hands: an order to him, or a look-up without an outcome."""
    if rule.passage.kind != "row" and wording.is_agent_order(rule.passage.text):
        return True
    return wording.is_agent_step(rule.passage.text) and not _OUTCOME.search(fold(text))


# 「52元 × 2，104元」 would be read as one number.
_NUMBERS_MEET = re.compile(r"(?<=\d)，(?=\d)")


def _lead(chosen: Sequence[Rule], money: Money, case: Frame) -> str:
    """The case in its own numbers (the customer sees that it was read), and what was computed from them."""
    what = _with_claim(_record(chosen, case), case) or _amounts_said(case)
    lead = wording.say(case.language, "about", what=_NUMBERS_MEET.sub("；", what)) if what else ""
    if not money.workings:
        return lead
    steps = [_working(calculation, case) for calculation in money.workings]
    computed = wording.say(case.language, "computed", workings=_joint(case).join(steps))
    return lead + computed + _returned(money, case)


def _joint(case: Frame) -> str:
    return ", " if case.language == "en" else "，"


def _returned(money: Money, case: Frame) -> str:
    """What comes back, where something else was worked out before it: the customer asks for this sum."""
    if len(money.workings) == 1 or "−" not in money.workings[-1].expression:
        return ""
    amount = wording.money(money.workings[-1].amount, case.knowledge.authority.currency, case.language)
    return wording.say(case.language, "returned", amount=amount)


def _working(calculation: Calculation, case: Frame) -> str:
    currency, language = case.knowledge.authority.currency, case.language
    amount = wording.money(calculation.amount, currency, language)
    if calculation.uncapped is None:
        return f"{calculation.expression} = {amount}"
    value = f"{calculation.uncapped:g}"
    whole = value if value == calculation.expression else f"{calculation.expression} = {value}"
    return whole + wording.say(language, "capped", amount=amount)


_SEGMENT = re.compile(r"[^|｜；;\n]+")
_LABEL = re.compile(r"^\s*[\[［【][^\]］】]*[\]］】]\s*")
# What was said earlier, and what could be booked instead, is no data of this order.
_NOT_THIS_ORDER = re.compile(
    r"^\s*[\[［【][^\]］】]*(?:历史|歷史|会话|會話|通话|通話|工单记录|附近|可订|候选|推荐|"
    r"history|previous|chat|call log|nearby)",
    re.IGNORECASE,
)
_MONEY_TOLD = re.compile(r"\d\s*(?:元|块)|[$¥]\s*\d|(?:HKD|TWD|CNY)\s*\d")
_RECORD_CHARACTERS = 40
# What a card says of people, of risks, or in a remark is not recited.
_UNSAID = re.compile(
    r"备注|備註|留言|附言|风控|風控|黑名单|黑名單|风险|風險|信用分|评级|評級|内部|內部|权限|權限|批准|身份证|身份證|证件号|證件號|"
    r"手机号|手機號|电话|電話|微信|住址|(?<!\d)1[3-9]\d{9}(?!\d)|\d{15}|"
    r"\b(?:remark|memo|note|risk|blacklist|phone|internal|approved|passport)\b",
    re.IGNORECASE,
)
# Beside what was paid, the price before it only confuses.
_OLD_PRICE = re.compile(
    r"(?:原价|标价|吊牌价|原價|標價)\s*[\d,.]+\s*(?:元|块)?[\s，,]*(?=\S*.*?(?:实付|實付|到手))"
)


def _record(chosen: Sequence[Rule], case: Frame) -> str:
    """The segments of the helpdesk's records that the chosen rules or the open request speak of."""
    about = set(case.evidence.open_grams).union(*(grams(rule.passage.text) for rule in chosen[:3]))
    segments: list[tuple[int, int, str]] = []
    for turn in case.conversation.turns:
        if turn.role != "system" or _NOT_THIS_ORDER.search(turn.text):
            continue
        for order, match in enumerate(_SEGMENT.finditer(_LABEL.sub("", own_words(turn)))):
            text = wording.tidy_amounts(_OLD_PRICE.sub("", match.group().strip()))
            if re.search(r"\d", text) and 3 < len(text) <= 40 and not _UNSAID.search(text):
                segments.append(
                    (len(grams(text) & about) + (_MONEY_TOLD.search(text) is not None), -order, text)
                )
    kept: list[str] = []
    room = _RECORD_CHARACTERS if case.language != "en" else 2 * _RECORD_CHARACTERS
    for hits, _, text in sorted(segments, reverse=True):
        if hits and (cost := len(quotable(text)) + 1) <= room:
            kept.append(text)
            room -= cost
    return _joint(case).join(t for _, _, t in sorted(segments, key=lambda s: -s[1]) if t in kept)


def _with_claim(record: str, case: Frame) -> str:
    """The record, with the sum the customer asks about where the record does not name it."""
    asked = claimed(case) if record else None
    if asked is None or any(q.value == asked for q in find_quantities(record) if q.dimension == "money"):
        return record
    if _is_of_another_time(asked, case):
        return record
    asked_for = wording.money(asked, case.knowledge.authority.currency, case.language)
    return f"{record}{_joint(case)}{asked_for}"


_ANOTHER_TIME = re.compile(r"去年|上次|上回|以前|上个月|原价|吊牌价|last (?:time|year|month)")


def _is_of_another_time(amount: float, case: Frame) -> bool:
    """Whether the amount is only named as what it was once, or before a discount."""
    said = [q for q in case.evidence.quantities if q.dimension == "money" and q.value == amount]
    return bool(said) and all(_ANOTHER_TIME.search(q.label) for q in said)


def _amounts_said(case: Frame) -> str:
    open_turns = case.evidence.open_turns
    roles = [turn.role for turn in case.conversation.turns]
    amounts: list[float] = []
    for q in case.evidence.quantities:
        said_now = q.turn_index in open_turns or roles[q.turn_index] == "system"
        if q.dimension == "money" and said_now and q.value not in amounts:
            amounts.append(q.value)
    currency = case.knowledge.authority.currency
    joint = ", " if case.language == "en" else "、"
    return joint.join(wording.money(a, currency, case.language) for a in amounts[-3:])


def _due(outcome: Outcome, case: Frame) -> str | None:
    """By when the rule says the answer comes: working days, and the date on the client's calendar."""
    if not outcome.answer_days:
        return None
    zone = case.knowledge.settings.timezone
    today = case.conversation.now.astimezone(ZoneInfo(zone)).date()
    due = nth_working_day(today, outcome.answer_days, zone)
    month = f"{due.month}" if case.language != "en" else f"{due:%B}"
    return wording.say(
        case.language, "working_days", n=f"{outcome.answer_days}", month=month, day=f"{due.day}"
    )


def _close(outcome: Outcome, case: Frame) -> str:
    settings = case.knowledge.settings
    if outcome.ask is None:
        return wording.say(case.language, "allowed") if outcome.actions else ""
    name = called(outcome.ask, case)
    deadline = _due(outcome, case) or wording.deadline(settings.contacts.get(outcome.ask), case.language)
    above = next(
        (
            a
            for a in outcome.actions
            if a.verdict == "needs_approval" and a.limit is not None and a.escalate_to == outcome.ask
        ),
        None,
    )
    money = (
        wording.money(above.amount, case.knowledge.authority.currency, case.language)
        if above is not None and above.amount is not None
        else ""
    )
    key = ("submit_money" if money else "submit") + ("" if deadline else "_no_deadline")
    close = wording.say(case.language, key, contact=name, deadline=deadline or "", amount=money)
    informed = [called(k, case) for k in outcome.inform if k != outcome.ask]
    if informed:
        joint = ", " if case.language == "en" else "、"
        close += wording.say(case.language, "informed", contact=joint.join(informed))
    return close[:1].upper() + close[1:]
