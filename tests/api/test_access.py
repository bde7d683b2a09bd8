"""Who may call what: keys, roles, clients apart, and the open door of a machine without keys."""

from __future__ import annotations

import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import APIRouter, Request
from fastapi.testclient import TestClient

from api.app import ROUTERS, create_app
from api.guard import UnclassifiedRouteError, classification, require_tokens, walk
from api.problems import ApiError
from copilot.access.door import LOOPBACK
from copilot.access.roles import ROLES, permissions_of
from copilot.access.tokens import Grant
from tests.api.walked import ABOUT_A_CLIENT, ASSIST, OF_STORED_OBJECTS, OVER_CLIENTS


def routes_of(world: Any) -> list[tuple[str, str]]:
    return [
        (method, path)
        for path, route in walk(world.app.routes)
        for method in sorted(route.methods - {"HEAD"})
        if classification(route).permission is not None
    ]


def call(client: TestClient, method: str, path: str, arguments: dict[str, Any], client_id: str) -> Any:
    names = {
        "client_id": client_id,
        "article_id": f"{client_id}-1",
        "customer_id": "u-1",
        "suggestion_id": "s-1",
    }
    address = path.format(**names)
    for place in ("json", "params"):
        if "client_id" in arguments.get(place, {}):
            arguments = {place: {**arguments[place], "client_id": client_id}}
    return client.request(method, address, **arguments)


def test_every_route_is_walked(world: Any) -> None:
    assert set(routes_of(world)) - set(ABOUT_A_CLIENT) - OVER_CLIENTS - OF_STORED_OBJECTS == set()


def test_another_clients_things_are_as_if_they_did_not_exist(world: Any) -> None:
    caller = world.with_key(world.keys.create("both", "admin", ["lulu"]).text)
    for (method, path), arguments in ABOUT_A_CLIENT.items():
        foreign = call(caller, method, path, arguments, "xianda")
        missing = call(caller, method, path, arguments, "nobody")
        assert foreign.status_code == missing.status_code == 404, (method, path)
        assert without_id(foreign) == without_id(missing)
        assert foreign.headers.keys() == missing.headers.keys()
        own = call(caller, method, path, arguments, "lulu")
        assert own.status_code != 404 or "suggestions" in path or method == "DELETE", (method, path)


def without_id(response: Any) -> dict[str, Any]:
    return {key: value for key, value in response.json().items() if key != "request_id"}


def test_a_key_lists_its_own_clients_only(world: Any) -> None:
    rows = world.caller("client", ["xianda"]).get("/v1/clients").json()["results"]
    assert [row["client_id"] for row in rows] == ["xianda"]


def test_the_audit_tells_a_key_about_its_own_clients_only(world: Any) -> None:
    for client_id in ("lulu", "xianda"):
        world.caller("admin", [client_id]).get(f"/v1/clients/{client_id}/articles")
    qa = world.caller("qa", ["lulu"])
    rows = qa.get("/v1/audit").json()["results"]
    assert {row["client_id"] for row in rows} == {"lulu"}
    exported = [json.loads(line) for line in qa.get("/v1/audit/export").text.splitlines()]
    assert {row["client_id"] for row in exported} == {"lulu"}
    assert len(exported) >= len(rows) == 1


def test_the_audit_pages_without_gaps(world: Any) -> None:
    admin = world.caller("admin")
    for _ in range(7):
        admin.get("/v1/clients/lulu/articles")
    first = admin.get("/v1/audit", params={"limit": 3}).json()
    second = admin.get("/v1/audit", params={"limit": 100, "cursor": first["next_cursor"]}).json()
    ids = [row["id"] for row in (*first["results"], *second["results"])]
    assert ids == sorted(set(ids))
    assert len(ids) >= 8


def test_an_integrator_mints_tokens_for_its_clients_only(world: Any) -> None:
    desk = world.caller("integrator", ["lulu"])
    answer = desk.post("/v1/sidebar-tokens", json={"client_id": "lulu", "agent_id": "a-17", "minutes": 5})
    agent = world.with_key(answer.json()["token"])
    assert agent.post("/v1/assist", json=ASSIST).status_code == 200
    assert agent.post("/v1/sidebar-tokens", json={"client_id": "lulu", "agent_id": "b"}).status_code == 403
    foreign = desk.post("/v1/sidebar-tokens", json={"client_id": "xianda", "agent_id": "a"})
    assert foreign.status_code == 404


