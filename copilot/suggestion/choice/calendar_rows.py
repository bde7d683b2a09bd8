"""Rows that are bound to the calendar (「25 日及以前办」「11 月 1 日起」), against the day of the request.

A table that divides the year or the month has at least two such rows; a single one may as well count days.
Rows about the day of something that happened before (when it was paid, signed) say nothing about today.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from copilot.language import fold
from knowledge.model import Passage

_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY = r"(?:(?P<m>1[0-2]|0?[1-9])月)?(?P<d>3[01]|[12]\d|0?[1-9])[日号號]"
_UNTIL = r"(?P<until>(?:\(含\))?(?:及|或|之)?以?前|为止|止)"
_SINCE = r"(?P<since>(?:\(含\))?(?:及|或|之)?以?[后後]|起)"
# 「第 3 日起」「收货后 7 日起」 count days.
_CHINESE = re.compile(rf"(?<![第满滿后後过過内\d.年月]){_DAY}(?:{_UNTIL}|{_SINCE})")
_ENGLISH = re.compile(
    rf"\b(?:(?P<until>before|until|up to|by)|(?P<since>from|after|since)) (?:the )?"
    rf"(?:(?P<d>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?: of)? (?P<m>{_MONTHS})|"
    rf"(?P<m2>{_MONTHS})[a-z]* (?P<d2>3[01]|[12]\d|0?[1-9]))"
)
_GAP = re.compile(r"(?<=\d)\s+(?=[年月日号號])|(?<=[年月日号號])\s+|(?<=[一-鿿])\s+(?=\d)")
# The day of these is not the day on which the customer asks.
_HAPPENED = re.compile(
    r"付款|支付|下单|下單|落单|购买|購買|买的|签约|簽約|签订|入住|出生|激活|开户|签收|收货|到店|入职|"
    r"bought|ordered|paid|purchased|signed|booked|born|activated|delivered|issued"
)
_CLEAR_MONTHS = 150
_ROWS = 2


@dataclass(frozen=True, slots=True)
class Window:
    """From or until a day (of every month where `month` is None); `strict`: the day itself is left open."""

    month: int | None
    day: int
    since: bool
    strict: bool

    def holds(self, today: date) -> bool | None:
        """Whether `today` lies in the window; None on a day that its words leave open."""
        distance = _distance(self.month, self.day, today)
        if distance is None or (distance == 0 and self.strict):
            return None
        return distance >= 0 if self.since else distance <= 0


def _distance(month: int | None, day: int, today: date) -> int | None:
    """Days from the named day to `today` (negative: still to come); of a yearly day from the nearest one."""
    if month is None:
        return today.day - day
    try:
        near = min(((today - date(today.year + n, month, day)).days for n in (-1, 0, 1)), key=abs)
    except ValueError:
        return None
    return near if abs(near) <= _CLEAR_MONTHS else None


def window_in(cell: str) -> Window | None:
    """Return the one window that `cell` names, None where it names none or several."""
    folded = _GAP.sub("", fold(cell))
    found = [w for m in _CHINESE.finditer(folded) if (w := _chinese(m)) is not None]
    found += [_english(m) for m in _ENGLISH.finditer(folded)]
    return found[0] if len(found) == 1 and not _HAPPENED.search(folded) else None


def _chinese(match: re.Match[str]) -> Window:
    words = match["until"] or match["since"]
    month = int(match["m"]) if match["m"] else None
    strict = words not in {"起", "止", "为止"} and not re.search(r"及|含", words)
    return Window(month, int(match["d"]), bool(match["since"]), strict)


def _english(match: re.Match[str]) -> Window:
    month = _MONTHS.split("|").index(match["m"] or match["m2"]) + 1
    strict = (match["until"] or match["since"]) in {"before", "after", "by"}
    return Window(month, int(match["d"] or match["d2"]), bool(match["since"]), strict)


def windows_of(passages: Sequence[Passage]) -> Mapping[str, Window]:
    """Return the window of each row by passage id, of the tables that have at least two such rows.

    Days of a month count only where one row ends as the next begins (「25 日及以前」「26 日起」).
    """
    tables: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, Window]] = {}
    for passage in passages:
        if passage.kind != "row" or not passage.cells or _HAPPENED.search(fold("".join(passage.header[:1]))):
            continue
        window = window_in(passage.cells[0])
        if window is not None:
            tables.setdefault((passage.heading, passage.header), {})[passage.id] = window
    return {
        row: window
        for rows in tables.values()
        if len(rows) >= _ROWS
        for row, window in rows.items()
        if window.month is not None or _meets_another(window, list(rows.values()))
    }


def _meets_another(window: Window, others: Sequence[Window]) -> bool:
    return any(
        other.month is None and other.since != window.since and abs(other.day - window.day) <= 1
        for other in others
    )
