"""No body larger than allowed: refused by its announced length, and counted while it comes."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ApiError, respond

_UPLOAD = "/import"


class BodyLimit:
    """Answers 413 before anything is parsed; an import may be larger than other calls."""

    def __init__(self, app: ASGIApp, limit: int, upload_limit: int) -> None:
        self._app = app
        self._limit = limit
        self._upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._upload_limit if scope["path"].endswith(_UPLOAD) else self._limit
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > limit:
            await respond(too_large(limit), scope["state"]["request_id"])(scope, receive, send)
            return
        count = 0

        async def counted() -> Message:
            nonlocal count
            message = await receive()
            count += len(message.get("body", b""))
            if count > limit:
                raise HTTPException(413)  # the framework lets only its own error out of its body parsing
            return message

        await self._app(scope, counted, send)


def too_large(limit: int) -> ApiError:
    """Return the problem of a body of more than `limit` bytes."""
    return ApiError(413, "body_too_large", f"The body may have at most {limit} bytes.")
