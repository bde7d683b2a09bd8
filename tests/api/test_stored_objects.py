"""Things of another client's conversations are, for every route, as if they did not exist."""

from __future__ import annotations

import re
from typing import Any

import pytest

from copilot.pipeline import Pipeline
from tests.api.conftest import MakeWorld, World
from tests.api.walked import OF_STORED_OBJECTS

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/conversations/{conversation_id}/turns"): {"role": "customer", "text": "在吗"},
    ("PATCH", "/v1/conversations/{conversation_id}"): {"state": "resolved"},
    ("POST", "/v1/suggestions/{suggestion_id}/feedback"): {"adopted": "sent"},
}


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(Pipeline)


@pytest.fixture
def stored(world: World) -> dict[str, str]:
    """One of everything, of client xianda."""
    local = world.local()
    opened = local.post("/v1/conversations", json={"client_id": "xianda", "agent": {"id": "a", "tier": "L1"}})
    base = f"/v1/conversations/{opened.json()['id']}"
    said = local.post(f"{base}/turns", json={"role": "customer", "text": "救命，有人拿刀砍我，流了好多血"})
    local.post(f"{base}/turns", json={"role": "agent", "text": "我今天18点前给您打电话回复处理结果"})
    escalation = local.post(f"{base}/escalations", json={}).json()
    promises = local.get("/v1/promises", params={"client_id": "xianda"}).json()["results"]
    suggested = local.post(f"{base}/suggestions", json={}).json().get("suggestions") or [{"id": "none"}]
    return {
        "conversation_id": opened.json()["id"],
        "alert_id": said.json()["alerts"][0]["id"],
        "escalation_id": escalation["id"],
        "promise_id": promises[0]["id"] if promises else "none",
        "suggestion_id": suggested[0]["id"],
    }


def test_another_clients_things_are_as_if_they_did_not_exist(world: World, stored: dict[str, str]) -> None:
    stranger = world.caller("admin", ["lulu"])
    missing = {name: re.sub(r"[0-9a-f]", "0", value) for name, value in stored.items()}
    for method, path in sorted(OF_STORED_OBJECTS):
        sent = {"json": BODIES.get((method, path), {})} if method != "GET" else {}
        foreign = stranger.request(method, path.format(**stored), **sent)
        absent = stranger.request(method, path.format(**missing), **sent)
        assert foreign.status_code == absent.status_code == 404, (method, path, foreign.text, absent.text)
        assert {**foreign.json(), "request_id": ""} == {**absent.json(), "request_id": ""}


def test_a_token_of_one_conversation_does_not_open_another(world: World, stored: dict[str, str]) -> None:
    other = world.local().post("/v1/conversations", json={"client_id": "xianda"}).json()["id"]
    desk = world.caller("integrator", ["xianda"])
    body = {"client_id": "xianda", "agent_id": "a-17", "conversation_id": other}
    agent = world.with_key(desk.post("/v1/sidebar-tokens", json=body).json()["token"])
    assert agent.get(f"/v1/conversations/{other}").status_code == 200
    assert agent.get(f"/v1/conversations/{stored['conversation_id']}").status_code == 404
    assert agent.post(f"/v1/alerts/{stored['alert_id']}/acknowledge").status_code == 404
