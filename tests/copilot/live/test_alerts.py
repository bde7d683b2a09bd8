from __future__ import annotations

import json
from dataclasses import replace

from copilot.live.alerts import AlertPlace, acknowledge, list_alerts, run_clocks
from copilot.live.desk import open_desk
from copilot.live.events import SqlEventLog
from tests.copilot.live.conftest import opened


def changes(desk, talk):
    rows = SqlEventLog(desk.engine).read_after(talk.conversation.id, 0, 500)
    return [
        (json.loads(row.data)["change"], json.loads(row.data)["contact"])
        for row in rows
        if row.type == "alert"
    ]


def test_an_alert_that_nobody_takes_is_repeated_then_told_to_supervisor_and_duty_contact(desk, talk, clock):
    talk.says("司机打我")
    for seconds, expected in ((29, 0), (1, 1), (29, 0), (1, 1), (59, 0), (1, 1), (600, 0)):
        clock.pass_by(seconds)
        assert run_clocks(desk) == expected
    assert changes(desk, talk) == [
        ("raised", None),
        ("repeated", None),
        ("supervisor", None),
        ("duty_contact", "client_safety"),
    ]


def test_clocks_survive_a_restart_and_catch_up(desk, talk, clock):
    talk.says("司机打我")
    clock.pass_by(500)
    restarted = open_desk(desk.engine, desk.advisor, desk.knowledge, desk.audit, clock)
    assert [run_clocks(restarted) for _ in range(4)] == [1, 1, 1, 0]


def test_two_processes_do_each_step_once(desk, talk, clock):
    talk.says("司机打我")
    clock.pass_by(30)
    other = replace(desk)
    assert run_clocks(desk) + run_clocks(other) == 1


def test_who_takes_an_alert_stops_its_clock_and_the_first_one_counts(desk, talk, clock):
    alert = talk.says("司机打我").alerts[0]
    clock.pass_by(10)
    taken = acknowledge(desk, alert.id, "a-1")
    again = acknowledge(desk, alert.id, "a-2")
    assert taken.state == again.state == "acknowledged"
    assert again.acknowledged_by == "a-1"
    clock.pass_by(600)
    assert run_clocks(desk) == 0
    assert [what for what, _ in changes(desk, talk)] == ["raised", "acknowledged"]


def test_a_danger_told_twice_is_one_alert_and_a_worse_one_rings_again(desk, talk, clock):
    first = talk.says("有人跟踪我").alerts[0]
    acknowledge(desk, first.id, "a-1")
    talk.says("他还在跟踪我")
    worse = talk.says("他打我").alerts[0]
    assert worse.id == first.id
    assert (worse.level, worse.state) == ("emergency", "raised")
    assert [what for what, _ in changes(desk, talk)] == ["raised", "acknowledged", "level_raised"]


def test_an_official_request_reaches_the_duty_contact_at_once_and_has_ten_minutes(desk, talk, clock):
    talk.says("我是警方，需要司机资料")
    assert run_clocks(desk) == 1
    clock.pass_by(600)
    while run_clocks(desk):
        pass
    assert [what for what, _ in changes(desk, talk)] == [
        "raised", "duty_contact", "repeated", "supervisor", "overdue"
    ]  # fmt: skip


def test_a_list_of_alerts_shows_the_clients_asked_for_only(desk, talk):
    talk.says("司机打我")
    other = opened(desk, client_id="xianda").says("有人跟踪我").alerts[0]
    assert [alert.id for alert in list_alerts(desk, frozenset({"xianda"}), "raised")] == [other.id]
    assert [alert.level for alert in list_alerts(desk, None)] == ["emergency", "urgent"]
    assert list_alerts(desk, frozenset(), None) == ()


def test_a_list_of_alerts_goes_on_after_a_place(desk):
    for text in ("司机打我", "有人跟踪", "打我"):
        opened(desk).says(text)
    whole = list_alerts(desk, None)
    places = [AlertPlace(alert.level, alert.raised_at, alert.id) for alert in whole]
    assert [list_alerts(desk, None, after=place) for place in places] == [whole[1:], whole[2:], ()]
