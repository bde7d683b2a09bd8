"""What colleagues said before, as a record in a system turn ([工单记录] 11-16 10:20 在线客服：…) tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_SAYING = re.compile(
    r"(?:(?P<year>20\d{2})[-/.年])?(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?\s*"
    r"(?:(?P<hour>\d{1,2})[:：](?P<minute>\d{2}))?\s*"
    r"(?P<who>[^｜|：:\n\d]{0,10}(?:客服|坐席|座席|客服员|专员|專員|人工|班长|主管|店家|商家|agent|support|advisor|representative))"
    r"\s*[：:]\s*[“\"「]?(?P<said>[^｜|\n”\"」]+)",
    re.IGNORECASE,
)
_NOON = 12


@dataclass(frozen=True, slots=True)
class Saying:
    """Words of a colleague in a record, and when they were said (aware)."""

    text: str
    said_at: datetime


def recorded_sayings(text: str, now: datetime, timezone: str) -> Iterator[Saying]:
    """Yield what a record says that colleagues said; a date without a year is the last such day."""
    local = now.astimezone(ZoneInfo(timezone))
    for found in _SAYING.finditer(text):
        said_at = _moment(found, local)
        if said_at is not None:
            yield Saying(found["said"].strip(), said_at)


def _moment(found: re.Match[str], now: datetime) -> datetime | None:
    """When it was said; None where the record names no day that exists."""
    try:
        moment = now.replace(
            year=int(found["year"] or now.year),
            month=int(found["month"]),
            day=int(found["day"]),
            hour=int(found["hour"] or _NOON),
            minute=int(found["minute"] or 0),
            second=0,
            microsecond=0,
        )
        if found["year"] is None and moment > now + timedelta(days=1):
            moment = moment.replace(year=moment.year - 1)
    except ValueError:
        return None
    return moment
