"""Roles and what they may do; the table itself is roles.yaml, beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal, get_args

import yaml

Role = Literal["admin", "integrator", "agent", "qa", "client"]
Permission = Literal[
    "assist",
    "converse",
    "escalate",
    "receive",
    "supervise",
    "knowledge.read",
    "knowledge.write",
    "sidebar.mint",
    "audit.read",
    "privacy.erase",
]
ROLES: tuple[Role, ...] = get_args(Role)
PERMISSIONS: frozenset[Permission] = frozenset(get_args(Permission))


class RoleTableError(ValueError):
    """roles.yaml names a role or a permission that the code does not know."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a call comes from. `clients` None means every client.

    A sidebar token also names the one agent and the one conversation that it is good for.
    """

    id: str
    role: Role
    clients: frozenset[str] | None = None
    agent_id: str | None = None
    conversation_id: str | None = None
    rate_per_minute: int | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return permission in permissions_of(self.role)

    def may_see(self, client_id: str) -> bool:
        """Whether the client exists for this caller."""
        return self.clients is None or client_id in self.clients

    def may_enter(self, conversation_id: str) -> bool:
        """Whether the conversation exists for this caller; its client is checked apart."""
        return self.conversation_id is None or self.conversation_id == conversation_id


def permissions_of(role: Role) -> frozenset[Permission]:
    """Return what the role may do."""
    return _table()[role]


@lru_cache(maxsize=1)
def _table() -> Mapping[Role, frozenset[Permission]]:
    raw = yaml.safe_load(files("copilot.access").joinpath("roles.yaml").read_text("utf-8"))
    if set(raw) != set(ROLES) or any(not set(names) <= PERMISSIONS for names in raw.values()):
        raise RoleTableError("roles.yaml and copilot/access/roles.py name different roles or permissions")
    return {role: frozenset(raw[role]) for role in ROLES}
