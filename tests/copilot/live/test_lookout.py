"""What happens when the classifier is slower than the turn can wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from copilot.conversation import Agent, Conversation
from copilot.live.advice import run_due
from copilot.live.lookout import BUSY_LOOKS, NOT_CHECKED, Lookout, Patience
from copilot.live.opening import view
from copilot.signals.emergency import Detection
from knowledge.base import UnknownClientError
from tests.copilot.live.conftest import PATIENT, START, opened


def eventually(is_so: Callable[[], bool]) -> None:
    for _ in range(400):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it never became so")


@pytest.fixture
def slow(desk, advisor):
    """Let nobody wait for the classifier, which looks when the event is set."""
    advisor.slow = threading.Event()
    desk.lookout.patience = Patience(0, 0)
    yield advisor.slow
    advisor.slow.set()


def categories(desk, talk):
    return [(alert.category, alert.level) for alert in view(desk, talk.conversation.id).alerts]


def test_a_slow_classifier_delays_no_answer_and_its_alert_comes_as_an_event(desk, talk, slow):
    answer = talk.says("有人尾随我")
    assert (answer.alerts, answer.pending) == ((), ("emergency_classifier",))
    assert talk.events() == ["turn"]
    slow.set()
    eventually(lambda: talk.events() == ["turn", "alert"])
    assert categories(desk, talk) == [("stalking", "emergency")]


def test_what_the_rules_are_certain_of_never_waits(desk, talk, slow):
    desk.lookout.patience = PATIENT
    answer = talk.says("司机打我")
    assert [alert.category for alert in answer.alerts] == ["assault"]
    assert answer.pending


def test_a_suspicion_counts_when_the_classifier_takes_too_long(desk, talk, slow):
    answer = talk.says("有人跟踪我")
    assert [alert.category for alert in answer.alerts] == ["stalking"]
    assert answer.pending


def test_a_turn_that_comes_alone_waits_and_one_among_many_does_not(desk, talk, advisor, slow):
    desk.lookout.patience = Patience(alone=10, suspected=0)
    first = desk.lookout.begin(empty())
    assert talk.says("有人尾随我").pending
    slow.set()
    assert first.result(10) is not None
    eventually(lambda: "alert" in talk.events())
    assert [alert.category for alert in opened(desk).says("有人尾随我").alerts] == ["stalking"]


def test_nothing_is_written_where_the_late_look_sees_nothing_new(desk, talk, slow):
    talk.says("你好")
    slow.set()
    eventually(lambda: desk.lookout.begin(empty(), suspected=True).result(1) is not None)
    assert talk.events() == ["turn"]


def test_a_classifier_that_cannot_look_is_told_and_counted(desk, talk, advisor, slow):
    counted: list[str] = []
    object.__setattr__(desk, "count_degraded", counted.append)
    advisor.blind = True
    assert talk.says("你好").degraded == ()
    slow.set()
    eventually(lambda: counted == ["emergency_classifier"])
    assert talk.events() == ["turn", "degraded"]
    assert view(desk, talk.conversation.id).degraded == ("emergency_classifier",)


def test_an_agents_turn_is_not_looked_at_and_lowers_nothing(desk, talk, slow):
    slow.set()
    desk.lookout.patience = PATIENT
    talk.says("有人尾随我")
    slow.clear()
    answer = talk.says("您好", role="agent")
    assert answer.pending == ()
    assert [alert.category for alert in answer.alerts] == ["stalking"]


def test_a_suspicious_turn_waits_for_no_other():
    seen: list[str] = []
    gate = threading.Event()

    class Watcher:
        def alarms(self, conversation: Conversation, *, embed: bool = True) -> Detection:
            if conversation.client_id != "danger":
                gate.wait(10)
            seen.append(conversation.client_id)
            return Detection(())

    lookout = Lookout(Watcher(), threads=1)
    lookout.begin(empty("busy"))
    later = lookout.begin(empty("later"))
    lookout.begin(empty("danger"), suspected=True).future.result(10)
    assert seen == ["danger"]
    gate.set()
    later.future.result(10)
    assert seen == ["danger", "busy", "later"]
    lookout.close()


@pytest.mark.parametrize("error", [UnknownClientError("lulu"), AttributeError("a defect")])
def test_a_look_that_fails_says_that_it_did_not_look_and_the_next_one_looks(error):
    class Blind:
        def alarms(self, conversation: Conversation, *, embed: bool = True) -> Detection:
            raise error

    lookout = Lookout(Blind(), threads=1)
    assert lookout.begin(empty()).future.result(10) == NOT_CHECKED
    assert lookout.begin(empty()).future.result(10) == NOT_CHECKED
    lookout.close()


def empty(client_id: str = "lulu") -> Conversation:
    return Conversation(client_id, Agent("a", "L1"), (), START)


def test_a_service_with_many_turns_is_not_quiet_even_between_two_of_them():
    class Quick:
        def alarms(self, conversation: Conversation, *, embed: bool = True) -> Detection:
            return Detection(())

    lookout = Lookout(Quick(), threads=1)
    looks = []
    for _ in range(BUSY_LOOKS + 1):
        looks.append(lookout.begin(empty()))
        looks[-1].future.result(10)
    assert all(look.first for look in looks)
    assert [look.quiet for look in looks] == [True] * BUSY_LOOKS + [False]
    lookout.close()


def test_what_an_earlier_turn_made_the_rules_suspect_does_not_hold_up_the_next_one(desk, talk, slow):
    desk.lookout.patience = Patience(0, 0.05)
    assert talk.says("有人跟踪我").alerts
    desk.lookout.patience = Patience(0, 10)
    started = time.monotonic()
    answer = talk.says("订单还没到")
    assert time.monotonic() - started < 5
    assert [alert.category for alert in answer.alerts] == ["stalking"]


def test_an_agent_who_is_faster_than_the_classifier_does_not_end_the_look(
    desk, talk, other_desk, clock, slow
):
    """The process dies right after the agent's turn: its own look never comes."""
    talk.says("有人尾随我")
    talk.says("您好", role="agent")
    desk.lookout.teller.shutdown()
    clock.pass_by(10)
    slow.set()
    assert run_due(other_desk) == 1
    assert ("stalking", "emergency") in categories(desk, talk)
    assert not {"suggestion", "suggestion.started"} & set(talk.events())
    assert run_due(other_desk) == 0


def test_once_the_classifier_has_looked_the_agents_turn_leaves_nothing_to_do(desk, talk, clock, slow):
    talk.says("你好")
    slow.set()
    eventually(lambda: desk.recent.find(talk.conversation.id).is_judged)
    talk.says("您好", role="agent")
    clock.pass_by(10)
    assert run_due(desk) == 0
