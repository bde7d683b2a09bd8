"""The last day of a period that a rule counts from an event, where a record shows the event's day.

「签收后 7 天内」 beside 「11-16 签收」 is 23 November. Only the same words are the same event, the day of
the event itself is not counted, and what is counted 「起」 stays without a day: its first day is disputed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from copilot.language import fold
from copilot.signals.workdays import nth_working_day
from copilot.suggestion.case.elapsed import AHEAD, BETWEEN, SINCE
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.reply import wording

_AFTER = re.compile(
    r"(?P<event>[一-鿿]{2,10}?)(?:的)?(?:之后|以后|后|後)\s*第?\s*(?P<n>\d{1,3})\s*[个個]?\s*"
    r"(?P<unit>自然日|工作[日天]|[天日])(?=\s*(?:[内内]|以内|之内|\d{1,2}[:点]|[^\s\d起后後以]|$))"
)
_WITHIN = re.compile(
    r"within (?P<n>\d{1,3}) (?P<unit>(?:business |working |calendar )?days?) (?:of|after|from) "
    r"(?:the |your )?(?P<event>[a-z]{5,})"
)
_BEFORE = re.compile(
    r"(?P<event>[一-鿿]{2,10}?)前\s*(?P<n>\d{1,3})\s*[个個]?\s*(?P<unit>自然日|[天日])\s*(?:\(含\))?(?=或更早|以前|之前)"
)
# Words that lead to the event and are none of it.
_LEADING = re.compile(r"^(?:要在|须在|請在|请在|应在|可在|需在|必须在|在|从|自|于|您的?|顾客的?|用户的?|的)+")
_SAID_NOT = re.compile(r"未|没|沒|待|预计|預計|not |pending|expected")
# What the warehouse or the seller received is another event, unless the rule names it.
_NOT_HIS = re.compile(r"仓|倉|商家|卖家|賣家|退回|寄回|warehouse|seller|return")
# English words of one event share this beginning (delivery, delivered).
_STEM = 6
_LONGEST = 400
# A day so many days ahead would need its year, and nobody waits for it.
_FAR = 120
_CLAUSE_END = re.compile(r"[，。；;]|[：:,.](?!\d)")
# Nothing is put into a quotation or between brackets.
_PAIRS = (("“", "”"), ("「", "」"), ("（", "）"), ("(", ")"))
_SCRIPTS = {"后": "[后後]", "个": "[个個]", "从": "[从從]"}


@dataclass(frozen=True, slots=True)
class Period:
    """A period as a rule writes it (folded: 「后 7 天」, 「within 7 days」) and its last day."""

    written: str
    end: date


def with_last_day(said: str, rule: Rule, case: Frame) -> str:
    """Return `said` (the rule for the customer) with the last day after its one dated period, if certain."""
    periods = list(last_days(_own_text(rule), case))
    today = case.conversation.now.date()
    if len(periods) != 1 or (periods[0].end - today).days > _FAR:
        return said
    (period,) = periods
    found = list(_as_said(period.written).finditer(said))
    if len(found) != 1:
        return said
    edge = _CLAUSE_END.search(said, found[0].end())
    at = edge.start() if edge else len(said)
    if any(said[:at].count(left) != said[:at].count(right) for left, right in _PAIRS):
        return said
    return said[:at] + _words(period.end, today, case.language) + said[at:]


def _words(end: date, today: date, language: str) -> str:
    month = f"{end:%B}" if language == "en" else f"{end.month}"
    return wording.say(language, "was_due" if end < today else "by", month=month, day=f"{end.day}")


def _as_said(written: str) -> re.Pattern[str]:
    """The period as it stands in a reply, whose spaces and script may be others."""
    letters = "".join(rf"{_SCRIPTS.get(c, re.escape(c))}\s*" for c in written if not c.isspace())
    return re.compile(letters, re.IGNORECASE)


def last_days(text: str, case: Frame) -> Iterator[Period]:
    """Yield each period of `text` whose event a record dates."""
    folded = fold(text)
    zone = case.knowledge.settings.timezone
    for pattern in (_AFTER, _WITHIN, _BEFORE):
        for match in pattern.finditer(folded):
            count = int(match["n"])
            day = day_of(_LEADING.sub("", match["event"]), case) if 0 < count <= _LONGEST else None
            if day is None:
                continue
            if pattern is _BEFORE:
                end = day - timedelta(days=count)
            elif re.search(r"工作|business|working", match["unit"]):
                end = nth_working_day(day, count, zone)
            else:
                end = day + timedelta(days=count)
            start = match.start() if pattern is _WITHIN else match.end("event")
            yield Period(folded[start : match.end("unit")], end)


def _own_text(rule: Rule) -> str:
    """The rule's words; of a row its first cell and those that apply."""
    passage = rule.passage
    if passage.kind != "row":
        return passage.text
    columns = rule.columns or range(1, len(passage.cells))
    return " | ".join(passage.cells[i] for i in (0, *columns) if i < len(passage.cells))


def day_of(event: str, case: Frame) -> date | None:
    """Return the one day on which the records say that `event` was, or will be."""
    named = event[:_STEM] if event.isascii() else event
    if len(named) <= 1:
        return None
    today = case.conversation.now.date()
    roles = [turn.role for turn in case.conversation.turns]
    days = {
        today + timedelta(days=int(q.value) * (1 if q.label.endswith(AHEAD) else -1))
        for q in case.evidence.quantities
        if q.derived
        and q.dimension == "days"
        and roles[q.turn_index] == "system"
        and q.label.endswith((AHEAD, SINCE))
        and BETWEEN not in q.label
        and named in q.label.removesuffix(AHEAD).removesuffix(SINCE)
        and not _SAID_NOT.search(q.label)
        and (not _NOT_HIS.search(q.label) or _NOT_HIS.search(event))
    }
    return days.pop() if len(days) == 1 else None
