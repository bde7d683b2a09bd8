"""What is owed by the day for things that are late: a table of days each may take, so much a day beyond.

「从定稿算起：相册 25 天」 with 「晚一天赔 5 元」, where a record shows the day of the event and which things
are still open. Only whole days that have passed count, each thing by its own row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from copilot.language import fold
from copilot.quantities import Bound, find_bounds
from copilot.signals.workdays import nth_working_day
from copilot.suggestion.case.evidence import own_words
from copilot.suggestion.case.frame import Frame
from copilot.suggestion.choice.rule_choice import Rule
from copilot.suggestion.sums.calculation import Calculation, cents
from copilot.suggestion.sums.last_day import day_of
from knowledge.model import Passage

_DAILY = re.compile(
    r"(?:晚|逾期|延迟|延误|拖延?|迟|超期)(?:到|交|发|送)?了?\s*[一1]\s*[天日][^,，。;；\d]{0,6}?"
    r"(?:赔|补|付|减|退)[^,，。;；\d]{0,4}?(?P<sum>\d+(?:\.\d+)?)\s*(?:元|块)"
)
_CAP = re.compile(r"(?:最多|最高|封顶|上限)[^,，。;；\d]{0,6}?(\d+(?:\.\d+)?)\s*(?:元|块)")
_COUNTED_FROM = re.compile(r"(?:从|自)([一-鿿]{2,6}?)(?:之日|当天|那天|日)?(?:起|算)")
_DONE = re.compile(r"已(?:完成|取|发|送|寄|到|签收|交付)")
_SEGMENT = re.compile(r"[^|｜;；\n，,。]+")
_PIECES = re.compile(r"(?<![\d.])(\d{1,3})\s*[本个件套张只条台份](?!\d)")


@dataclass(frozen=True, slots=True)
class Delay:
    """What the late things are owed, step by step, and the words of the rule that says so."""

    workings: tuple[Calculation, ...]
    told: str


def owed_for_delay(chosen: Sequence[Rule], case: Frame) -> Delay | None:
    """Return what the things of the records that are late are owed, None where it is not certain."""
    if not chosen:
        return None
    own = [p for p in case.knowledge.passages.values() if p.article_id == chosen[0].article.id]
    daily = [(p, m) for p in own if p.kind != "row" and (m := _DAILY.search(fold(p.text)))]
    rows = [p for p in own if p.kind == "row" and _open_segment(p, case)]
    if len(daily) != 1 or not rows or not {p.id for p in rows} & {r.passage.id for r in chosen}:
        return None
    rule, found = daily[0]
    cap = _CAP.search(fold(rule.text), found.end())
    late = [days for row in rows if (days := _days_late(row, case)) is not None]
    if len(late) < len(rows):
        return None
    each = [_owed(float(found["sum"]), days, float(cap[1]) if cap else None) for days in late if days > 0]
    return Delay(tuple(_with_total(each)), rule.text) if each else None


def _open_segment(row: Passage, case: Frame) -> str:
    """What a record says of the one thing of the row that is still open, empty where there is none."""
    names = [n for n in re.split(r"[、,，/]", fold(row.cells[0])) if len(n.strip()) > 1]
    records = (fold(own_words(turn)) for turn in case.conversation.turns if turn.role == "system")
    segments = (m.group() for text in records for m in _SEGMENT.finditer(text))
    found = [s for s in segments if any(n.strip() in s for n in names) and not _DONE.search(s)]
    return found[0] if len(found) == 1 else ""


def _days_late(row: Passage, case: Frame) -> int | None:
    """By how many days the row's one thing is late today, None where that cannot be told."""
    since = _COUNTED_FROM.search(fold(" ".join((row.lead_in, *row.header))))
    begun = day_of(since[1], case) if since else None
    period = _period(row)
    pieces = {int(n) for n in _PIECES.findall(_open_segment(row, case))}
    if begun is None or period is None or pieces - {1}:
        return None
    count = int(period.low)
    workdays = period.dimension == "workdays"
    zone = case.knowledge.settings.timezone
    due = nth_working_day(begun, count, zone) if workdays else begun + timedelta(days=count)
    return (case.conversation.now.date() - due).days


def _period(row: Passage) -> Bound | None:
    periods = [b for cell in row.cells[1:] for b in find_bounds(cell) if b.dimension in {"days", "workdays"}]
    return periods[0] if len(periods) == 1 and periods[0].low > 0 else None


def _owed(one: float, days: int, cap: float | None) -> Calculation:
    amount, expression = cents(one * days), f"{one:g} × {days}"
    if cap is not None and amount > cap:
        return Calculation(cap, expression, amount)
    return Calculation(amount, expression)


def _with_total(each: Sequence[Calculation]) -> Iterator[Calculation]:
    yield from each
    if len(each) > 1:
        parts = " + ".join(f"{calculation.amount:g}" for calculation in each)
        yield Calculation(cents(sum(calculation.amount for calculation in each)), parts)
