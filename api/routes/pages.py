"""The pages for people: `/sidebar`, `/demo`, `/board`, and the files that they load from here alone."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from api.guard import PUBLIC
from api.problems import not_found
from copilot.action_labels import action_label
from copilot.demo.samples import RecordedCase, recorded_cases

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "svg": "image/svg+xml",
}
ActionName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
_FOLDERS = frozenset({"", "css", "js", "js/views", "messages"})


def create_router() -> APIRouter:
    """Return the routes of the pages. They hold no data: what they show comes through the API, by key."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sidebar", dependencies=[PUBLIC])
    @router.get("/demo", dependencies=[PUBLIC])
    @router.get("/board", dependencies=[PUBLIC])
    def page(request: Request) -> Response:
        return _served(request, f"{request.url.path.strip('/')}.html")

    @router.get("/pages/demo-cases.json", dependencies=[PUBLIC])
    def demo_cases() -> list[RecordedCase]:
        """Return the shipped recordings: fiction, the same for everybody."""
        return list(recorded_cases())

    @router.get("/pages/actions.json", dependencies=[PUBLIC])
    def action_names(
        language: Literal["zh-Hans", "zh-Hant", "en"],
        name: Annotated[list[ActionName], Query(min_length=1, max_length=50)],
    ) -> dict[str, str]:
        """Return the actions' names for people, made of words that every client shares."""
        return {each: _readable(each, action_label(each, language)) for each in name}

    @router.get("/pages/{path:path}", dependencies=[PUBLIC])
    def file(request: Request, path: str) -> Response:
        return _served(request, path)

    return router


def _readable(name: str, label: str) -> str:
    """Return the label, or the name's own words where the shared ones do not cover it."""
    return name.replace("_", " ") if re.search("[a-z]", label) else label


def _served(request: Request, path: str) -> Response:
    """Return the file; browsers keep it and ask each time whether it is still the same."""
    content = _content(path)
    if content is None:
        raise not_found()
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    media_type = _TYPES[path.rsplit(".", 1)[1]]
    if request.headers.get("if-none-match") == tag:
        # With its type: browsers take this answer's headers over, and the policy of scripts goes by the type.
        return Response(status_code=304, headers=headers, media_type=media_type)
    return Response(content, headers=headers, media_type=media_type)


def _content(path: str) -> bytes | None:
    """Return the bytes of a file that pages may load; None for every other path."""
    folder, _, name = path.rpartition("/")
    if folder not in _FOLDERS or name.rpartition(".")[2] not in _TYPES or name.startswith("."):
        return None
    found = _folder().joinpath(*path.split("/"))
    return found.read_bytes() if found.is_file() else None


@lru_cache(maxsize=1)
def _folder() -> Traversable:
    return files("api").joinpath("pages")
