"""A customer's right to be forgotten."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from api.examples import USUAL, problem_responses
from api.guard import ClientId, needs
from api.service import ServiceDep
from copilot.privacy.erasure import Customer


class Erased(BaseModel):
    """How many rows went, by store."""

    client_id: str
    deleted: dict[str, int]


def create_router() -> APIRouter:
    """Return the routes of this noun."""
    router = APIRouter(tags=["privacy"], responses=problem_responses(*USUAL))

    @router.delete("/v1/clients/{client_id}/customers/{customer_id}", dependencies=[needs("privacy.erase")])
    def erase_customer(
        client_id: ClientId,
        customer_id: Annotated[str, Path(min_length=2, max_length=200, pattern=r"^[^\x00-\x1f\x7f/]+$")],
        service: ServiceDep,
        identifier: Annotated[
            tuple[Annotated[str, Query(min_length=4, max_length=200)], ...],
            Query(max_length=20, description="What else identifies them, such as a phone number."),
        ] = (),
    ) -> Erased:
        """Delete what is kept of one customer of the client, everywhere, in one transaction.

        The memory of the process is emptied too; other workers empty theirs within the hour.
        A customer of whom nothing is kept is no error: nothing is deleted. The audit names no customers.
        """
        service.copilot.knowledge.client(client_id)
        deleted = service.retention.erasure.of_customer(client_id, Customer(customer_id, identifier))
        service.forget_texts()
        return Erased(client_id=client_id, deleted=dict(deleted))

    return router
