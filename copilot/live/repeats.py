"""The same customer or subject again: earlier conversations of the client, and what they change.

A subject is a driver, plate, courier, shop, vehicle or order; which names they go by stands in repeats.yaml.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy import BindParameter, Connection, Row, bindparam, func, insert, select

from copilot.answer import Alert, Fact
from copilot.conversation import Conversation
from copilot.language import detect_language, fold, in_script, language_of
from copilot.live.model import AlertState, Customer, Linked, LiveAlert, LiveConversation, LivePromise
from copilot.live.rows import alert_of, in_order_of_alerts, in_order_of_promises, promise_of
from copilot.signals.emergency.protocols import Wording, protocol_for
from copilot.signals.emergency.services import numbers, services_for
from copilot.store import live as tables
from knowledge.model import ClientSettings

_MAX_LINKED = 5
_ALONE = "safety_complaint"  # what a conversation about a known danger is, before anything is said
_others = tables.conversations.c
# Built once: composing a statement costs more than running it.
_OWN = select(tables.subjects.c.kind, tables.subjects.c.value).where(
    tables.subjects.c.conversation_id == bindparam("of")
)
_LINKED = select(tables.links.c.earlier_id).where(tables.links.c.conversation_id == bindparam("of"))
_EARLIER = (
    select(_others.id)
    .join(tables.subjects, tables.subjects.c.conversation_id == _others.id)
    .where(
        tables.subjects.c.client_id == bindparam("client"),
        _others.client_id == bindparam("client"),
        tables.subjects.c.kind == bindparam("kind_is"),
        tables.subjects.c.value == bindparam("value_is"),
        _others.id != bindparam("of"),
        _others.created_at <= bindparam("until"),
    )
    .order_by(_others.created_at.desc())
    .limit(_MAX_LINKED)
)
_these: BindParameter[Any] = bindparam("these", expanding=True)
_said = tables.turns.c
_first_said = (
    select(func.min(func.coalesce(_said.said_at, _said.received_at)))
    .where(_said.conversation_id == _others.id)
    .correlate(tables.conversations)
    .scalar_subquery()
)
# When it was said, not when it was stored: a helpdesk may bring what it has from the days before.
_begun_at = func.coalesce(_first_said, _others.created_at).label("begun_at")
_BEGUN = select(_others.id, _begun_at, _others.state).where(_others.id.in_(_these))
_ALERTS = in_order_of_alerts(select(tables.alerts)).where(tables.alerts.c.conversation_id.in_(_these))
_PROMISES = in_order_of_promises(select(tables.promises)).where(tables.promises.c.conversation_id.in_(_these))
_COMPLAINT = (
    select(
        tables.links.c.kind,
        tables.links.c.value,
        _begun_at,
        tables.alerts.c.category,
        tables.alerts.c.state,
    )
    .join(tables.conversations, _others.id == tables.links.c.earlier_id)
    .join(tables.alerts, tables.alerts.c.conversation_id == tables.links.c.earlier_id)
    .where(
        tables.links.c.conversation_id == bindparam("of"),
        tables.links.c.kind.in_(bindparam("kinds", expanding=True)),
        tables.alerts.c.category.in_(bindparam("categories", expanding=True)),
    )
    .order_by(_begun_at.desc(), tables.alerts.c.level, tables.alerts.c.raised_at)
    .limit(1)
)


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Somebody or something that a conversation is about; `value` is folded, letters and digits only."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class _Table:
    kinds: Mapping[str, str]  # any name → kind
    raising: frozenset[str]
    from_facts: frozenset[str]
    min_characters: int
    safety: frozenset[str]
    reason: Mapping[str, str]
    states: Mapping[str, Mapping[str, str]]


@lru_cache(maxsize=1)
def _table() -> _Table:
    raw: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("repeats.yaml").read_text("utf-8"))
    return _Table(
        kinds={fold(name): kind for kind, row in raw["kinds"].items() for name in (kind, *row["names"])},
        raising=frozenset(kind for kind, row in raw["kinds"].items() if row["raises"]),
        from_facts=frozenset(raw["from_facts"]),
        min_characters=raw["min_characters"],
        safety=frozenset(raw["safety"]),
        reason=raw["reason"],
        states=raw["states"],
    )


def subjects_of(customer: Customer, subject: Mapping[str, str], facts: Iterable[Fact]) -> tuple[Subject, ...]:
    """Return everything that later conversations can be recognised by, each once."""
    table = _table()
    given = [(table.kinds.get(fold(name), fold(name)[:32]), value) for name, value in subject.items()]
    given += [("customer", customer.id or ""), ("phone", customer.phone or "")]
    said = [
        (table.kinds[fact.slot], fact.value)
        for fact in facts
        if fact.slot in table.from_facts and len(identity(fact.value)) >= table.min_characters
    ]
    found = (Subject(kind, identity(value)) for kind, value in (*given, *said))
    return tuple(sorted({item for item in found if item.value}))


def identity(value: str) -> str:
    """Return what is compared of a value: folded, letters and digits only, at most 200 of them."""
    return "".join(character for character in fold(value) if character.isalnum())[:200]


def link(
    connection: Connection, conversation: LiveConversation, subjects: Sequence[Subject], now: datetime
) -> tuple[Linked, ...]:
    """Remember the subjects, and return the earlier conversations that were not yet linked to this one."""
    if not subjects:
        return ()
    known = _own(connection, conversation.id)
    fresh = [subject for subject in subjects if subject not in known]
    if not fresh:
        return ()
    rows = [
        {
            "client_id": conversation.client_id,
            "kind": subject.kind,
            "value": subject.value,
            "conversation_id": conversation.id,
        }
        for subject in fresh
    ]
    connection.execute(insert(tables.subjects), rows)
    linked = _linked_ids(connection, conversation.id)
    found: dict[str, Subject] = {}
    for subject in sorted(fresh, key=lambda item: item.kind not in _table().raising):
        for earlier_id in _earlier(connection, conversation, subject):
            if earlier_id not in linked:
                found.setdefault(earlier_id, subject)
    _keep(connection, conversation, found, now)
    return linked_views(connection, found)


def _own(connection: Connection, conversation_id: str) -> set[Subject]:
    return {Subject(row.kind, row.value) for row in connection.execute(_OWN, {"of": conversation_id})}


def _linked_ids(connection: Connection, conversation_id: str) -> set[str]:
    return set(connection.execute(_LINKED, {"of": conversation_id}).scalars())


def _earlier(connection: Connection, conversation: LiveConversation, subject: Subject) -> Sequence[str]:
    """The client's earlier conversations about the subject, latest first."""
    wanted = {
        "client": conversation.client_id,
        "kind_is": subject.kind,
        "value_is": subject.value,
        "of": conversation.id,
        "until": conversation.created_at,
    }
    return connection.execute(_EARLIER, wanted).scalars().all()


