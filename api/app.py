"""The application: the routes of every noun, inside the layers that every call passes."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from api.advising import advisers
from api.description import operation_name
from api.guard import require_classified
from api.middleware.audit import Auditing
from api.middleware.body import BodyLimit
from api.middleware.context import Context
from api.middleware.credentials import Credentials
from api.middleware.idempotency import IdempotentWrites
from api.problems import register
from api.routes import (
    alerts,
    articles,
    assist,
    audit,
    chatwoot,
    clients,
    conversations,
    customers,
    documentation,
    escalations,
    events,
    health,
    insights,
    pages,
    promises,
    suggestions,
    tokens,
)
from api.service import Service, wire
from api.upkeep import run_upkeep
from copilot.assembly import Copilot
from copilot.live.beside.adviser import Beside
from copilot.live.runner import Runner
from copilot.logs import configure
from knowledge.store.engine import reaching

# A turn gives up the interpreter a dozen times (every statement of the database does) and would wait Python's
# usual 5 ms whenever somebody computes; much less than what is computed in a row makes all change places.
SWITCH_SECONDS = 0.002
RouterFactory = Callable[[], APIRouter]
# One module a noun; a new noun adds its `create_router` here.
ROUTERS: tuple[RouterFactory, ...] = (
    assist.create_router,
    conversations.create_router,
    events.create_router,
    suggestions.create_router,
    alerts.create_router,
    escalations.create_router,
    promises.create_router,
    insights.create_router,
    chatwoot.create_router,
    articles.create_router,
    clients.create_router,
    customers.create_router,
    tokens.create_router,
    audit.create_router,
    health.create_router,
    documentation.create_router,
    pages.create_router,
)
_DESCRIPTION = """Beside the service agent's chat: what is urgent, what may be done, who must decide.

Errors are `application/problem+json` with a stable `code`; every answer carries `X-Request-ID`.
Writes accept `Idempotency-Key`. Lists page by `cursor` and `limit`.
"""


def create_app(
    copilot: Copilot, routers: Sequence[RouterFactory] = ROUTERS, beside: Beside | None = None
) -> FastAPI:
    """Return the application around the product; `beside` makes its background suggestions, else a thread.

    Raise UnclassifiedRouteError where a route does not say who may call it.
    """
    configure(copilot.settings.log_level, as_json=copilot.settings.log_json)
    service = wire(copilot, beside)
    app = FastAPI(
        title="Agent copilot",
        version=_version(),
        description=_DESCRIPTION,
        openapi_url=None,  # served by routes/documentation.py, classified like every other route
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
        generate_unique_id_function=operation_name,
    )
    app.state.service = service
    for create_router in routers:
        app.include_router(create_router())
    register(app)
    require_classified(app)
    _surround(app, service)
    return app


def _surround(app: FastAPI, service: Service) -> None:
    """Put the layers around the routes; the last one added is the outermost."""
    settings = service.settings
    app.add_middleware(IdempotentWrites, replies=service.idempotency)
    app.add_middleware(Auditing, audit=service.audit, metrics=service.metrics)
    app.add_middleware(Credentials, door=service.door, rates=service.rates)
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes, upload_limit=settings.max_upload_bytes)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "Last-Event-ID",
                "X-Request-ID",
            ],
            expose_headers=["X-Request-ID", "Retry-After", "X-Ignored-Fields", "Idempotency-Replayed"],
        )
    app.add_middleware(Context, metrics=service.metrics, frames=settings.allowed_frames)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    sys.setswitchinterval(SWITCH_SECONDS)
    stop = threading.Event()
    threading.Thread(target=run_upkeep, args=(service, stop), name="upkeep", daemon=True).start()
    runner = Runner(service.desk, advisers(service.settings))
    runner.start()
    with reaching(None):  # finds which conversations moved; each stream belongs to one
        polling = asyncio.create_task(service.desk.hub.poll())
    yield
    polling.cancel()
    stop.set()
    await run_in_threadpool(runner.stop)
    if service.beside is not None:
        service.beside.close()
    service.rates.close()
    service.copilot.close()


def _version() -> str:
    try:
        return version("agent-copilot")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0"
