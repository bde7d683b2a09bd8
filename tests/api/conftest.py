"""An application on a real database, with a fake embedder and (unless told otherwise) a fake pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from copilot.access.keys import Keys
from copilot.answer import Answer
from copilot.assembly import Copilot
from copilot.conversation import Conversation
from copilot.pipeline import Signals
from copilot.settings import Settings
from copilot.signals.emergency import Detection
from copilot.store.migrating import open_schema
from knowledge.base import KnowledgeBase
from knowledge.model import ClientSettings
from knowledge.reading.articles import article_of
from knowledge.store.engine import open_engine


class HashEmbedder:
    """Unit vectors from characters: texts with the same characters are near each other."""

    name = "hash"
    dimensions = 384

    def queries(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.full((len(texts), self.dimensions), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for character in text[:500]:
                row[ord(character) * 2_654_435_761 % 2**32 % self.dimensions] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    passages = queries
    requests = turns = queries


@dataclass
class FakePipeline:
    """Answers with nothing, and remembers what it was asked."""

    knowledge: KnowledgeBase
    asked: list[Conversation] = field(default_factory=list)
    fails_with: Exception | None = None

    def assist(
        self, conversation: Conversation, want: object = (), request_id: str | None = None, **options: object
    ) -> Answer:
        if self.fails_with is not None:
            raise self.fails_with
        known = self.knowledge.client(conversation.client_id)
        self.asked.append(conversation)
        return Answer(
            request_id=request_id or "r",
            client_id=conversation.client_id,
            knowledge_version=known.version,
            mode="embedded",
            timings_ms={"total": 0.0},
        )

    def signals(self, conversation: Conversation, *, embed: bool = True) -> Signals:
        return Signals(alerts=(), facts=(), checks=(), promises=())

    def alarms(self, conversation: Conversation, *, embed: bool = True) -> Detection:
        return Detection(())


@dataclass
class World:
    """What a test needs of one application."""

    app: FastAPI
    copilot: Copilot
    keys: Keys

    @property
    def pipeline(self) -> FakePipeline:
        return self.copilot.pipeline  # type: ignore[return-value]

    def local(self) -> TestClient:
        """A caller on this machine, without a key."""
        return TestClient(self.app, base_url="http://127.0.0.1:8765", client=("127.0.0.1", 50000))

    def caller(self, role: str, clients: Sequence[str] | None = None) -> TestClient:
        """A distant caller with a fresh key."""
        return self.with_key(self.keys.create(role, role, clients).text)

    def with_key(self, text: str) -> TestClient:
        """A distant caller with that credential."""
        client = TestClient(self.app, base_url="http://copilot.example", client=("203.0.113.9", 50000))
        client.headers["Authorization"] = f"Bearer {text}"
        return client


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    """Build an application with the clients `lulu` and `xianda`; settings may be given by name."""
    opened: list[Copilot] = []

    def make(pipeline: Callable[[KnowledgeBase], object] = FakePipeline, **settings: object) -> World:
        generous = {"rate_per_minute": 100_000, "client_rate_per_minute": 100_000}
        chosen = Settings(data_dir=tmp_path, log_level="ERROR", **{**generous, **settings})
        engine = open_engine(f"sqlite:///{tmp_path / 'copilot.sqlite3'}")
        open_schema(engine)
        knowledge = KnowledgeBase(engine, HashEmbedder(), tmp_path / "index")
        for client_id in ("lulu", "xianda"):
            knowledge.put_settings(client_id, ClientSettings(id=client_id, name=client_id))
            body = f"{client_id}：缺件按实付金额退，24小时内到账。\n\n1. 查订单\n2. 退款"
            knowledge.put_article(client_id, article_of(f"{client_id}-1", "漏送处理", body))
        copilot = Copilot(chosen, engine, knowledge, pipeline(knowledge))  # type: ignore[arg-type]
        opened.append(copilot)
        return World(create_app(copilot), copilot, Keys(engine))

    yield make
    for copilot in opened:
        copilot.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()


@pytest.fixture
def local(world: World) -> TestClient:
    return world.local()
