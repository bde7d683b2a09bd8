"""Which figures of a text rest on its sources: amounts, shares, dates, times of day, numbers of things.

A figure is covered when a source says it, when it is the sum, difference, product or percentage of a number
of the talk and a number of the talk or of a cited quote, or when it is a date or time that a said term leads
to. The check is written for evaluation alone and shares nothing with the product's own verification.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

FigureKind = Literal["money", "percent", "date", "clock", "code"]

_NUMBER = r"\d+(?:\.\d+)?"
_MONEY = re.compile(
    rf"(?:(?:NT\$|HK\$|US\$|[$¥€£])\s*({_NUMBER}))|(?:({_NUMBER})\s*(?:元|块|塊|圆|圓|美元|yuan|CNY|TWD|USD|NTD|RMB))",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"({_NUMBER})\s*%")
# 12 月 31 日 as typeset; in 「11–4月50元」 the number behind the month is a price.
_DATE = re.compile(
    r"(?<!\d)(?:(?:\d{4}\s*年\s*)?(0?[1-9]|1[0-2])\s*月\s*(0?[1-9]|[12]\d|3[01])(?:\s*[日号號]|(?![\d.]|\s*[元块塊圆圓%]))"
    r"|\d{4}-(\d{1,2})-(\d{1,2})(?!\d))"
)
_SHORT_DATE = re.compile(r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})(?![\d/.-])")
_DASHED_DATE = re.compile(r"(?<![\d/.-])\d{1,2}[/-]\d{1,2}(?![\d/.-])")  # 43.2 is rather an amount
_DAY_OF_MONTH = re.compile(r"(?:次月|下月|每月|[個个]月)\s*(\d{1,2})\s*[日号號]")
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])")
_CODE = re.compile(r"(?<![A-Za-z0-9.])(?=[A-Za-z0-9-]*\d)[A-Za-z0-9][A-Za-z0-9-]{4,}(?![A-Za-z0-9])")
_ANY_NUMBER = re.compile(_NUMBER)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_CHINESE_NUMBER = re.compile(r"[零〇一二两兩三四五六七八九十百千万萬半]+")
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "萬": 10_000}
_COLLOQUIAL_MONEY = re.compile(r"(\d+)(?:块|塊)(\d)(?!\d)")  # 4块8 is 4.8
_CLOCK_WORDS = re.compile(
    r"(?:(凌晨|早上|上午|中午|下午|晚上|夜里|今晚|明晚)\s*)?(\d{1,2})[点點](?:(\d{1,2})|(半)|(一刻))?"
)
_TERM = re.compile(
    r"(?<![\d.])(\d{1,3})(?:\s*[-–~～至到]\s*(\d{1,3}))?\s*[个個]?\s*"
    r"(工作[日天]|自然日|[天日]|小时|小時|分钟|分鐘|周|週|星期|礼拜|"
    r"business days?|working days?|days?|hours?|minutes?|mins?|weeks?)",
    re.IGNORECASE,
)
_DAY_ENDS = frozenset({0, 9 * 60, 12 * 60, 18 * 60, 23 * 60 + 59, 24 * 60})
_LONGEST_TERM_DAYS = 366
_LONGEST_WORKING_TERM = 30
_NEAR_MONTHS = 2
_HOLIDAY_MONTHS = frozenset({1, 2, 4, 5, 6, 9, 10})
_HOLIDAY_SLACK_DAYS = 9  # the longest public holiday with its bridge days
_TOLERANCE = 0.006  # half a cent, after rounding


@dataclass(frozen=True, slots=True)
class Figure:
    """A checkable figure as the text says it. `value` is money, per cent, or minutes of the day."""

    kind: FigureKind
    words: str
    value: float = 0.0
    month: int = 0
    day: int = 0


@dataclass(frozen=True, slots=True)
class Material:
    """What a text may rest on. Figures may be computed from `talk` and `quotes`, never from `codes`.

    `talk` are the turns, `quotes` the cited words, `rules` whole articles, limits and settings; `codes`
    article ids and service numbers; `moments` the times at which turns were sent.
    """

    talk: tuple[str, ...]
    now: datetime
    quotes: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    moments: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """What the material says.

    `numbers` of any unit, `talk` and `quoted` those of the talk and of the quotes; `days` (month, day),
    `month_days` days of any month; `minutes` times of day; `day_terms` in days, `minute_terms` in minutes.
    """

    text: str
    numbers: frozenset[float]
    talk: frozenset[float]
    quoted: frozenset[float]
    days: frozenset[tuple[int, int]]
    month_days: frozenset[int]
    minutes: frozenset[int]
    day_terms: frozenset[int]
    minute_terms: frozenset[int]
    now: datetime


def levelled(text: str) -> str:
    """Return `text` as figures are read from it: NFKC, without thousands commas."""
    return _THOUSANDS.sub("", unicodedata.normalize("NFKC", text))


def _letters(text: str) -> str:
    """Letters and digits alone: AD-2793, AD 2793 and ad2793 are one code."""
    return "".join(c for c in text.casefold() if c.isalnum())


def chinese_value(words: str) -> float | None:
    """Return the number that Chinese numerals say (两百三十 → 230), None when they say none."""
    if words == "半":
        return 0.5
    total, section, digit = 0, 0, 0
    for character in words:
        if character in _DIGIT:
            digit = _DIGIT[character]
        elif character in ("万", "萬"):
            total, section, digit = (total + section + digit) * 10_000, 0, 0
        elif character in _SCALE:
            section, digit = section + (digit or 1) * _SCALE[character], 0
        else:
            return None
    return float(total + section + digit)


def _numbers(text: str) -> Iterator[float]:
    for match in _ANY_NUMBER.finditer(text):
        yield float(match.group())
    for match in _COLLOQUIAL_MONEY.finditer(text):
        yield float(f"{match.group(1)}.{match.group(2)}")
    for match in _CHINESE_NUMBER.finditer(text):
        value = chinese_value(match.group())
        if value is not None:
            yield value


def _days(text: str) -> Iterator[tuple[int, int]]:
    for match in _DATE.finditer(text):
        month, day = match.group(1) or match.group(3), match.group(2) or match.group(4)
        yield int(month), int(day)
    for match in _SHORT_DATE.finditer(text):
        yield int(match.group(1)), int(match.group(2))


def _minutes(text: str) -> Iterator[int]:
    for match in _CLOCK.finditer(text):
        yield int(match.group(1)) * 60 + int(match.group(2))
    for match in _CLOCK_WORDS.finditer(text):
        hour, rest = int(match.group(2)), 30 if match.group(4) else 15 if match.group(5) else 0
        minute = int(match.group(3)) if match.group(3) else rest
        yield hour * 60 + minute
        if hour < 12:
            yield (hour + 12) * 60 + minute


def _spelled_clock(text: str) -> str:
    """Chinese hours as digits, so that 六点二十 is read like 6点20."""

    def digits(match: re.Match[str]) -> str:
        value = chinese_value(match.group())
        return match.group() if value is None or value == 0.5 else f"{value:g}"

    return re.sub(r"[零〇一二两兩三四五六七八九十]+", digits, text)


def _terms(text: str) -> Iterator[tuple[int, str]]:
    """(number, unit) of terms such as 3-5个工作日, 48小时内, within 30 minutes; both ends of a range."""
    for match in _TERM.finditer(text):
        for number in (match.group(1), match.group(2)):
            if number:
                yield int(number), match.group(3).casefold()


def _day_terms(text: str) -> Iterator[int]:
    for number, unit in _terms(text):
        if unit.startswith(("周", "週", "星期", "礼拜", "week")):
            yield number * 7
        elif unit.startswith(("小", "hour")):
            yield math.ceil(number / 24)
        elif not unit.startswith(("分", "min")):
            yield number


def _minute_terms(text: str) -> Iterator[int]:
    for number, unit in _terms(text):
        if unit.startswith(("分", "min")):
            yield number
        elif unit.startswith(("小", "hour")):
            yield number * 60


def _amounts(texts: Iterable[str]) -> frozenset[float]:
    """Numbers with which one may calculate: no dates, times, codes."""
    whole = levelled("\n".join(texts))
    for pattern in (_DATE, _DASHED_DATE, _CLOCK):
        whole = pattern.sub(" ", whole)
    # A price of five digits looks like a code; its currency tells.
    prices = (float(match.group(1) or match.group(2)) for match in _MONEY.finditer(whole))
    return frozenset(
        [*prices, *_numbers(_CODE.sub(lambda m: " " if _is_code(m.group()) else m.group(), whole))]
    )


def gather(material: Material) -> Sources:
    """Return what the material says."""
    whole = levelled("\n".join((*material.talk, *material.quotes, *material.rules)))
    spelled = _spelled_clock(whole)
    said = [*material.moments, material.now]
    return Sources(
        text=_letters(whole) + "|" + "|".join(map(_letters, material.codes)),
        numbers=frozenset([*_numbers(whole), *_numbers(spelled)]),
        talk=_amounts(material.talk),
        quoted=_amounts(material.quotes),
        days=frozenset([*_days(spelled), *((m.month, m.day) for m in said)]),
        month_days=frozenset(int(match.group(1)) for match in _DAY_OF_MONTH.finditer(spelled)),
        minutes=frozenset([*_minutes(whole), *_minutes(spelled), *(m.hour * 60 + m.minute for m in said)]),
        day_terms=frozenset([0, 1, 2, *_day_terms(spelled)]),
        minute_terms=frozenset(_minute_terms(spelled)),
        now=material.now,
    )


def figures_in(text: str) -> tuple[Figure, ...]:
    """Return the checkable figures of `text`, each once."""
    whole = levelled(text)
    spelled_out = _COLLOQUIAL_MONEY.sub(r"\1.\2元", whole)
    found = [
        Figure("money", m.group(), float(m.group(1) or m.group(2))) for m in _MONEY.finditer(spelled_out)
    ]
    found.extend(Figure("percent", m.group(), float(m.group(1))) for m in _PERCENT.finditer(whole))
    for match in _DATE.finditer(whole):
        month, day = match.group(1) or match.group(3), match.group(2) or match.group(4)
        found.append(Figure("date", match.group(), month=int(month), day=int(day)))
    for match in _CLOCK.finditer(whole):
        minutes = int(match.group(1)) * 60 + int(match.group(2))
        found.append(Figure("clock", match.group(), float(minutes)))
    without_dates = _SHORT_DATE.sub(" ", _DATE.sub(" ", whole))
    found.extend(Figure("code", m.group()) for m in _CODE.finditer(without_dates) if _is_code(m.group()))
    return tuple(dict.fromkeys(found))


def _is_code(word: str) -> bool:
    """Order numbers, phones, plates; not a word with a digit such as `5-day` or `24-hour`."""
    return sum(c.isdigit() for c in word) >= 4


def _near(value: float, values: Iterable[float]) -> bool:
    return any(abs(value - other) < _TOLERANCE for other in values)


def _computed(value: float, sources: Sources) -> bool:
    """Whether the value follows from a number of the talk and one of the talk or the quotes."""
    for a in sources.talk:
        for b in sources.talk | sources.quoted:
            simple = (a + b, a - b, b - a, a * b)
            shares = (a * b / 100, a * (100 - b) / 100, a * b / 10, a * (10 - b) / 10)
            if _near(value, (*simple, *shares)):
                return True
    return False


def _months_of(sources: Sources) -> Iterator[date]:
    for month, day in sources.days:
        try:
            yield date(sources.now.year, month, day)
        except ValueError:
            continue


def _working_days_later(start: date, term: int) -> date:
    day = start
    while term > 0:
        day += timedelta(days=1)
        term -= day.weekday() < 5
    return day


def _ends_of(start: date, term: int) -> Iterator[date]:
    """Calendar days before and after, working days after, and those with public holidays in between."""
    yield start + timedelta(days=term)
    yield start - timedelta(days=term)
    if term <= _LONGEST_WORKING_TERM:
        worked = _working_days_later(start, term)
        slack = _HOLIDAY_SLACK_DAYS if {start.month, worked.month} & _HOLIDAY_MONTHS else 0
        yield from (worked + timedelta(days=more) for more in range(slack + 1))


def _reachable(month: int, day: int, sources: Sources) -> bool:
    """Whether a said term leads from a said day to this one, or a said day of a month is meant."""
    if day in sources.month_days and (month - sources.now.month) % 12 <= _NEAR_MONTHS:
        return True
    return any(
        (end.month, end.day) == (month, day)
        for start in _months_of(sources)
        for term in sources.day_terms
        if term <= _LONGEST_TERM_DAYS
        for end in _ends_of(start, term)
    )


def _clock_reached(minute: float, sources: Sources) -> bool:
    return any(
        (start + sign * term - minute) % 1440 == 0
        for start in sources.minutes
        for term in sources.minute_terms
        for sign in (1, -1)
    )


def is_covered(figure: Figure, sources: Sources) -> bool:
    """Whether the sources say the figure or lead to it."""
    match figure.kind:
        case "money" | "percent":
            return _near(figure.value, sources.numbers) or _computed(figure.value, sources)
        case "date":
            said = (figure.month, figure.day)
            return said in sources.days or _reachable(figure.month, figure.day, sources)
        case "clock":
            known = int(figure.value) in sources.minutes | _DAY_ENDS
            return known or _clock_reached(figure.value, sources)
        case "code":
            return _letters(figure.words) in sources.text


def uncovered(text: str, sources: Sources) -> tuple[Figure, ...]:
    """Return the figures of `text` on which no source has a word."""
    return tuple(figure for figure in figures_in(text) if not is_covered(figure, sources))
