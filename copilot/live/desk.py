"""What the steps of the live service work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Engine

from copilot.access.audit import Audit
from copilot.conversation import Conversation
from copilot.live.advising import Advising
from copilot.live.beside.adviser import Suggesting
from copilot.live.events import Journal, SqlEventLog
from copilot.live.hub import Hub
from copilot.live.lookout import Lookout, Patience
from copilot.live.notes import NoNotes, Noting
from copilot.live.recent import Recent
from copilot.pipeline import Signals
from copilot.signals.emergency import Detection
from knowledge.base import KnowledgeBase


class Advisor(Suggesting, Protocol):
    """The pipeline, as the live service needs it."""

    def signals(self, conversation: Conversation, *, embed: bool = ...) -> Signals:
        """Return what the turns say by themselves; no model."""

    def alarms(self, conversation: Conversation, *, embed: bool = ...) -> Detection:
        """Return every danger of the conversation, the classifier's too."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The database with its journal, the pipeline, the knowledge, the audit, and the time.

    `adviser` makes the suggestions that nobody has asked for, in the background.
    `count_degraded` counts a part that could not look after its turn was answered.
    """

    engine: Engine
    advisor: Advisor
    adviser: Suggesting
    knowledge: KnowledgeBase
    audit: Audit
    journal: Journal
    hub: Hub
    clock: Callable[[], datetime]
    lookout: Lookout
    recent: Recent
    advising: Advising
    notes: Noting
    count_degraded: Callable[[str], None]


def open_desk(  # noqa: PLR0913 - what the desk stands on, by name
    engine: Engine,
    advisor: Advisor,
    knowledge: KnowledgeBase,
    audit: Audit,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    *,
    patience: Patience | None = None,
    count_degraded: Callable[[str], None] = lambda part: None,
    notes: Noting | None = None,
    adviser: Suggesting | None = None,
) -> Desk:
    """Return the desk on a database; a turn waits for the classifier as `patience` says.

    `adviser` is the advisor unless another is given.
    """
    hub = Hub(SqlEventLog(engine))
    return Desk(
        engine=engine,
        advisor=advisor,
        adviser=adviser or advisor,
        knowledge=knowledge,
        audit=audit,
        journal=Journal(engine, hub, clock),
        hub=hub,
        clock=clock,
        lookout=Lookout(advisor, patience=patience),
        recent=Recent(),
        advising=Advising(),
        notes=notes or NoNotes(),
        count_degraded=count_degraded,
    )
