"""A recorded conversation as the agent sees it: posted turn by turn to a live desk, then the whole advice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryDirectory

from copilot.access.audit import Audit
from copilot.answer import Answer, Check
from copilot.assembly import Copilot
from copilot.conversation import Conversation
from copilot.demo.samples import RecordedCase
from copilot.live.desk import Desk, open_desk
from copilot.live.model import Linked, LiveAgent, LiveAlert, LivePromise, LiveTurn
from copilot.live.opening import Opening, open_conversation
from copilot.live.turns import Incoming, accept
from copilot.models.chat import Cancellation
from copilot.pipeline import Delta, Pipeline, Signals
from copilot.request import DEFAULT_WANT, AssistRequest, Want
from copilot.signals.emergency import Detection
from copilot.store.migrating import open_schema
from knowledge.store.engine import open_engine


@dataclass(frozen=True, slots=True)
class Step:
    """One turn and what is new with it; `alerts` are new or more serious than before."""

    turn: LiveTurn
    alerts: tuple[LiveAlert, ...]
    checks: tuple[Check, ...]
    promises: tuple[LivePromise, ...]
    linked: tuple[Linked, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """A desk whose time is that of the recording."""

    desk: Desk
    clock: RecordedClock


@dataclass(slots=True)
class RecordedClock:
    """The time of the turn that is being replayed."""

    now: datetime

    def __call__(self) -> datetime:
        """Return it."""
        return self.now


@contextmanager
def stage_of(copilot: Copilot) -> Iterator[Stage]:
    """Yield a stage on the product's knowledge and an empty database: one case is no history of another."""
    with TemporaryDirectory(prefix="copilot-stage-", ignore_cleanup_errors=True) as folder:
        engine = open_engine(f"sqlite:///{folder}/stage.sqlite3")
        clock = RecordedClock(datetime.now(UTC))  # until the first turn is posted
        desk = open_desk(engine, AllAtOnce(copilot.pipeline), copilot.knowledge, Audit(engine), clock)
        try:
            open_schema(engine)
            yield Stage(desk, clock)
        finally:
            desk.lookout.close()
            engine.dispose()


def steps_of(stage: Stage, case: RecordedCase) -> Iterator[Step]:
    """Yield the turns in order, each with what is said to it at once; earlier conversations come first."""
    for earlier in case.earlier:
        for _ in _posted(stage, earlier):
            pass
    yield from _posted(stage, case.request)


def advice_of(pipeline: Pipeline, case: RecordedCase) -> Answer:
    """Return the answer to the whole conversation, escalation draft included."""
    return pipeline.assist(case.request.conversation(), {*case.request.want, "escalation"})


def _posted(stage: Stage, request: AssistRequest) -> Iterator[Step]:
    turns = request.turns
    stage.clock.now = turns[0].at or request.conversation().now
    agent = LiveAgent(id=request.agent.id, tier=request.agent.tier)
    conversation = open_conversation(stage.desk, Opening(request.client_id, "demo", agent))
    told: set[tuple[str, str]] = set()
    for turn in turns:
        stage.clock.now = turn.at or stage.clock.now
        answer = accept(stage.desk, conversation.id, Incoming(turn.role, turn.text, turn.at))
        fresh = tuple(alert for alert in answer.alerts if (alert.id, alert.level) not in told)
        told |= {(alert.id, alert.level) for alert in fresh}
        yield Step(answer.turn, fresh, answer.checks, answer.promises, answer.linked)


@dataclass(frozen=True, slots=True)
class AllAtOnce:
    """The pipeline, asked for everything with every turn: a replay is the same on a slow machine."""

    pipeline: Pipeline

    def assist(  # noqa: PLR0913 - the live service's words
        self,
        conversation: Conversation,
        want: Collection[Want] = DEFAULT_WANT,
        request_id: str | None = None,
        *,
        on_delta: Callable[[Delta], None] | None = None,
        cancel: Cancellation | None = None,
        instruction: str | None = None,
    ) -> Answer:
        """Return the whole answer."""
        return self.pipeline.assist(
            conversation, want, request_id, on_delta=on_delta, cancel=cancel, instruction=instruction
        )

    def signals(self, conversation: Conversation, *, embed: bool = True) -> Signals:
        """Return what the turns say by themselves, the classifier's alerts too."""
        del embed  # never less than everything
        return self.pipeline.signals(conversation)

    def alarms(self, conversation: Conversation, *, embed: bool = True) -> Detection:
        """Return every danger of the conversation."""
        del embed
        return self.pipeline.alarms(conversation)
