"""A turn that the database does not take (a full disk) still tells of the danger in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api.problems import storage_unavailable
from api.service import Service
from copilot.answer import Alert
from copilot.conversation import Agent, Conversation, Turn
from copilot.live.model import LiveConversation
from copilot.live.turns import Incoming
from copilot.logs import log


@contextmanager
def still_alerting(service: Service, conversation: LiveConversation, said: Incoming) -> Iterator[None]:
    """Raise the problem of 503, with the alerts of what was said, where the body cannot keep it."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        log().error("turn not kept", kind=type(error).__name__)
        raise storage_unavailable(_alerts(service, conversation, said)) from error


def _alerts(service: Service, conversation: LiveConversation, said: Incoming) -> tuple[Alert, ...]:
    """Return the danger in the turn, read after those that are still in memory."""
    known = service.desk.recent.find(conversation.id)
    texts = [(turn.role, turn.text) for turn in known.turns] if known else []
    turns = tuple(Turn(i, role, text) for i, (role, text) in enumerate([*texts, (said.role, said.text)]))
    agent = Agent(conversation.agent.id, conversation.agent.tier)
    try:
        found = service.copilot.pipeline.alarms(
            Conversation(conversation.client_id, agent, turns, service.desk.clock())
        )
    except SQLAlchemyError as error:  # the database is gone altogether
        log().error("turn not checked for dangers", kind=type(error).__name__)
        service.metrics.degraded.labels("emergency").inc()
        return ()
    for alert in found.alerts:
        service.metrics.alerts.labels(alert.level).inc()
    return found.alerts