def test_a_forgotten_customer_is_not_remembered_by_the_audit(world: Any) -> None:
    admin = world.caller("admin")
    answer = admin.delete("/v1/clients/lulu/customers/u-4711", params={"identifier": "13812345678"})
    assert answer.json() == {
        "client_id": "lulu",
        "deleted": {"idempotent_replies": 0, "live_conversations": 0},
    }
    assert "4711" not in admin.get("/v1/audit").text


def test_a_route_that_nobody_classified_keeps_the_application_from_starting(world: Any) -> None:
    def stray() -> APIRouter:
        router = APIRouter()
        router.add_api_route("/v1/stray", lambda: None)
        return router

    with pytest.raises(UnclassifiedRouteError, match="/v1/stray"):
        create_app(world.copilot, (*ROUTERS, stray))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_its_table_says(world: Any, role: str) -> None:
    caller = world.caller(role, ["lulu"])
    for path, route in walk(world.app.routes):
        permission = classification(route).permission
        for method in sorted(route.methods - {"HEAD"}):
            if permission is None or (method, path) not in ABOUT_A_CLIENT:
                continue
            response = call(caller, method, path, ABOUT_A_CLIENT[method, path], "lulu")
            refused = response.status_code == 403
            assert refused == (permission not in permissions_of(role)), (method, path)


def test_a_wrong_key_is_refused_like_no_key(world: Any) -> None:
    good = world.keys.create("a", "agent", ["lulu"]).text
    for text in (good[:-1] + ("A" if good[-1] != "A" else "B"), "cpk_x_y", "nonsense", "", "cps_a.b", "密钥"):
        client = TestClient(world.app)
        response = client.get("/v1/clients", headers={b"Authorization": b"Bearer " + text.encode()})
        assert response.status_code == 401, text
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_revoked_expired_and_rotated_keys_end(world: Any) -> None:
    revoked, rotated = (world.keys.create("k", "qa") for _ in range(2))
    expired = world.keys.create(
        "k", "qa", valid_for=timedelta(days=1), now=datetime.now(UTC) - timedelta(days=2)
    )
    world.keys.revoke(revoked.key.id)
    fresh = world.keys.rotate(rotated.key.id)
    for ended in (revoked, expired, rotated):
        assert world.with_key(ended.text).get("/v1/clients").status_code == 401
    assert world.with_key(fresh.text).get("/v1/clients").status_code == 200


def test_the_admin_key_of_the_settings_opens_everything(make_world: Any) -> None:
    world = make_world(admin_key="correct horse battery staple")
    assert world.with_key("correct horse battery staple").get("/v1/clients").status_code == 200
    assert world.with_key("correct horse").get("/v1/clients").status_code == 401
    assert world.local().get("/v1/clients").status_code == 401


def test_without_keys_only_this_machine_itself_may_call(world: Any) -> None:
    assert world.local().get("/v1/clients").status_code == 200
    distant = TestClient(world.app, base_url="http://127.0.0.1", client=("192.0.2.7", 1))
    assert distant.get("/v1/clients").status_code == 401
    local = world.local()
    for headers in (
        {"X-Forwarded-For": "192.0.2.7"},
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Forwarded": "for=192.0.2.7"},
    ):
        assert local.get("/v1/clients", headers=headers).status_code == 401, headers


def test_the_first_key_closes_the_open_door(world: Any) -> None:
    world.keys.create("first", "admin")
    assert world.local().get("/v1/clients").status_code == 401


def test_a_sidebar_token_opens_one_client_and_ends_with_its_key(world: Any) -> None:
    key = world.keys.create("desk", "integrator", ["lulu"]).key
    expires = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    door = world.app.state.service.door
    token = door.mint(Grant("lulu", "a-17", None, expires, key.id))
    assert world.with_key(token).post("/v1/assist", json=ASSIST).status_code == 200
    foreign = world.with_key(token).post("/v1/assist", json={**ASSIST, "client_id": "xianda"})
    assert foreign.status_code == 404
    stolen = door.mint(Grant("xianda", "a-17", None, expires, key.id))
    assert world.with_key(stolen).get("/v1/clients").status_code == 401
    late = door.mint(Grant("lulu", "a-17", None, 1, key.id))
    assert world.with_key(late).get("/v1/clients").status_code == 401
    payload, signature = token.split(".")
    assert world.with_key(f"{payload}x.{signature}").get("/v1/clients").status_code == 401
    world.keys.revoke(key.id)
    assert world.with_key(token).get("/v1/clients").status_code == 401


