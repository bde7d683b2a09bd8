"""`Idempotency-Key`: a write that is repeated has one effect, and every repeat gets the first reply."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import assert_never

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ApiError
from copilot.access.idempotency import (
    Claim,
    First,
    Idempotency,
    Mismatch,
    Reply,
    Running,
    Ticket,
    fingerprint,
)
from copilot.access.roles import Caller

_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# These change nothing: repeating them is harmless, and their answers (customers' words) are not kept.
_STATELESS = frozenset({"/v1/assist"})
_KEY = re.compile(r"^[\x21-\x7e]{1,255}$")
_POLL_SECONDS = 0.05
_PATIENCE_SECONDS = 30.0
_KEPT_BYTES = 4_000_000
# A repeat may well end otherwise: nothing to keep.
_PASSING = frozenset({401, 403, 404, 408, 409, 429})


@dataclass(slots=True)
class _Recorded:
    """The response as it passes."""

    status: int = 0
    content_type: str = ""
    body: bytearray = field(default_factory=bytearray)

    def note(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.content_type = Headers(raw=message["headers"]).get("content-type", "")
        elif len(self.body) <= _KEPT_BYTES:
            self.body += message.get("body", b"")

    @property
    def streams(self) -> bool:
        """Whether the reply is a stream: passed on as it comes, never kept."""
        return "event-stream" in self.content_type

    @property
    def final(self) -> bool:
        """Whether repeats should get this reply."""
        ended = 200 <= self.status < 500 and self.status not in _PASSING
        return ended and len(self.body) <= _KEPT_BYTES and not self.streams


class IdempotentWrites:
    """Replays, refuses, or lets through and records."""

    def __init__(self, app: ASGIApp, replies: Idempotency) -> None:
        self._app = app
        self._replies = replies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call."""
        key = _key(scope)
        caller = scope.get("state", {}).get("caller")
        if key is None or not isinstance(caller, Caller):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        target = f"{scope['path']}?{scope.get('query_string', b'').decode('latin-1')}"
        ticket = Ticket(caller.id, key, fingerprint(scope["method"], target, body))
        reply = await self._claim(ticket)
        if reply is None:
            await self._run(ticket, scope, _again(body, receive), send)
        else:
            headers = {"Idempotency-Replayed": "true"}
            await Response(reply.body, reply.status, headers, reply.content_type)(scope, receive, send)

    async def _claim(self, ticket: Ticket) -> Reply | None:
        """Return the first call's reply; None where this is the first. Raise the problem of 409 or 422."""
        claim = await run_in_threadpool(self._replies.claim, ticket)
        if isinstance(claim, Running):
            claim = await self._await(ticket)
        match claim:
            case First():
                return None
            case Reply():
                return claim
            case Mismatch():
                detail = "This Idempotency-Key was used for another request; take a new one."
                raise ApiError(422, "idempotency_mismatch", detail)
            case Running():
                detail = "The first call with this Idempotency-Key is still running; try again."
                raise ApiError(409, "still_running", detail, headers={"Retry-After": "2"})
            case _:
                assert_never(claim)

    async def _await(self, ticket: Ticket) -> Claim:
        """Return what the running call became, or Running when patience ends."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE_SECONDS
        claim: Claim = Running()
        while isinstance(claim, Running) and loop.time() < deadline:
            await asyncio.sleep(_POLL_SECONDS)
            claim = await run_in_threadpool(self._replies.look, ticket)
            if isinstance(claim, First):  # the running call gave its claim back
                claim = await run_in_threadpool(self._replies.claim, ticket)
        return claim

    async def _run(self, ticket: Ticket, scope: Scope, receive: Receive, send: Send) -> None:
        recorded = _Recorded()
        held: list[Message] = []

        async def record(message: Message) -> None:
            recorded.note(message)
            if recorded.streams:
                await send(message)
            else:
                held.append(message)

        try:
            await self._app(scope, receive, record)
        finally:
            await run_in_threadpool(self._settle, ticket, recorded, scope["state"].get("client_id"))
        for message in held:
            await send(message)

    def _settle(self, ticket: Ticket, recorded: _Recorded, client_id: str | None) -> None:
        if recorded.final:
            reply = Reply(recorded.status, recorded.content_type, bytes(recorded.body))
            self._replies.keep(ticket, reply, client_id)
        else:
            self._replies.give_back(ticket)


def _key(scope: Scope) -> str | None:
    """Return the key of a write. Raise the problem of 400 where it is malformed."""
    if scope["type"] != "http" or scope["method"] not in _METHODS or scope["path"] in _STATELESS:
        return None
    key = Headers(scope=scope).get("idempotency-key")
    if key is not None and not _KEY.match(key):
        raise ApiError(
            400, "bad_idempotency_key", "An Idempotency-Key has 1 to 255 visible ASCII characters."
        )
    return key


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return the body once more, then whatever else the client says (that it went away)."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
