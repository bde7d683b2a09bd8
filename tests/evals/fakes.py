"""Products for the evaluator's tests: they answer from a table instead of thinking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from copilot.answer import Answer
from copilot.conversation import Conversation
from copilot.request import TurnIn, Want
from evals.observation import Assistant
from evals.product import World
from knowledge.model import AuthorityMatrix, ClientKnowledge
from knowledge.reading.folder import read_folder


def empty_answer(client_id: str = "c", **fields: object) -> Answer:
    values = {
        "request_id": "r",
        "client_id": client_id,
        "knowledge_version": "v",
        "mode": "embedded",
        "timings_ms": {},
    }
    return Answer.model_validate(values | fields)


def knowledge_of(folder) -> ClientKnowledge:
    read = read_folder(folder)
    return ClientKnowledge(
        settings=read.settings,
        authority=read.authority or AuthorityMatrix("", "CNY", (), ()),
        articles={article.id: article for article in read.articles},
        passages={},
        precedents={precedent.id: precedent for precedent in read.precedents},
        version="v",
    )


@dataclass(frozen=True)
class TableAssistant:
    """Answers by the last turn's text; counts how often it was asked."""

    answers: Mapping[str, Answer]
    found: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def assist(self, conversation: Conversation, want: Sequence[Want]) -> Answer:
        self.asked.append(conversation.turns[-1].text)
        return self.answers.get(conversation.turns[-1].text, empty_answer(conversation.client_id))

    def search(self, client_id: str, turns: Sequence[TurnIn], limit: int) -> Sequence[str]:
        return self.found.get(turns[-1].text, ())[:limit]


@dataclass(frozen=True)
class FakeProduct:
    """A product of one assistant; its knowledge is read straight from the folders."""

    assistant: Assistant
    name: str = "fake"

    def identity(self) -> str:
        return self.name

    def prepare(self, world: World) -> str:
        return "v1"

    def open(self, world: World) -> Assistant:
        return self.assistant

    def knowledge(self, world: World) -> Mapping[str, ClientKnowledge]:
        return {client: knowledge_of(folder) for client, folder in world.folders.items()}
