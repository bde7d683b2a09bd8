"""`POST /v1/assist`: one stateless look at a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from api.examples import USUAL, example, problem_responses
from api.guard import admit, needs
from api.problems import request_id_of
from api.service import Service, ServiceDep
from copilot.answer import Answer
from copilot.logs import log
from copilot.request import AgentIn, AssistRequest, TurnIn

IGNORED = "X-Ignored-Fields"
_MAX_IGNORED = 20


async def note_ignored(request: Request, response: Response) -> None:
    """Name the fields of the body that this version does not know: a misspelled one is else hard to find."""
    try:
        ignored = unknown_fields(await request.json())
    except ValueError:
        return  # no JSON at all: the validation says so
    if ignored:
        response.headers[IGNORED] = ", ".join(name for name in ignored[:_MAX_IGNORED] if _printable(name))


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(tags=["assist"])

    @router.post(
        "/v1/assist",
        dependencies=[needs("assist"), Depends(note_ignored)],
        responses={
            200: {"content": {"application/json": {"example": example("assist_answer")}}},
            **problem_responses(*USUAL),
        },
    )
    def assist(
        request: Request,
        service: ServiceDep,
        body: Annotated[AssistRequest, Body(openapi_examples=example("assist_requests"))],
    ) -> Answer:
        """Look at one conversation once.

        Alerts, facts, checks and promises come from the turns themselves; suggestions, limits and precedents
        from the client's knowledge. Nothing of the conversation is kept.

        Fields that this version does not know are ignored and named in the header `X-Ignored-Fields`.
        """
        admit(request, body.client_id)
        answer = service.copilot.pipeline.assist(body.conversation(), body.want, request_id_of(request))
        note_answer(service, answer)
        return answer

    return router


def note_answer(service: Service, answer: Answer) -> None:
    """Count what the answer says, and write down what stood behind its suggestions."""
    for alert in answer.alerts:
        service.metrics.alerts.labels(alert.level).inc()
    for part in answer.degraded:
        service.metrics.degraded.labels(part.split(":")[0]).inc()
    if not answer.suggestions:
        return
    try:
        authority = service.copilot.knowledge.client(answer.client_id).authority
        service.audit.record_answer(answer, authority.version)
    except SQLAlchemyError as error:  # a full disk never withholds an answer
        service.metrics.degraded.labels("audit").inc()
        log().error("suggestions not recorded", request_id=answer.request_id, kind=type(error).__name__)


def unknown_fields(body: object) -> tuple[str, ...]:
    """Return the names in the body that the request has no field for, sorted, `turns[].name` for turns."""
    if not isinstance(body, Mapping):
        return ()
    turns = body.get("turns")
    of_turns = (
        {name for turn in turns if isinstance(turn, Mapping) for name in turn}
        if isinstance(turns, list)
        else set()
    )
    unknown = {
        *_unknown(body, AssistRequest.model_fields, ""),
        *_unknown(body.get("agent"), AgentIn.model_fields, "agent."),
        *(f"turns[].{name}" for name in of_turns - set(TurnIn.model_fields)),
    }
    return tuple(sorted(unknown))


def _unknown(value: object, fields: Mapping[str, Any], prefix: str) -> list[str]:
    names = value if isinstance(value, Mapping) else ()
    return [f"{prefix}{name}" for name in names if name not in fields]


def _printable(name: str) -> bool:
    """Whether the name can stand in a header as it is."""
    return len(name) <= 100 and name.isascii() and name.isprintable() and "," not in name
