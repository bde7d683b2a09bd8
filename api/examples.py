"""The examples of the API description; they stand in examples.yaml."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from api.problems import MEDIA_TYPE


@lru_cache(maxsize=1)
def _examples() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("api").joinpath("examples.yaml").read_text("utf-8"))
    return loaded


def example(name: str) -> Any:
    """Return the example of that name."""
    return _examples()[name]


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of the errors a route may answer with."""
    return {
        status: {
            "description": _DESCRIPTIONS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


_DESCRIPTIONS = {
    400: "The body is not readable (broken JSON, a malformed header).",
    401: "No key, or an unknown, expired or revoked one.",
    403: "The role of the key does not allow this.",
    404: "No such thing, or another client's: the answer is the same.",
    405: "The address does not take this method.",
    409: "The first call with this Idempotency-Key is still running.",
    413: "The body is too large.",
    415: "The body is not of the kind that is expected.",
    422: "Fields are not as expected; `errors` names each with its path.",
    429: "Too many calls; `Retry-After` says how many seconds to wait.",
    500: "An error of ours; the `request_id` finds it.",
    503: "The database or the search model did not answer; try again.",
}
USUAL = (400, 401, 403, 404, 409, 413, 422, 429, 500, 503)
