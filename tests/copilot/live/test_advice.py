from __future__ import annotations

import json

from sqlalchemy import select

from copilot.live.advice import LEASE, Asked, Listener, advise_now, run_due
from copilot.live.alerts import acknowledge
from copilot.live.events import SqlEventLog
from copilot.live.gaps import list_gaps
from copilot.live.opening import view
from copilot.live.runner import Runner
from copilot.live.suggestions import Feedback, give_feedback
from copilot.live.turns import Incoming, accept
from copilot.store.live import feedback
from knowledge.store.engine import reading


def last_event(desk, talk):
    event = SqlEventLog(desk.engine).read_after(talk.conversation.id, 0, 500)[-1]
    return event.type, json.loads(event.data)


def test_several_messages_make_one_suggestion(desk, talk, clock, advisor):
    talk.says("少了一样")
    clock.pass_by(0.5)
    talk.says("要退款")
    clock.pass_by(0.5)
    assert run_due(desk) == 0
    clock.pass_by(0.4)
    assert run_due(desk) == 1
    assert len(advisor.asked) == 1
    kind, data = last_event(desk, talk)
    assert kind == "suggestion"
    assert data["suggestions"][0]["reply"] == "关于少了一样 要退款：退款"
    assert run_due(desk) == 0


def test_a_customer_who_never_pauses_is_answered_all_the_same(desk, talk, clock):
    for number in range(9):
        talk.says(f"第{number}句")
        clock.pass_by(0.5)
    assert run_due(desk) == 1


def test_the_agents_own_reply_cancels_what_was_due(desk, talk, clock):
    talk.says("少了一样")
    talk.says("马上给您退", role="agent")
    clock.pass_by(10)
    assert run_due(desk) == 0


def test_a_suggestion_that_was_overtaken_is_thrown_away(desk, talk, clock, advisor):
    talk.says("少了一样")
    clock.pass_by(1)
    advisor.meanwhile.append(lambda: talk.says("不用了，要发票"))
    run_due(desk)
    assert "suggestion" not in talk.events()
    clock.pass_by(1)
    run_due(desk)
    assert "要发票" in last_event(desk, talk)[1]["suggestions"][0]["reply"]


def test_what_a_dead_process_had_begun_is_begun_again(desk, talk, clock, advisor):
    talk.says("少了一样")
    clock.pass_by(1)

    def die() -> None:
        raise KeyboardInterrupt

    advisor.meanwhile.append(die)
    try:
        run_due(desk)
    except KeyboardInterrupt:
        assert run_due(desk) == 0
    clock.pass_by(LEASE.total_seconds() + 1)
    assert run_due(desk) == 1
    assert last_event(desk, talk)[0] == "suggestion"


def test_the_same_suggestion_is_never_told_twice(desk, talk, clock):
    talk.says("少了一样")
    clock.pass_by(1)
    run_due(desk)
    talk.says("稍等", role="agent")
    talk.says("少了一样")
    clock.pass_by(1)
    run_due(desk)
    assert talk.events().count("suggestion") == 1
    assert last_event(desk, talk) == ("suggestion.unchanged", {"reason": "shown"})
    assert len(view(desk, talk.conversation.id).suggestions) == 1


def test_no_suggestion_beside_an_emergency_that_nobody_has_taken(desk, talk, clock):
    alert = talk.says("打我，少了一样").alerts[0]
    clock.pass_by(1)
    run_due(desk)
    assert last_event(desk, talk) == ("suggestion.unchanged", {"reason": "emergency"})
    acknowledge(desk, alert.id, "a-1")
    assert advise_now(desk, talk.conversation.id, Asked(), "r").suggestions


def test_who_takes_an_emergency_is_advised_without_asking(desk, talk, clock):
    alert = talk.says("打我，少了一样").alerts[0]
    clock.pass_by(1)
    run_due(desk)
    acknowledge(desk, alert.id, "a-1")
    run_due(desk)
    assert last_event(desk, talk)[0] == "suggestion"


