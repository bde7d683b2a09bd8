"""API keys: created once, shown once, kept as a hash.

A key is `cpk_<id>_<secret>` with a secret of 256 random bits. Its SHA-256 is stored: a slow password hash
protects secrets that people choose and that can be guessed; 256 random bits cannot, and a slow hash would
add its time to every call.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, bindparam, exists, insert, select, update
from sqlalchemy.exc import DBAPIError

from copilot.access.roles import ROLES, Caller, Role
from copilot.logs import log
from copilot.store.schema import access_keys
from knowledge.store.engine import reading, writing

PREFIX = "cpk_"
_LAST_USE_PRECISION = timedelta(minutes=1)  # one write a minute and key, not one a call
# Asked before every call; composing a statement costs more than running it.
_ANY = select(exists().where(access_keys.c.key_id.is_not(None)))
_KEY = select(access_keys).where(access_keys.c.key_id == bindparam("of"))


class UnknownKeyError(LookupError):
    """No key of this id exists, or it is revoked."""


class UnknownRoleError(ValueError):
    """No role of this name exists."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed: everything but the secret. Times are aware, in UTC."""

    id: str
    name: str
    role: Role
    clients: frozenset[str] | None
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    rate_per_minute: int | None = None

    def active(self, now: datetime) -> bool:
        """Whether calls with it are accepted at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and its text, which nobody can see again."""

    key: Key
    text: str


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys of the installation."""

    engine: Engine

    def exist(self) -> bool:
        """Whether any key was ever created; a revoked one does not open the door again."""
        with reading(self.engine) as connection:
            return bool(connection.execute(_ANY).scalar())

    def create(  # noqa: PLR0913 - what a key has, by name
        self,
        name: str,
        role: str,
        clients: Iterable[str] | None = None,
        *,
        valid_for: timedelta | None = None,
        rate_per_minute: int | None = None,
        now: datetime | None = None,
    ) -> NewKey:
        """Create a key. Raise UnknownRoleError."""
        created = now or datetime.now(UTC)
        key = Key(
            id=secrets.token_hex(6),
            name=name,
            role=role_of(role),
            clients=None if clients is None else frozenset(clients),
            created_at=created,
            expires_at=None if valid_for is None else created + valid_for,
            rate_per_minute=rate_per_minute,
        )
        secret = secrets.token_urlsafe(32)
        with writing(self.engine) as connection:
            connection.execute(insert(access_keys).values(**_row(key), digest=digest(secret)))
        return NewKey(key, f"{PREFIX}{key.id}_{secret}")

    def list(self) -> tuple[Key, ...]:
        """Return every key, oldest first."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(access_keys).order_by(access_keys.c.created_at))
            return tuple(_key(row) for row in rows)

    def rotate(self, key_id: str, now: datetime | None = None) -> NewKey:
        """Give the key a new secret; the old one stops at once. Raise UnknownKeyError."""
        secret = secrets.token_urlsafe(32)
        with writing(self.engine) as connection:
            changed = connection.execute(
                update(access_keys)
                .where(access_keys.c.key_id == key_id, access_keys.c.revoked_at.is_(None))
                .values(digest=digest(secret))
            )
            if not changed.rowcount:
                raise UnknownKeyError(key_id)
            row = connection.execute(select(access_keys).where(access_keys.c.key_id == key_id)).one()
        return NewKey(_key(row), f"{PREFIX}{key_id}_{secret}")

    def revoke(self, key_id: str, now: datetime | None = None) -> None:
        """End the key, and with it every sidebar token it minted. Raise UnknownKeyError."""
        with writing(self.engine) as connection:
            changed = connection.execute(
                update(access_keys)
                .where(access_keys.c.key_id == key_id, access_keys.c.revoked_at.is_(None))
                .values(revoked_at=now or datetime.now(UTC))
            )
        if not changed.rowcount:
            raise UnknownKeyError(key_id)

    def find(self, key_id: str, now: datetime | None = None) -> Key | None:
        """Return the key if it is active."""
        row = self._row(key_id)
        key = None if row is None else _key(row)
        return key if key is not None and key.active(now or datetime.now(UTC)) else None

    def authenticate(self, text: str, now: datetime | None = None) -> Caller | None:
        """Return the caller that the key's text belongs to; None for any text that is no active key."""
        moment = now or datetime.now(UTC)
        key_id, _, secret = text.removeprefix(PREFIX).partition("_")
        row = self._row(key_id) if text.startswith(PREFIX) else None
        # Compared even where there is no such key: the time does not tell which ids exist.
        same = hmac.compare_digest(digest(secret), row.digest if row is not None else "0" * 64)
        if row is None or not same or not _key(row).active(moment):
            return None
        self._note_use(row, moment)
        return caller_of(_key(row))

    def _row(self, key_id: str) -> Row[Any] | None:
        with reading(self.engine) as connection:
            return connection.execute(_KEY, {"of": key_id}).one_or_none()

    def _note_use(self, row: Row[Any], now: datetime) -> None:
        if row.last_used_at is not None and now - row.last_used_at < _LAST_USE_PRECISION:
            return
        try:
            with writing(self.engine) as connection:
                connection.execute(
                    update(access_keys).where(access_keys.c.key_id == row.key_id).values(last_used_at=now)
                )
        except DBAPIError as error:  # a full disk locks nobody out: alerts need no disk
            log().error("use of a key not noted", kind=type(error).__name__)


def caller_of(key: Key) -> Caller:
    """Return the caller behind a key."""
    return Caller(id=f"key:{key.id}", role=key.role, clients=key.clients, rate_per_minute=key.rate_per_minute)


def digest(secret: str) -> str:
    """Return what is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def role_of(name: str) -> Role:
    """Return the role of that name. Raise UnknownRoleError."""
    for role in ROLES:
        if role == name:
            return role
    raise UnknownRoleError(f"{name!r} is no role; roles are {', '.join(ROLES)}")


def _row(key: Key) -> dict[str, Any]:
    return {
        "key_id": key.id,
        "name": key.name,
        "role": key.role,
        "clients": None if key.clients is None else sorted(key.clients),
        "rate_per_minute": key.rate_per_minute,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    }


def _key(row: Row[Any]) -> Key:
    return Key(
        id=row.key_id,
        name=row.name,
        role=role_of(row.role),
        clients=None if row.clients is None else frozenset(row.clients),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        rate_per_minute=row.rate_per_minute,
    )
