"""A model's second look raises what it can prove, lowers nothing, and is told no personal data."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.answer import Alert, Protocol
from copilot.conversation import Agent, Conversation, Turn
from copilot.models.chat import ModelError
from copilot.signals.emergency.second_reading import read_again
from knowledge.model import ClientSettings
from tests.copilot.models.fakes import asked, speaker

NOW = datetime(2026, 3, 3, 15, tzinfo=UTC)
SHOP = ClientSettings("shop", "小店")
SAID = ("我那朋友上车之后就一直不回我，电话13812345678也不通", "好的，请稍等", "她平时不这样")
TALK = Conversation(
    "shop",
    Agent("a", "L1"),
    tuple(Turn(n, "agent" if n == 1 else "customer", text, NOW) for n, text in enumerate(SAID)),
    NOW,
)
URGENT = Alert(
    level="urgent",
    category="missing_person",
    turn_index=0,
    quote=SAID[0],
    services=("110",),
    protocol=Protocol(title="t", steps=("s",), say="w"),
    reason="r",
    sources=("rules",),
)


def says(level: str, category: str = "missing_person", turn: object = 0, quote: object = "一直不回我") -> str:
    value = {"level": level, "category": category, "turn": turn, "quote": quote}
    return json.dumps(value, ensure_ascii=False)


def after(answer: str, *alerts: Alert) -> tuple[Alert, ...]:
    return read_again(TALK, alerts, SHOP, speaker(answer)).alerts


def test_a_danger_that_nobody_saw_is_raised_with_the_reviewed_numbers():
    (alert,) = after(says("emergency"))
    assert (alert.level, alert.category, alert.sources) == ("emergency", "missing_person", ("model",))
    assert "110" in alert.services
    assert alert.quote in SAID[0]


def test_none_lowers_nothing():
    assert after(says("none", "none"), URGENT) == (URGENT,)


def test_a_known_danger_only_rises():
    (alert,) = after(says("emergency"), URGENT)
    assert alert.level == "emergency"
    assert alert.sources == ("rules", "model")
    higher = URGENT.model_copy(update={"level": "emergency"})
    assert after(says("urgent"), higher) == (higher,)


@pytest.mark.parametrize(
    "answer",
    [
        says("emergency", quote="救命"),  # nobody said it
        says("emergency", quote="请稍等"),  # the agent said it
        says("emergency", category="official_request"),
        says("emergency", category="alien_invasion"),
        says("emergency", quote=None),
    ],
)
def test_what_cannot_be_proved_raises_nothing(answer: str):
    assert after(answer) == ()


def test_personal_data_is_masked():
    speaking = speaker(says("none", "none"))
    read_again(TALK, (), SHOP, speaking)
    assert "13812345678" not in asked(speaking)[0].messages[1].text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.sampled_from(["{}", "[]", '{"level":"calm"}', "{" * 5000, "null"]))
def test_an_unreadable_answer_is_a_named_fault_and_never_fewer_alerts(answer: str):
    with suppress(ModelError):
        assert URGENT in after(answer, URGENT)
