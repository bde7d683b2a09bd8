"""Chatwoot's webhook: whether it is genuine, and what it says. Pure: no database, no clock of its own.

Facts of the format: `message_type` is a word at the top level and a number inside `messages[]`; `created_at`
an ISO time or a Unix time; `conversation.id` is unique within `account.id` only.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from copilot.conversation import Role
from copilot.live.model import ConversationState, Customer

MAX_AGE = timedelta(minutes=5)
_TYPES: Mapping[object, str] = {0: "incoming", 1: "outgoing", 2: "activity", 3: "template"}
_STATES: Mapping[str, ConversationState] = {
    "open": "open",
    "pending": "open",
    "snoozed": "open",
    "resolved": "resolved",
}
_BOTS = frozenset({"agent_bot", "agentbot", "captain_assistant"})
Verdict = Literal["genuine", "unsigned", "wrong", "old"]


class PayloadError(ValueError):
    """The body is no event that Chatwoot sends."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation is: ids as Chatwoot gives them."""

    account: str
    inbox: str
    conversation: str

    @property
    def external_id(self) -> str:
        """Return the id under which the conversation is kept: unique over accounts."""
        return f"chatwoot:{self.account}:{self.conversation}"


@dataclass(frozen=True, slots=True)
class Said:
    """A message that customer and agents see."""

    id: str
    role: Role
    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """One webhook call. `said` None: nothing was said to or by the customer (a note, an activity)."""

    name: str
    place: Place
    channel: str
    customer: Customer
    agent_id: str | None
    state: ConversationState | None
    said: Said | None


def verdict(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Verdict:
    """Return whether the body was signed with the secret, and lately. Header names in lower case."""
    given = headers.get("x-chatwoot-signature")
    stamp = headers.get("x-chatwoot-timestamp", "")
    if given is None:
        return "unsigned"
    signed = stamp.encode("utf-8", "surrogatepass") + b"." + body
    expected = f"sha256={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode()):
        return "wrong"
    moment = _unix(stamp)
    return "genuine" if moment is not None and abs(now - moment) <= MAX_AGE else "old"


def read_event(body: bytes) -> Event | None:
    """Return the event; None for one that tells nothing of a conversation. Raise PayloadError."""
    try:
        raw = json.loads(body)
    except ValueError as error:
        raise PayloadError("the body is no JSON") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("event"), str):
        raise PayloadError("the body has no `event`")
    name = str(raw["event"])
    if name == "message_created":
        return _message(raw)
    return _conversation(raw) if name.startswith("conversation_") else None


def _message(raw: Mapping[str, Any]) -> Event:
    conversation = _mapping(raw.get("conversation"))
    return _event(raw, conversation, _said(raw))


def _conversation(raw: Mapping[str, Any]) -> Event | None:
    """A conversation's own event has its fields at the top."""
    conversation = _mapping(raw.get("conversation")) or raw
    if conversation.get("id") is None:
        return None
    return _event(raw, conversation, None)


def _event(raw: Mapping[str, Any], conversation: Mapping[str, Any], said: Said | None) -> Event:
    meta = _mapping(conversation.get("meta"))
    account = _mapping(raw.get("account")).get("id") or conversation.get("account_id")
    inbox = _mapping(raw.get("inbox")).get("id") or conversation.get("inbox_id")
    if account is None or conversation.get("id") is None:
        raise PayloadError("`account.id` and `conversation.id` are needed")
    return Event(
        name=str(raw["event"]),
        place=Place(str(account)[:40], str(inbox)[:40], str(conversation["id"])[:40]),
        channel=str(conversation.get("channel") or "chatwoot")[:80],
        customer=_customer(_mapping(meta.get("sender")), str(account)),
        agent_id=_text(_mapping(meta.get("assignee")).get("id")),
        state=_STATES.get(str(conversation.get("status"))),
        said=said,
    )


def _said(raw: Mapping[str, Any]) -> Said | None:
    """What was said; None for notes, activities, templates and messages without words."""
    kind = _kind(raw.get("message_type"))
    text = raw.get("content")
    if raw.get("private") is True or kind not in {"incoming", "outgoing"}:
        return None
    if raw.get("id") is None or not isinstance(text, str) or not text.strip():
        return None
    return Said(
        id=str(raw["id"])[:80],
        role=_role(kind, _mapping(raw.get("sender"))),
        text=text,
        at=_moment(raw.get("created_at")),
    )


def _kind(value: object) -> str:
    return _TYPES.get(value, str(value)) if isinstance(value, int) else str(value)


def _role(kind: str, sender: Mapping[str, Any]) -> Role:
    """A bot's words are nobody's promise and do not answer the customer: shown, like an order card."""
    if kind == "incoming":
        return "customer"
    return "system" if str(sender.get("type", "")).lower() in _BOTS else "agent"


def _customer(sender: Mapping[str, Any], account: str) -> Customer:
    number = _text(sender.get("id"))
    return Customer(
        id=_text(sender.get("identifier")) or (f"chatwoot:{account}:{number}" if number else None),
        name=_text(sender.get("name")),
        phone=_text(sender.get("phone_number")),
        email=_text(sender.get("email")),
    )


def _moment(value: object) -> datetime | None:
    """Return the moment of an ISO time or a Unix time; None where it is neither."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _unix(str(value))
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return _unix(value)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _unix(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return str(value)[:200] if isinstance(value, str | int) and str(value).strip() else None
