"""Points in time as English speakers name them: by 6 pm today, next business day, 14th, end of month."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from copilot.signals.moments import (
    DAY_END,
    PART_END,
    Moment,
    TimeMention,
    coming_weekday,
    compiled,
    fixed_mention,
    months_later,
    nearest_year,
    valid_date,
)
from copilot.signals.workdays import nth_working_day

_HAS_WORDS = re.compile(r"[a-z]{2}")
_ENGLISH_WEEKDAYS = {name: i for i, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}


_MONTHS = {
    name: i + 1
    for i, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    )
}


_ENGLISH_CLOCK = (
    r"(?:\d{1,2}(?::\d{2})?\s*(?:a\.?m\b\.?|p\.?m\b\.?)|\d{1,2}:\d{2}|noon|midnight|\d{1,2}\s*o'?clock"
    r"|(?<=at )\d{1,2}(?=\s*(?:tonight|tomorrow|sharp|this|on\b)))"
)


_ENGLISH_DAY = (
    r"(?:today|tonight|tomorrow|yesterday|(?:next|this|coming|last)?\s*(?:mon|tues?|wednes|wed|thurs?|fri|satur|sat|sun)(?:day)?\b"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:st|nd|rd|th)?\b"
    r"|\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*|the\s+\d{1,2}(?:st|nd|rd|th))"
)


_ENGLISH_PART = r"(?:morning|afternoon|evening|night)"


_ENGLISH_SPECIAL = (
    r"\b(?:next\s+(?:business|working)\s+day|(?:the\s+)?(?:end|close)\s+of\s+(?:the\s+|this\s+|next\s+)?(?:business(?:\s+day)?|day|week|month)"
    r"|eod|cob|this\s+week|next\s+week)(?:\s+(?P<special_day>today|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day))?\b"
)


_ENGLISH_POINT = (
    rf"\b(?=\S)(?:(?P<lead>by|before|at|until|till|on|from|since|between|after|around)\s+)?(?:(?P<day>{_ENGLISH_DAY})[\s,]*)?"
    rf"(?:(?:in the |this )?(?P<part>{_ENGLISH_PART})\b[\s,]*)?(?:(?:by|before|at|between|from)\s+)?"
    rf"(?P<clock>{_ENGLISH_CLOCK}|\d{{1,2}}(?=\s*(?:-|–|to|and)\s*{_ENGLISH_CLOCK}))?"
    rf"(?:\s*(?:-|–|to|and)\s*(?P<clock2>{_ENGLISH_CLOCK}))?"
    rf"(?:\s*(?:on\s+)?(?P<day2>{_ENGLISH_DAY}))?(?:\s*(?P<part2>{_ENGLISH_PART})\b)?"
)


# Every point has one of these: without them the optional groups try every word.
_NAMED = (
    r"today|tonight|tomorrow|yesterday|mon|tue|wed|thu|fri|sat|sun|the\s+\d"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|\d\s*[ap]\.?m|\d:\d|noon|midnight|clock|at \d|morning|evening|night"
)


def _english_special_due(found: re.Match[str], moment: Moment) -> datetime | None:
    words, today = found[0], moment.at.date()
    day = _english_day(found["special_day"], moment) if found["special_day"] else today
    if "next business" in words or "next working" in words:
        return moment.ends(nth_working_day(today, 1, moment.zone))
    if "business" in words or "cob" in words or "close" in words:
        return moment.ends(day or today, time(18))
    if "month" in words:
        last = months_later(today.replace(day=1), 1 if "next" in words else 0)
        return moment.ends(last.replace(day=calendar.monthrange(last.year, last.month)[1]))
    if "week" in words:
        sunday = today + timedelta(days=6 - today.weekday())
        return moment.ends(sunday + timedelta(days=7 if "next" in words else 0))
    return moment.ends(day or today)


def read_english_special(folded: str, moment: Moment) -> Iterator[TimeMention]:
    """Yield the fixed expressions: next business day, end of the month, this week."""
    if not _HAS_WORDS.search(folded):
        return
    for found in compiled(_ENGLISH_SPECIAL).finditer(folded):
        yield fixed_mention(found, _english_special_due(found, moment), moment)


def read_english(folded: str, moment: Moment) -> Iterator[TimeMention]:
    """Yield the points in time: a day, an hour, a part of the day, or any of them together."""
    if not _HAS_WORDS.search(folded) or not compiled(_NAMED).search(folded):
        return
    for found in compiled(_ENGLISH_POINT).finditer(folded):
        if found["day"] or found["day2"] or found["clock"] or found["part"]:
            yield _english_mention(found, moment)


def _english_mention(found: re.Match[str], moment: Moment) -> TimeMention:
    word = found["day"] or found["day2"]
    day = _english_day(word, moment) if word else None
    if found["lead"] == "since" and day is not None and day > moment.at.date():
        day -= timedelta(days=7)  # since Wednesday: the last one
    part = found["part"] or found["part2"] or ("night" if word == "tonight" else "")
    clock = found["clock2"] or found["clock"]
    words = found[0].strip(" ,")
    start = found.start() + len(found[0]) - len(found[0].lstrip(" ,"))
    return TimeMention(
        start=start,
        end=start + len(words),
        quote=words,
        kind="clock" if clock else "day" if word else "part",
        due=_english_due(day, part, clock, found["clock"], moment),
        value=day.isoformat() if day and not clock and not part else words,
        past=word is not None
        and (word.startswith(("last", "yesterday")) or (day or date.max) < moment.at.date()),
        bounded=found["lead"] in {"by", "before", "until", "till"},
    )


def _english_due(
    day: date | None, part: str, clock: str | None, first: str | None, moment: Moment
) -> datetime | None:
    if clock is None:
        ends = PART_END.get(part, DAY_END)
        return moment.ends(day or moment.at.date(), ends) if day or part else None
    read = _read_english_clock(clock, part)
    if read is None:
        return None
    named = moment.ends(day or moment.at.date(), read)
    return named if day or named > moment.at else named + timedelta(days=1)


def _read_english_clock(clock: str, part: str) -> time | None:
    if clock in {"noon", "midnight"}:
        return time(12) if clock == "noon" else DAY_END
    found = re.match(r"(\d{1,2})(?::(\d{2}))?\s*([ap])?", clock)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if (found[3] == "p" or (not found[3] and part in {"afternoon", "evening", "night"})) and hour < 12:
        hour += 12
    if found[3] == "a" and hour == 12:
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _english_day(word: str, moment: Moment) -> date | None:
    today = moment.at.date()
    fixed = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1}
    if word in fixed:
        return today + timedelta(days=fixed[word])
    weekday = re.search(r"(next|last)?\s*\b(mon|tue|wed|thu|fri|sat|sun)", word)
    if weekday:
        return _english_weekday(weekday[1] or "", _ENGLISH_WEEKDAYS[weekday[2]], today)
    number = re.search(r"\d{1,2}", word)
    month = re.search("|".join(_MONTHS), word)
    if number and month:
        return nearest_year(_MONTHS[month[0]], int(number[0]), today)
    return valid_date(today.year, today.month, int(number[0])) if number else None


def _english_weekday(prefix: str, weekday: int, today: date) -> date:
    if prefix == "next":  # the one of next week
        return today - timedelta(days=today.weekday()) + timedelta(days=7 + weekday)
    coming = coming_weekday(today, weekday)
    return coming - timedelta(days=7) if prefix == "last" else coming
