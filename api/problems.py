"""Every error as `application/problem+json` (RFC 9457) with a stable code, and the one mapping to HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from copilot.answer import Alert
from copilot.editing import KnowledgeProblemsError, UnknownArticleError, UnknownClientError
from knowledge.embedding import EmbeddingError
from knowledge.reading.problem import Problem as KnowledgeProblem
from knowledge.reading.problem import ProblemError

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20
_TYPE = "urn:agent-copilot:problem:"


class FieldError(BaseModel):
    """One thing that is wrong: where (a path like `turns[0].role`), what, and what is expected."""

    path: str = Field(examples=["turns[0].role"])
    code: str = Field(examples=["literal_error"])
    message: str = Field(examples=["must be 'customer', 'agent' or 'system'"])
    severity: str = "error"


class Problem(BaseModel):
    """RFC 9457. `code` is stable: programs may rely on it; `detail` is for people and may change."""

    type: str = Field(examples=[f"{_TYPE}validation_failed"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    code: str = Field(examples=["validation_failed"])
    detail: str = Field(examples=["1 field is wrong."])
    request_id: str = Field(examples=["4f0c2e6a9b1d4c6e8f3a5b7c9d1e2f30"])
    errors: list[FieldError] = []
    alerts: list[Alert] = Field(
        default=[], description="Danger in a turn that could not be kept: show it all the same."
    )


@dataclass(eq=False)
class ApiError(Exception):
    """A call that ends in an error that we chose."""

    status: int
    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()  # danger that the call spoke of, though nothing else could be done


def not_found() -> ApiError:
    """The one answer for what does not exist and for what is another client's."""
    return ApiError(404, "not_found", "There is no such thing, or this key may not see it.")


def forbidden() -> ApiError:
    """The role does not allow the call at all, whatever it is about."""
    return ApiError(403, "forbidden", "The role of this key does not allow this.")


def storage_unavailable(alerts: tuple[Alert, ...] = ()) -> ApiError:
    """The database is full, locked or gone."""
    detail = "The database did not take the call. Nothing was changed; try again."
    return ApiError(503, "storage_unavailable", detail, headers={"Retry-After": "5"}, alerts=alerts)


def internal_error() -> ApiError:
    """An error that nobody expected."""
    detail = "This is our fault. The request_id finds the log line; name it when you report this."
    return ApiError(500, "internal_error", detail)


_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 400: "malformed_body", 413: "body_too_large"}


def respond(problem: ApiError, request_id: str) -> Response:
    """Return the response that says so."""
    body = Problem(
        type=f"{_TYPE}{problem.code}",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        request_id=request_id,
        errors=list(problem.errors),
        alerts=list(problem.alerts),
    )
    content = json.dumps(body.model_dump(mode="json"), ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, problem.status, dict(problem.headers), MEDIA_TYPE)


def register(app: FastAPI) -> None:
    """Make every error of ours and of the framework a problem."""
    app.add_exception_handler(ApiError, _handle)
    app.add_exception_handler(HTTPException, _handle)
    for kind in _CHOSEN:
        app.add_exception_handler(kind, _handle)


def request_id_of(request: Request) -> str:
    """Return the id that the outermost middleware gave to the call."""
    return str(getattr(request.state, "request_id", ""))


async def _handle(request: Request, error: Exception) -> Response:
    return respond(problem_of(error), request_id_of(request))


def problem_of(error: Exception) -> ApiError:  # noqa: PLR0911 - the one mapping, a line a kind
    """Return what a caller is told of `error`; never the text of an error that we did not write."""
    match error:
        case ApiError():
            return error
        case UnknownClientError() | UnknownArticleError():
            return not_found()
        case RequestValidationError():
            return _invalid(error)
        case KnowledgeProblemsError():
            return _knowledge(error.problems)
        case ProblemError():
            return _knowledge((error.problem,))
        case EmbeddingError():
            return ApiError(503, "embedding_unavailable", "The search model cannot be reached; try again.")
        case DBAPIError() | PoolTimeoutError():
            return storage_unavailable()
        case HTTPException():
            return _http(error)
        case _:
            return internal_error()


