"""Alerts of live conversations: who has not been taken care of, and who takes it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from api.examples import USUAL, problem_responses
from api.guard import CallerDep, needs
from api.live import THING_ID, DeskDep, admit_thing, clients_of, found, who
from api.paging import Cursor, Limit, cursor_at, moment_of, read_parts
from copilot.live.alerts import AlertPlace, acknowledge, find_alert, list_alerts
from copilot.live.model import AlertState, LiveAlert
from copilot.request import ClientId


class TakenIn(BaseModel):
    """Who takes it, where the caller speaks for several people."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [{"by": "a-17"}]})

    by: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None


class AlertPage(BaseModel):
    """Emergencies first, the oldest first."""

    results: list[LiveAlert]
    next_cursor: str | None = None


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(prefix="/v1/alerts", tags=["live"], responses=problem_responses(*USUAL))

    @router.get("", dependencies=[needs("supervise")])
    def list_live_alerts(  # noqa: PLR0913, PLR0917 - what a call may say
        caller: CallerDep,
        desk: DeskDep,
        state: AlertState | None = None,
        client_id: Annotated[ClientId | None, Query()] = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> AlertPage:
        """List the alerts of the clients that this key may see."""
        rows = list_alerts(desk, clients_of(caller, client_id), state, limit + 1, _place(cursor))
        page = rows[:limit]
        last = page[-1] if len(rows) > limit else None
        return AlertPage(
            results=list(page),
            next_cursor=cursor_at(last.level, last.raised_at.isoformat(), last.id) if last else None,
        )

    @router.post("/{alert_id}/acknowledge", dependencies=[needs("converse")])
    def acknowledge_alert(
        request: Request, alert_id: Annotated[str, THING_ID], desk: DeskDep, body: TakenIn | None = None
    ) -> LiveAlert:
        """Take the alert: its clock stops, and everybody sees who took it. The first one counts."""
        alert = found(lambda: find_alert(desk, alert_id))
        admit_thing(request, alert.client_id, alert.conversation_id)
        return acknowledge(desk, alert_id, who(request, body.by if body else None))

    return router


def _place(cursor: str | None) -> AlertPlace | None:
    parts = read_parts(cursor, 3)
    return AlertPlace(parts[0], moment_of(parts[1]), parts[2]) if parts else None
