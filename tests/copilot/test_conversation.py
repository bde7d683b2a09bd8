"""What counts as the open request, and in whose time."""

from dataclasses import replace
from datetime import UTC, datetime

from copilot.conversation import Agent, Conversation, Turn

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def talk(*said: tuple[str, str]) -> Conversation:
    turns = tuple(Turn(index, role, text) for index, (role, text) in enumerate(said))  # type: ignore[arg-type]
    return Conversation("c", Agent("a", "L1"), turns, NOW)


def test_several_customer_messages_make_one_request():
    conversation = talk(("customer", "a"), ("agent", "b"), ("customer", "c"), ("customer", "d"))
    assert [turn.text for turn in conversation.open_request] == ["c", "d"]


def test_a_system_turn_between_them_does_not_end_the_request():
    conversation = talk(("agent", "a"), ("customer", "b"), ("system", "[card]"), ("customer", "c"))
    assert [turn.text for turn in conversation.open_request] == ["b", "c"]


def test_after_the_agent_spoke_the_request_before_it_counts():
    conversation = talk(("customer", "a"), ("agent", "b"))
    assert [turn.text for turn in conversation.open_request] == ["a"]


def test_a_conversation_without_a_customer_has_no_request():
    assert talk(("agent", "a")).open_request == ()


def test_the_moment_is_told_in_a_zone_and_stays_the_same():
    there = talk(("customer", "a")).in_zone("Asia/Shanghai")
    assert (there.now.hour, there.now) == (20, NOW)


def test_what_nobody_sees_takes_no_number_apart():
    read = talk(("customer", "退我6\u200b0元 \u202e谢谢")).shortened(100)
    assert read.turns[0].text == "退我60元 谢谢"


def test_a_long_turn_and_long_blanks_are_cut_for_advice():
    read = talk(("customer", "a" + " " * 500 + "b"), ("customer", "c" * 500)).shortened(100)
    assert read.turns[0].text == "a" + " " * 16 + "b"
    assert len(read.turns[1].text) == 100


def test_what_is_short_and_plain_is_the_same_conversation():
    conversation = talk(("customer", "退款"))
    assert conversation.shortened(100) is conversation


def test_at_the_end_of_the_calendar_a_moment_stays_as_it_is():
    last = replace(talk(("customer", "a")), now=datetime(9999, 12, 31, 23, tzinfo=UTC))
    assert last.in_zone("Asia/Shanghai") == last
