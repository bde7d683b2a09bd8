"""The whole service on PostgreSQL, as a role that owns nothing and reaches a call's clients only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot.access.keys import Keys
from copilot.answer import Alert, Protocol
from copilot.assembly import Copilot
from copilot.conversation import Conversation, Turn
from copilot.live.model import UnknownThingError
from copilot.live.opening import find_conversation
from copilot.settings import Settings
from copilot.signals.emergency import Detection
from copilot.store.migrating import open_schema, upgrade
from knowledge.base import KnowledgeBase, UnknownClientError
from knowledge.model import ClientSettings
from knowledge.store.engine import reaching
from tests import postgres as pg
from tests.api.conftest import FakePipeline, HashEmbedder, World

SECRET = "暗号鹤归松影"
ARTICLE = {"title": "漏送处理", "body": f"缺件按实付金额退。{SECRET}"}


class Late(FakePipeline):
    """打我 is an emergency, seen only after the turn was answered."""

    def alarms(self, conversation: Conversation, *, embed: bool = True) -> Detection:
        if not embed or "打我" not in conversation.turns[-1].text:
            return Detection(())
        time.sleep(0.3)
        return Detection((emergency(conversation.turns[-1]),))


def emergency(turn: Turn) -> Alert:
    protocol = Protocol(title="先救人", steps=("拨110",), say="请现在就拨110")
    return Alert(
        level="emergency", category="assault", turn_index=turn.index, quote=turn.text, services=("110",),
        protocol=protocol, reason="打我",
    )  # fmt: skip


@pytest.fixture
def world(postgres: pg.Database, tmp_path: Path) -> Iterator[World]:
    from api.app import create_app  # noqa: PLC0415 - only where a server runs

    with postgres.engine(pg.OWNER) as owner:
        upgrade(owner, role=pg.SERVICE)
    with postgres.engine(pg.SERVICE) as engine:
        open_schema(engine)
        knowledge = KnowledgeBase(engine, HashEmbedder(), tmp_path / "index")
        with reaching(None):
            for client_id in ("lulu", "xianda"):
                knowledge.put_settings(client_id, ClientSettings(id=client_id, name=client_id))
        settings = Settings(data_dir=tmp_path, log_level="ERROR", chatwoot_allow_unsigned=True)
        settings = settings.model_copy(update={"chatwoot_inboxes": "*=lulu"})
        copilot = Copilot(settings, engine, knowledge, Late(knowledge))  # type: ignore[arg-type]
        yield World(create_app(copilot), copilot, Keys(engine))


def talk(caller: Any, client_id: str = "lulu") -> str:
    opened = caller.post(
        "/v1/conversations",
        json={"client_id": client_id, "agent": {"id": "a-1", "tier": "L1"}, "channel": "chat"},
    )
    assert opened.status_code == 200, opened.text
    conversation = str(opened.json()["id"])
    said = caller.post(
        f"/v1/conversations/{conversation}/turns",
        json={"role": "customer", "text": SECRET, "external_id": "m-1"},
        headers={"Idempotency-Key": "k-1"},
    )
    assert said.status_code == 200, said.text
    return conversation


def test_articles_conversations_and_events_work(world: World) -> None:
    admin, agents = world.caller("admin"), world.caller("integrator", ["lulu"])
    assert admin.put("/v1/clients/lulu/articles/A-1", json=ARTICLE).status_code in {200, 201}
    found = agents.get("/v1/clients/lulu/search", params={"q": "漏送"}).json()["results"]
    assert [row["article_id"] for row in found] == ["A-1"]
    conversation = talk(agents)
    assert agents.get(f"/v1/conversations/{conversation}/turns").json()["results"][0]["text"] == SECRET
    assist = {"client_id": "lulu", "turns": [{"role": "customer", "text": "退款"}]}
    assert agents.post("/v1/assist", json=assist).status_code == 200
    assert admin.get("/v1/audit").json()["results"]
    assert world.local().get("/readyz").json()["clients"] == 2


def test_an_alert_is_kept_for_its_client_whenever_it_comes(world: World) -> None:
    agents, other = world.caller("integrator", ["lulu"]), world.caller("integrator", ["xianda"])
    turns = f"/v1/conversations/{talk(agents)}/turns"
    assert agents.post(turns, json={"role": "customer", "text": "他打我"}).status_code == 200
    deadline = time.monotonic() + 30
    while not (found := agents.get("/v1/alerts").json()["results"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [alert["category"] for alert in found] == ["assault"]
    assert other.get("/v1/alerts").json()["results"] == []


def test_a_repeated_write_has_one_effect(world: World) -> None:
    agents = world.caller("integrator", ["lulu"])
    body = {"client_id": "lulu", "agent": {"id": "a-1", "tier": "L1"}, "channel": "chat"}
    replies = [
        agents.post("/v1/conversations", json=body, headers={"Idempotency-Key": "same"}) for _ in range(3)
    ]
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.json()["id"] for reply in replies}) == 1


def test_a_helpdesk_is_let_in_for_its_own_client(world: World) -> None:
    event = {
        "event": "message_created",
        "id": 7,
        "content": "你好",
        "created_at": "2026-03-02T12:00:00Z",
        "message_type": "incoming",
        "private": False,
        "account": {"id": 1},
        "inbox": {"id": 2},
        "conversation": {"id": 3, "status": "open", "channel": "Channel::WebWidget", "meta": {}},
    }
    reply = world.local().post("/v1/integrations/chatwoot/webhook", json=event)
    assert reply.status_code == 200, reply.text
    assert reply.json()["status"] == "turn"


@pytest.mark.parametrize("odd", ["a\\u0000b", "\\ud800", "\\u202e打我\\u0000"])
def test_characters_that_postgresql_does_not_store_lose_no_turn(world: World, odd: str) -> None:
    agents = world.caller("integrator", ["lulu"])
    turns = f"/v1/conversations/{talk(agents)}/turns"
    body = f'{{"role": "customer", "text": "{odd}", "external_id": "{odd}"}}'
    said = agents.post(turns, content=body, headers={"Content-Type": "application/json"})
    assert said.status_code in {200, 422}, said.text
    article = f'{{"title": "t{odd}", "body": "b{odd}"}}'
    put = world.caller("admin").put(
        "/v1/clients/lulu/articles/A-2", content=article, headers={"Content-Type": "application/json"}
    )
    assert put.status_code in {200, 422}, put.text
    assert agents.get("/v1/clients/lulu/search", params={"q": "a\x00b"}).status_code in {200, 422}


def test_another_clients_things_do_not_exist(world: World) -> None:
    conversation = talk(world.caller("integrator", ["lulu"]))
    other = world.caller("integrator", ["xianda"])
    for path in ("", "/turns", "/events"):
        assert other.get(f"/v1/conversations/{conversation}{path}").status_code == 404


def test_code_that_forgets_to_ask_whose_still_finds_nothing(world: World) -> None:
    """What the application's own check would have to stop is not given out by the database."""
    conversation = talk(world.caller("integrator", ["lulu"]))
    desk, knowledge = world.app.state.service.desk, world.copilot.knowledge
    with reaching(("xianda",)):
        with pytest.raises(UnknownThingError):
            find_conversation(desk, conversation)
        with pytest.raises(UnknownClientError):
            knowledge.client("lulu")
        assert knowledge.clients() == ("xianda",)
    with reaching(("lulu",)):
        assert find_conversation(desk, conversation).client_id == "lulu"
    assert knowledge.clients() == ()


def test_a_customer_is_erased_from_it(world: World) -> None:
    admin = world.caller("admin")
    opened = admin.post(
        "/v1/conversations",
        json={
            "client_id": "lulu",
            "agent": {"id": "a-1", "tier": "L1"},
            "channel": "chat",
            "customer": {"id": "c-9"},
        },
    ).json()
    gone = admin.delete("/v1/clients/lulu/customers/c-9")
    assert gone.status_code == 200, gone.text
    assert admin.get(f"/v1/conversations/{opened['id']}").status_code == 404


def test_upkeep_and_background_work_reach_every_client(world: World) -> None:
    from api.upkeep import delete_old  # noqa: PLC0415 - beside its use
    from copilot.live.runner import Runner  # noqa: PLC0415

    conversation = talk(world.caller("integrator", ["lulu"]))
    service = world.app.state.service
    runner = Runner(service.desk)
    runner.start()
    try:
        with reaching(None):
            delete_old(service)
    finally:
        runner.stop()
    assert world.caller("integrator", ["lulu"]).get(f"/v1/conversations/{conversation}").status_code == 200
