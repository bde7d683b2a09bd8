"""Who did what, and what stood behind a suggestion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.examples import USUAL, problem_responses
from api.guard import CallerDep, ClientId, needs
from api.paging import Cursor, Limit, cursor_after, read_number
from api.problems import not_found
from api.service import ServiceDep
from copilot.access.audit import Audit, Basis, StoredEntry
from copilot.access.roles import Caller

_EXPORT_PAGE = 1000


class AuditRow(BaseModel):
    """One call by a known caller."""

    id: int
    at: datetime
    caller: str
    role: str
    client_id: str | None
    action: str
    target: str | None
    status: int
    request_id: str


class AuditPage(BaseModel):
    """One page, oldest first."""

    results: list[AuditRow]
    next_cursor: str | None = None


class BasisRow(BaseModel):
    """Which versions stood behind a suggestion in one answer."""

    request_id: str
    at: datetime
    knowledge_version: str
    authority_version: str
    mode: str
    model: str | None
    prompt: str | None
    articles: tuple[str, ...]
    actions: tuple[str, ...]


class BasisList(BaseModel):
    """Once for each answer that the suggestion appeared in."""

    results: list[BasisRow]


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(tags=["audit"], responses=problem_responses(*USUAL))

    @router.get("/v1/audit", dependencies=[needs("audit.read")])
    def list_audit(
        caller: CallerDep, service: ServiceDep, cursor: Cursor = None, limit: Limit = 100
    ) -> AuditPage:
        """List who called what about the clients of this key, oldest first. No words of customers."""
        found = service.audit.entries(caller, after=read_number(cursor), limit=limit + 1)
        page = found[:limit]
        more = len(found) > limit
        return AuditPage(
            results=[_row(item) for item in page],
            next_cursor=cursor_after(str(page[-1].id)) if more else None,
        )

    @router.get("/v1/audit/export", dependencies=[needs("audit.read")], response_class=StreamingResponse)
    def export_audit(caller: CallerDep, service: ServiceDep) -> StreamingResponse:
        """Export the same as JSON Lines, the whole of it."""
        return StreamingResponse(_lines(service.audit, caller), media_type="application/jsonl")

    @router.get(
        "/v1/clients/{client_id}/suggestions/{suggestion_id}/basis", dependencies=[needs("audit.read")]
    )
    def read_basis(
        client_id: ClientId,
        suggestion_id: Annotated[str, Path(min_length=1, max_length=64)],
        service: ServiceDep,
    ) -> BasisList:
        """Read which versions of articles, authority, prompt and model stood behind a suggestion."""
        found = service.audit.basis(client_id, suggestion_id)
        if not found:
            raise not_found()
        return BasisList(results=[_basis(item) for item in found])

    return router


def _lines(audit: Audit, caller: Caller) -> Iterator[str]:
    """Yield the entries page by page: no transaction stays open between two of them."""
    after = 0
    while page := audit.entries(caller, after=after, limit=_EXPORT_PAGE):
        for item in page:
            yield _row(item).model_dump_json() + "\n"
        after = page[-1].id


def _row(item: StoredEntry) -> AuditRow:
    entry = item.entry
    return AuditRow(
        id=item.id,
        at=entry.at,
        caller=entry.caller,
        role=entry.role,
        client_id=entry.client_id,
        action=entry.action,
        target=entry.target,
        status=entry.status,
        request_id=entry.request_id,
    )


def _basis(item: Basis) -> BasisRow:
    return BasisRow(
        request_id=item.request_id,
        at=item.at,
        knowledge_version=item.knowledge_version,
        authority_version=item.authority_version,
        mode=item.mode,
        model=item.model,
        prompt=item.prompt,
        articles=item.articles,
        actions=item.actions,
    )
