from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert

from copilot.answer import Fact
from copilot.live.model import Customer
from copilot.live.opening import view
from copilot.live.promises import PromisePlace, keep, list_promises, run_overdue
from copilot.live.repeats import Subject, subjects_of
from copilot.store.live import promises
from tests.copilot.live.conftest import START, opened


def test_a_later_contact_about_the_same_plate_sees_the_complaint_and_rises_one_level(desk, clock):
    opened(desk).says("浙A12345 的司机跟踪我")
    clock.pass_by(86_400)
    later = opened(desk)
    answer = later.says("车牌浙A·12345，他又跟踪我".replace("·", ""))
    (linked,) = answer.linked
    assert (linked.kind, linked.alert.category, linked.alert_state) == ("plate", "stalking", "raised")
    assert answer.alerts[0].level == "emergency"
    assert "2026-03-02" in answer.alerts[0].reason
    assert "linked" in later.events()


def test_an_earlier_talk_is_dated_by_what_was_said_then_and_not_by_its_storing(desk, clock):
    said = START - timedelta(days=30)
    opened(desk).says("浙A12345 的司机跟踪我", at=said)
    clock.pass_by(60)
    later = opened(desk, subject={"plate": "浙A12345"})
    answer = later.says("又是他")
    (linked,) = view(desk, later.conversation.id).linked
    assert linked.date == said
    assert "2026-01-31" in answer.alerts[0].reason


def test_a_calm_contact_about_a_known_danger_is_urgent(desk, clock):
    opened(desk).says("浙A12345 的司机跟踪我")
    clock.pass_by(60)
    later = opened(desk, subject={"plate": "浙A 12345"})
    answer = later.says("我的手机落在车上了")
    assert [(alert.level, alert.category) for alert in answer.alerts] == [("urgent", "safety_complaint")]
    assert answer.alerts[0].quote == "我的手机落在车上了"
    assert later.events()[0] == "linked"


def test_an_alert_raised_before_the_plate_is_known_rises_when_it_is(desk, clock):
    opened(desk).says("浙A12345 的司机跟踪我")
    clock.pass_by(60)
    later = opened(desk)
    assert later.says("司机跟踪我").alerts[0].level == "urgent"
    assert later.says("浙A12345").alerts[0].level == "emergency"


def test_the_same_customer_is_linked_with_what_was_promised_and_no_level_changes(desk, clock):
    first = opened(desk, customer=Customer(id="u-1"))
    first.says("退款呢")
    first.says("我会在一小时内答复", role="agent")
    clock.pass_by(60)
    later = opened(desk, customer=Customer(id="u-1"))
    assert later.says("又没人理我").alerts == ()
    (linked,) = view(desk, later.conversation.id).linked
    assert linked.promises[0].quote == "我会在一小时内答复"


def test_another_clients_driver_of_the_same_plate_is_nobody(desk, clock):
    opened(desk).says("浙A12345 的司机跟踪我")
    clock.pass_by(60)
    assert opened(desk, client_id="xianda").says("浙A12345").linked == ()


def test_a_conversation_is_linked_once(desk, clock):
    opened(desk).says("浙A12345 的司机跟踪我")
    clock.pass_by(60)
    later = opened(desk)
    later.says("浙A12345")
    later.says("就是浙A12345")
    assert later.events().count("linked") == 1


def test_subjects_are_compared_without_marks_and_short_numbers_do_not_link():
    facts = [
        Fact(slot=s, value=v, turn_index=0, quote=v)
        for s, v in (("plate", "浙A·12345"), ("order_id", "4471"))
    ]
    found = subjects_of(Customer(phone="138-1234-5678"), {"车牌": "浙a12345", "shop": "S-9"}, facts)
    assert found == (Subject("phone", "13812345678"), Subject("plate", "浙a12345"), Subject("shop", "s9"))


def test_a_promise_becomes_overdue_once_and_is_ticked_off_by_a_person(desk, talk, clock):
    promise = talk.says("我会在一小时内答复", role="agent").promises[0]
    assert [p.id for p in list_promises(desk, None, "due")] == [promise.id]
    clock.pass_by(3601)
    assert (run_overdue(desk), run_overdue(desk)) == (1, 0)
    assert [p.state for p in list_promises(desk, frozenset({"lulu"}), "overdue")] == ["overdue"]
    assert list_promises(desk, frozenset({"xianda"}), "overdue") == ()
    assert keep(desk, promise.id, "a-1").state == keep(desk, promise.id, "a-2").state == "kept"
    assert list_promises(desk, None, "kept")[0].kept_by == "a-1"
    assert talk.events() == ["turn", "promise", "promise", "promise"]


def test_a_list_of_promises_goes_on_after_a_place_the_undated_last(desk, clock):
    for _ in range(2):
        opened(desk).says("我会在一小时内答复", role="agent")
        clock.pass_by(60)
    with desk.journal.changing() as change:
        undated = {"id": "pr_z", "client_id": "lulu", "conversation_id": "c", "turn_index": 0, "quote": "q"}
        more = {"action": "a", "due_at": None, "state": "open", "created_at": change.at}
        change.connection.execute(insert(promises), {**undated, **more})
    whole = list_promises(desk, None)
    assert whole[-1].due_at is None
    places = [PromisePlace(promise.due_at, promise.id) for promise in whole]
    assert [list_promises(desk, None, after=place) for place in places] == [whole[1:], whole[2:], ()]
