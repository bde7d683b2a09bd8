"""Sidebar tokens: what an integrator's server gives to an agent's browser instead of its own key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.examples import USUAL, problem_responses
from api.guard import CallerDep, admit, needs
from api.service import ServiceDep
from copilot.access.roles import Caller
from copilot.access.tokens import MAX_LIFETIME, Grant
from copilot.request import ClientId

Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class TokenRequest(BaseModel):
    """For whom the token is, and for how long."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"client_id": "lulu", "agent_id": "a-17", "conversation_id": "c-1", "minutes": 60}]
        },
    )

    client_id: ClientId
    agent_id: Name
    conversation_id: Name | None = Field(
        default=None, description="Nothing but this conversation; without it every one of the client."
    )
    minutes: Annotated[int, Field(ge=1, le=int(MAX_LIFETIME.total_seconds() // 60))] = 60


class TokenAnswer(BaseModel):
    """The token, to be sent as `Authorization: Bearer`."""

    token: str
    expires_at: datetime


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(tags=["sidebar"], responses=problem_responses(*USUAL))

    @router.post("/v1/sidebar-tokens", dependencies=[needs("sidebar.mint")])
    def mint_sidebar_token(
        request: Request, caller: CallerDep, service: ServiceDep, body: TokenRequest
    ) -> TokenAnswer:
        """Issue a short-lived token for one agent, one client and, if named, one conversation.

        It may do what the role `agent` may, and ends early when the key that minted it is revoked.
        """
        admit(request, body.client_id)
        expires = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=body.minutes)
        grant = Grant(
            client_id=body.client_id,
            agent_id=body.agent_id,
            conversation_id=body.conversation_id,
            expires=int(expires.timestamp()),
            key_id=_key_id(caller),
        )
        return TokenAnswer(token=service.door.mint(grant), expires_at=expires)

    return router


def _key_id(caller: Caller) -> str | None:
    """Return the stored key behind the caller; the admin key and loopback have none."""
    kind, _, key_id = caller.id.partition(":")
    return key_id if kind == "key" else None
