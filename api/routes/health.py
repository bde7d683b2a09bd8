"""Liveness, readiness, counters."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from api.guard import PUBLIC
from api.service import Service, ServiceDep
from copilot.access.roles import Caller
from copilot.overview import ClientOverview, client_overviews
from knowledge.embedding import EmbeddingError
from knowledge.store.engine import reaching


class Health(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


class ClientState(BaseModel):
    """One client's knowledge."""

    client_id: str
    knowledge_version: str
    articles: int
    updated_at: datetime


class Readiness(BaseModel):
    """Whether calls can be answered, and how the door stands."""

    status: Literal["ready", "not_ready"]
    database: Literal["ok", "unavailable"]
    embedder: Literal["ok", "unavailable"]
    access: Literal["keys", "loopback_only"]
    access_note: str
    clients: int
    known_clients: list[ClientState] | None = None


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(tags=["operation"])

    @router.get("/healthz", dependencies=[PUBLIC])
    def healthz() -> Health:
        """Whether the process lives. Touches nothing else."""
        return Health()

    @router.get("/readyz", dependencies=[PUBLIC], responses={503: {"model": Readiness}})
    def readyz(request: Request, response: Response, service: ServiceDep) -> Readiness:
        """Whether calls can be answered: database, embedder, clients, and whether keys exist.

        Only a known caller sees which clients there are, and only those that its key may touch.
        """
        caller = getattr(request.state, "caller", None)
        state = readiness(service, caller if isinstance(caller, Caller) else None)
        response.status_code = 200 if state.status == "ready" else 503
        return state

    @router.get("/metrics", dependencies=[PUBLIC], response_class=Response)
    def metrics(service: ServiceDep) -> Response:
        """Counters for Prometheus; no label names a client or a person."""
        return Response(generate_latest(_registry(service)), media_type=CONTENT_TYPE_LATEST)

    return router


def readiness(service: Service, caller: Caller | None) -> Readiness:
    """Return the state of the parts, and of the clients that the caller may see."""
    try:
        with reaching(None):  # counted; named to their own callers only
            clients = client_overviews(service.copilot.engine)
        has_keys = service.door.has_keys()
    except SQLAlchemyError:
        return Readiness(
            status="not_ready",
            database="unavailable",
            embedder="ok",
            access="keys",
            access_note="The database does not answer.",
            clients=0,
        )
    embedder = _embeds(service)
    return Readiness(
        status="ready" if embedder else "not_ready",
        database="ok",
        embedder="ok" if embedder else "unavailable",
        access="keys" if has_keys else "loopback_only",
        access_note=_note(has_keys=has_keys),
        clients=len(clients),
        known_clients=None if caller is None else _states(caller, clients),
    )


def _note(*, has_keys: bool) -> str:
    if has_keys:
        return "Calls need a key."
    return (
        "No key exists: the service listens on loopback only and accepts calls of this machine without one. "
        "Create one with `copilot keys create`."
    )


def _embeds(service: Service) -> bool:
    try:
        service.copilot.knowledge.embed_turns(["ready?"])
        service.copilot.knowledge.embed_queries(["ready?"])
        service.copilot.knowledge.embed_requests(["ready?"])
    except EmbeddingError:
        return False
    return True


def _states(caller: Caller, clients: Sequence[ClientOverview]) -> list[ClientState]:
    return [
        ClientState(
            client_id=item.client_id,
            knowledge_version=item.version,
            articles=item.articles,
            updated_at=item.updated_at,
        )
        for item in clients
        if caller.may_see(item.client_id)
    ]


def _registry(service: Service) -> CollectorRegistry:
    """Return the process's counters, or those of all workers where they share a folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:  # the library's own switch, set by `copilot serve`
        return service.metrics.registry
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 - only with workers

    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared
