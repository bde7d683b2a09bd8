"""What the knowledge lacks, and what customers suffer from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.examples import USUAL, problem_responses
from api.guard import ClientId, needs
from api.live import DeskDep
from api.paging import Limit
from api.service import ServiceDep
from copilot.live.gaps import Gap, Insights, insights, list_gaps
from copilot.live.model import GapKind


class GapPage(BaseModel):
    """The latest first."""

    results: list[Gap]
    next_cursor: str | None = None


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(
        prefix="/v1/clients/{client_id}", tags=["knowledge"], responses=problem_responses(*USUAL)
    )

    @router.get("/gaps", dependencies=[needs("supervise")])
    def list_client_gaps(
        client_id: ClientId,
        service: ServiceDep,
        desk: DeskDep,
        kind: GapKind | None = None,
        limit: Limit = 100,
    ) -> GapPage:
        """List questions without an answer, rejected suggestions and escalations; personal data is masked."""
        service.copilot.knowledge.client(client_id)
        return GapPage(results=list(list_gaps(desk, client_id, kind, limit)))

    @router.get("/insights", dependencies=[needs("supervise")])
    def read_insights(
        client_id: ClientId,
        service: ServiceDep,
        desk: DeskDep,
        days: Annotated[int, Query(ge=1, le=366)] = 30,
    ) -> Insights:
        """Read what happened in the client's conversations of the last days."""
        service.copilot.knowledge.client(client_id)
        return insights(desk, client_id, days)

    return router
