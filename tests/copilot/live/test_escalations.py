from __future__ import annotations

from datetime import timedelta

import pytest

from copilot.live.erasing import LiveRecords
from copilot.live.escalations import (
    Move,
    draft_escalation,
    edit_escalation,
    list_escalations,
    move_escalation,
)
from copilot.live.gaps import insights, list_gaps
from copilot.live.model import Customer, StateError, UnknownThingError
from copilot.live.opening import find_conversation
from copilot.privacy.erasure import Customer as Forgotten
from copilot.store.live import OF_A_CONVERSATION
from knowledge.store.engine import reading, writing
from tests.copilot.live.conftest import opened


def test_an_escalation_goes_its_way_and_every_step_says_who(desk, talk):
    talk.says("要退款")
    draft = draft_escalation(desk, talk.conversation.id, "a-1")
    edited = edit_escalation(desk, draft.id, {"headline": "改过的标题"})
    assert (edited.headline, edited.edited, edited.state) == ("改过的标题", True, "draft")
    for state, by in (("sent", "a-1"), ("delivered", "mail"), ("acknowledged", "c-1"), ("resolved", "c-1")):
        assert move_escalation(desk, draft.id, Move(state, by)).state == state
    reopened = move_escalation(desk, draft.id, Move("reopened", "a-1", "没有退"))
    assert [step.by for step in reopened.history] == ["a-1", "a-1", "mail", "c-1", "c-1", "a-1"]
    assert reopened.history[-1].note == "没有退"
    assert talk.events().count("escalation") == 7


def test_a_step_taken_twice_is_taken_once_and_none_is_left_out(desk, talk):
    talk.says("要退款")
    draft = draft_escalation(desk, talk.conversation.id, "a-1")
    with pytest.raises(StateError):
        move_escalation(desk, draft.id, Move("acknowledged", "c-1"))
    move_escalation(desk, draft.id, Move("sent", "a-1"))
    assert len(move_escalation(desk, draft.id, Move("sent", "a-2")).history) == 2
    with pytest.raises(StateError):
        edit_escalation(desk, draft.id, {"headline": "太晚"})


def test_nothing_to_hand_over_before_anything_was_said(desk, talk):
    with pytest.raises(StateError):
        draft_escalation(desk, talk.conversation.id, "a-1")
    with pytest.raises(UnknownThingError):
        move_escalation(desk, "es_nothing", Move("sent", "a-1"))


def test_the_draft_tells_of_the_earlier_complaint_about_the_same_plate(desk, clock):
    opened(desk).says("浙A12345 的司机跟踪我")
    clock.pass_by(86_400)
    later = opened(desk, subject={"plate": "浙A12345"})
    later.says("又是他")
    draft = draft_escalation(desk, later.conversation.id, "a-1")
    (line,) = draft.fields.earlier
    assert "03-02" in line
    assert "同车牌 浙A12345" in line
    assert "无人接手" in line
    assert line in draft.text


def test_the_draft_tells_what_is_still_owed_to_the_same_customer(desk, clock):
    first = opened(desk, customer=Customer(id="u-1"))
    first.says("退款呢")
    first.says("我会在一小时内答复", role="agent")
    clock.pass_by(7200)
    later = opened(desk, customer=Customer(id="u-1"))
    later.says("又没人理我")
    (line,) = draft_escalation(desk, later.conversation.id, "a-1").fields.earlier
    assert "我会在一小时内答复" in line
    assert "u-1" not in line


def test_lists_and_insights_are_of_the_clients_asked_for(desk, talk):
    talk.says("要退款")
    draft_escalation(desk, talk.conversation.id, "a-1")
    other = opened(desk, client_id="xianda")
    other.says("打我")
    assert [e.client_id for e in list_escalations(desk, frozenset({"lulu"}))] == ["lulu"]
    assert list_escalations(desk, frozenset({"xianda"})) == ()
    assert list_escalations(desk, None, only={"state": "sent"}) == ()
    assert [gap.kind for gap in list_gaps(desk, "lulu")] == ["escalated"]
    seen = insights(desk, "lulu")
    assert (seen.conversations, seen.alerts) == (1, ())
    assert [(item.name, item.count) for item in seen.escalated_topics] == [("refund", 1)]
    assert insights(desk, "xianda").alerts[0].name == "assault"


def test_a_forgotten_customer_leaves_nothing_and_others_stay(desk, clock):
    mine = opened(desk, customer=Customer(id="u-1"))
    mine.says("打我，浙A12345")
    clock.pass_by(1)
    other = opened(desk, subject={"plate": "浙A12345"})
    other.says("在吗")
    foreign = opened(desk, client_id="xianda", customer=Customer(id="u-1"))
    with writing(desk.engine) as connection:
        assert LiveRecords().erase_customer(connection, "lulu", Forgotten("u-1")) == 1
    with pytest.raises(UnknownThingError):
        find_conversation(desk, mine.conversation.id)
    with reading(desk.engine) as connection:
        for table in OF_A_CONVERSATION:
            ids = {row.conversation_id for row in connection.execute(table.select())}
            assert mine.conversation.id not in ids, table.name
    assert find_conversation(desk, other.conversation.id)
    assert find_conversation(desk, foreign.conversation.id)


def test_old_conversations_go_by_the_clock(desk, clock):
    opened(desk).says("在吗")
    clock.pass_by(86_400)
    young = opened(desk)
    with writing(desk.engine) as connection:
        gone = LiveRecords().erase_before(connection, "lulu", clock() - timedelta(hours=1))
    assert gone == 1
    assert find_conversation(desk, young.conversation.id)
