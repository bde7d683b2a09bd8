from datetime import datetime

import pytest

from copilot.signals.times import find_times

TUESDAY = datetime.fromisoformat("2026-11-10T09:30:00+08:00")


def due(text: str, said_at: datetime = TUESDAY) -> str | None:
    found = [m for m in find_times(text, said_at, "Asia/Shanghai") if m.due is not None]
    return found[-1].due.strftime("%m-%d %H:%M") if found and found[-1].due else None


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("半小时后", "11-10 10:00"),
        ("两个半小时内", "11-10 12:00"),
        ("20分钟", "11-10 09:50"),
        ("48小时内", "11-12 09:30"),
        ("三五天内", "11-15 23:59"),
        ("1到2个工作日", "11-12 23:59"),
        ("一周之内", "11-17 23:59"),
        ("今天下午四点前", "11-10 16:00"),
        ("四点前", "11-10 16:00"),
        ("10点前", "11-10 10:00"),
        ("八点前", "11-10 20:00"),
        ("明早九点开门", "11-11 09:00"),
        ("今晚12点前", "11-11 00:00"),
        ("后天上午", "11-12 12:00"),
        ("明天", "11-11 23:59"),
        ("下周三", "11-18 23:59"),
        ("这礼拜五", "11-13 23:59"),
        ("周一下班前", "11-16 18:00"),
        ("下班前", "11-10 18:00"),
        ("月底前", "11-30 23:59"),
        ("12月3号之前", "12-03 23:59"),
        ("11月30日之前", "11-30 23:59"),
        ("次工作日", "11-11 23:59"),
        ("明天下午两点到四点", "11-11 16:00"),
        ("禮拜四早上", "11-12 12:00"),
        ("兩個工作天內", "11-12 23:59"),
        ("within 2 hours", "11-10 11:30"),
        ("3 to 5 business days", "11-17 23:59"),
        ("by 6 pm today", "11-10 18:00"),
        ("tomorrow between 9 and 11 am", "11-11 11:00"),
        ("by Friday", "11-13 23:59"),
        ("by noon tomorrow", "11-11 12:00"),
        ("next business day", "11-11 23:59"),
        ("end of the month", "11-30 23:59"),
    ],
)
def test_a_time_ends_at_the_upper_end_of_what_was_said(text: str, end: str) -> None:
    assert due(text) == end


def test_an_hour_without_a_day_belongs_to_the_day_named_before_it() -> None:
    assert due("下周一我来追，下午三点前回您") == "11-16 15:00"


def test_an_hour_that_has_passed_means_the_next_day() -> None:
    assert due("八点前", datetime.fromisoformat("2026-11-10T21:00:00+08:00")) == "11-11 08:00"


@pytest.mark.parametrize(
    "text",
    ["下午好", "夜间费13元", "这三点我记下了", "中正路514号8楼", "哪一天", "有一点问题", "订单20261104771"],
)
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert due(text) is None


def test_what_lies_behind_by_its_own_words_is_past() -> None:
    assert [m.past for m in find_times("昨天下午三点", TUESDAY, "Asia/Shanghai")] == [True]


def test_a_vague_word_has_no_end() -> None:
    (mention,) = find_times("尽快", TUESDAY, "Asia/Shanghai")
    assert (mention.kind, mention.due) == ("vague", None)


def test_the_value_is_iso_only_where_the_words_leave_no_choice() -> None:
    values = {
        m.quote: m.value for m in find_times("昨天下午三点到的 六点半要用 周五给我", TUESDAY, "Asia/Shanghai")
    }
    assert values == {
        "昨天下午三点": "2026-11-09T15:00:00+08:00",
        "六点半": "六点半",
        "周五": "周五",
    }


def test_the_quote_is_cut_from_the_speakers_own_words() -> None:
    text = "我 明天　下午３點 去"
    assert all(m.quote == text[m.start : m.end] for m in find_times(text, TUESDAY, "Asia/Taipei"))
