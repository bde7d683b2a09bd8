"""`/openapi.json` and `/docs`, without a single request to anywhere else."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.description import describe
from api.guard import PUBLIC
from api.problems import not_found

_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "png": "image/png"}
# Swagger UI as the wheel of fastapi-offline carries it.
_ASSETS = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"})
_START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis], validatorUrl: null
});
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Agent copilot API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json", dependencies=[PUBLIC])
    def openapi(request: Request) -> dict[str, Any]:
        return describe(request.app)

    @router.get("/docs", dependencies=[PUBLIC])
    def docs() -> HTMLResponse:
        return HTMLResponse(_PAGE)

    @router.get("/docs/{name}", dependencies=[PUBLIC])
    def asset(name: str) -> Response:
        if name == "start.js":
            return Response(_START, media_type=_TYPES["js"])
        if name not in _ASSETS:
            raise not_found()
        content = files("fastapi_offline").joinpath("static", name).read_bytes()
        return Response(content, media_type=_TYPES[name.rsplit(".", 1)[1]])

    return router
