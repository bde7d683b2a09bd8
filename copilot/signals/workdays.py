"""The business calendar behind "three working days".

Mainland China: the published public holidays and make-up working days (`chinesecalendar`); beyond
its last published year Monday to Friday without the statutory days of `holidays`. Taiwan and Hong Kong:
Monday to Friday without the public holidays that the `holidays` library knows (it does not know typhoon
days). Anywhere else: Monday to Friday, because the holidays of the client's region are not in its settings.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

_MAINLAND = frozenset({"Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "Asia/Urumqi", "PRC"})
_REGIONS = {"Asia/Taipei": "TW", "Asia/Hong_Kong": "HK", "Asia/Macau": "MO"}


@lru_cache(maxsize=4096)
def is_working_day(day: date, timezone: str) -> bool:
    """Whether `day` is a working day where the client works."""
    if timezone in _MAINLAND:
        return _is_mainland_working_day(day)
    if timezone in _REGIONS:
        # The library counts Hong Kong's Saturdays as working days; desks and banks' "working days" do not.
        return day.weekday() < 5 and _regional(_REGIONS[timezone]).is_working_day(day)
    return day.weekday() < 5


def nth_working_day(day: date, count: int, timezone: str) -> date:
    """Return the `count`-th working day after `day` (1 is the next one)."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, timezone)
    return day


def _is_mainland_working_day(day: date) -> bool:
    import chinese_calendar  # noqa: PLC0415 (only promises with working days need its tables)

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:  # the year is not published yet
        return day.weekday() < 5 and day not in _regional("CN")


@lru_cache(maxsize=8)
def _regional(region: str) -> HolidayBase:
    import holidays  # noqa: PLC0415 (0.1 s, and only some clients need it)

    # Offices in Hong Kong also close on its general ("optional") holidays, e.g. Good Friday.
    categories = ("public", "optional") if region == "HK" else ("public",)
    return holidays.country_holidays(region, categories=categories)
