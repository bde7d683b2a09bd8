"""What agents owe to customers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from api.examples import USUAL, problem_responses
from api.guard import CallerDep, needs
from api.live import THING_ID, DeskDep, admit_thing, clients_of, found, who
from api.paging import Cursor, Limit, cursor_at, moment_of, read_parts
from api.routes.alerts import TakenIn
from copilot.live.model import LivePromise
from copilot.live.promises import PromiseFilter, PromisePlace, find_promise, keep, list_promises
from copilot.request import ClientId


class PromisePage(BaseModel):
    """The earliest due first."""

    results: list[LivePromise]
    next_cursor: str | None = None


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(prefix="/v1/promises", tags=["live"], responses=problem_responses(*USUAL))

    @router.get("", dependencies=[needs("supervise")])
    def list_live_promises(  # noqa: PLR0913, PLR0917 - what a call may say
        caller: CallerDep,
        desk: DeskDep,
        state: PromiseFilter | None = None,
        client_id: Annotated[ClientId | None, Query()] = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> PromisePage:
        """List the promises of the clients that this key may see: still due, overdue, open, kept."""
        rows = list_promises(desk, clients_of(caller, client_id), state, limit + 1, _place(cursor))
        page = rows[:limit]
        last = page[-1] if len(rows) > limit else None
        return PromisePage(results=list(page), next_cursor=_cursor(last) if last else None)

    @router.post("/{promise_id}/kept", dependencies=[needs("converse")])
    def keep_promise(
        request: Request, promise_id: Annotated[str, THING_ID], desk: DeskDep, body: TakenIn | None = None
    ) -> LivePromise:
        """Note that the promise was kept. The first one counts."""
        promise = found(lambda: find_promise(desk, promise_id))
        admit_thing(request, promise.client_id, promise.conversation_id)
        return keep(desk, promise_id, who(request, body.by if body else None))

    return router


def _cursor(promise: LivePromise) -> str:
    return cursor_at(promise.due_at.isoformat() if promise.due_at else "-", promise.id)


def _place(cursor: str | None) -> PromisePlace | None:
    parts = read_parts(cursor, 2)
    if not parts:
        return None
    return PromisePlace(None if parts[0] == "-" else moment_of(parts[0]), parts[1])
