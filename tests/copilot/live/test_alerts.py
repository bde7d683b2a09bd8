from __future__ import annotations

import json
from dataclasses import replace

from copilot.answer import Alert
from copilot.live.alerts import AlertPlace, acknowledge, keep_alerts, list_alerts, run_clocks
from copilot.live.desk import open_desk
from copilot.live.events import SqlEventLog
from tests.copilot.live.conftest import PROTOCOL, opened


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


def danger(*services, level="emergency", category="medical"):
    return Alert(
        level=level, category=category, turn_index=0, quote="流血", services=services,
        protocol=PROTOCOL, reason="流血",
    )  # fmt: skip


def keep(desk, talk, *alerts):
    with desk.journal.changing() as change:
        return keep_alerts(change, talk.conversation, alerts)


def test_another_number_to_call_is_told_at_once_and_rings_again(desk, talk, clock):
    (first,) = keep(desk, talk, danger("120"))
    acknowledge(desk, first.id, "a-1")
    (burning,) = keep(desk, talk, danger("120", "119"))
    assert burning.services == ("120", "119")
    assert (burning.id, burning.state, burning.acknowledged_by) == (first.id, "raised", None)
    assert [what for what, _ in changes(desk, talk)] == ["raised", "acknowledged", "services_changed"]


def test_a_number_once_told_stays_though_a_later_look_names_fewer(desk, talk, clock):
    keep(desk, talk, danger("120", "119"))
    assert keep(desk, talk, danger("120"))[0].services == ("120", "119")
    assert keep(desk, talk, danger("122", "120"))[0].services == ("122", "120", "119")
    assert [what for what, _ in changes(desk, talk)] == ["raised", "services_changed"]


def test_the_numbers_of_another_place_replace_those_before(desk, talk, clock):
    keep(desk, talk, danger("120"))
    assert keep(desk, talk, danger("999"))[0].services == ("999",)


def test_another_number_does_not_turn_back_a_clock_that_runs(desk, talk, clock):
    keep(desk, talk, danger("120"))
    clock.pass_by(29)
    keep(desk, talk, danger("120", "119"))
    clock.pass_by(1)
    assert run_clocks(desk) == 1


def test_of_two_alerts_of_one_danger_the_more_serious_one_counts(desk, talk, clock):
    mild = danger("119", level="urgent", category="poisoning_allergy")
    for _ in range(2):
        assert [each.services for each in keep(desk, talk, mild, danger("120"))] == [("120",)]
    assert [what for what, _ in changes(desk, talk)] == ["raised"]


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
