from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from copilot.conversation import Agent, Conversation, Turn
from copilot.suggestion.choice.quiet import WEIGHTS, is_quiet, quiet_text
from copilot.suggestion.choice.usual import weights

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _said(*texts: str) -> Conversation:
    turns = tuple(Turn(index, "customer", text, NOW) for index, text in enumerate(texts))
    return Conversation("chelun", Agent("a", "L1"), turns, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢 那钱什么时候到",
        "好的 帮我查一个单号",
        "修好了 又坏",
        "thanks, but which one is mine",
        "ok, i need to cancel",
    ],
)
def test_a_question_or_a_wish_beside_the_thanks_is_never_quiet(text: str):
    assert quiet_text(_said(text)) == ""


def test_a_long_text_is_never_quiet():
    assert quiet_text(_said("谢谢你啊" * 30)) == ""


def test_the_open_turns_are_read_together():
    assert quiet_text(_said("师傅刚打电话来啦", "谢谢哈")) == "师傅刚打电话来啦 谢谢哈"


def test_where_the_vector_says_thanks_nothing_is_answered():
    model = weights(WEIGHTS)
    towards_thanks = model.center - model.vector
    assert is_quiet("师傅刚打电话来啦 谢谢哈", towards_thanks)
    assert not is_quiet("师傅刚打电话来啦 谢谢哈", model.center + model.vector)


def test_without_the_embedder_it_was_taught_with_nothing_is_quiet():
    assert not is_quiet("师傅刚打电话来啦 谢谢哈", np.zeros(3, np.float32))
