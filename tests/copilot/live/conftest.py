"""A desk on a real database, with an advisor that does what the words say and a clock that stands still."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from copilot.access.audit import Audit
from copilot.answer import (
    Abstention,
    Alert,
    Answer,
    Check,
    Escalation,
    EscalationFields,
    Fact,
    Promise,
    Protocol,
    Suggestion,
)
from copilot.conversation import Conversation, Turn
from copilot.live.desk import Desk, open_desk
from copilot.live.lookout import Patience
from copilot.live.model import LiveAgent, LiveConversation, TurnAnswer
from copilot.live.opening import Opening, open_conversation
from copilot.live.turns import Incoming, accept
from copilot.models.chat import Cancellation
from copilot.pipeline import Delta, Signals
from copilot.signals.emergency import Detection
from copilot.store.migrating import open_schema
from knowledge.base import KnowledgeBase
from knowledge.model import ClientSettings, Contact
from knowledge.store.engine import open_engine

PATIENT = Patience(10, 10)
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PROTOCOL = Protocol(title="先救人", steps=("拨110",), say="请现在就拨110", never_say=("请您耐心等待",))
_DANGERS = {
    "打我": ("emergency", "assault"),
    "跟踪": ("urgent", "stalking"),
    "警方": ("urgent", "official_request"),
}
_UNSPOKEN = {"尾随": ("emergency", "stalking")}


class NoEmbedder:
    name = "none"
    dimensions = 4

    def queries(self, texts: list[str]) -> np.ndarray:
        return np.ones((len(texts), 4), np.float32) / 2

    passages = queries
    requests = turns = queries


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class WordAdvisor:
    """打我 and 跟踪 are dangers, a plate is a fact, 会在 a promise, 亲 a stock phrase, 不知道 no answer."""

    asked: list[Conversation] = field(default_factory=list)
    meanwhile: list[object] = field(default_factory=list)
    slow: threading.Event | None = None
    words: tuple[str, ...] = ()
    missed: str = ""
    cancelled: bool = False
    blind: bool = False
    denies: bool = False

    def alarms(self, conversation: Conversation, *, embed: bool = True) -> Detection:
        """The rules suspect 跟踪; only the classifier sees 尾随; it may be `slow`, be `blind` or deny."""
        if not embed:
            return Detection(self.signals(conversation).alerts)
        if self.slow is not None:
            assert self.slow.wait(10)
        if self.blind:
            return Detection((), ("emergency_classifier",))
        if self.denies:
            return Detection(())
        return Detection(tuple(a for turn in conversation.turns for a in _alerts(turn, _DANGERS | _UNSPOKEN)))

    def signals(self, conversation: Conversation, *, embed: bool = True) -> Signals:
        turns = conversation.turns
        alerts = tuple(a for turn in turns for a in _alerts(turn))
        return Signals(
            alerts=tuple(a for a in alerts if embed or a.category != "stalking"),
            facts=tuple(f for turn in turns for f in _facts(turn)),
            checks=tuple(_check(t) for t in turns if t.role == "agent" and "亲" in t.text),
            promises=tuple(
                _promise(t, conversation) for t in turns if t.role == "agent" and "会在" in t.text
            ),
        )

    def assist(
        self,
        conversation: Conversation,
        want: object = (),
        request_id: str | None = None,
        *,
        on_delta: Callable[[Delta], None] | None = None,
        cancel: Cancellation | None = None,
        instruction: str | None = None,
    ) -> Answer:
        """`words`: what a model says, told one by one; `meanwhile` happens before each."""
        self.asked.append(conversation)
        self.cancelled = False
        for words in self.words:
            while self.meanwhile:
                self.meanwhile.pop()()  # type: ignore[operator]
            if cancel is not None and cancel.cancelled:
                self.cancelled = True
                break
            if on_delta is not None:
                on_delta(Delta(words))
        while self.meanwhile:
            self.meanwhile.pop()()  # type: ignore[operator]
        text = " ".join(turn.text for turn in conversation.open_request)
        return Answer(
            request_id=request_id or "r",
            client_id=conversation.client_id,
            knowledge_version="k1",
            mode="llm" if self.words else "embedded",
            timings_ms={},
            alerts=tuple(_alerts(Turn(0, "customer", self.missed), _UNSPOKEN)),
            suggestions=() if "不知道" in text or text == "谢谢" else (_suggestion(text),),
            abstained=_abstained() if "不知道" in text else None,
            escalation=_escalation(text),
        )


def _alerts(turn: Turn, dangers: dict[str, tuple[str, str]] = _DANGERS) -> Iterator[Alert]:
    for word, (level, category) in dangers.items():
        if turn.role == "customer" and word in turn.text:
            yield Alert(
                level=level, category=category, turn_index=turn.index, quote=turn.text,  # type: ignore[arg-type]
                services=("110",), protocol=PROTOCOL, reason=word,
            )  # fmt: skip


def _facts(turn: Turn) -> Iterator[Fact]:
    for found in re.finditer(r"浙[A-Z]\w{5}", turn.text):
        yield Fact(slot="plate", value=found[0], turn_index=turn.index, quote=found[0])


def _check(turn: Turn) -> Check:
    return Check(
        kind="stock_phrase", where="turn", turn_index=turn.index, quote=turn.text, label="stock", message=""
    )


def _promise(turn: Turn, conversation: Conversation) -> Promise:
    due = conversation.now + timedelta(hours=1)
    return Promise(turn_index=turn.index, quote=turn.text, action="答复", due_at=due)


def _suggestion(text: str) -> Suggestion:
    return Suggestion(id="x", title="退款", reply=f"关于{text}：退款", authority="within", confidence=0.9)


def _abstained() -> Abstention:
    return Abstention(reason="none", say="不给您猜", collect=(), escalate_to=None)


def _escalation(text: str) -> Escalation:
    return Escalation(
        priority="P2", category="refund", to="client_ops", respond_by=None, headline=text[:20] or "-",
        fields=EscalationFields(what_happened=text), asks=("退款",), unknowns=(), text=text,
    )  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def advisor() -> WordAdvisor:
    return WordAdvisor()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock, advisor: WordAdvisor) -> Iterator[Desk]:
    engine = open_engine(f"sqlite:///{tmp_path / 'live.sqlite3'}")
    open_schema(engine)
    knowledge = KnowledgeBase(engine, NoEmbedder(), tmp_path / "index")  # type: ignore[arg-type]
    contacts = {"client_safety": Contact(key="client_safety", name="安全响应中心")}
    for client_id in ("lulu", "xianda"):
        knowledge.put_settings(client_id, ClientSettings(id=client_id, name=client_id, contacts=contacts))
    desk = open_desk(engine, advisor, knowledge, Audit(engine), clock, patience=PATIENT)
    yield desk
    desk.lookout.close()
    engine.dispose()


@pytest.fixture
def other_desk(desk: Desk, advisor: WordAdvisor, clock: Clock) -> Iterator[Desk]:
    """The desk of another process on the same database."""
    other = open_desk(desk.engine, advisor, desk.knowledge, desk.audit, clock, patience=PATIENT)
    yield other
    other.lookout.close()


@dataclass
class Talk:
    """One conversation, said in few words."""

    desk: Desk
    conversation: LiveConversation

    def says(self, text: str, role: str = "customer", **more: object) -> TurnAnswer:
        return accept(self.desk, self.conversation.id, Incoming(role, text, **more))  # type: ignore[arg-type]

    def events(self, after: int = 0) -> list[str]:
        from copilot.live.events import SqlEventLog  # noqa: PLC0415 - only here

        return [e.type for e in SqlEventLog(self.desk.engine).read_after(self.conversation.id, after, 500)]


def opened(desk: Desk, client_id: str = "lulu", **more: object) -> Talk:
    opening = Opening(client_id, "chat", LiveAgent(id="a-1", tier="L1"), **more)  # type: ignore[arg-type]
    return Talk(desk, open_conversation(desk, opening))


@pytest.fixture
def talk(desk: Desk) -> Talk:
    return opened(desk)
