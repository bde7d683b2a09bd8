"""Suggestions as they were shown: each once a conversation, with its basis and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from copilot.answer import Answer, Suggestion
from copilot.language import quotable
from copilot.live.desk import Desk
from copilot.live.events import Change
from copilot.live.gaps import NewGap, note_gap
from copilot.live.model import Adopted, LiveConversation, UnknownThingError, as_json, new_id
from copilot.store import live as tables
from knowledge.store.engine import reading


@dataclass(frozen=True, slots=True)
class Shown:
    """A kept suggestion; `new` when this conversation has not seen its words before."""

    suggestion: Suggestion
    new: bool


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the agent did with a suggestion."""

    adopted: Adopted
    by: str
    shown_at: datetime | None = None
    sent_text: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose suggestion it is."""

    client_id: str
    conversation_id: str


def keep_suggestions(
    change: Change, conversation: LiveConversation, answer: Answer, authority_version: str
) -> tuple[Shown, ...]:
    """Keep the answer's suggestions under ids of their own; the same words keep their first id."""
    return tuple(
        _keep(change, conversation, answer, authority_version, suggestion)
        for suggestion in answer.suggestions
    )


def _keep(
    change: Change,
    conversation: LiveConversation,
    answer: Answer,
    authority_version: str,
    suggestion: Suggestion,
) -> Shown:
    known = _known(change.connection, conversation.id, fingerprint(suggestion))
    if known is not None:
        return Shown(suggestion.model_copy(update={"id": known}), new=False)
    named = suggestion.model_copy(update={"id": new_id("sg")})
    change.connection.execute(
        insert(tables.suggestions).values(
            id=named.id,
            client_id=conversation.client_id,
            conversation_id=conversation.id,
            fingerprint=fingerprint(suggestion),
            request_id=answer.request_id,
            knowledge_version=answer.knowledge_version,
            authority_version=authority_version,
            mode=answer.mode,
            articles=sorted({f"{cited.article_id}@{cited.version}" for cited in suggestion.citations}),
            content=as_json(named),
            shown_at=change.at,
        )
    )
    return Shown(named, new=True)


def fingerprint(suggestion: Suggestion) -> str:
    """Return what two suggestions with the same words have in common."""
    words = "\n".join(quotable(text) for text in (suggestion.reply, *suggestion.steps))
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _known(connection: Connection, conversation_id: str, print_: str) -> str | None:
    table = tables.suggestions
    return connection.execute(
        select(table.c.id).where(table.c.conversation_id == conversation_id, table.c.fingerprint == print_)
    ).scalar_one_or_none()


def owner_of(desk: Desk, suggestion_id: str) -> Owner:
    """Return whose suggestion it is. Raise UnknownThingError."""
    table = tables.suggestions
    with reading(desk.engine) as connection:
        row = connection.execute(select(table).where(table.c.id == suggestion_id)).one_or_none()
    if row is None:
        raise UnknownThingError(suggestion_id)
    return Owner(row.client_id, row.conversation_id)


def give_feedback(desk: Desk, suggestion_id: str, given: Feedback) -> str:
    """Keep what became of the suggestion; a rejection is a gap of the knowledge. Raise UnknownThingError."""
    owner = owner_of(desk, suggestion_id)
    feedback_id = new_id("fb")
    with desk.journal.changing() as change:
        change.connection.execute(
            insert(tables.feedback).values(
                id=feedback_id,
                client_id=owner.client_id,
                conversation_id=owner.conversation_id,
                suggestion_id=suggestion_id,
                at=change.at,
                by=given.by,
                shown_at=given.shown_at,
                adopted=given.adopted,
                sent_text=given.sent_text,
                reason=given.reason,
            )
        )
        told = {"suggestion_id": suggestion_id, "adopted": given.adopted, "by": given.by}
        change.append(owner.conversation_id, owner.client_id, "feedback", told)
        if given.adopted == "rejected":
            title = _title(change.connection, suggestion_id)
            gap = NewGap("rejected", title, given.reason)
            note_gap(change, owner.client_id, owner.conversation_id, gap)
    return feedback_id


def _title(connection: Connection, suggestion_id: str) -> str:
    table = tables.suggestions
    content = connection.execute(select(table.c.content).where(table.c.id == suggestion_id)).scalar_one()
    return str(content["title"])


def new_ones(shown: Sequence[Shown]) -> tuple[Suggestion, ...]:
    """Return the suggestions that this conversation has not seen before."""
    return tuple(item.suggestion for item in shown if item.new)
