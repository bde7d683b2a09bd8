"""What a server process does beside its calls: load the models once, delete what is too old once an hour."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from api.service import Service
from copilot.conversation import Agent, Conversation, Turn
from copilot.editing import UnknownClientError
from copilot.logs import log
from knowledge.embedding import EmbeddingError
from knowledge.store.engine import reaching

_HOUR_SECONDS = 3600.0


def run_upkeep(service: Service, stop: threading.Event) -> None:
    """Work until told to stop. An error is logged and does not end it."""
    with reaching(None):
        warm(service)
        while True:
            delete_old(service)
            service.forget_texts()
            if stop.wait(_HOUR_SECONDS):
                return


def warm(service: Service) -> None:
    """Answer one made-up conversation a client, so that the first real one does not wait for the models."""
    try:
        for client_id in service.copilot.knowledge.clients():
            service.copilot.pipeline.assist(_sample(client_id))
    except (SQLAlchemyError, EmbeddingError, UnknownClientError) as error:
        log().warning("not warmed up", kind=type(error).__name__)


def delete_old(service: Service) -> None:
    """Delete what is kept too long already."""
    try:
        gone = service.retention.run()
    except (SQLAlchemyError, UnknownClientError) as error:
        log().error("old data not deleted", kind=type(error).__name__)
        return
    if gone:
        log().info("old data deleted", rows=gone)


def _sample(client_id: str) -> Conversation:

    turn = Turn(0, "customer", "退款什么时候到账")
    return Conversation(client_id, Agent("warm-up", "L1"), (turn,), datetime.now(UTC))