def test_who_has_answered_already_is_not_advised_when_the_alert_is_taken(desk, talk, clock):
    alert = talk.says("打我，少了一样").alerts[0]
    clock.pass_by(1)
    run_due(desk)
    talk.says("已报警，我在线上", role="agent")
    acknowledge(desk, alert.id, "a-1")
    run_due(desk)
    assert "suggestion" not in kinds(desk, talk)


def test_what_the_knowledge_does_not_answer_is_told_and_becomes_a_gap_without_personal_data(
    desk, talk, clock
):
    talk.says("不知道能不能赔，电话13812345678")
    clock.pass_by(1)
    run_due(desk)
    assert last_event(desk, talk)[0] == "abstained"
    (gap,) = list_gaps(desk, "lulu")
    assert gap.kind == "unanswered"
    assert "13812345678" not in gap.question
    assert list_gaps(desk, "xianda") == ()


def test_a_draft_is_checked_without_a_word_to_the_streams(desk, talk, advisor):
    talk.says("少了一样")
    before = talk.events()
    answer = advise_now(desk, talk.conversation.id, Asked(draft="亲，稍等", instruction="短一点"), "r")
    assert advisor.asked[-1].draft == "亲，稍等"
    assert talk.events() == before
    assert "instruction:needs_a_model" in answer.degraded


def test_feedback_is_kept_and_a_rejection_is_a_gap(desk, talk):
    talk.says("少了一样")
    shown = advise_now(desk, talk.conversation.id, Asked(), "r").suggestions[0]
    give_feedback(desk, shown.id, Feedback("rejected", "a-1", reason="规则旧了"))
    with reading(desk.engine) as connection:
        row = connection.execute(select(feedback)).one()
    assert (row.suggestion_id, row.adopted, row.by) == (shown.id, "rejected", "a-1")
    assert [gap.kind for gap in list_gaps(desk, "lulu")] == ["rejected"]
    assert desk.audit.basis("lulu", shown.id)


def kinds(desk, talk):
    return [kind for kind in talk.events() if kind.startswith("suggestion")]


def test_a_models_sentences_are_told_as_they_are_worded(desk, talk, clock, advisor):
    advisor.words = ("您好。", "现在退您5元。")
    talk.says("退款")
    clock.pass_by(1)
    run_due(desk)
    assert kinds(desk, talk) == ["suggestion.started", "suggestion.delta", "suggestion.delta", "suggestion"]


def test_a_newer_turn_ends_the_wording_at_once(desk, talk, clock, advisor):
    advisor.words = ("您好。", "现在退您5元。")
    advisor.meanwhile = [lambda: talk.says("算了不退了")]
    talk.says("退款")
    clock.pass_by(1)
    run_due(desk)
    assert advisor.cancelled
    assert kinds(desk, talk) == ["suggestion.started"]


def test_a_turn_that_another_process_took_ends_the_wording_with_the_next_sentence(
    desk, talk, clock, advisor, other_desk
):
    advisor.words = ("您好。", "现在退您5元。")
    advisor.meanwhile = [lambda: accept(other_desk, talk.conversation.id, Incoming("customer", "算了不退了"))]
    talk.says("退款")
    clock.pass_by(1)
    run_due(desk)
    assert advisor.cancelled
    assert kinds(desk, talk) == ["suggestion.started"]


def test_who_asks_hears_the_sentences_before_the_whole(desk, talk):
    heard: list[str] = []
    talk.says("少了牛腱子。怎么办")
    answer = advise_now(desk, talk.conversation.id, Asked(), "r", Listener(heard.append))
    assert "".join(heard) == answer.suggestions[0].reply
    assert len(heard) == 2


def test_the_background_raises_what_the_path_of_the_turn_missed(desk, talk, clock, advisor):
    talk.says("你好")
    advisor.missed = "尾随"
    clock.pass_by(1)
    run_due(desk)
    assert "alert" in talk.events()
    assert "suggestion" not in talk.events()


def test_a_defect_in_one_round_does_not_end_the_background(desk):
    rounds: list[int] = []

    def work(desk) -> int:
        rounds.append(1)
        if len(rounds) == 1:
            raise AttributeError("a defect")
        runner.stop_event.set()
        return 0

    runner = Runner(desk)
    runner._loop(work, 0.001)
    assert len(rounds) == 2
