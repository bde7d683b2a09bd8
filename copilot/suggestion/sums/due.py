"""By which date a rule's period ends, where the customer asks when and the record says since when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from zoneinfo import ZoneInfo

from copilot.language import fold
from copilot.quantities import Bound, clause_around, find_bounds
from copilot.signals.workdays import nth_working_day
from copilot.suggestion.case.elapsed import BETWEEN, SINCE
from copilot.suggestion.case.evidence import grams
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.reply import wording

_ASKS_WHEN = re.compile(
    r"什么时候|啥时候|几时|何时|哪天|哪一天|几号|幾號|多久|几天|准日子|准信|最晚|到底.{0,6}(?:到|退|在哪)|去哪|在哪|没(?:到|收到|见)|还没|"
    r"when|how long|how much time|which day|what date|where.{0,12}(?:refund|money)|still (?:not|no|waiting)"
)
_ARRIVES = re.compile(
    r"到账|到帐|入账|退回|退到|退款|原路|寄出|发出|出货|送达|到货|完成|办结|补寄|时间|"
    r"refund|arrive|credit|sent|ship|back|time"
)
# Who answers in two days counts them from the day he is asked.
_ANSWERS = re.compile(r"答复|答覆|回复|回覆|回电|结果|审|answer|reply|decision")
# What a period of getting money or goods is counted from: an act that is done, not what was paid long ago.
_BEGINS = re.compile(r"退款|已退|提交|核准|批准|发起|确认|寄回|refund|approv|submit|confirm|sent back")


@dataclass(frozen=True, slots=True)
class Since:
    """A day of the case and the clause that says what happened on it."""

    day: date
    label: str


def due_date(rule: Rule, case: Frame) -> str:
    """Return the words for the day on which the rule's period ends, empty where it is not known or asked."""
    if not _ASKS_WHEN.search(fold(case.evidence.open_text)):
        return ""
    told = _told(rule)
    found = _period(told, _about(rule))
    begun = _begun(told, case)
    if found is None or begun is None:
        return ""
    zone = case.knowledge.settings.timezone
    count = int(found.high)
    workdays = found.dimension == "workdays"
    due = nth_working_day(begun.day, count, zone) if workdays else begun.day + timedelta(days=count)
    today = case.conversation.now.astimezone(ZoneInfo(zone)).date()
    month = f"{due:%B}" if case.language == "en" else f"{due.month}"
    return wording.say(case.language, "by" if due >= today else "was_due", month=month, day=f"{due.day}")


def _told(rule: Rule) -> str:
    """The rule's words; of a row the cells that apply, each after its header."""
    passage = rule.passage
    if passage.kind != "row":
        return passage.text
    named = len(passage.header) == len(passage.cells)
    columns = rule.columns or range(1, len(passage.cells))
    return "，".join(f"{passage.header[i] if named else ''}{passage.cells[i]}" for i in columns)


def _about(rule: Rule) -> str:
    """What a row's periods are of, where its cells do not say it: the article's title."""
    return rule.article.title if rule.passage.kind == "row" else ""


_MONEY_ARRIVES = re.compile(r"退款|到账|到帐|入账|refund")


def _period(told: str, about: str = "") -> Bound | None:
    """The one period in days after which something arrives; of a range its upper end."""
    folded = fold(told)
    arrives = _MONEY_ARRIVES.search(fold(about)) is not None
    periods = [
        b
        for b in find_bounds(told)
        if b.dimension in {"workdays", "days"}
        and 0 < b.high < inf
        and (arrives or _ARRIVES.search(clause_around(folded, b.start, b.end)))
        and not _ANSWERS.search(clause_around(folded, b.start, b.end))
    ]
    return periods[0] if len(periods) == 1 else None


def acts_recorded(case: Frame) -> tuple[Since, ...]:
    """Return the days on which the records say that something was done which a period counts from."""
    today = case.conversation.now.date()
    roles = [turn.role for turn in case.conversation.turns]
    return tuple(
        Since(today - timedelta(days=int(q.value)), q.label)
        for q in case.evidence.quantities
        if q.derived
        and q.dimension == "days"
        and BETWEEN not in q.label
        and SINCE in q.label
        and roles[q.turn_index] == "system"
        and _BEGINS.search(q.label)
    )


def _begun(told: str, case: Frame) -> Since | None:
    """The day of the record that the period counts from: the one whose clause shares the rule's words."""
    since = acts_recorded(case)
    if len({s.day for s in since}) == 1:
        return since[0]
    words = grams(told)
    ranked = sorted(since, key=lambda s: len(words & grams(s.label)), reverse=True)
    return ranked[0] if ranked and words & grams(ranked[0].label) else None
