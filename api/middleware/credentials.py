"""Who calls: decided once for a call, before any route sees it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.guard import too_many
from api.problems import respond
from copilot.access.budget import spending_as
from copilot.access.door import Door, Refused
from copilot.access.rates import Rates
from copilot.access.roles import Caller
from knowledge.store.engine import reaching

_SCHEME = "bearer "
# A proxy on this machine makes distant calls look local; these headers give it away.
_PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class Credentials:
    """Puts the caller (or why there is none) into the call's state, and counts its calls."""

    def __init__(self, app: ASGIApp, door: Door, rates: Rates) -> None:
        self._app = app
        self._door = door
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one call."""
        if scope["type"] != "http" or (not scope["path"].startswith("/v1/") and scope["path"] not in _KNOWN):
            with reaching(()):
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        caller = await run_in_threadpool(
            self._door.identify, _credential(headers), local=is_local(scope, headers)
        )
        scope["state"]["caller"] = caller
        wait = self._wait(caller, scope)
        if wait is not None:
            await respond(too_many(wait), scope["state"]["request_id"])(scope, receive, send)
            return
        # What the database gives out to this call, whatever a route asks for; and whose tokens it uses up.
        clients = caller.clients if isinstance(caller, Caller) else ()
        with reaching(clients), spending_as(_name(caller, scope)):
            await self._app(scope, receive, send)

    def _wait(self, caller: Caller | Refused, scope: Scope) -> int | None:
        if scope["path"] in SIGNED and isinstance(caller, Refused):
            return self._rates.webhook_wait(_name(caller, scope))
        return self._rates.caller_wait(_name(caller, scope), _own_limit(caller))


_KNOWN = frozenset({"/readyz"})  # tells a known caller more
# Known by a signature over the body instead of a key: a helpdesk's every message comes from one address.
SIGNED = frozenset({"/v1/integrations/chatwoot/webhook"})


def is_local(scope: Scope, headers: Headers) -> bool:
    """Whether the call comes from this machine itself, and not from a web page that a browser on it shows.

    Both ends of the connection are loopback, no proxy passed it on, and neither `Host` (rebinding) nor
    `Origin` (another site's script) is foreign.
    """
    ends = (scope.get("client"), scope.get("server"))
    if not all(end and _is_loopback(str(end[0])) for end in ends):
        return False
    if any(name in headers for name in _PROXIED):
        return False
    host = urlsplit(f"//{headers.get('host', '')}").hostname
    origin = headers.get("origin")
    return _is_loopback(host or "") and (origin is None or urlsplit(origin).netloc == headers.get("host"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _credential(headers: Headers) -> str | None:
    given = headers.get("authorization")
    if given is None:
        return None
    return given[len(_SCHEME) :].strip() if given.lower().startswith(_SCHEME) else given


def _name(caller: Caller | Refused, scope: Scope) -> str:
    """Whose calls are counted together; those of nobody known by their address."""
    if isinstance(caller, Caller):
        return caller.id
    return f"address:{(scope.get('client') or ('unknown',))[0]}"


def _own_limit(caller: Caller | Refused) -> int | None:
    return caller.rate_per_minute if isinstance(caller, Caller) else None
