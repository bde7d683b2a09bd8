"""Points in time as Chinese speakers name them: 明天下午两点, 下周三, 9号, 月底, 下班前."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from copilot.signals.moments import (
    DAY_END,
    HOUR,
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
from copilot.signals.numerals import parse_number
from copilot.signals.workdays import nth_working_day

_DAY_WORDS = {
    "大前": -3, "前": -2, "昨": -1, "今": 0, "当": 0, "同": 0, "明": 1, "次": 1, "隔": 1, "翌": 1,
    "听": 1, "后": 2, "大后": 3,
}  # fmt: skip


_WEEKDAYS = (
    {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6, "末": 6} | {str(i + 1): i for i in range(7)}
)


_CLOCK = (
    rf"(?:\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?!\d)|(?<![这那有以下几])(?!一点(?!钟|半|整|左右|之?以?前|[一三]刻|到|[,。\d]|$)){HOUR}点(?!儿|击|评|餐|建议|要求|意见|问题)(?:钟|整|半|[一三]刻"
    rf"|零?[0-5]?\d(?!\d*[块元公%折])分?|零?[一二三四五六七八九十]{{1,3}}(?![块元公个位件])分?)?)"
)


_PART = (
    r"(?:凌晨|清晨|一?早上|一早|早晨|上午|中午|正午|下午|傍晚|晚上|晚间|夜里|夜间|半夜|深夜|午夜)"
    r"(?!好|费|服务|班|模式|档|场|餐|饭|市|觉)"
)


_WEEKDAY = r"(?:上上|下下|上|下|这|本)?个?(?:周|星期|礼拜)(?:[一二三四五六日天末]|[1-7](?!\d|[天个周]))"


_DATE = (
    r"(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]?|[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}[日号]"
    r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|(?<![\d/.-])\d{1,2}/\d{1,2}(?![\d/.])|(?<![\d.-])\d{2}-\d{2}(?![\d-])"
    r"|(?:下个月|下月|本月|这个月|上个月|上月)?(?<![\d路街道巷弄段])\d{1,2}[号日](?![线楼店院机铺仓柜库桌台码内以之])"
)


_RELATIVE = (
    r"大前[天日]|大后[天日]|[前后][天日](?!内)|[昨今明听翌][天日儿早晚晨夜]|前晚|明儿个|今儿个"
    r"|次日|隔[天日]|第二天|当[天日晚]"
)


_DAY = rf"(?:{_RELATIVE}|{_WEEKDAY}|{_DATE})"


_SPECIAL = (
    rf"(?=[\d一二三四五六七八九十大前后昨今明听翌上下这本周星礼次隔第当月年收打])(?:(?:{_DAY})?的?(?:下班|收工|打烊)(?:时间)?之?以?前|(?:本|这个|下个?|上个?)?月底|年底|月末"
    r"|(?:这|本|下)个?(?:周|星期|礼拜)(?:内|之内|以内|里)|下个?(?:周|星期|礼拜)(?![一二三四五六日天末\d])|周末|下一?个(?:工作日|工作天|营业日)|次(?:工作|营业)日|第[一二三四五两]个工作[日天])"
)


# The first characters a point can start with: without them the optional groups try every position.
_STARTS = (
    r"(?=[\d零〇一二两俩仨三四五六七八九十大前后昨今明听翌上下这本周星礼次隔第当凌清早中正傍晚夜半深午(（])"
)


_POINT = (
    rf"{_STARTS}(?P<day>{_DAY})?(?:[ (（]*(?P<day2>{_WEEKDAY}|{_RELATIVE})[)）]?)?[ 的]?"
    rf"(?P<part>{_PART}|(?<=[今明昨])[早晚])?[ 的]?"
    rf"(?P<clock>{_CLOCK})?(?:[ ]?(?:到|至|-|~|–|—)[ ]?(?P<part2>{_PART})?(?P<clock2>{_CLOCK}))?"
    r"(?P<bound>之前|以前|前|之后|以后|左右|后(?![天日座排面备来车]))?"
)


def read_special(folded: str, moment: Moment) -> Iterator[TimeMention]:
    """Yield the fixed expressions: 下班前, 月底, 下周, 次工作日."""
    for found in compiled(_SPECIAL).finditer(folded):
        yield fixed_mention(found, _special_due(found[0], moment), moment)


def _special_due(words: str, moment: Moment) -> datetime | None:
    today = moment.at.date()
    if re.search("下班|收工|打烊", words):
        return moment.ends(_leading_day(words, moment) or today, time(18))
    if "工作" in words or "营业" in words:
        ordinal = parse_number(words[1]) if words.startswith("第") else None
        return moment.ends(nth_working_day(today, int(ordinal or 1), moment.zone))
    if "月" in words:
        months = 1 if words.startswith("下") else -1 if words.startswith("上") else 0
        day = months_later(today.replace(day=1), months)
        return moment.ends(day.replace(day=calendar.monthrange(day.year, day.month)[1]))
    if words == "年底":
        return moment.ends(date(today.year, 12, 31))
    sunday = today + timedelta(days=6 - today.weekday())
    return moment.ends(sunday + timedelta(days=7 if words.startswith("下") else 0))


def _leading_day(words: str, moment: Moment) -> date | None:
    """The day before 下班前, if one is named (周一下班前)."""
    found = re.match(_DAY, words)
    return _zh_day(found[0], moment) if found else None


def read_points(folded: str, moment: Moment) -> Iterator[TimeMention]:
    """Yield the points in time: a day, a part of it, an hour, or any of them together."""
    for found in compiled(_POINT).finditer(folded):
        if not (found["day"] or found["day2"] or found["part"] or found["clock"]):
            continue
        yield _point_mention(found, moment)


def _point_mention(found: re.Match[str], moment: Moment) -> TimeMention:
    word = found["day"] or found["day2"]
    day = _zh_day(word, moment) if word else None
    part = found["part2"] or found["part"] or _part_of(word or "")
    clock = found["clock2"] or found["clock"]
    end = found.end() - (len(found[0]) - len(found[0].rstrip()))
    return TimeMention(
        start=found.start() + len(found[0]) - len(found[0].lstrip(" 的(（")),
        end=end,
        quote=found[0],
        kind="clock" if clock else "day" if word and not found["part"] else "part",
        due=point_due(day, part, clock, moment),
        value=_point_value(found, day, word, moment),
        past=(day is not None and day < moment.at.date())
        or (word or "").startswith(("昨", "前", "上", "大前")),
        bounded=(found["bound"] or "") not in {"", "左右"},
        day=day,
        part=part,
        clock=clock or "",
    )


def _part_of(day_word: str) -> str:
    return {"早": "早", "晚": "晚", "晨": "早", "夜": "夜"}.get(day_word[-1:], "")


def point_due(day: date | None, part: str, clock: str | None, moment: Moment) -> datetime | None:
    """Return when the point ends; None when it names neither day nor hour."""
    if clock:
        return _clock_due(day, part, clock, moment)
    if part:
        ends = next((end for key, end in PART_END.items() if key in part), DAY_END)
        return moment.ends(day or moment.at.date(), ends)
    return moment.ends(day) if day else None


def _clock_due(day: date | None, part: str, clock: str, moment: Moment) -> datetime | None:
    """The named time; without a day or a part of the day the next one that fits."""
    read = _read_clock(clock)
    if read is None:
        return None
    hour, minute = read
    base = day or moment.at.date()
    if hour >= 24:
        return moment.ends(base + timedelta(days=1), time(0, minute))
    if part or hour > 12 or (re.match(r"0?\d:|0\d", clock) and ":" in clock and hour >= 7):
        named = moment.ends(base, time(_afternoon(hour, part) % 24, minute))
        named += timedelta(days=_next_day(hour, part))
        return named if day or named > moment.at else named + timedelta(days=1)
    candidates = [moment.ends(base, time(h % 24, minute)) for h in (hour, hour + 12) if h < 24]
    if day and day != moment.at.date():
        return candidates[-1] if hour < 7 else candidates[0]
    later = [candidate for candidate in candidates if candidate > moment.at]
    if later:
        return later[0]
    return candidates[0] + timedelta(days=0 if day else 1)


def _afternoon(hour: int, part: str) -> int:
    is_late = any(word in part for word in ("下午", "傍晚", "晚", "夜", "afternoon", "evening", "night"))
    if hour == 12 and ("晚" in part or "夜" in part):
        return 24
    if is_late and 1 <= hour < 12 and not (hour < 5 and ("夜" in part or "晚" in part)):
        return hour + 12
    if "中午" in part and hour < 4:
        return hour + 12
    return hour


def _next_day(hour: int, part: str) -> int:
    """晚上12点 is the midnight that ends the day; 半夜两点 belongs to the next morning."""
    return 1 if ("夜" in part or "晚" in part) and (hour == 12 or hour < 5) else 0


def _read_clock(clock: str) -> tuple[int, int] | None:
    if ":" in clock:
        hour, minute = clock.split(":")[:2]
    else:
        hour, _, minute = clock.partition("点")
    hours = parse_number(hour)
    if hours is None or hours > 24:
        return None
    minute = minute.removesuffix("分")
    fixed = {"": 0, "整": 0, "钟": 0, "半": 30, "一刻": 15, "三刻": 45}
    minutes = fixed[minute] if minute in fixed else parse_number(minute.lstrip("零") or "0")
    return (int(hours), int(minutes)) if minutes is not None and minutes < 60 else None


def _zh_day(word: str, moment: Moment) -> date | None:
    today = moment.at.date()
    for prefix in (word[:2], word[:1]):
        if prefix in _DAY_WORDS and not word.startswith(("下", "上")) and not word[:1].isdigit():
            return today + timedelta(days=_DAY_WORDS[prefix])
    if word.startswith("第二"):
        return today + timedelta(days=1)
    weekday = re.fullmatch(r"(上上|下下|上|下|这|本)?个?(?:周|星期|礼拜)(.)", word)
    if weekday:
        return _weekday(weekday[1] or "", _WEEKDAYS[weekday[2]], today)
    return _calendar_day(word, today)


def _weekday(prefix: str, weekday: int, today: date) -> date:
    monday = today - timedelta(days=today.weekday())
    shift = {"上上": -14, "上": -7, "这": 0, "本": 0, "下": 7, "下下": 14}
    return monday + timedelta(days=weekday + shift[prefix]) if prefix else coming_weekday(today, weekday)


def _calendar_day(word: str, today: date) -> date | None:
    numbers = [parse_number(piece) for piece in re.findall(r"\d+|[一二三四五六七八九十]+", word)]
    values = [int(number) for number in numbers if number is not None]
    if len(values) == 1:
        return _day_of_month(word, values[0], today)
    if len(values) == 2:
        return nearest_year(values[0], values[1], today)
    return valid_date(*values) if len(values) == 3 else None


def _day_of_month(word: str, day: int, today: date) -> date | None:
    shift = 1 if word.startswith("下") else -1 if word.startswith("上") else 0
    month = months_later(today.replace(day=1), shift)
    return valid_date(month.year, month.month, day)


def _point_value(found: re.Match[str], day: date | None, word: str | None, moment: Moment) -> str:
    """ISO where the words leave no choice; a bare weekday or an hour without its half stays as said."""
    words = found[0].strip(" 的")
    part = found["part"] or _part_of(word or "")
    read = _read_clock(found["clock"]) if found["clock"] else None
    certain_day = day if word and not re.fullmatch(r"(?:周|星期|礼拜).", word) else None
    if read is None or found["clock2"]:
        return certain_day.isoformat() if certain_day and not part and not found["clock2"] else words
    hour, minute = read
    if not part and (hour <= 12 and ":" not in found["clock"]):
        return words
    clock = time(_afternoon(hour, part) % 24, minute)
    if certain_day is None:
        return clock.isoformat("minutes")
    return (moment.ends(certain_day, clock) + timedelta(days=_next_day(hour, part))).isoformat()
