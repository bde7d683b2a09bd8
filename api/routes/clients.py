"""Clients: which there are, their authority matrix and settings, a whole folder imported."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, UploadFile
from pydantic import BaseModel, Field

from api.examples import USUAL, example, problem_responses
from api.guard import CallerDep, ClientId, needs
from api.paging import Cursor, Limit, cursor_after, read_cursor
from api.problems import FieldError
from api.service import ServiceDep
from copilot.editing import (
    ImportReport,
    KnowledgeProblemsError,
    import_zip,
    put_authority,
    put_settings,
)
from knowledge.reading.problem import Problem


class ClientRow(BaseModel):
    """A client that this key may see."""

    client_id: str
    name: str
    language: str
    knowledge_version: str


class ClientPage(BaseModel):
    """One page, by client id."""

    results: list[ClientRow]
    next_cursor: str | None = None


class Written(BaseModel):
    """What became current. `warnings` name what was odd and yet accepted."""

    client_id: str
    knowledge_version: str
    document: dict[str, Any] = Field(description="The document as it was understood.")
    warnings: list[FieldError] = []


class Imported(BaseModel):
    """What an import did."""

    client_id: str
    knowledge_version: str | None
    changed: bool
    articles: int
    passages: int
    precedents: int
    embedded: int = Field(description="Texts that were new to the search.")
    warnings: list[FieldError] = []


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(tags=["knowledge"], responses=problem_responses(*USUAL))
    _add_list(router)
    _add_authority(router)
    _add_settings(router)
    _add_import(router)
    return router


def _add_list(router: APIRouter) -> None:
    @router.get("/v1/clients", dependencies=[needs("knowledge.read")])
    def list_clients(
        caller: CallerDep, service: ServiceDep, cursor: Cursor = None, limit: Limit = 50
    ) -> ClientPage:
        """List the clients that this key may see."""
        after = read_cursor(cursor)
        knowledge = service.copilot.knowledge
        ids = [item for item in knowledge.clients() if caller.may_see(item) and item > after][: limit + 1]
        known = [knowledge.client(item) for item in ids[:limit]]
        return ClientPage(
            results=[
                ClientRow(
                    client_id=item.settings.id,
                    name=item.settings.name,
                    language=item.settings.language,
                    knowledge_version=item.version,
                )
                for item in known
            ],
            next_cursor=cursor_after(ids[limit - 1]) if len(ids) > limit else None,
        )


def _add_authority(router: APIRouter) -> None:
    @router.get("/v1/clients/{client_id}/authority", dependencies=[needs("knowledge.read")])
    def read_authority(client_id: ClientId, service: ServiceDep) -> Written:
        """Read what which tier of agent may do."""
        known = service.copilot.knowledge.client(client_id)
        return Written(client_id=client_id, knowledge_version=known.version, document=asdict(known.authority))

    @router.put("/v1/clients/{client_id}/authority", dependencies=[needs("knowledge.write")])
    def write_authority(
        client_id: ClientId,
        service: ServiceDep,
        body: Annotated[
            dict[str, Any], Body(openapi_examples={"authority": {"value": example("authority")}})
        ],
    ) -> Written:
        """Replace the authority matrix: the content of `authority.yaml` as JSON."""
        matrix, warnings = put_authority(service.copilot.knowledge, client_id, body)
        return _written(service, client_id, asdict(matrix), warnings)


def _add_settings(router: APIRouter) -> None:
    @router.get("/v1/clients/{client_id}/settings", dependencies=[needs("knowledge.read")])
    def read_settings(client_id: ClientId, service: ServiceDep) -> Written:
        """Read who the client is: tone, priorities, contacts, emergency protocol."""
        known = service.copilot.knowledge.client(client_id)
        return Written(client_id=client_id, knowledge_version=known.version, document=asdict(known.settings))

    @router.put("/v1/clients/{client_id}/settings", dependencies=[needs("knowledge.write")])
    def write_settings(
        client_id: ClientId,
        service: ServiceDep,
        body: Annotated[dict[str, Any], Body(openapi_examples={"settings": {"value": example("settings")}})],
    ) -> Written:
        """Replace the settings: the content of `client.yaml` as JSON. Creates the client where it is new."""
        settings, warnings = put_settings(service.copilot.knowledge, client_id, body)
        return _written(service, client_id, asdict(settings), warnings)


def _add_import(router: APIRouter) -> None:
    @router.post("/v1/clients/{client_id}/import", dependencies=[needs("knowledge.write")])
    def import_client(
        client_id: ClientId,
        service: ServiceDep,
        file: UploadFile,
        dry_run: Annotated[bool, Query(description="Only say what is wrong.")] = False,
    ) -> Imported:
        """Make a zipped client folder the client's new version, as a whole or not at all.

        Every problem of the folder is listed with its path, line and cause.
        """
        with tempfile.TemporaryDirectory(prefix="copilot-import-") as name:
            work = Path(name)
            with (work / "upload.zip").open("wb") as copy:
                shutil.copyfileobj(file.file, copy)
            report = import_zip(
                service.copilot.knowledge, client_id, work / "upload.zip", work, dry_run=dry_run
            )
        if report.errors:
            raise KnowledgeProblemsError(report.problems)
        return _imported(report)


def _written(
    service: ServiceDep, client_id: str, document: dict[str, Any], warnings: tuple[Problem, ...]
) -> Written:
    version = service.copilot.knowledge.client(client_id).version
    return Written(
        client_id=client_id, knowledge_version=version, document=document, warnings=_fields(warnings)
    )


def _imported(report: ImportReport) -> Imported:
    return Imported(
        client_id=report.client_id,
        knowledge_version=report.version,
        changed=report.changed,
        articles=report.articles,
        passages=report.passages,
        precedents=report.precedents,
        embedded=report.embedded,
        warnings=_fields(report.problems),
    )


def _fields(problems: tuple[Problem, ...]) -> list[FieldError]:
    return [
        FieldError(
            path=": ".join(part for part in (problem.path, problem.where) if part),
            code="knowledge",
            message=problem.cause,
            severity=problem.severity,
        )
        for problem in problems
    ]
