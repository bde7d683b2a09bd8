"""client.yaml and authority.yaml: who the client is, and what which tier may do."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Collection, Iterator
from dataclasses import replace

from knowledge.model import (
    AuthorityMatrix,
    ClientSettings,
    Contact,
    PriorityLevel,
    Rule,
    UnknownTopic,
)
from knowledge.reading.fields import Fields, fields_of
from knowledge.reading.problem import Problem
from knowledge.reading.yaml_source import YamlSource

CLIENT_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
_LANGUAGE = re.compile(r"^(?:zh|en)(?:[-_][A-Za-z]+)*$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")


def settings_of(source: YamlSource, name: str, fallback_id: str, problems: list[Problem]) -> ClientSettings:
    """Return the client's settings; without an `id` the folder's name counts."""
    fields = fields_of(source, name, problems)
    client_id = fields.text("id") or fallback_id
    if not CLIENT_ID.match(client_id):
        fields.note("id", f"{client_id!r}: a client id has letters, digits, `_`, `.` and `-`, at most 64")
    unknown = fields.mapping("unknown_topic")
    topic = Fields(name, source, unknown, problems, ("unknown_topic",))
    return ClientSettings(
        id=client_id,
        name=fields.text("name") or client_id,
        language=_language(fields),
        timezone=_timezone(fields),
        located=bool(fields.text("timezone")),
        currency=_currency(fields),
        business_hours=_hours(fields),
        tone=fields.text("tone"),
        priorities={key: _priority(key, level) for key, level in fields.children("priorities").items()},
        contacts={key: _contact(key, item) for key, item in fields.children("escalation_contacts").items()},
        emergency_protocol=fields.sentences("emergency_protocol"),
        emergency_services={key: str(value) for key, value in fields.mapping("emergency_services").items()},
        unknown_topic=UnknownTopic(
            say=topic.text("say"), collect=topic.texts("collect"), do=topic.text("do")
        ),
        forbidden_wording=fields.texts("forbidden_wording"),
        extra=fields.rest(),
    )


def authority_of(
    source: YamlSource, name: str, settings: ClientSettings | None, problems: list[Problem]
) -> AuthorityMatrix:
    """Return the matrix. A file of another client is an error, an unknown contact a warning.

    Without `settings` (client.yaml is broken, which is said elsewhere) nothing is compared with them.
    """
    fields = fields_of(source, name, problems)
    owner = fields.text("client")
    if owner is not None and settings is not None and owner != settings.id:
        fields.note("client", f"the file belongs to client {owner!r}, the folder to {settings.id!r}")
    records = fields.records("actions")
    tiers = fields.texts("tiers") or tuple(
        dict.fromkeys(t for record in records for t in record.texts("tier"))
    )
    known = None if settings is None else {*tiers, *settings.contacts}
    return AuthorityMatrix(
        version=fields.text("version") or "",
        currency=fields.text("currency") or (settings.currency if settings is not None else ""),
        tiers=tiers,
        rules=tuple(rule for record in records for rule in _rules(record, tiers, known)),
    )


def _rules(record: Fields, tiers: Collection[str], known: Collection[str] | None) -> Iterator[Rule]:
    action = record.text("action")
    if action is None:
        record.note("action", "is missing")
        return
    named: tuple[str | None, ...] = record.texts("tier") or (None,)
    escalate_to = record.text("escalate_to")
    if escalate_to is not None and known is not None and escalate_to not in known:
        record.note(
            "escalate_to", f"{escalate_to!r} is neither a tier nor a contact of client.yaml", "warning"
        )
    for tier in named:
        if tier is not None and tier not in tiers:
            record.note("tier", f"{tier!r} is not among the tiers {', '.join(tiers)}")
    common = Rule(
        action=action,
        allowed=record.truth("allowed", default=True),
        max=record.number("max"),
        unit=record.text("unit"),
        per_user=record.text("per_user"),
        valid_days=record.whole("valid_days"),
        escalate_to=escalate_to,
        note=record.text("note"),
        extra=record.rest(),
    )
    for tier in named:
        yield replace(common, tier=tier)


def _language(fields: Fields) -> str:
    tag = fields.text("language") or "zh-Hans"
    if not _LANGUAGE.match(tag):
        fields.note("language", f"{tag!r} is not known; write zh-Hans, zh-Hant or en", "warning")
        return "zh-Hans"
    return tag


def _currency(fields: Fields) -> str:
    code = fields.text("currency") or "CNY"
    if not _CURRENCY.match(code):
        fields.note("currency", f"{code!r} is no code of three letters such as CNY, TWD or GBP", "warning")
    return code


def _timezone(fields: Fields) -> str:
    name = fields.text("timezone") or "Asia/Shanghai"
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        fields.note("timezone", f"{name!r} is no time zone; write it like Asia/Shanghai")
        return "Asia/Shanghai"
    return name


def _hours(fields: Fields) -> dict[str, str]:
    if isinstance(fields.value.get("business_hours"), str):
        return {"service": fields.text("business_hours") or ""}
    return {key: str(value) for key, value in fields.mapping("business_hours").items()}


def _priority(key: str, level: Fields) -> PriorityLevel:
    return PriorityLevel(
        name=level.text("name") or key,
        definition=level.text("definition") or "",
        client_response_minutes=level.whole("client_response_minutes"),
        agent_must_report_minutes=level.whole("agent_must_report_minutes"),
    )


def _contact(key: str, item: Fields) -> Contact:
    return Contact(
        key=key,
        name=item.text("name") or key,
        channel=item.text("channel"),
        target_minutes=item.whole("target_minutes"),
        hours=item.text("hours"),
        deliver_to=item.text("deliver_to"),
        extra=item.rest(),
    )
