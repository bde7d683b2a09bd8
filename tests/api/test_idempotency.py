"""A repeated write has one effect, and every repeat gets the first reply."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import APIRouter

from api.app import ROUTERS, create_app
from api.guard import needs

ARTICLE = {"title": "t", "body": "b"}
PATH = "/v1/clients/lulu/articles/A-1"


def counting(effects: list[str], seconds: float = 0.0, fails: bool = False) -> Any:
    """A write whose effects can be counted."""

    def create_router() -> APIRouter:
        router = APIRouter()
        lock = threading.Lock()

        @router.post("/v1/effects", dependencies=[needs("converse")])
        def effect(body: dict[str, str]) -> dict[str, int]:
            time.sleep(seconds)
            with lock:
                effects.append(body["text"])
                if fails and len(effects) == 1:
                    raise ZeroDivisionError
                return {"number": len(effects)}

        return router

    return create_router


def caller_of(app: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60)


async def test_fifty_concurrent_repeats_have_one_effect_and_one_reply(world: Any) -> None:
    effects: list[str] = []
    app = create_app(world.copilot, (*ROUTERS, counting(effects, 0.2)))
    async with caller_of(app) as caller:
        replies = await asyncio.gather(
            *(
                caller.post("/v1/effects", json={"text": "x"}, headers={"Idempotency-Key": "k-1"})
                for _ in range(50)
            )
        )
    assert effects == ["x"]
    assert {(reply.status_code, reply.text) for reply in replies} == {(200, '{"number":1}')}
    assert sum("Idempotency-Replayed" in reply.headers for reply in replies) == 49


async def test_another_body_under_the_same_key_is_refused(world: Any) -> None:
    effects: list[str] = []
    app = create_app(world.copilot, (*ROUTERS, counting(effects)))
    async with caller_of(app) as caller:
        headers = {"Idempotency-Key": "k-1"}
        await caller.post("/v1/effects", json={"text": "x"}, headers=headers)
        other = await caller.post("/v1/effects", json={"text": "y"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert effects == ["x"]


async def test_an_error_of_ours_may_be_repeated(world: Any) -> None:
    effects: list[str] = []
    app = create_app(world.copilot, (*ROUTERS, counting(effects, fails=True)))
    async with caller_of(app) as caller:
        headers = {"Idempotency-Key": "k-1"}
        first = await caller.post("/v1/effects", json={"text": "x"}, headers=headers)
        second = await caller.post("/v1/effects", json={"text": "x"}, headers=headers)
    assert (first.status_code, second.status_code) == (500, 200)


def test_keys_of_two_callers_do_not_meet(world: Any) -> None:
    one, two = (world.caller("client", [client]) for client in ("lulu", "xianda"))
    headers = {"Idempotency-Key": "same"}
    assert one.put(PATH, json=ARTICLE, headers=headers).status_code == 200
    assert two.put(PATH, json=ARTICLE, headers=headers).status_code == 404


def test_a_reply_is_forgotten_after_a_day(world: Any) -> None:
    replies = world.app.state.service.idempotency
    world.local().put(PATH, json=ARTICLE, headers={"Idempotency-Key": "k"})
    now = datetime.now(UTC)
    assert replies.forget_old(now + timedelta(hours=23)) == 0
    assert replies.forget_old(now + timedelta(hours=25)) == 1


def test_a_key_that_cannot_be_one_is_refused(world: Any) -> None:
    for key in ("", "a b", "k" * 256):
        response = world.local().put(PATH, json=ARTICLE, headers={"Idempotency-Key": key})
        assert response.json()["code"] == "bad_idempotency_key", key


def test_answers_about_conversations_are_not_kept(world: Any) -> None:
    request = {"client_id": "lulu", "turns": [{"role": "customer", "text": "电话13812345678"}]}
    world.local().post("/v1/assist", json=request, headers={"Idempotency-Key": "k"})
    assert world.app.state.service.idempotency.forget_old(datetime.now(UTC) + timedelta(days=2)) == 0
