"""What a server process does before its first call."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from types import SimpleNamespace

from api.upkeep import settle, warm
from copilot.conversation import Conversation


@dataclass
class Noting:
    """A pipeline that notes what it is asked."""

    asked: list[Conversation] = field(default_factory=list)
    read: list[Conversation] = field(default_factory=list)

    def assist(self, conversation: Conversation, want: object) -> None:
        self.asked.append(conversation)

    def signals(self, conversation: Conversation, *, embed: bool) -> None:
        assert not embed
        self.read.append(conversation)


def served(*clients: str) -> tuple[Noting, SimpleNamespace]:
    pipeline = Noting()
    knowledge = SimpleNamespace(clients=lambda: clients)
    return pipeline, SimpleNamespace(copilot=SimpleNamespace(pipeline=pipeline, knowledge=knowledge))


def test_every_client_is_asked_in_both_languages_and_both_sides_speak():
    pipeline, service = served("lulu", "xianda")
    warm(service)  # type: ignore[arg-type]
    assert [talk.client_id for talk in pipeline.asked] == ["lulu", "lulu", "xianda", "xianda"]
    assert {turn.role for talk in pipeline.asked for turn in talk.turns} == {"customer", "agent"}
    assert {talk.client_id for talk in pipeline.read} == {"lulu"}


def test_a_service_without_clients_has_nothing_to_warm():
    pipeline, service = served()
    warm(service)  # type: ignore[arg-type]
    assert (pipeline.asked, pipeline.read) == ([], [])


def test_what_is_loaded_leaves_the_collectors_rounds():
    before = gc.get_threshold()
    try:
        gc.set_threshold(700, 10, 10)
        settle()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[2] > 10
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