_CHOSEN: Sequence[type[Exception]] = (
    UnknownClientError,
    UnknownArticleError,
    RequestValidationError,
    KnowledgeProblemsError,
    ProblemError,
    EmbeddingError,
    DBAPIError,
    PoolTimeoutError,
)


def _http(error: HTTPException) -> ApiError:
    if error.status_code == 404:
        return not_found()
    code = _HTTP_CODES.get(error.status_code, f"http_{error.status_code}")
    details = {
        400: "The body cannot be read.",
        405: "This address does not take that method.",
        413: "The body is larger than this service accepts.",
    }
    detail = details.get(error.status_code, HTTPStatus(error.status_code).description)
    return ApiError(error.status_code, code, detail, headers=dict(error.headers or {}))


def _knowledge(problems: Sequence[KnowledgeProblem]) -> ApiError:
    errors = tuple(
        FieldError(
            path=": ".join(part for part in (problem.path, problem.where) if part),
            code="knowledge",
            message=problem.cause,
            severity=problem.severity,
        )
        for problem in problems[:MAX_ERRORS]
    )
    detail = f"Nothing was changed: {_count(len(problems), 'problem')} in what was sent."
    return ApiError(422, "invalid_knowledge", detail, errors)


def _invalid(error: RequestValidationError) -> ApiError:
    found = error.errors()
    broken = next((item for item in found if item["type"] == "json_invalid"), None)
    if broken is not None:
        return _broken_json(broken, error.body)
    errors = _without_echoes([_field_error(item) for item in found])
    detail = f"{_count(len(errors), 'field')} not as expected."
    return ApiError(422, "validation_failed", detail, errors[:MAX_ERRORS])


def _without_echoes(errors: Sequence[FieldError]) -> tuple[FieldError, ...]:
    """Drop "too short" of a list that is short only because its items are wrong."""
    paths = [error.path for error in errors]
    return tuple(
        error
        for error in errors
        if error.code != "too_short" or not any(path.startswith(f"{error.path}[") for path in paths)
    )


def _broken_json(item: Mapping[str, object], body: object) -> ApiError:
    location = item.get("loc")
    position = location[-1] if isinstance(location, tuple) and isinstance(location[-1], int) else 0
    before = body[:position] if isinstance(body, str) else ""
    where = f"line {before.count(chr(10)) + 1}, column {position - (before.rfind(chr(10)) + 1) + 1}"
    error = FieldError(path=where, code="json_invalid", message="is not JSON from here on")
    return ApiError(400, "malformed_json", f"The body is no JSON: {where}.", (error,))


def _field_error(item: Mapping[str, object]) -> FieldError:
    location = item.get("loc", ())
    parts = location if isinstance(location, tuple) else ()
    return FieldError(path=_path(parts), code=str(item.get("type", "invalid")), message=_message(item))


def _path(parts: Sequence[object]) -> str:
    """Return `turns[0].role` for ("body", "turns", 0, "role"); other places keep their name in front."""
    path = ""
    for part in parts[1:] if parts and parts[0] == "body" else parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.lstrip(".") or "body"


def _message(item: Mapping[str, object]) -> str:
    """Return pydantic's words (they name what is expected), with a hint where they are terse."""
    kind = str(item.get("type", ""))
    hints = {
        "missing": "is required",
        "timezone_aware": "needs an offset, like 2026-03-02T21:14:00+08:00",
        "datetime_from_date_parsing": "must be a time with offset, like 2026-03-02T21:14:00+08:00",
        "datetime_parsing": "must be a time with offset, like 2026-03-02T21:14:00+08:00",
        "model_attributes_type": "must be a JSON object, sent as application/json",
    }
    return hints.get(kind) or _length(kind, item.get("ctx")) or str(item.get("msg", "is not as expected"))


def _length(kind: str, context: object) -> str | None:
    """Return what is said of a list or a text of the wrong length."""
    if not isinstance(context, Mapping):
        return None
    words = {
        "too_short": f"needs at least {context.get('min_length')} items",
        "too_long": f"may have at most {context.get('max_length')} items",
        "string_too_short": f"needs at least {context.get('min_length')} characters",
        "string_too_long": f"may have at most {context.get('max_length')} characters",
    }
    return words.get(kind)


def _count(number: int, noun: str) -> str:
    return f"1 {noun} is" if number == 1 else f"{number} {noun}s are"
