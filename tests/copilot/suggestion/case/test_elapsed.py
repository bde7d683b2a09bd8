from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from copilot.conversation import Agent, Conversation, Turn
from copilot.suggestion.case.elapsed import BETWEEN, spans

NOW = datetime(2026, 11, 14, 20, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def _spans(text: str, role: str = "system") -> list[tuple[str, float, str]]:
    turn = Turn(role=role, text=text, at=NOW, index=0)
    conversation = Conversation("workshop", Agent(id="a", tier="L1"), (turn,), NOW)
    return [(q.dimension, round(q.value, 1), q.label) for q in spans(conversation)]


def _values(text: str, dimension: str, role: str = "system") -> list[float]:
    return [value for kind, value, _ in _spans(text, role) if kind == dimension]


def test_a_date_with_its_hour_is_minutes_away():
    assert _values("付款成功 11-13 15:00", "minutes") == [29 * 60]


def test_what_lies_ahead_says_so():
    (label,) = [label for kind, _, label in _spans("音乐会 11-20 19:30 开演") if kind == "days"]
    assert "开演" in label
    assert "提前" in label


def test_today_is_no_day_away():
    assert _values("话剧 11-14 21:30", "days") == [0.0]


@pytest.mark.parametrize(
    "text", ["报修 11-08 12:30，恢复 11-12 22:00", "down 8 Nov 12:30, back 12 Nov 22:00"]
)
def test_a_thing_that_is_over_has_a_length(text):
    lasted = [v for kind, v, label in _spans(text) if kind == "minutes" and BETWEEN in label]
    assert lasted == [4 * 1440 + 570]


def test_from_the_end_of_a_window_to_the_arrival_is_the_delay():
    late = [(v, label) for kind, v, label in _spans("时段 12:00–15:00，实际到达 16:55") if BETWEEN in label]
    assert [v for v, _ in late] == [115.0]
    assert "迟到" in late[0][1]


def test_spoken_hours_go_round_the_clock():
    gaps = [v for kind, v, label in _spans("12点51付的 1点43才敲门", "customer") if BETWEEN in label]
    assert gaps == [52.0]


def test_an_earlier_date_named_later_is_no_length():
    assert not [label for *_, label in _spans("11-20 开演，10-12 付款") if BETWEEN in label]


@pytest.mark.parametrize(
    ("text", "days"), [("下周五那个演唱会", 6.0), ("flight on the 28th", 14.0), ("后天早上飞", 2.0)]
)
def test_days_are_read_as_people_say_them(text, days):
    assert _values(text, "days", "customer") == [days]


def test_later_today_is_still_ahead():
    (label,) = [label for kind, _, label in _spans("话剧 11-14 21:30") if kind == "days"]
    assert "提前" in label


def test_a_delay_may_be_told_backwards():
    lengths = [v for kind, v, label in _spans("board says 18:50 now, was meant to be 14:20", "customer")
               if kind == "minutes" and BETWEEN in label]  # fmt: skip
    assert lengths == [270]


def test_every_later_moment_of_a_record_is_measured_from_every_earlier_one():
    lengths = [v for kind, v, label in _spans("扣款 09:10｜开锁 14:12｜关锁 14:18") if BETWEEN in label]
    assert sorted(lengths) == [6, 302, 308]


def test_the_number_of_a_room_is_no_date():
    assert _values("2号厅 20:24 中断", "days") == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("琴日先洗完", 1.0),
        ("寻晚送到", 1.0),
        ("上个月14号买的", 31.0),
        ("本月9号拍", 5.0),
        ("last night it broke", 1.0),
    ],
)
def test_days_of_other_regions_and_of_other_months_are_read(text, days):
    assert _values(text, "days", "customer") == [days]


@pytest.mark.parametrize("text", ["1月5号到期", "婚期 01-05", "expires 5 Jan"])
def test_a_day_that_is_still_to_come_is_the_next_one(text):
    (label,) = [label for kind, value, label in _spans(text) if kind == "days" and value == 52]
    assert "提前" in label


def test_a_day_long_past_stays_past():
    assert _values("2月5号买的", "days", "customer") == [282.0]


@pytest.mark.parametrize("text", ["想挪到20号", "改到11月20号行吗", "can we move it to 20 Nov"])
def test_the_day_to_which_something_is_moved_is_no_moment_of_the_case(text):
    assert _values(text, "days", "customer") == []


def test_working_days_are_counted_ahead_too():
    assert _values("visit 2026-11-18", "workdays") == [3.0]
