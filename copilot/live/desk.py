"""What the steps of the live service work with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Engine

from copilot.access.audit import Audit
from copilot.answer import Answer
from copilot.conversation import Conversation
from copilot.live.events import Journal, SqlEventLog
from copilot.live.hub import Hub
from copilot.pipeline import Signals
from copilot.request import Want
from knowledge.base import KnowledgeBase


class Advisor(Protocol):
    """The pipeline, as the live service needs it."""

    def assist(
        self, conversation: Conversation, want: Collection[Want] = ..., request_id: str | None = ...
    ) -> Answer:
        """Return the whole answer."""

    def signals(self, conversation: Conversation) -> Signals:
        """Return what the turns say by themselves; no model."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The database with its journal, the pipeline, the knowledge, the audit, and the time."""

    engine: Engine
    advisor: Advisor
    knowledge: KnowledgeBase
    audit: Audit
    journal: Journal
    hub: Hub
    clock: Callable[[], datetime]


def open_desk(
    engine: Engine,
    advisor: Advisor,
    knowledge: KnowledgeBase,
    audit: Audit,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Desk:
    """Return the desk on a database."""
    hub = Hub(SqlEventLog(engine))
    return Desk(engine, advisor, knowledge, audit, Journal(engine, hub, clock), hub, clock)
