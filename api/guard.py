"""Who may call a route, and which clients exist for them.

Every route names its permission with `needs(...)` or says `PUBLIC`; an application with a route that does
neither does not start. A route about a client takes it as `ClientId` (from its path) or calls `admit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Request
from fastapi.params import Depends as DependsParam
from starlette.routing import BaseRoute

from api.problems import ApiError, forbidden, not_found
from api.service import ServiceDep, service_of
from copilot.access.door import Reason, Refused
from copilot.access.roles import Caller, Permission

_WHY: dict[Reason, str] = {
    "missing": "Send `Authorization: Bearer <key>`; an administrator creates it: `copilot keys create`.",
    "invalid": "This key is unknown, expired or revoked.",
    "no_keys_yet": "No key exists yet, so only this machine itself may call, directly. "
    "Create a key with `copilot keys create`.",
}


class UnclassifiedRouteError(RuntimeError):
    """A route does not say who may call it."""


@dataclass(frozen=True, slots=True)
class Needs:
    """The classification of a route. `permission` None: anybody may call."""

    permission: Permission | None

    async def __call__(self, request: Request) -> Caller | None:
        """Let the call in, or raise the problem of 401 or 403."""
        if self.permission is None:
            return None
        caller = caller_of(request)
        if not caller.may(self.permission):
            raise forbidden()
        return caller


def needs(permission: Permission) -> DependsParam:
    """Return the dependency of a route that a role must allow."""
    return DependsParam(Needs(permission))


PUBLIC = DependsParam(Needs(None))


def caller_of(request: Request) -> Caller:
    """Return who calls. Raise the problem of 401 where nobody known does."""
    found: Caller | Refused = getattr(request.state, "caller", Refused("missing"))
    if isinstance(found, Refused):
        raise ApiError(401, "unauthorized", _WHY[found.reason], headers={"WWW-Authenticate": "Bearer"})
    return found


async def _caller(request: Request) -> Caller:
    """As a coroutine: a plain function would be sent to another thread and back."""
    return caller_of(request)


CallerDep = Annotated[Caller, Depends(_caller)]


def admit(request: Request, client_id: str) -> str:
    """Return the client's id if it exists for the caller and its calls are not too many.

    Raise the same 404 for a client that is another's and for one that does not exist.
    """
    if not caller_of(request).may_see(client_id):
        raise not_found()
    wait = service_of(request).rates.client_wait(client_id)
    if wait is not None:
        raise too_many(wait)
    request.state.client_id = client_id
    return client_id


def admit_path(
    request: Request,
    client_id: Annotated[
        str, Path(min_length=1, max_length=64, examples=["lulu"], pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    ],
) -> str:
    """Return the client's id of the path, as `admit` does."""
    return admit(request, client_id)


ClientId = Annotated[str, Depends(admit_path)]


def too_many(wait: int) -> ApiError:
    """Return the problem of a caller who calls too often; `wait` in seconds."""
    detail = f"Too many calls in a minute; wait {wait} s."
    return ApiError(429, "rate_limited", detail, headers={"Retry-After": str(wait)})


def require_tokens(request: Request, client_id: str) -> None:
    """Raise the problem of 429 where today's model tokens of the key or the client are used up.

    For calls that ask for the model itself; others are answered without it.
    """
    wait = service_of(request).copilot.budget.wait(client_id)
    if wait is not None:
        detail = f"The model tokens of today are used up; more in {wait} s."
        raise ApiError(429, "tokens_used_up", detail, headers={"Retry-After": str(wait)})


def walk(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every route with its path, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)  # FastAPI keeps included routers whole since 0.140
        if inner is not None:
            context = getattr(route, "include_context", None)
            yield from walk(inner.routes, prefix + str(getattr(context, "prefix", "")))
        else:
            yield prefix + str(getattr(route, "path", "")), route


def classification(route: object) -> Needs | None:
    """Return who may call the route; None where it does not say."""
    found = [
        item.dependency
        for item in getattr(route, "dependencies", ())
        if isinstance(getattr(item, "dependency", None), Needs)
    ]
    return found[0] if len(found) == 1 else None


def require_classified(app: FastAPI) -> None:
    """Raise UnclassifiedRouteError where a route does not say who may call it."""
    for path, route in walk(app.routes):
        if classification(route) is None:
            raise UnclassifiedRouteError(f"{path} does not say who may call it")


__all__ = [
    "PUBLIC",
    "CallerDep",
    "ClientId",
    "Needs",
    "ServiceDep",
    "UnclassifiedRouteError",
    "admit",
    "caller_of",
    "classification",
    "needs",
    "require_classified",
    "require_tokens",
    "too_many",
    "walk",
]
