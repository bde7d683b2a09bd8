"""What agents owe to customers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from api.examples import USUAL, problem_responses
from api.guard import CallerDep, needs
from api.live import THING_ID, DeskDep, admit_thing, clients_of, found, who
from api.paging import Limit
from api.routes.alerts import TakenIn
from copilot.live.model import LivePromise
from copilot.live.promises import PromiseFilter, find_promise, keep, list_promises
from copilot.request import ClientId


class PromisePage(BaseModel):
    """The earliest due first."""

    results: list[LivePromise]
    next_cursor: str | None = None


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(prefix="/v1/promises", tags=["live"], responses=problem_responses(*USUAL))

    @router.get("", dependencies=[needs("supervise")])
    def list_live_promises(
        caller: CallerDep,
        desk: DeskDep,
        state: PromiseFilter | None = None,
        client_id: Annotated[ClientId | None, Query()] = None,
        limit: Limit = 100,
    ) -> PromisePage:
        """List the promises of the clients that this key may see: still due, overdue, open, kept."""
        return PromisePage(results=list(list_promises(desk, clients_of(caller, client_id), state, limit)))

    @router.post("/{promise_id}/kept", dependencies=[needs("converse")])
    def keep_promise(
        request: Request, promise_id: Annotated[str, THING_ID], desk: DeskDep, body: TakenIn | None = None
    ) -> LivePromise:
        """Note that the promise was kept. The first one counts."""
        promise = found(lambda: find_promise(desk, promise_id))
        admit_thing(request, promise.client_id, promise.conversation_id)
        return keep(desk, promise_id, who(request, body.by if body else None))

    return router
