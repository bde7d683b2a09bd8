"""Wordings that a client, a regulator, decency, or the protocol in force forbids the agent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from copilot.answer import Alert, Check
from copilot.conversation import Conversation
from copilot.language import fold
from copilot.signals.emergency.never_say import forbidden_by
from copilot.signals.material import material
from copilot.signals.text import MAX_CHARACTERS, Span, sentences
from knowledge.model import ClientSettings


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    message: str


def find_forbidden(
    conversation: Conversation, settings: ClientSettings, alerts: Sequence[Alert] = ()
) -> tuple[Check, ...]:
    """Return a check for each forbidden wording in the agent's turns and the draft.

    `alerts` are those of this conversation: what their protocols never say is forbidden from then on.
    """
    rules = _rules(is_collection(settings)) + _client_rules(settings)
    checks: list[Check] = []
    for turn in conversation.turns:
        if turn.role == "agent":
            standing = [alert for alert in alerts if alert.turn_index < turn.index]
            checks += _in_text(turn.text, turn.index, rules)
            checks += _never_said(turn.text, turn.index, standing)
    if conversation.draft:
        checks += _in_text(conversation.draft, None, rules)
        checks += _never_said(conversation.draft, None, alerts)
    return tuple(checks)


def is_collection(settings: ClientSettings) -> bool:
    """Whether this client is a collection line: by `industry`, `tags`, or its name."""
    said = " ".join(
        _strings([settings.extra.get(key) for key in ("industry", "tags", "business", "line", "regulated")])
    )
    return (
        material("forbidden")
        .pattern("collection_signs")
        .search(fold(f"{said} {settings.name} {settings.id}"))
        is not None
    )


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


@lru_cache(maxsize=2)
def _rules(collection: bool) -> tuple[_Rule, ...]:
    source = material("forbidden")
    sections = ("always", "collection") if collection else ("always",)
    return tuple(
        _Rule(re.compile(source.expanded(pattern)), str(entry["message"]))
        for section in sections
        for entry in source.data[section].values()
        for pattern in entry["patterns"]
    )


@lru_cache(maxsize=64)
def _literal(wording: str) -> _Rule:
    return _Rule(re.compile(re.escape(fold(wording.strip()))), f"甲方禁用的说法：{wording}")


def _client_rules(settings: ClientSettings) -> tuple[_Rule, ...]:
    extra = _strings(settings.extra.get("forbidden_wording", settings.extra.get("forbidden_words")))
    return tuple(_literal(wording) for wording in (*settings.forbidden_wording, *extra) if wording.strip())


def _never_said(text: str, turn_index: int | None, alerts: Sequence[Alert]) -> Iterator[Check]:
    """A check for each sentence that says what the protocols of standing alerts forbid."""
    lines = tuple(dict.fromkeys(line for alert in alerts for line in alert.protocol.never_say))
    for sentence in sentences(text[:MAX_CHARACTERS]) if lines else ():
        broken = [line for line in lines if _says(sentence, line)]
        if broken:
            yield Check(
                kind="forbidden_wording",
                where="draft" if turn_index is None else "turn",
                turn_index=turn_index,
                quote=sentence.text,
                message=f"告警还在，处置规程不许说：{'；'.join(broken[:2])}",
            )


def _says(sentence: Span, line: str) -> bool:
    found = forbidden_by(line).search(sentence.folded)
    return found is not None and not _is_negated(sentence.folded[: found.start()])


def _in_text(text: str, turn_index: int | None, rules: tuple[_Rule, ...]) -> Iterator[Check]:
    said: set[str] = set()
    for sentence in sentences(text[:MAX_CHARACTERS]):
        for rule in rules:
            found = rule.pattern.search(sentence.folded)
            if found is None or rule.message in said or _is_negated(sentence.folded[: found.start()]):
                continue
            said.add(rule.message)
            yield Check(
                kind="forbidden_wording",
                where="draft" if turn_index is None else "turn",
                turn_index=turn_index,
                quote=text[sentence.start + found.start() : sentence.start + found.end()].strip()
                or sentence.text,
                message=rule.message,
            )


def _is_negated(before: str) -> bool:
    """Whether it is said not to be done (我们不会联系您的家人)."""
    return material("forbidden").pattern("negation").search(before) is not None