def _keep(
    connection: Connection, conversation: LiveConversation, found: Mapping[str, Subject], now: datetime
) -> None:
    rows = [
        {
            "client_id": conversation.client_id,
            "conversation_id": conversation.id,
            "earlier_id": earlier_id,
            "kind": subject.kind,
            "value": subject.value,
            "at": now,
        }
        for earlier_id, subject in found.items()
    ]
    if rows:
        connection.execute(insert(tables.links), rows)


def links_of(connection: Connection, conversation_id: str) -> tuple[Linked, ...]:
    """Return what the conversation is linked to, as it stands now, latest first."""
    table = tables.links
    rows = connection.execute(select(table).where(table.c.conversation_id == conversation_id)).all()
    found = linked_views(connection, {row.earlier_id: Subject(row.kind, row.value) for row in rows})
    return tuple(sorted(found, key=lambda item: item.date, reverse=True))


def linked_views(connection: Connection, earlier: Mapping[str, Subject]) -> tuple[Linked, ...]:
    """Return earlier conversations (by id, with the subject in common) as the next agent should see them."""
    if not earlier:
        return ()
    these = {"these": list(earlier)}
    begun = {row.id: row for row in connection.execute(_BEGUN, these).all()}
    alerts: dict[str, LiveAlert] = {}
    for row in connection.execute(_ALERTS, these):
        alerts.setdefault(row.conversation_id, alert_of(row))
    promises: dict[str, list[LivePromise]] = {}
    for row in connection.execute(_PROMISES, these):
        promises.setdefault(row.conversation_id, []).append(promise_of(row))
    return tuple(
        _linked(begun[earlier_id], subject, alerts.get(earlier_id), promises.get(earlier_id, ()))
        for earlier_id, subject in earlier.items()
        if earlier_id in begun
    )


