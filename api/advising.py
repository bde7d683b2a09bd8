"""Who makes the suggestions of a server process: how many at once, and the process beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from copilot.assembly import Copilot
from copilot.conversation import Agent, Conversation, Role, Turn
from copilot.live.beside.adviser import Beside
from copilot.live.beside.process import start_process
from copilot.settings import Settings
from knowledge.base import KnowledgeBase

_WITH_MODEL = 4
# A customer, an agent, the customer again.
_SAMPLES = (
    (
        "昨天下午三点下的单，少了一盒，58.9元，退款什么时候到账",
        "非常抱歉，请提供一下订单号，我们会在两个工作日内给您答复并退款20元",
        "订单号123456，电话13800000000，之前已经说过了",
    ),
    (
        "I ordered at 3 pm yesterday and one of two boxes is missing. When is my refund?",
        "Sorry for that. What is your order number? We will answer within two working days and refund 20.",
        "Order 123456, I told you before. There is smoke coming out of it.",
    ),
)


def advisers(settings: Settings) -> int:
    """Return how many suggestions are worked on at once: more than one where they wait for a model."""
    return _WITH_MODEL if settings.llm_base_url and settings.llm_model else 1


def beside(copilot: Copilot) -> Beside | None:
    """Return what makes suggestions in a process of its own; None where lines to one cannot be had."""
    if os.name != "posix":
        return None
    return Beside(
        copilot.pipeline,
        copilot.knowledge.embed,
        partial(start_process, advisers(copilot.settings)),
        partial(_all_samples, copilot.knowledge),
    )


def samples(client_id: str) -> Sequence[Conversation]:
    """Return made-up conversations of the client, so that the first real one does not wait.

    Models, word lists and patterns are loaded with the first text that needs them: both speak, in both
    languages.
    """
    return tuple(_sample(client_id, said) for said in _SAMPLES)


def _all_samples(knowledge: KnowledgeBase) -> Sequence[Conversation]:
    try:
        return tuple(sample for client_id in knowledge.clients() for sample in samples(client_id))
    except SQLAlchemyError:  # the first real ones load what they need
        return ()


def _sample(client_id: str, said: Sequence[str]) -> Conversation:
    now = datetime.now(UTC)
    roles: tuple[Role, ...] = ("customer", "agent", "customer")
    turns = tuple(Turn(at, role, text, now) for at, (role, text) in enumerate(zip(roles, said, strict=True)))
    return Conversation(client_id, Agent("warm-up", "L1"), turns, now, draft=said[1])
