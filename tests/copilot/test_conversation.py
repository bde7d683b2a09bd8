"""What counts as the open request, and in whose time."""

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