def _linked(
    row: Row[*tuple[Any, ...]], subject: Subject, alert: LiveAlert | None, promises: Iterable[LivePromise]
) -> Linked:
    return Linked(
        id=row.id,
        kind=subject.kind,
        value=subject.value,
        date=row.begun_at,
        state=row.state,
        alert=None if alert is None else plain_alert(alert),
        alert_state=None if alert is None else alert.state,
        promises=tuple(promises),
    )


def plain_alert(alert: Alert) -> Alert:
    """Return the alert without what the live service added."""
    return Alert(**{name: getattr(alert, name) for name in Alert.model_fields})


def with_history(subjects: Iterable[Subject]) -> bool:
    """Whether an earlier complaint about one of the subjects would raise the level."""
    return any(subject.kind in _table().raising for subject in subjects)


@dataclass(frozen=True, slots=True)
class Complaint:
    """An earlier safety complaint about the same subject."""

    kind: str
    value: str
    date: datetime
    category: str
    state: AlertState


def earlier_complaint(connection: Connection, conversation_id: str) -> Complaint | None:
    """Return the latest earlier safety complaint about a subject of this conversation; None for none."""
    wanted = {"of": conversation_id, "kinds": sorted(_table().raising), "categories": sorted(_table().safety)}
    row = connection.execute(_COMPLAINT, wanted).one_or_none()
    return None if row is None else Complaint(row.kind, row.value, row.begun_at, row.category, row.state)


def raised(
    alerts: Sequence[Alert],
    earlier: Complaint | None,
    conversation: Conversation,
    settings: ClientSettings,
) -> tuple[Alert, ...]:
    """Return the alerts one level higher after an earlier safety complaint; without any, an urgent one."""
    if earlier is None or not conversation.customer_turns:
        return tuple(alerts)
    reason = _reason(earlier, settings)
    if not alerts:
        return (_alone(conversation, settings, reason),)
    return tuple(
        alert.model_copy(update={"level": "emergency", "reason": f"{alert.reason}; {reason}"})
        if alert.category in _table().safety
        else alert
        for alert in alerts
    )


def _alone(conversation: Conversation, settings: ClientSettings, reason: str) -> Alert:
    first = conversation.customer_turns[0]
    customer = detect_language(first.text, language_of(settings.language))
    chosen = numbers(conversation, settings)
    return Alert(
        level="urgent",
        category=_ALONE,
        turn_index=first.index,
        quote=first.text,
        services=services_for(_ALONE, first.text, chosen),
        protocol=protocol_for(_ALONE, chosen, settings, Wording(language_of(settings.language), customer)),
        reason=reason,
        sources=("repeat",),
    )


def _reason(earlier: Complaint, settings: ClientSettings) -> str:
    table, language = _table(), language_of(settings.language)
    key = "en" if language == "en" else "zh"
    text = table.reason[key].format(
        date=earlier.date.astimezone(ZoneInfo(settings.timezone)).date().isoformat(),
        kind=earlier.kind,
        value=earlier.value,
        category=earlier.category,
        state=table.states[key][earlier.state],
    )
    return in_script(text, language)


__all__ = [
    "Complaint",
    "Subject",
    "earlier_complaint",
    "identity",
    "link",
    "linked_views",
    "links_of",
    "plain_alert",
    "raised",
    "subjects_of",
    "with_history",
]
