"""Settings, authority and precedents as JSON documents, there and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Literal, assert_never

from knowledge.model import (
    AuthorityMatrix,
    ClientSettings,
    Contact,
    Precedent,
    PriorityLevel,
    Rule,
    UnknownTopic,
)

DocumentKind = Literal["settings", "authority", "precedents"]
Document = ClientSettings | AuthorityMatrix | tuple[Precedent, ...]
Json = dict[str, Any]


def to_json(document: Document) -> Json:
    """Return the document as JSON; days as ISO text."""
    match document:
        case ClientSettings() | AuthorityMatrix():
            content = asdict(document)
        case tuple():
            content = {"cases": [asdict(case) for case in document]}
        case _:
            assert_never(document)
    plain: Json = json.loads(json.dumps(content, default=_plain, ensure_ascii=False))
    return plain


def hash_of(content: Json) -> str:
    """Return the hash that tells one version of a document from another."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def settings_from(content: Json) -> ClientSettings:
    """Return the settings stored as `content`."""
    unknown = content["unknown_topic"]
    return ClientSettings(
        **{
            **content,
            "priorities": {key: PriorityLevel(**level) for key, level in content["priorities"].items()},
            "contacts": {key: Contact(**contact) for key, contact in content["contacts"].items()},
            "emergency_protocol": tuple(content["emergency_protocol"]),
            "forbidden_wording": tuple(content["forbidden_wording"]),
            "unknown_topic": UnknownTopic(**{**unknown, "collect": tuple(unknown["collect"])}),
        }
    )


def authority_from(content: Json) -> AuthorityMatrix:
    """Return the authority matrix stored as `content`."""
    rules = tuple(Rule(**rule) for rule in content["rules"])
    return AuthorityMatrix(**{**content, "tiers": tuple(content["tiers"]), "rules": rules})


def precedents_from(content: Json) -> tuple[Precedent, ...]:
    """Return the cases stored as `content`."""
    cases: Sequence[Mapping[str, Any]] = content["cases"]
    return tuple(
        Precedent(**{**case, "date": date.fromisoformat(case["date"]) if case["date"] else None})
        for case in cases
    )


def _plain(value: object) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def plain_mapping(value: Mapping[str, Any]) -> Json:
    """Return `value` with nothing in it that JSON does not know."""
    content: Json = json.loads(json.dumps(dict(value), default=_plain, ensure_ascii=False))
    return content
