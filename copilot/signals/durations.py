"""Lengths of time in both languages: 两个工作日内, 半小时, within 2 hours, 3 to 5 business days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from copilot.signals.moments import Moment, TimeKind, TimeMention, compiled, months_later
from copilot.signals.numerals import CHINESE_NUMBER, DIGITS, parse_number
from copilot.signals.workdays import nth_working_day

_WORKDAYS = frozenset({"工作日", "工作天", "营业日", "营业天"})
_LENGTH = (
    rf"(?<![哪每某这那同\d.])(?P<low>\d{{1,4}}|{CHINESE_NUMBER}|半)"
    rf"(?:[ ]?(?:到|至|-|~|–|—)[ ]?(?P<high>\d+|{CHINESE_NUMBER}))?[ ]?"
    r"(?:个|多个?)?(?P<half>半)?"
    r"(?P<unit>工作日|工作天|营业日|营业天|小时|钟头|钟(?=[内后之])|分钟|刻钟|天|日(?=之?内|以内)|周(?![一二三四五六日末年])|星期(?![一二三四五六日天])|礼拜(?![一二三四五六日天])|(?<=个)月|h(?![a-z])|min)"
    r"(?P<bound>之内|以内|内|里|之后|以后|后(?![天日座排面])|之前|以前|左右)?"
)


_ENGLISH_NUMBER = (
    r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty(?:[- ]four)?|thirty"
    r"|forty[- ]eight|half an|couple of"
    r"|(?<=within )the(?= (?:hour|day|week))|(?<=in the )next(?= (?:hour|day)))"
)


_ENGLISH_LENGTH = (
    rf"\b(?:(?P<lead>within|in|after|under|over|every|for)\s+(?:the\s+)?(?:next\s+)?)?(?P<low>{_ENGLISH_NUMBER})"
    r"(?:\s*(?:to|or|-|–)\s*(?P<high>\d+|[a-z]+))?[\s-]*(?P<work>business|working|work)?\s*"
    r"(?P<unit>minutes?|mins?|hours?|hrs?|days?|weeks?|months?)\b"
)


def read_lengths(folded: str, moment: Moment) -> Iterator[TimeMention]:
    """Yield the lengths of time; each ends that long after the moment."""
    for found in compiled(_LENGTH).finditer(folded):
        count = _upper(found["low"], found["high"])
        if count is None:
            continue
        if found["half"]:
            count += 0.5
        yield _length_mention(found, count, found["unit"], found["bound"] or "", moment)
    for found in compiled(_ENGLISH_LENGTH).finditer(folded):
        count = _upper(found["low"], found["high"])
        if count is not None:
            unit = "工作日" if found["work"] else found["unit"]
            yield _length_mention(found, count, unit, found["lead"] or "", moment)


def _upper(low: str, high: str | None) -> float | None:
    """The upper end of "1到2", "两三" (two numerals side by side) or a single number."""
    words = high or low
    if len(words) == 2 and all(c in DIGITS for c in words) and not words.isdigit():
        words = words[-1]
    number = parse_number(_ENGLISH_WORDS.get(words, words))
    return None if number is None else float(number)


_ENGLISH_WORDS = {
    "the": "1", "next": "1", "half an": "0.5", "couple of": "2",
    "twenty-four": "24", "twenty four": "24", "forty-eight": "48",
    "forty eight": "48",
}  # fmt: skip


def _length_mention(found: re.Match[str], count: float, unit: str, bound: str, moment: Moment) -> TimeMention:
    kind: TimeKind = "workdays" if unit in _WORKDAYS else "length"
    return TimeMention(
        start=found.start(),
        end=found.end(),
        quote=found[0],
        kind=kind,
        due=_after(moment, count, unit),
        value=found[0].strip(),
        bounded=bound not in {"", "左右", "for", "every", "over"},
    )


def _after(moment: Moment, count: float, unit: str) -> datetime | None:
    if count > 3700:  # "20261104771天" is a number, not a time
        return None
    if unit in _WORKDAYS:
        return moment.ends(nth_working_day(moment.at.date(), max(1, int(count)), moment.zone))
    if (minutes := _minutes(unit)) is not None:
        return moment.at + timedelta(minutes=minutes * count)
    if unit == "月" or unit.startswith("month"):
        return moment.ends(months_later(moment.at.date(), int(count)))
    if count < 1:  # 半天
        return moment.at + timedelta(hours=12)
    days = 7 * count if unit in {"周", "星期", "礼拜"} or unit.startswith("week") else count
    return moment.ends(moment.at.date() + timedelta(days=int(days)))


def _minutes(unit: str) -> int | None:
    """How many minutes an hour or minute unit has; None for days and longer."""
    if unit in {"小时", "钟头", "h"} or unit.startswith(("hour", "hr")):
        return 60
    if unit == "刻钟":
        return 15
    return 1 if unit in {"分钟", "钟"} or unit.startswith("min") else None
