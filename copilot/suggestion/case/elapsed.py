"""How long things took and how far off they are: what a rule's periods are compared with.

A rule counts 「付款后 24 小时内」 or 「距开演 10 天以上」; a card shows 「11-20 19:30 开演」. Every moment
that was said is set against now and against the moment said before it; each span carries the clause of
its moment and the words of its direction, by which a rule finds the span that it means.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from copilot.conversation import Conversation, Turn
from copilot.language import fold
from copilot.quantities import Quantity, clause_around, find_quantities

_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    r"(?P<y>20\d\d)[-/年](?P<ym>\d{1,2})[-/月](?P<yd>\d{1,2})|(?<![\d.])(?P<m>1[0-2]|0?[1-9])(?:[-/]|月)(?P<d>3[01]|[12]\d|0?[1-9])(?!\d|[.元块%])|"
    r"(?P<month>上|下|这|本)个?月(?:份|的)?(?P<monthday>3[01]|[12]\d|0?[1-9])[号號日]|"
    r"(?<![\d月-])(?P<only>3[01]|[12]\d|[1-9])[号號日](?![楼线厅馆门店桌车口柜机窗仓座铺院房库台梯])|"
    rf"(?P<ed>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?: of)? (?P<em>{_MONTH})[a-z]*\b|"
    rf"\b(?P<em2>{_MONTH})[a-z]* (?P<ed2>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\b(?!:)|"
    r"\b(?P<nth>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)\b(?! (?:floor|time|try|day|line|call))|"
    r"(?P<week>上|下|这|本)(?:个)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])|"
    r"(?P<word>大前天|前天|前日|昨天|昨晚|昨日|昨儿|昨夜|[琴噚寻][日晚]|今天|今早|今晚|今日|今儿|今朝|今晨|刚才|"
    r"明天|明早|明晚|明日|明儿|听[日晚朝]|后天|后日|"
    r"yesterday|last night|today|this morning|this afternoon|tonight|tomorrow)"
)
_WORDS = {
    **dict.fromkeys(("大前天",), -3),
    **dict.fromkeys(("前天", "前日"), -2),
    **dict.fromkeys(("昨天", "昨晚", "昨日", "昨儿", "昨夜", "yesterday", "last night"), -1),
    **dict.fromkeys(("琴日", "噚日", "寻日", "琴晚", "噚晚", "寻晚"), -1),
    **dict.fromkeys(("今天", "今早", "今晚", "今日", "今儿", "今朝", "今晨", "刚才"), 0),
    **dict.fromkeys(("today", "this morning", "this afternoon", "tonight"), 0),
    **dict.fromkeys(("明天", "明早", "明晚", "明日", "明儿", "听日", "听晚", "听朝", "tomorrow"), 1),
    **dict.fromkeys(("后天", "后日"), 2),
}
_MONTHS = _MONTH.split("|")
_WEEKS = {"上": -7, "这": 0, "本": 0, "下": 7}
# By these a rule's words find a span: what lies ahead is cancelled before, what is past was done since.
AHEAD = " 提前 之前 以前 距离 还有 before ahead departure"
SINCE = " 之后 以后 已经 超过 after since"
_LATE = " 超时 迟到 晚到 晚点 延误 超出 late delay"
# Marks a span between two moments of the case: how long a thing took, whatever the clock says now.
BETWEEN = "↔"
_PLANNED = re.compile(
    r"预计|承诺|时段|约|计划|应|前到|原定|集合|开课|上课|scheduled|promised|due|window|planned|old|lesson|class|"
    r"meant to|supposed|originally|should have|本来|说好|本该"
)
_ACTUAL = re.compile(
    r"实际|到达|送达|签收|先嚟|才|抵达|现在|[车人]到|进入|actual|arrived|delivered|new|joined|came|showed|\bnow\b|实到"
)
_RANGE = re.compile(r"\s*[-–—~〜至到]\s*")
# A day to which something is moved is no moment of this case yet (「想挪到14号」).
_MOVED_TO = re.compile(
    r"(?:挪|改|换|延|推迟?|调|移|顺延|推迟|延后|提前)(?:期|约|签)?(?:到|至|成|去)(?:了?个?)?(?:明年|今年|下个?月)?\s*$|"
    r"(?:mov|push|switch|chang|reschedul|postpon|shift)\w*(?: \w+){0,3} (?:to|until)(?: the)? $"
)
_MOVE = 24
# A day without a year that names what is still to come is the next one (「1月5号到期」 in November).
_AHEAD_OF = re.compile(
    r"到期|期满|截止|明年|婚期|出发|入住|起飞|开演|开课|交付|预产期|expir|due|until|valid|wedding|depart|renew"
)
_HALF_YEAR = 180
# Moments of one turn that are set against each other; a longer list is a log.
_MOST_POINTS = 6
# A clock time this near behind a date belongs to it.
_NEAR = 6


@dataclass(frozen=True, slots=True)
class _Point:
    """A moment of the case: its day, its minute of that day where one was said, and its clause."""

    day: date | None
    minute: float | None
    label: str
    start: int
    end: int
    spoken: bool


def spans(conversation: Conversation) -> tuple[Quantity, ...]:
    """Return the derived periods (minutes, days, workdays) of what the customer and the records say."""
    found: list[Quantity] = []
    for turn in conversation.turns:
        if turn.role == "agent":
            continue
        points = _points(fold(turn.text), turn, conversation.now)
        for point in points:
            found += _until_now(point, turn, conversation)
        found += _between(points, turn)
    return tuple(found)


def _points(folded: str, turn: Turn, now: datetime) -> list[_Point]:
    clocks = [q for q in find_quantities(folded) if q.dimension == "clock"]
    points: list[_Point] = []
    taken: set[int] = set()
    for match in _DATE.finditer(folded):
        day = _day(match, now.date())
        if day is None or _MOVED_TO.search(folded, max(0, match.start() - _MOVE), match.start()):
            continue
        label = clause_around(folded, match.start(), match.end())
        day = _in_future(day, now.date()) if _is_bare(match) and _AHEAD_OF.search(label) else day
        clock = next(
            (c for c in clocks if -2 <= c.start - match.end() <= _NEAR or c.start <= match.start() < c.end),
            None,
        )
        end = clock.end if clock else match.end()
        if clock:
            taken.add(clock.start)
        label = clause_around(folded, match.start(), end)
        points.append(
            _Point(day, clock.value if clock else None, label, match.start(), end, turn.role != "system")
        )
    points += [
        _Point(None, clock.value, clock.label, clock.start, clock.end, turn.role != "system")
        for clock in clocks
        if clock.start not in taken
    ]
    ordered = sorted(points, key=lambda point: point.start)
    return [p for i, p in enumerate(ordered) if not _begins_range(folded, p, ordered[i + 1 : i + 2])]


def _begins_range(folded: str, point: _Point, following: Sequence[_Point]) -> bool:
    """Of a window (「12:00–15:00」) the end counts: before it nothing is late."""
    return any(_RANGE.fullmatch(folded[point.end : other.start]) is not None for other in following)


def _until_now(point: _Point, turn: Turn, conversation: Conversation) -> Iterator[Quantity]:
    now, today = conversation.now, conversation.now.date()
    ahead = False
    if point.day is not None and point.minute is not None:
        minutes = (_at(point.day, point.minute) - _naive(now)).total_seconds() / 60
        ahead = minutes > 0
        yield _span(abs(minutes), "minutes", point, turn, ahead=ahead)
    elif point.day is None and point.minute is not None:
        at = (turn.at or now).astimezone(now.tzinfo)
        gap = _nearest(point.minute, at.hour * 60 + at.minute)
        yield _span(abs(gap), "minutes", point, turn, ahead=gap > 0)
    if point.day is not None:
        days = (point.day - today).days
        # Later today is still ahead.
        yield _span(float(abs(days)), "days", point, turn, ahead=days > 0 or (days == 0 and ahead))
        if days < 0:
            yield _span(_workdays(point.day, today), "workdays", point, turn, ahead=False)
        if days > 0:
            yield _span(_workdays(today, point.day), "workdays", point, turn, ahead=True)


def _between(points: Sequence[_Point], turn: Turn) -> Iterator[Quantity]:
    """From each moment to every later one that is told in the same turn."""
    for first, second in itertools.combinations(points[:_MOST_POINTS], 2):
        labels = (first.label, second.label)
        label = f" {BETWEEN} ".join(labels)
        turned = bool(_PLANNED.search(second.label) and _ACTUAL.search(first.label))
        if turned or (_PLANNED.search(first.label) and _ACTUAL.search(second.label)):
            label += _LATE
        if first.day is not None and second.day is not None and first.day < second.day:
            days = float((second.day - first.day).days)
            yield Quantity(days, "days", 0, 0, label, turn.index, derived=True)
        minutes = _minutes_between(second, first) if turned else _minutes_between(first, second)
        if minutes:
            yield Quantity(minutes, "minutes", 0, 0, label, turn.index, derived=True)


def _minutes_between(first: _Point, second: _Point) -> float | None:
    if first.minute is None or second.minute is None:
        return None
    if first.day is not None and second.day is not None:
        apart = _at(second.day, second.minute) - _at(first.day, first.minute)
        return max(apart.total_seconds() / 60, 0.0)
    gap = second.minute - first.minute
    if gap > 0 or not first.spoken:
        return abs(gap)
    # 「12点51付的 1点43才敲门」: the hands went round.
    return gap + 720 if gap + 720 > 0 else gap + 1440


def _span(value: float, dimension: str, point: _Point, turn: Turn, *, ahead: bool) -> Quantity:
    label = point.label + (AHEAD if ahead else SINCE)
    return Quantity(value, dimension, 0, 0, label, turn.index, derived=True)  # type: ignore[arg-type]


def _at(day: date, minute: float) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minute)


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _nearest(said: float, now: float) -> float:
    """Minutes from now to a clock time, which without 上午/下午 may mean either half of the day."""
    candidates = [said, said + 720] if said < 720 else [said]
    gaps = [g for c in candidates for g in (c - now, c - now + 1440, c - now - 1440)]
    return min(gaps, key=abs)


def _workdays(start: date, end: date) -> float:
    """Mondays to Fridays after `start` up to `end`: an estimate, holidays aside."""
    return float(np.busday_count(start + timedelta(days=1), end + timedelta(days=1)))


def _day(match: re.Match[str], today: date) -> date | None:
    if match["word"]:
        return today + timedelta(days=_WORDS[match["word"]])
    if match["weekday"]:
        monday = today - timedelta(days=today.weekday())
        index = "一二三四五六日".find(match["weekday"].replace("天", "日"))
        return monday + timedelta(days=_WEEKS[match["week"]] + index)
    try:
        return _calendar_day(match, today)
    except ValueError:
        return None


def _is_bare(match: re.Match[str]) -> bool:
    """Whether a date tells its month but no year."""
    return bool(match["m"] or match["em"] or match["em2"])


def _in_future(day: date, today: date) -> date:
    """Return the day a year later where it lies more than half a year back."""
    if (today - day).days <= _HALF_YEAR:
        return day
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day


def _calendar_day(match: re.Match[str], today: date) -> date:
    """A date by its numbers; raises ValueError for the 31st of a short month."""
    if match["y"]:
        return date(int(match["y"]), int(match["ym"]), int(match["yd"]))
    if match["month"]:
        return _day_of_month(match["month"], int(match["monthday"]), today)
    if alone := match["only"] or match["nth"]:
        return _recent(today.year, today.month, int(alone), today)
    if name := match["em"] or match["em2"]:
        return _recent(today.year, _MONTHS.index(name) + 1, int(match["ed"] or match["ed2"]), today)
    return _recent(today.year, int(match["m"]), int(match["d"]), today)


_MONTHS_OFF = {"上": -1, "这": 0, "本": 0, "下": 1}


def _day_of_month(which: str, day: int, today: date) -> date:
    """A day of this month or of the one before or after it."""
    months = today.year * 12 + today.month - 1 + _MONTHS_OFF[which]
    return date(months // 12, months % 12 + 1, day)


def _recent(year: int, month: int, day: int, today: date) -> date:
    """A date without a year is the one nearest to today."""
    found = date(year, month, day)
    if (found - today).days > 180:
        return date(year - 1, month, day)
    return found
