"""A full disk: a clear 503, nothing half written, and danger is told all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from copilot.answer import Alert, Protocol
from copilot.conversation import Conversation
from copilot.signals.emergency import Detection
from copilot.store.backup import contents
from knowledge.store.engine import writing
from tests.api.conftest import FakePipeline, MakeWorld

LARGE = "字" * 50_000


class Alarming(FakePipeline):
    """打我 is an emergency."""

    def alarms(self, conversation: Conversation, *, embed: bool = True) -> Detection:
        last = conversation.turns[-1]
        return Detection((alert(last.index, last.text),) if "打我" in last.text else ())


def alert(index: int, quote: str) -> Alert:
    protocol = Protocol(title="先救人", steps=("拨110",), say="请现在就拨110")
    return Alert(
        level="emergency", category="assault", turn_index=index, quote=quote, services=("110",),
        protocol=protocol, reason="打我",
    )  # fmt: skip


@pytest.fixture
def world(make_world: MakeWorld) -> Any:
    return make_world(Alarming)


def fill_disk(engine: Any) -> Callable[[], None]:
    """Let SQLite find no more room, as on a full disk; return what makes room again."""

    def limit(connection: Any, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(engine, "connect", limit)
    engine.dispose()

    def make_room() -> None:
        event.remove(engine, "connect", limit)
        engine.dispose()

    return make_room


def opened(caller: Any) -> str:
    body = {"client_id": "lulu", "agent": {"id": "a-1", "tier": "L1"}, "channel": "chat"}
    return str(caller.post("/v1/conversations", json=body).json()["id"])


def test_a_turn_is_refused_whole_and_its_danger_is_told(world: Any) -> None:
    caller = world.caller("integrator", ["lulu"])
    turns = f"/v1/conversations/{opened(caller)}/turns"
    assert caller.post(turns, json={"role": "customer", "text": "你好"}).status_code == 200
    before = contents(world.copilot.engine)
    make_room = fill_disk(world.copilot.engine)
    refused = caller.post(turns, json={"role": "customer", "text": f"他打我 {LARGE}"})
    assert refused.status_code == 503, refused.text
    assert refused.headers["Retry-After"]
    problem = refused.json()
    assert problem["code"] == "storage_unavailable"
    assert [(found["level"], found["turn_index"]) for found in problem["alerts"]] == [("emergency", 1)]
    assert "sqlite" not in refused.text.lower()
    after = contents(world.copilot.engine)
    untouched = {name for name in before if name not in {"audit_entries", "access_keys"}}
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}
    make_room()
    accepted = caller.post(turns, json={"role": "customer", "text": f"他打我 {LARGE}"})
    assert accepted.status_code == 200
    assert accepted.json()["turn"]["index"] == 1


def test_looking_at_a_conversation_once_needs_no_disk(world: Any) -> None:
    caller = world.caller("integrator", ["lulu"])
    fill_disk(world.copilot.engine)
    for _ in range(200):  # the audit fills the last page
        request = {"client_id": "lulu", "turns": [{"role": "customer", "text": "退款"}]}
        assert caller.post("/v1/assist", json=request).status_code == 200


def test_a_first_call_with_a_key_is_let_in_without_a_note_of_its_use(world: Any) -> None:
    engine = world.copilot.engine
    text = world.keys.create("k", "integrator", ["lulu"]).text
    trigger = "CREATE TRIGGER full BEFORE UPDATE ON access_keys BEGIN SELECT RAISE(ABORT, 'full'); END"
    with writing(engine) as connection:
        connection.exec_driver_sql(trigger)
    caller = world.with_key(text)
    assert caller.get("/v1/clients/lulu/search", params={"q": "漏送"}).status_code == 200
    assert world.keys.list()[0].last_used_at is None


def test_an_import_is_all_or_nothing(world: Any) -> None:
    admin = world.caller("admin")
    before = world.copilot.knowledge.client("lulu").version
    make_room = fill_disk(world.copilot.engine)
    reply = admin.put("/v1/clients/lulu/articles/A-9", json={"title": "长", "body": LARGE})
    assert (reply.status_code, reply.json()["code"]) == (503, "storage_unavailable")
    make_room()
    assert world.copilot.knowledge.client("lulu").version == before
    assert admin.put("/v1/clients/lulu/articles/A-9", json={"title": "长", "body": LARGE}).status_code < 300
