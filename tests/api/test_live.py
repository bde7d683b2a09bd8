"""The live service over HTTP, with the real pipeline; background work is done by hand."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from copilot.access.tokens import Grant
from copilot.live.advice import run_due
from copilot.pipeline import Pipeline
from tests.api.walked import OF_STORED_OBJECTS
from tests.copilot.live.test_chatwoot import message

SIGNING = "s"
DANGER = "骑手刚才打我一巴掌，现在堵在我家门口不走"
PROMISE = "我会在明天下午3点前给您回电话答复退款"


@pytest.fixture
def world(make_world: Any) -> Any:
    return make_world(Pipeline)


@dataclass
class Things:
    """One conversation of a client with an alert, a promise, a suggestion and an escalation."""

    conversation: str
    alert: str
    promise: str
    suggestion: str
    escalation: str

    def path(self, template: str) -> str:
        return template.format(
            conversation_id=self.conversation,
            alert_id=self.alert,
            promise_id=self.promise,
            suggestion_id=self.suggestion,
            escalation_id=self.escalation,
        )


def open_one(client: TestClient, client_id: str = "lulu", **more: object) -> str:
    return client.post("/v1/conversations", json={"client_id": client_id, **more}).json()["id"]


def say(client: TestClient, conversation: str, text: str, role: str = "customer", **more: object) -> Any:
    answer = client.post(f"/v1/conversations/{conversation}/turns", json={"role": role, "text": text, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def things(client: TestClient, world: Any, client_id: str) -> Things:
    calm, grave = open_one(client, client_id), open_one(client, client_id)
    say(client, calm, "缺件了，能按实付金额退吗")
    promise = say(client, calm, PROMISE, "agent")["promises"][0]["id"]
    alert = say(client, grave, DANGER)["alerts"][0]["id"]
    escalation = client.post(f"/v1/conversations/{calm}/escalations").json()["id"]
    return Things(calm, alert, promise, kept_suggestion(world, client_id, calm), escalation)


def kept_suggestion(world: Any, client_id: str, conversation_id: str) -> str:
    """The embedder of these tests finds nothing by meaning: a suggestion is kept by hand."""
    from copilot.answer import Answer, Suggestion  # noqa: PLC0415
    from copilot.live.opening import find_conversation  # noqa: PLC0415
    from copilot.live.suggestions import keep_suggestions  # noqa: PLC0415

    desk = world.app.state.service.desk
    made = Suggestion(id="s", title="退款", reply="退", authority="within", confidence=1)
    answer = Answer(
        request_id="r", client_id=client_id, knowledge_version="k", mode="embedded", timings_ms={},
        suggestions=(made,),
    )  # fmt: skip
    with desk.journal.changing() as change:
        (shown,) = keep_suggestions(change, find_conversation(desk, conversation_id), answer, "a")
    return shown.suggestion.id


BODIES: dict[str, Any] = {
    "/v1/conversations/{conversation_id}": {"state": "open"},
    "/v1/conversations/{conversation_id}/turns": {"role": "customer", "text": "在吗"},
    "/v1/suggestions/{suggestion_id}/feedback": {"adopted": "sent"},
    "/v1/escalations/{escalation_id}": {"headline": "改过"},
}


def test_every_stored_thing_of_another_client_is_as_if_it_did_not_exist(world: Any) -> None:
    own, foreign = world.caller("admin", ["lulu"]), world.caller("admin", ["xianda"])
    mine = things(own, world, "lulu")
    nothing = Things("c_0", "al_0", "pr_0", "sg_0", "es_0")
    walked = sorted(OF_STORED_OBJECTS - {("GET", "/v1/conversations"), ("POST", "/v1/integrations/webhook")})
    for method, template in walked:
        body = {"json": BODIES[template]} if template in BODIES and method != "GET" else {}
        hidden = foreign.request(method, mine.path(template), **body)
        missing = foreign.request(method, nothing.path(template), **body)
        assert hidden.status_code == missing.status_code == 404, (method, template)
        hidden_body, missing_body = hidden.json(), missing.json()
        assert hidden_body.pop("request_id") != missing_body.pop("request_id")
        assert hidden_body == missing_body
    order = ["/send", "/acknowledge", "/resolve", "/reopen"]
    for method, template in sorted(walked, key=lambda item: order.index(item[1][item[1].rindex("/") :])
                                   if item[1][item[1].rindex("/") :] in order else -1):  # fmt: skip
        if template.endswith("/events"):
            continue
        body = {"json": BODIES[template]} if template in BODIES and method != "GET" else {}
        answer = own.request(method, mine.path(template), **body)
        assert answer.status_code in {200, 201}, (method, template, answer.text)


def test_lists_show_a_keys_own_clients_only(world: Any) -> None:
    for client_id in ("lulu", "xianda"):
        things(world.caller("admin", [client_id]), world, client_id)
    seen = world.caller("qa", ["lulu"])
    for path in (
        "/v1/alerts",
        "/v1/promises?state=due",
        "/v1/escalations",
        "/v1/conversations?client_id=lulu",
    ):
        rows = seen.get(path).json()["results"]
        assert rows, path
        assert {row["client_id"] for row in rows} == {"lulu"}, path
    for path in ("/v1/alerts", "/v1/promises", "/v1/escalations", "/v1/conversations"):
        assert seen.get(path, params={"client_id": "xianda"}).status_code == 404, path
    assert len(world.caller("qa").get("/v1/escalations").json()["results"]) == 2


def test_the_plain_webhook_takes_a_message_once_and_only_for_its_own_clients(world: Any) -> None:
    desk = world.caller("integrator", ["lulu"])
    body = {"conversation": {"client_id": "lulu", "external_id": "d-1"},
            "message": {"role": "customer", "text": DANGER, "external_id": "m-1"}}  # fmt: skip
    first, again = (desk.post("/v1/integrations/webhook", json=body).json() for _ in range(2))
    assert first["alerts"][0]["level"] == "emergency"
    assert (again["duplicate"], again["conversation_id"]) == (True, first["conversation_id"])
    body["conversation"]["client_id"] = "xianda"
    assert desk.post("/v1/integrations/webhook", json=body).status_code == 404


def test_a_sidebar_token_opens_its_own_conversation_only(world: Any) -> None:
    key = world.keys.create("desk", "integrator", ["lulu"]).key
    owner = world.caller("admin", ["lulu"])
    mine, other = open_one(owner, external_id="d-1"), open_one(owner)
    expires = int((datetime.now(UTC) + timedelta(hours=1)).timestamp())
    for named in (mine, "d-1"):
        token = world.app.state.service.door.mint(Grant("lulu", "a-17", named, expires, key.id))
        agent = world.with_key(token)
        assert agent.get(f"/v1/conversations/{mine}").status_code == 200
        assert agent.get(f"/v1/conversations/{other}").status_code == 404
    alert = say(agent, mine, DANGER)["alerts"][0]["id"]
    assert agent.post(f"/v1/alerts/{alert}/acknowledge").json()["acknowledged_by"] == "a-17"


async def read_stream(
    app: Any, conversation: str, enough: int, headers: dict[str, str]
) -> list[dict[str, str]]:
    """Call the stream as a server does, and go away after `enough` events."""
    sent = asyncio.Event()
    text = ""

    async def receive() -> dict[str, Any]:
        if not started:
            started.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}
        await sent.wait()
        return {"type": "http.disconnect"}

    async def send(given: dict[str, Any]) -> None:
        nonlocal text
        text += given.get("body", b"").decode()
        if text.count("\nid: ") + text.startswith("id: ") >= enough and text.endswith("\n\n"):
            sent.set()

    started: list[bool] = []
    path = f"/v1/conversations/{conversation}/events"
    raw = [(b"host", b"127.0.0.1"), *((k.lower().encode(), v.encode()) for k, v in headers.items())]
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": raw, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http",
        "http_version": "1.1", "asgi": {"version": "3.0"}, "root_path": "", "app": app,
    }  # fmt: skip
    async with asyncio.timeout(5):
        await app(scope, receive, send)
    blocks = [block for block in text.split("\n\n") if "event: " in block]
    return [dict(line.split(": ", 1) for line in block.splitlines() if ": " in line) for block in blocks]


def test_the_stream_tells_everything_in_order_and_resumes_by_the_last_id(world: Any) -> None:
    local = world.local()
    conversation = open_one(local)
    say(local, conversation, DANGER)
    say(local, conversation, PROMISE, "agent")
    events = asyncio.run(read_stream(world.app, conversation, 5, {}))
    assert [event["event"] for event in events][:2] == ["turn", "alert"]
    assert "promise" in [event["event"] for event in events]
    assert [int(event["id"]) for event in events] == list(range(1, len(events) + 1))
    assert json.loads(events[1]["data"])["services"] == ["110"]
    again = asyncio.run(read_stream(world.app, conversation, 1, {"Last-Event-ID": str(len(events) - 1)}))
    assert [int(event["id"]) for event in again] == [len(events)]


def test_background_advice_is_told_and_read_again_after_a_reload(world: Any) -> None:
    local = world.local()
    conversation = open_one(local)
    say(local, conversation, "缺件按实付金额退，几个小时内到账")
    desk = world.app.state.service.desk
    deadline = time.monotonic() + 3
    while not run_due(desk) and time.monotonic() < deadline:
        time.sleep(0.1)
    view = local.get(f"/v1/conversations/{conversation}").json()
    assert view["suggestions"] or view["abstained"]


def test_an_escalation_is_edited_handed_over_and_followed(world: Any) -> None:
    agent, client = world.caller("agent", ["lulu"]), world.caller("client", ["lulu"])
    conversation = open_one(agent)
    say(agent, conversation, "缺件了，要退款58元")
    draft = agent.post(f"/v1/conversations/{conversation}/escalations", json={"by": "a-1"})
    assert draft.status_code == 201
    path = f"/v1/escalations/{draft.json()['id']}"
    assert agent.patch(path, json={"text": "改过的全文"}).json()["text"] == "改过的全文"
    assert agent.post(f"{path}/acknowledge").status_code == 403
    assert client.post(f"{path}/acknowledge").status_code == 409
    assert agent.post(f"{path}/send").json()["state"] == "sent"
    assert agent.patch(path, json={"text": "太晚"}).json()["code"] == "wrong_state"
    assert client.post(f"{path}/acknowledge", json={"by": "王"}).json()["state"] == "acknowledged"
    assert client.post(f"{path}/resolve", json={"note": "已退"}).json()["state"] == "resolved"
    assert [step["state"] for step in client.get(path).json()["history"]] == [
        "draft", "sent", "acknowledged", "resolved"
    ]  # fmt: skip


def test_a_repeated_write_with_its_key_has_one_effect(world: Any) -> None:
    local = world.local()
    conversation = open_one(local)
    for _ in range(2):
        body = {"role": "customer", "text": "在吗"}
        path = f"/v1/conversations/{conversation}/turns"
        assert local.post(path, json=body, headers={"Idempotency-Key": "k-1"}).status_code == 200
    assert len(local.get(f"/v1/conversations/{conversation}/turns").json()["results"]) == 1


def test_the_transcript_pages(world: Any) -> None:
    local = world.local()
    conversation = open_one(local)
    for number in range(5):
        say(local, conversation, f"第{number}句")
    first = local.get(f"/v1/conversations/{conversation}/turns", params={"limit": 3}).json()
    rest = local.get(
        f"/v1/conversations/{conversation}/turns", params={"cursor": first["next_cursor"]}
    ).json()
    assert [row["index"] for row in (*first["results"], *rest["results"])] == [0, 1, 2, 3, 4]
    assert rest["next_cursor"] is None


def chatwoot(
    client: TestClient, raw: dict[str, Any], secret: str = SIGNING, age: int = 0, delivery: str = "d"
) -> Any:
    body = json.dumps(raw).encode()
    stamp = str(int(time.time()) - age)
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "X-Chatwoot-Signature": f"sha256={digest}",
        "X-Chatwoot-Timestamp": stamp,
        "X-Chatwoot-Delivery": delivery,
    }
    started = time.perf_counter()
    answer = client.post("/v1/integrations/chatwoot/webhook", content=body, headers=headers)
    assert time.perf_counter() - started < 10  # generous: the machine may be busy
    return answer


def test_chatwoot_is_known_by_its_signature_alone(make_world: Any) -> None:
    world = make_world(chatwoot_secret="s", chatwoot_inboxes="7=lulu")
    outside = TestClient(world.app, client=("203.0.113.9", 1))
    first = chatwoot(outside, message())
    assert first.json()["status"] == "turn"
    assert chatwoot(outside, message()).json()["status"] == "duplicate"
    assert chatwoot(outside, message(), delivery="e").json()["status"] == "duplicate"
    assert chatwoot(outside, message(id=502, private=True), delivery="f").json()["status"] == "ignored"
    assert chatwoot(outside, message(account={"id": 99}), delivery="g").json() == {
        "status": "ignored", "conversation_id": None
    }  # fmt: skip
    assert chatwoot(outside, message(), secret="wrong").status_code == 401
    assert chatwoot(outside, message(), age=301).status_code == 401
    assert outside.post("/v1/integrations/chatwoot/webhook", json=message()).status_code == 401
    transcript = (
        world.caller("admin").get(f"/v1/conversations/{first.json()['conversation_id']}/turns").json()
    )
    assert [turn["text"] for turn in transcript["results"]] == ["我的退款怎么还没到"]


def test_unsigned_calls_are_taken_where_the_setting_says_so_and_nowhere_else(make_world: Any) -> None:
    old = make_world(chatwoot_allow_unsigned=True, chatwoot_inboxes="*=lulu").local()
    assert old.post("/v1/integrations/chatwoot/webhook", json=message()).json()["status"] == "turn"
    assert old.post("/v1/integrations/chatwoot/webhook", content=b"{").status_code == 422
    closed = make_world(chatwoot_inboxes="*=lulu").local()
    assert closed.post("/v1/integrations/chatwoot/webhook", json=message()).status_code == 401


def test_an_answer_can_be_read_as_it_is_worded(make_world):
    world = make_world()
    caller = world.local()
    opened = caller.post("/v1/conversations", json={"client_id": "lulu"}).json()
    caller.post(f"/v1/conversations/{opened['id']}/turns", json={"role": "customer", "text": "退款"})
    path = f"/v1/conversations/{opened['id']}/suggestions"
    with caller.stream("POST", path, json={}, headers={"Accept": "text/event-stream"}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = list(response.iter_lines())
    assert "event: answer" in lines
    whole = json.loads(next(line for line in lines if line.startswith("data: "))[6:])
    assert whole["client_id"] == "lulu"
    stranger = world.caller("integrator", ["xianda"])
    refused = stranger.post(path, json={}, headers={"Accept": "text/event-stream"})
    assert refused.status_code == 404
