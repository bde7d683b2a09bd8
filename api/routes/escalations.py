"""Escalations: drafted, edited, handed over, followed up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.examples import USUAL, problem_responses
from api.guard import CallerDep, needs
from api.live import THING_ID, ConversationDep, DeskDep, admit_thing, clients_of, found, who
from api.paging import cursor_after, read_cursor
from copilot.answer import Priority
from copilot.live.escalations import (
    Move,
    draft_escalation,
    edit_escalation,
    find_escalation,
    list_escalations,
    move_escalation,
)
from copilot.live.model import EscalationState, LiveEscalation
from copilot.request import ClientId

EscalationId = Annotated[str, THING_ID]
Line = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class EditIn(BaseModel):
    """The agent's words in place of the proposed ones; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"headline": "司机到校威胁"}]})

    headline: Line | None = None
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)] | None = None
    priority: Priority | None = None
    to: Name | None = None
    asks: Annotated[tuple[Line, ...], Field(max_length=50)] | None = None
    unknowns: Annotated[tuple[Line, ...], Field(max_length=50)] | None = None


class StepIn(BaseModel):
    """Who takes the step, and what is said with it."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [{"by": "a-17"}]})

    by: Name | None = None
    note: Annotated[str, StringConstraints(max_length=2000)] | None = None


class Filter(BaseModel):
    """Which escalations are listed."""

    client_id: ClientId | None = None
    conversation_id: Name | None = None
    state: EscalationState | None = None
    cursor: Annotated[str, StringConstraints(max_length=600)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50

    def columns(self) -> dict[str, str]:
        """Return what a row must have."""
        given = {"conversation_id": self.conversation_id, "state": self.state}
        return {name: value for name, value in given.items() if value is not None}


class EscalationPage(BaseModel):
    """One page, by id."""

    results: list[LiveEscalation]
    next_cursor: str | None = None


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(tags=["live"], responses=problem_responses(*USUAL))

    @router.post(
        "/v1/conversations/{conversation_id}/escalations", status_code=201, dependencies=[needs("escalate")]
    )
    def draft_live_escalation(
        request: Request, conversation: ConversationDep, desk: DeskDep, body: StepIn | None = None
    ) -> LiveEscalation:
        """Draft the hand-over of the conversation as it stands."""
        by = who(request, body.by if body else None)
        return found(lambda: draft_escalation(desk, conversation.id, by))

    @router.get("/v1/escalations", dependencies=[needs("supervise")])
    def list_live_escalations(
        caller: CallerDep,
        desk: DeskDep,
        only: Annotated[Filter, Query()],
    ) -> EscalationPage:
        """List the escalations of the clients that this key may see, by id."""
        clients = clients_of(caller, only.client_id)
        rows = list_escalations(desk, clients, read_cursor(only.cursor), only.limit + 1, only.columns())
        more = len(rows) > only.limit
        return EscalationPage(
            results=list(rows[: only.limit]),
            next_cursor=cursor_after(rows[only.limit - 1].id) if more else None,
        )

    @router.get("/v1/escalations/{escalation_id}", dependencies=[needs("supervise")])
    def read_escalation(request: Request, escalation_id: EscalationId, desk: DeskDep) -> LiveEscalation:
        """Read an escalation with its way so far."""
        return _admitted(request, desk, escalation_id)

    @router.patch("/v1/escalations/{escalation_id}", dependencies=[needs("escalate")])
    def edit_live_escalation(
        request: Request, escalation_id: EscalationId, desk: DeskDep, body: EditIn
    ) -> LiveEscalation:
        """Edit a draft; what was proposed is kept beside it. 409 once it was sent."""
        _admitted(request, desk, escalation_id)
        changes = body.model_dump(exclude_unset=True, exclude_none=True, mode="json")
        return found(lambda: edit_escalation(desk, escalation_id, changes))

    _add_steps(router)
    return router


def _add_steps(router: APIRouter) -> None:
    """Add one route a step: who may take it differs, the way is the same."""

    @router.post("/v1/escalations/{escalation_id}/send", dependencies=[needs("escalate")])
    def send_escalation(
        request: Request, escalation_id: EscalationId, desk: DeskDep, body: StepIn | None = None
    ) -> LiveEscalation:
        """Mark the draft as handed over. The same call again changes nothing."""
        return _step(request, desk, escalation_id, "sent", body)

    @router.post("/v1/escalations/{escalation_id}/acknowledge", dependencies=[needs("receive")])
    def acknowledge_escalation(
        request: Request, escalation_id: EscalationId, desk: DeskDep, body: StepIn | None = None
    ) -> LiveEscalation:
        """Say on the client company's side that somebody has it."""
        return _step(request, desk, escalation_id, "acknowledged", body)

    @router.post("/v1/escalations/{escalation_id}/resolve", dependencies=[needs("receive")])
    def resolve_escalation(
        request: Request, escalation_id: EscalationId, desk: DeskDep, body: StepIn | None = None
    ) -> LiveEscalation:
        """Say how it ended."""
        return _step(request, desk, escalation_id, "resolved", body)

    @router.post("/v1/escalations/{escalation_id}/reopen", dependencies=[needs("escalate")])
    def reopen_escalation(
        request: Request, escalation_id: EscalationId, desk: DeskDep, body: StepIn | None = None
    ) -> LiveEscalation:
        """Open a resolved escalation again; it can be edited and sent anew."""
        return _step(request, desk, escalation_id, "reopened", body)


def _admitted(request: Request, desk: DeskDep, escalation_id: str) -> LiveEscalation:
    escalation = found(lambda: find_escalation(desk, escalation_id))
    admit_thing(request, escalation.client_id, escalation.conversation_id)
    return escalation


def _step(
    request: Request, desk: DeskDep, escalation_id: str, to: EscalationState, body: StepIn | None
) -> LiveEscalation:
    _admitted(request, desk, escalation_id)
    given = body or StepIn()
    move = Move(to, who(request, given.by), given.note)
    return found(lambda: move_escalation(desk, escalation_id, move))