def test_keys_are_kept_as_hashes_and_used_keys_say_when(world: Any) -> None:
    new = world.keys.create("desk", "integrator", ["lulu"])
    assert re.fullmatch(r"cpk_[0-9a-f]{12}_[\w-]{43}", new.text)
    world.with_key(new.text).get("/v1/clients")
    (key,) = world.keys.list()
    assert key.last_used_at is not None
    stored = (world.copilot.settings.data_dir / "copilot.sqlite3").read_bytes()
    stored += (world.copilot.settings.data_dir / "copilot.sqlite3-wal").read_bytes()
    # The secret may hold underscores itself.
    assert new.text.split("_", 2)[2].encode() not in stored


def test_too_many_calls_are_told_how_long_to_wait(make_world: Any) -> None:
    world = make_world(rate_per_minute=3)
    caller = world.caller("qa", ["lulu"])
    codes = [caller.get("/v1/clients").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    refused = caller.get("/v1/clients")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["code"] == "rate_limited"
    assert world.caller("qa", ["lulu"]).get("/v1/clients").status_code == 200


def test_a_client_has_a_limit_over_all_keys(make_world: Any) -> None:
    world = make_world(client_rate_per_minute=2)
    codes = [world.caller("agent", ["lulu"]).post("/v1/assist", json=ASSIST).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_two_agents_with_long_names_and_one_agent_of_two_clients_are_different_callers(world: Any) -> None:
    door = world.app.state.service.door
    expires = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    agents = [("lulu", "a" * 199 + "1"), ("lulu", "a" * 199 + "2"), ("lulu", "a-1"), ("xianda", "a-1")]
    tokens = [door.mint(Grant(client, agent, None, expires, None)) for client, agent in agents]
    ids = {door.identify(token, local=False).id for token in tokens}
    assert len(ids) == 4
    assert max(map(len, ids)) <= 128


def test_calls_that_claim_to_be_a_helpdesk_are_limited_and_genuine_ones_go_on(make_world: Any) -> None:
    world = make_world(chatwoot_secret="s", rate_per_minute=1)
    stranger, path = world.with_key(""), "/v1/integrations/chatwoot/webhook"
    del stranger.headers["Authorization"]
    codes = [stranger.post(path, json={}).status_code for _ in range(125)]
    assert codes == [401] * 120 + [429] * 5
    assert stranger.post(path, json={}).headers["Retry-After"]
    body, stamp = b'{"event": "conversation_viewed"}', str(int(datetime.now(UTC).timestamp()))
    signature = hmac.new(b"s", f"{stamp}.".encode() + body, "sha256").hexdigest()
    signed = {"X-Chatwoot-Signature": f"sha256={signature}", "X-Chatwoot-Timestamp": stamp}
    assert stranger.post(path, content=body, headers=signed).status_code in {200, 422}


def test_a_webhook_address_has_a_limit_of_its_own(make_world: Any) -> None:
    world = make_world(webhook_rate_per_minute=2)
    path = "/v1/integrations/chatwoot/webhook"
    stranger = world.with_key("")
    del stranger.headers["Authorization"]
    assert [stranger.post(path, json={}).status_code for _ in range(3)] == [401, 401, 429]


def test_a_call_for_the_model_itself_waits_when_the_tokens_of_the_day_are_used_up(make_world: Any) -> None:
    world = make_world(client_tokens_per_day=10)
    world.copilot.budget.spend("lulu", 10)
    request = Request({"type": "http", "app": world.app})
    with pytest.raises(ApiError) as refused:
        require_tokens(request, "lulu")
    assert (refused.value.status, refused.value.code) == (429, "tokens_used_up")
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 86_400
    require_tokens(request, "xianda")
    assert world.caller("agent", ["lulu"]).post("/v1/assist", json=ASSIST).status_code == 200


def test_every_call_of_a_known_caller_is_audited(world: Any) -> None:
    caller = world.caller("client", ["lulu"])
    caller.put("/v1/clients/lulu/articles/A-1", json={"title": "t", "body": "b"})
    caller.get("/v1/clients/xianda/articles/xianda-1")
    service = world.app.state.service
    (key,) = world.keys.list()
    entries = [item.entry for item in service.audit.entries(LOOPBACK)]
    assert [(entry.action, entry.client_id, entry.status) for entry in entries] == [
        ("PUT /v1/clients/{client_id}/articles/{article_id}", "lulu", 200),
        ("GET /v1/clients/{client_id}/articles/{article_id}", None, 404),
    ]
    assert entries[0].caller == f"key:{key.id}"
    assert entries[0].target == "lulu/A-1"
