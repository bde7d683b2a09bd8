"""Sidebar tokens: one agent, one conversation, one client, some minutes.

`cps_<payload>.<signature>`, HMAC-SHA256 under the installation's secret. The payload names the key that
minted it: a token lives no longer than that key.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

PREFIX = "cps_"
MAX_LIFETIME = timedelta(hours=12)  # a shift


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows until `expires` (Unix time). `key_id` None: minted on a service without keys."""

    client_id: str
    agent_id: str
    conversation_id: str | None
    expires: int
    key_id: str | None


def mint(grant: Grant, secret: bytes) -> str:
    """Return the token's text."""
    payload = _encode(json.dumps(asdict(grant), separators=(",", ":")).encode())
    return f"{PREFIX}{payload}.{_encode(_signature(payload, secret))}"


def read(text: str, secret: bytes, now: datetime) -> Grant | None:
    """Return what the token allows; None where it is not ours, altered, or expired."""
    payload, _, signature = text.removeprefix(PREFIX).partition(".")
    try:
        genuine = hmac.compare_digest(_decode(signature), _signature(payload, secret))
        grant = Grant(**json.loads(_decode(payload))) if genuine else None
    except (binascii.Error, ValueError, TypeError):
        return None
    return grant if grant is not None and now.timestamp() < grant.expires else None


def secret_in(path: Path) -> bytes:
    """Return the secret kept in `path`, created on first use, readable by its owner only."""
    if not path.exists():
        _create_secret(path)
    return path.read_bytes()


def _create_secret(path: Path) -> None:
    """Write the whole file under another name first: no process ever reads half a secret."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(32).encode())
    with contextlib.suppress(FileExistsError):  # another process was faster; its secret counts
        path.hardlink_to(draft)
    draft.unlink()


def _signature(payload: str, secret: bytes) -> bytes:
    return hmac.new(secret, payload.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
