"""What a time expression is once it is read, and the calendar arithmetic around it."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from copilot.signals.numerals import CHINESE_NUMBER

# An hour in digits or Chinese numerals.
HOUR = rf"(?:\d{{1,2}}|{CHINESE_NUMBER})"
TimeKind = Literal["clock", "part", "day", "length", "workdays", "vague"]


DAY_END = time(23, 59)


# The upper end of a part of the day; 下班前 is 18:00 and 上午 12:00 by the contract, the rest by use.
PART_END = {
    "凌晨": time(6), "清晨": time(9), "早": time(12), "上午": time(12), "中午": time(12), "正午": time(12),
    "下午": time(18), "傍晚": time(19), "晚": DAY_END, "夜": DAY_END,
    "morning": time(12), "noon": time(12), "afternoon": time(18), "evening": DAY_END, "night": DAY_END,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeMention:
    """A time in `text[start:end]`. `due` is its upper end in the client's time zone, None when vague.

    `value` is the ISO reading where it is certain (a date, a date with time, or a time of day), else
    the words. `past` when it lies before the moment of speaking by its own words (昨天, 刚才).
    """

    start: int
    end: int
    quote: str
    kind: TimeKind
    due: datetime | None
    value: str
    past: bool = False
    bounded: bool = False
    day: date | None = None
    part: str = ""
    clock: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was said, where the client works."""

    at: datetime
    zone: str

    def ends(self, day: date, clock: time = DAY_END) -> datetime:
        """Return `day` at `clock` where the client works."""
        return datetime.combine(day, clock, tzinfo=ZoneInfo(self.zone))


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """Return the zone of an IANA name. Raises ZoneInfoNotFoundError when there is none."""
    return ZoneInfo(name)


@lru_cache(maxsize=16)
def compiled(source: str) -> re.Pattern[str]:
    """Return the compiled pattern, once per source: nothing is compiled at import."""
    return re.compile(source)


def fixed_mention(found: re.Match[str], due: datetime | None, moment: Moment) -> TimeMention:
    """Return the mention of a fixed expression that ends at `due`."""
    return TimeMention(
        start=found.start(),
        end=found.end(),
        quote=found[0],
        kind="day",
        due=due,
        value=found[0],
        past=due is not None and due < moment.at,
        bounded=True,
    )


def coming_weekday(today: date, weekday: int) -> date:
    """Return the next day with this weekday (0 is Monday), today included."""
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def months_later(day: date, months: int) -> date:
    """Return the same day `months` later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def nearest_year(month: int, day: int, today: date) -> date | None:
    """Return the date with this month and day that is nearest to `today`."""
    candidates = [found for year in (-1, 0, 1) if (found := valid_date(today.year + year, month, day))]
    return min(candidates, key=lambda found: abs((found - today).days), default=None)


def valid_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or None when the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
