"""Conversations and vectors for the emergency tests."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from copilot.conversation import Agent, Conversation, Turn
from copilot.signals.emergency.classifier import ClassifierError, Judgement
from copilot.signals.emergency.features import FloatArray
from copilot.signals.emergency.rules import Reading, RuleBaseError


def saying(*texts: str) -> Conversation:
    """A conversation of customer messages; a leading @ marks an agent's."""
    turns = tuple(
        Turn(i, "agent" if text.startswith("@") else "customer", text.lstrip("@"))
        for i, text in enumerate(texts)
    )
    return Conversation("neutral", Agent("a", "L1"), turns, datetime(2026, 3, 2, tzinfo=UTC))


def vectors(conversation: Conversation) -> dict[int, FloatArray]:
    """A vector for every customer turn; fakes do not look at it."""
    return {turn.index: np.zeros(384, dtype=np.float32) for turn in conversation.customer_turns}


def sure(alert: float, severe: float = 0.9, category: str = "medical"):
    """A classifier that always says the same."""

    def judge(reading: Reading, vector: FloatArray, previous: tuple[FloatArray, ...]) -> Judgement:
        return Judgement(alert, severe, category)

    return judge


def broken_reader(text: str) -> Reading:
    """A rules layer that cannot run."""
    raise RuleBaseError("rules.yaml: broken")


def broken_judge(reading: Reading, vector: FloatArray, previous: tuple[FloatArray, ...]) -> Judgement:
    """A classifier that cannot run."""
    raise ClassifierError("weights.npz: broken")
