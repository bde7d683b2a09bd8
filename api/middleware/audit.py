"""Every call by a known caller is written down before its answer leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.context import route_template
from api.service import Metrics
from copilot.access.audit import Audit, Entry
from copilot.access.roles import Caller
from copilot.logs import log

_TARGET_CHARACTERS = 400
# A customer who is to be forgotten is not remembered here.
_UNNAMED = frozenset({"customer_id"})


class Auditing:
    """Writes who called what, about which client, and how it ended. A full disk never withholds an alert."""

    def __init__(self, app: ASGIApp, audit: Audit, metrics: Metrics) -> None:
        self._app = app
        self._audit = audit
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call."""
        caller = scope.get("state", {}).get("caller")
        if not isinstance(caller, Caller):
            await self._app(scope, receive, send)
            return

        in_order = (
            asyncio.Lock()
        )  # a stream's heartbeat must not pass its own beginning while that is written

        async def forward(message: Message) -> None:
            async with in_order:
                if message["type"] == "http.response.start" and not _is_noted(scope, message["status"]):
                    await run_in_threadpool(self._write, entry(scope, caller, message["status"]))
                await send(message)

        await self._app(scope, receive, forward)

    def _write(self, written: Entry) -> None:
        try:
            self._audit.record(written)
        except SQLAlchemyError as error:
            self._metrics.degraded.labels("audit").inc()
            log().error("audit not written", request_id=written.request_id, kind=type(error).__name__)


def _is_noted(scope: Scope, status: int) -> bool:
    """Whether the route wrote this very outcome down in its own transaction."""
    return bool(scope["state"].get("noted_status") == status)


def note_within(request: Request, audit: Audit, status: int = 200) -> Callable[[Connection], None]:
    """Return what writes the call down in a transaction of the route's own: one commit instead of two."""
    caller: Caller = request.state.caller

    def note(connection: Connection) -> None:
        audit.note(connection, entry(request.scope, caller, status))
        request.state.noted_status = status

    return note


def entry(scope: Scope, caller: Caller, status: int) -> Entry:
    """Return the entry of a call; its target is the path's own values, never a body or a query."""
    given = scope.get("path_params", {})
    target = "/".join(str(value) for name, value in given.items() if name not in _UNNAMED)
    return Entry(
        at=datetime.now(UTC),
        caller=caller.id[:128],
        role=caller.role,
        client_id=scope["state"].get("client_id"),
        action=f"{scope['method']} {route_template(scope)}"[:255],
        target=target[:_TARGET_CHARACTERS] or None,
        status=status,
        request_id=scope["state"]["request_id"],
    )
