"""Health, readiness, counters, the API's description and the headers of everything."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from fastapi.testclient import TestClient

from api.middleware.audit import Auditing
from api.service import Metrics
from copilot.access.roles import Caller


def test_readiness_says_that_no_key_exists(local: TestClient) -> None:
    body = local.get("/readyz").json()
    assert body["status"] == "ready"
    assert body["access"] == "loopback_only"
    assert "copilot keys create" in body["access_note"]
    assert [row["client_id"] for row in body["known_clients"]] == ["lulu", "xianda"]


def test_readiness_names_clients_to_their_own_callers_only(world: Any) -> None:
    own = world.caller("client", ["lulu"]).get("/readyz").json()
    assert [row["client_id"] for row in own["known_clients"]] == ["lulu"]
    stranger = TestClient(world.app).get("/readyz").json()
    assert stranger["known_clients"] is None
    assert stranger["clients"] == 2
    assert "lulu" not in str(stranger)


def test_counters_name_no_client(world: Any) -> None:
    world.local().get("/v1/clients/lulu/articles/lulu-1")
    text = world.local().get("/metrics").text
    assert 'copilot_requests_total{method="GET",route="/v1/clients/{client_id}/articles/{article_id}"' in text
    assert "lulu" not in text


def test_the_description_covers_every_call_with_its_errors(local: TestClient) -> None:
    description = local.get("/openapi.json").json()
    assert "/v1/assist" in description["paths"]
    for path, operations in description["paths"].items():
        for operation in operations.values():
            assert operation.get("description"), path
    errors = description["paths"]["/v1/assist"]["post"]["responses"]
    assert {"401", "404", "422", "429"} <= set(errors)
    assert list(errors["422"]["content"]) == ["application/problem+json"]


def test_the_documentation_page_asks_nobody_else(local: TestClient) -> None:
    page = local.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert local.get(address).status_code == 200, address
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]


def test_the_assets_are_a_closed_list(local: TestClient) -> None:
    for name in ("../pyproject.toml", "%2e%2e%2fapp.py", "core.py"):
        assert local.get(f"/docs/{name}").status_code == 404


def test_every_answer_carries_security_headers(local: TestClient) -> None:
    for path in ("/healthz", "/v1/clients", "/nowhere", "/docs"):
        headers = local.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors" in headers["Content-Security-Policy"]
    assert local.get("/v1/clients").headers["Cache-Control"] == "no-store"


def test_other_origins_are_let_in_by_setting_only(make_world: Any) -> None:
    asking = {"Origin": "https://desk.example", "Access-Control-Request-Method": "POST"}
    closed = make_world().local().options("/v1/assist", headers=asking)
    assert "access-control-allow-origin" not in closed.headers
    opened = make_world(cors_origins="https://desk.example").local().options("/v1/assist", headers=asking)
    assert opened.headers["access-control-allow-origin"] == "https://desk.example"


async def test_a_heartbeat_never_passes_the_beginning_of_its_stream():
    sent: list[str] = []
    begun = asyncio.Event()

    class SlowAudit:
        def record(self, entry: object) -> None:
            time.sleep(0.05)

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        async def beat() -> None:
            await begun.wait()
            await send({"type": "http.response.body", "body": b": beat", "more_body": True})

        beating = asyncio.create_task(beat())
        begun.set()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await beating

    async def note(message: Any) -> None:
        sent.append(message["type"])

    scope = {
        "type": "http", "method": "GET", "path": "/v1/x", "path_params": {},
        "state": {"caller": Caller(id="k", role="agent"), "request_id": "r"},
    }  # fmt: skip
    await Auditing(stream, SlowAudit(), Metrics())(scope, note, note)  # type: ignore[arg-type]
    assert sent == ["http.response.start", "http.response.body"]
