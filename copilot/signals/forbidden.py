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


@dataclass(frozen=True, slots=True)
class _Book:
    """What holds for a client: whether the rules of collection do, and its own forbidden wordings."""

    collection: bool
    wordings: tuple[str, ...]


def find_forbidden(
    conversation: Conversation, settings: ClientSettings, alerts: Sequence[Alert] = ()
) -> tuple[Check, ...]:
    """Return a check for each forbidden wording in the agent's turns and the draft.

    `alerts` are those of this conversation: what their protocols never say is forbidden from then on.
    """
    book = _book(settings)
    checks: list[Check] = []
    for turn in conversation.turns:
        if turn.role == "agent":
            standing = [alert for alert in alerts if alert.turn_index < turn.index]
            checks += _in_text(turn.text, turn.index, book)
            checks += _never_said(turn.text, turn.index, _lines(standing))
    if conversation.draft:
        checks += _in_text(conversation.draft, None, book)
        checks += _never_said(conversation.draft, None, _lines(alerts))
    return tuple(checks)


def find_against_protocols(text: str, turn_index: int, alerts: Sequence[Alert]) -> tuple[Check, ...]:
    """Return a check for each sentence of an agent's turn that the protocols of standing alerts forbid.

    For whoever keeps alerts himself: what a classifier heard is not heard again with an agent's turn.
    """
    return _never_said(text, turn_index, _lines(alerts))


@lru_cache(maxsize=64)
def _book(settings: ClientSettings) -> _Book:
    return _Book(is_collection(settings), _client_wordings(settings))


def is_collection(settings: ClientSettings) -> bool:
    """Whether this client is a collection line: by `industry`, `tags`, or its name."""
    said = " ".join(
        _strings([settings.extra.get(key) for key in ("industry", "tags", "business", "line", "regulated")])
    )
    return _tells_of_collection(f"{said} {settings.name} {settings.id}")


@lru_cache(maxsize=64)
def _tells_of_collection(said: str) -> bool:
    return material("forbidden").pattern("collection_signs").search(fold(said)) is not None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _rules(folded: str, book: _Book) -> Iterator[_Rule]:
    """The rules that may be broken in a text, the client's own last."""
    source = material("forbidden")
    sifted = source.sifted(folded)
    for section in ("always", "collection") if book.collection else ("always",):
        for name, entry in source.data[section].items():
            for pattern in sifted.alternatives(section, name):
                yield _Rule(pattern, str(entry["message"]))
    yield from (rule for rule in map(_literal, book.wordings) if rule.pattern.search(folded))


@lru_cache(maxsize=64)
def _literal(wording: str) -> _Rule:
    return _Rule(re.compile(re.escape(fold(wording.strip()))), f"甲方禁用的说法：{wording}")


def _client_wordings(settings: ClientSettings) -> tuple[str, ...]:
    extra = _strings(settings.extra.get("forbidden_wording", settings.extra.get("forbidden_words")))
    return tuple(wording for wording in (*settings.forbidden_wording, *extra) if wording.strip())


def _lines(alerts: Sequence[Alert]) -> tuple[str, ...]:
    """What the protocols of these alerts forbid."""
    return tuple(dict.fromkeys(line for alert in alerts for line in alert.protocol.never_say))


@lru_cache(maxsize=2048)  # every later turn reads the earlier ones again
def _never_said(text: str, turn_index: int | None, lines: tuple[str, ...]) -> tuple[Check, ...]:
    """A check for each sentence that says what the protocols of standing alerts forbid."""
    spoken = sentences(text[:MAX_CHARACTERS]) if lines else ()
    broken = ((sentence, [line for line in lines if _says(sentence, line)]) for sentence in spoken)
    return tuple(
        Check(
            kind="forbidden_wording",
            where="draft" if turn_index is None else "turn",
            turn_index=turn_index,
            quote=sentence.text,
            message=f"告警还在，处置规程不许说：{'；'.join(said[:2])}",
        )
        for sentence, said in broken
        if said
    )


def _says(sentence: Span, line: str) -> bool:
    found = forbidden_by(line).search(sentence.folded)
    return found is not None and not _is_negated(sentence.folded[: found.start()])


@lru_cache(maxsize=2048)  # every later turn reads the earlier ones again
def _in_text(text: str, turn_index: int | None, book: _Book) -> tuple[Check, ...]:
    return tuple(_broken(text[:MAX_CHARACTERS], turn_index, book))


def _broken(text: str, turn_index: int | None, book: _Book) -> Iterator[Check]:
    said: set[str] = set()
    rules = tuple(_rules(fold(text), book))
    for sentence in sentences(text) if rules else ():
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
