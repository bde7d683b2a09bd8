from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from copilot.live.model import Customer, UnknownThingError
from copilot.live.opening import list_turns, view
from copilot.live.turns import Incoming, accept
from tests.copilot.live.conftest import START, opened


def test_the_same_external_id_returns_the_same_conversation_within_a_client(desk):
    first, again = opened(desk, external_id="d-1"), opened(desk, external_id="d-1")
    other = opened(desk, client_id="xianda", external_id="d-1")
    assert first.conversation.id == again.conversation.id != other.conversation.id


def test_a_turn_is_answered_with_the_alerts_that_stand_and_what_it_brought(talk):
    first = talk.says("司机打我，车牌浙A12345")
    later = talk.says("快点")
    assert [alert.category for alert in first.alerts] == ["assault"]
    assert [fact.value for fact in first.facts] == ["浙A12345"]
    assert [alert.id for alert in later.alerts] == [first.alerts[0].id]
    assert later.facts == ()


def test_a_turn_that_comes_twice_is_kept_once_and_gets_the_first_answer(talk, desk):
    first = talk.says("司机打我", external_id="m-1")
    talk.says("在吗", external_id="m-2")
    again = talk.says("司机打我", external_id="m-1")
    assert again.duplicate
    assert again.model_copy(update={"duplicate": False}) == first
    assert [turn.text for turn in list_turns(desk, talk.conversation.id)] == ["司机打我", "在吗"]


def test_a_turn_that_comes_late_is_read_where_it_was_said_and_keeps_its_number(talk, advisor, desk):
    talk.says("第二句", at=START + timedelta(seconds=20))
    answer = talk.says("第一句，司机打我", at=START + timedelta(seconds=10))
    assert answer.turn.index == 1
    assert answer.alerts[0].turn_index == 1
    from copilot.live.advice import Asked, advise_now  # noqa: PLC0415

    advise_now(desk, talk.conversation.id, Asked(), "r")
    assert [turn.text for turn in advisor.asked[-1].turns] == ["第一句，司机打我", "第二句"]


def test_turns_at_the_same_moment_get_numbers_without_gaps(talk, desk):
    barrier = threading.Barrier(6)

    def say(number: int) -> None:
        barrier.wait()
        accept(
            desk, talk.conversation.id, Incoming("customer", f"第{number}句", external_id=f"m-{number % 3}")
        )

    threads = [threading.Thread(target=say, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = list_turns(desk, talk.conversation.id)
    assert [turn.index for turn in turns] == [0, 1, 2]
    assert {turn.external_id for turn in turns} == {"m-0", "m-1", "m-2"}


def test_checks_and_promises_are_told_once(talk):
    first = talk.says("亲，我会在一小时内答复", role="agent")
    second = talk.says("好的")
    assert len(first.checks) == len(first.promises) == 1
    assert second.checks == second.promises == ()
    assert talk.events() == ["turn", "promise", "check", "turn"]


def test_a_view_shows_everything_that_a_panel_needs_after_a_reload(talk, desk):
    talk.says("司机打我，车牌浙A12345")
    talk.says("亲，我会在一小时内答复", role="agent")
    seen = view(desk, talk.conversation.id)
    assert (len(seen.alerts), len(seen.facts), len(seen.checks), len(seen.promises)) == (1, 1, 1, 1)
    assert seen.last_event_id == len(talk.events())


def test_an_unknown_conversation_is_named_as_such(desk):
    with pytest.raises(UnknownThingError):
        accept(desk, "c_nowhere", Incoming("customer", "在吗"))


def test_an_agent_sees_the_customer_as_the_helpdesk_knows_it(desk):
    talk = opened(desk, customer=Customer(id="u-1", name="林女士"))
    assert view(desk, talk.conversation.id).customer.name == "林女士"


def test_what_the_protocol_forbids_is_told_of_the_agents_turn_also_where_only_the_classifier_heard(talk):
    assert talk.says("有人尾随我").alerts
    check = talk.says("请您耐心等待", "agent").checks[-1]
    assert (check.kind, check.turn_index) == ("forbidden_wording", 1)
    assert not [c for c in talk.says("我马上报110", "agent").checks if c.kind == "forbidden_wording"]
