"""The outermost layer: request id, security headers, counters, a log line, the last boundary for errors."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ApiError, problem_of, respond
from api.service import Metrics
from copilot.logs import log

_REQUEST_ID = re.compile(r"^[A-Za-z0-9_.:-]{1,64}$")
_JSON_CSP = "default-src 'none'; frame-ancestors 'none'"
_PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'{inline}; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {frames}"
)
_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)
DOCS = "/docs"  # the one page whose library writes styles into its elements


@dataclass(slots=True)
class _Watched:
    """What the response says of itself while it passes."""

    started: float
    status: int = 0

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started


class Context:
    """Names the call, and sees to it that no error leaves without our words for it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, frames: Sequence[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._frames = " ".join(["'self'", *frames])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        watched = _Watched(time.perf_counter())

        async def forward(message: Message) -> None:
            if message["type"] == "http.response.start":
                watched.status = message["status"]
                self._dress(MutableHeaders(scope=message), scope["path"], request_id)
                self._measure(scope, watched)
            await send(message)

        try:
            await self._app(scope, receive, forward)
        except Exception as error:  # noqa: BLE001 - the last boundary: logged by kind, answered in our words
            self._note_failure(error, request_id)
            if not watched.status:
                await respond(problem_of(error), request_id)(scope, receive, forward)

    def _dress(self, headers: MutableHeaders, path: str, request_id: str) -> None:
        headers["X-Request-ID"] = request_id
        for name, value in _HEADERS:
            headers.setdefault(name, value)
        if headers.get("content-type", "").startswith("text/html"):
            inline = " 'unsafe-inline'" if path == DOCS else ""
            headers["Content-Security-Policy"] = _PAGE_CSP.format(inline=inline, frames=self._frames)
        else:
            headers["Content-Security-Policy"] = _JSON_CSP
        if path.startswith("/v1/"):
            headers.setdefault("Cache-Control", "no-store")

    def _measure(self, scope: Scope, watched: _Watched) -> None:
        route = route_template(scope)
        self._metrics.requests.labels(scope["method"], route, str(watched.status)).inc()
        self._metrics.seconds.labels(scope["method"], route).observe(watched.seconds)
        log().info(
            "call",
            request_id=scope["state"]["request_id"],
            method=scope["method"],
            route=route,
            status=watched.status,
            milliseconds=round(watched.seconds * 1000, 1),
        )

    def _note_failure(self, error: Exception, request_id: str) -> None:
        if isinstance(error, ApiError | HTTPException):
            return
        self._metrics.failures.labels(type(error).__name__).inc()
        log().error("failure", request_id=request_id, exc_info=error)


def route_template(scope: Scope) -> str:
    """Return the route's path with its parameters' names; what no route matched is one word."""
    route = scope.get("route")
    return str(getattr(route, "path", "unmatched"))


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.match(given) else uuid.uuid4().hex
