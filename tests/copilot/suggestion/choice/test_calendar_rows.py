from __future__ import annotations

from datetime import date

import pytest

from copilot.suggestion.choice.calendar_rows import window_in, windows_of


@pytest.mark.parametrize(
    ("cell", "today", "holds"),
    [
        ("降档，25 日及以前办", date(2026, 11, 25), True),
        ("降档，25 日及以前办", date(2026, 11, 26), False),
        ("降档，26 日起办", date(2026, 11, 26), True),
        ("11 月 1 日起", date(2026, 11, 20), True),
        ("11 月 1 日起", date(2026, 10, 20), False),
        ("11 月 1 日起", date(2027, 1, 20), True),
        ("9 月 30 日前", date(2026, 11, 20), False),
        ("9月30日以前", date(2026, 9, 30), None),
        ("11 月 1 日起", date(2026, 5, 3), None),
        ("asked until 15 March", date(2026, 3, 15), True),
        ("from 1 November", date(2026, 10, 2), False),
        ("before the 3rd of March", date(2026, 3, 3), None),
    ],
)
def test_a_window_is_compared_with_the_day_of_the_request(cell, today, holds):
    window = window_in(cell)
    assert window is not None
    assert window.holds(today) is holds


@pytest.mark.parametrize(
    "cell",
    [
        "满 7 日起",
        "第 3 日起",
        "裝好 14 日後",
        "付款 11 月 1 日起",
        "ordered before 1 March",
        "7–14 日",
        "10 月 1 日起至 10 月 8 日止",
    ],
)
def test_counted_days_several_days_and_days_of_the_past_are_no_window(cell):
    window = window_in(cell)
    assert window is None or window.month is None


MEMBERSHIP = """换会员档位。

| 变更 | 什么时候生效 |
|---|---|
| 升档（次月） | 次月 1 日 |
| 降档，2 日及以前办 | 次月 1 日 |
| 降档，3 日起办 | 再下一个月 1 日 |
"""
DUTY = """取暖费怎么交。

| 什么时候交 | 怎么收 |
|---|---|
| 1 月 31 日前 | 98 折 |
| 3 月 1 日起 | 原价，另收违约金 |
"""
# "Now" of the workshop is 3 March 2026.


def _row(workshop, article: str, *said: str) -> list[str]:
    return [r.passage.cells[0] for r in workshop(article).rules(*said) if r.passage.kind == "row"]


def test_the_row_of_today_speaks(workshop):
    assert _row(workshop, MEMBERSHIP, "会员降档 今天就办") == ["降档，3 日起办"]
    assert _row(workshop, DUTY, "取暖费现在交怎么收") == ["3 月 1 日起"]


def test_another_day_that_is_spoken_of_is_not_taken_for_today(workshop):
    case = workshop(MEMBERSHIP).case("会员降档 我2号就办了")
    assert case.evidence.today is None


def test_a_day_of_the_month_alone_may_as_well_count_days(workshop):
    body = "退租。\n\n| 情况 | 处理 |\n|---|---|\n| 租期 5 日及以前 | 全退 |\n| 租期 20 日起 | 不退 |\n"
    (hit,) = workshop(body).hits()
    assert windows_of([p.passage for p in hit.passages]) == {}
