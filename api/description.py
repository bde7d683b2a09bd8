"""The API's description: one schema of errors, one of credentials, and the permission of every call."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.guard import classification, walk
from api.problems import Problem

_REFERENCE = "#/components/schemas/{model}"


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, built once."""
    if app.openapi_schema is None:
        app.openapi_schema = _complete(app, app.openapi())
    return app.openapi_schema


def operation_name(route: APIRoute) -> str:
    """Return the name that a generated client gives to the call."""
    return route.name


def _complete(app: FastAPI, description: dict[str, Any]) -> dict[str, Any]:
    components = description.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template=_REFERENCE)
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key or a sidebar token."}
    }
    for path, route in walk(app.routes):
        _name_permission(description["paths"].get(path, {}), route)
    return description


def _name_permission(operations: dict[str, Any], route: Any) -> None:
    needs = classification(route)
    for method in route.methods or ():
        operation = operations.get(method.lower())
        if operation is None or needs is None or needs.permission is None:
            continue
        operation["security"] = [{"key": []}]
        operation["x-permission"] = needs.permission
