"""From what a call carries to who it is from."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from copilot.access import tokens
from copilot.access.keys import Keys
from copilot.access.roles import Caller

Reason = Literal["missing", "invalid", "no_keys_yet"]
LOOPBACK = Caller(id="loopback", role="admin")
MAX_CALLER = 128  # as the tables keep it
_ADMIN = Caller(id="admin-key", role="admin")


@dataclass(frozen=True, slots=True)
class Refused:
    """The call is from nobody we know. `no_keys_yet`: without keys only this machine may call."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Door:
    """Recognises callers: keys, the admin key, sidebar tokens, and loopback while no key exists."""

    keys: Keys
    token_secret: bytes
    admin_key: str | None = None

    def has_keys(self) -> bool:
        """Whether calls need a key."""
        return self.admin_key is not None or self.keys.exist()

    def identify(
        self, credential: str | None, *, local: bool, now: datetime | None = None
    ) -> Caller | Refused:
        """Return the caller. `local`: the call is certain to come from this machine."""
        moment = now or datetime.now(UTC)
        if credential is not None:
            return self._known(credential, moment) or Refused("invalid")
        if self.has_keys():
            return Refused("missing")
        return LOOPBACK if local else Refused("no_keys_yet")

    def mint(self, grant: tokens.Grant) -> str:
        """Return a sidebar token."""
        return tokens.mint(grant, self.token_secret)

    def _known(self, credential: str, now: datetime) -> Caller | None:
        if self.admin_key is not None and _same(credential, self.admin_key):
            return _ADMIN
        if credential.startswith(tokens.PREFIX):
            return self._agent(credential, now)
        return self.keys.authenticate(credential, now)

    def _agent(self, credential: str, now: datetime) -> Caller | None:
        """The agent behind a sidebar token, as long as the key that minted it may still see the client."""
        grant = tokens.read(credential, self.token_secret, now)
        if grant is None:
            return None
        rate = None
        if grant.key_id is not None:
            key = self.keys.find(grant.key_id, now)
            if key is None or (key.clients is not None and grant.client_id not in key.clients):
                return None
            rate = key.rate_per_minute
        return Caller(
            id=_caller_id(grant),
            role="agent",
            clients=frozenset({grant.client_id}),
            agent_id=grant.agent_id,
            conversation_id=grant.conversation_id,
            rate_per_minute=rate,
        )


def _caller_id(grant: tokens.Grant) -> str:
    """Return whose calls belong together; an agent's calls for two clients do not."""
    whole = f"sidebar:{grant.key_id or 'loopback'}:{grant.client_id}:{grant.agent_id}"
    if len(whole) <= MAX_CALLER:
        return whole
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{whole[: MAX_CALLER - 17]}~{digest}"


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
