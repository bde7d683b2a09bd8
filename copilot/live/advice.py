"""Suggestions of a live conversation: in the background after a turn, or asked for again.

What is due stands in the database: a turn sets the time, the next one moves it (several messages make one
request), the agent's own reply clears it; where the classifier had not looked yet, what is left to do is to
look. A process claims a row by moving its time; when it dies, the time comes again. A result that a newer
turn has overtaken is thrown away.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from copilot.answer import Alert, Answer, Fact
from copilot.conversation import Conversation
from copilot.live.alerts import keep_raised
from copilot.live.desk import Desk
from copilot.live.events import Change
from copilot.live.gaps import NewGap, note_gap
from copilot.live.model import Advice, LiveConversation, LiveTurn, as_json
from copilot.live.news import renumbered_alerts
from copilot.live.repeats import subjects_of, with_history
from copilot.live.rows import as_pipeline, as_spoken, conversation_of, conversation_row, turns_of
from copilot.live.suggestions import Shown, keep_suggestions, new_ones
from copilot.models.chat import Cancellation
from copilot.pipeline import Delta
from copilot.request import DEFAULT_WANT
from copilot.store import live as tables
from knowledge.base import UnknownClientError
from knowledge.model import ClientSettings
from knowledge.store.engine import reading

# A process that has not finished by then has died; another one begins anew.
LEASE = timedelta(seconds=60)
_BATCH = 8
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?\n]*")
_DONE = {"advice_due_at": None, "advice_since": None}
_table = tables.conversations


@dataclass(frozen=True, slots=True)
class _Claim:
    """A conversation that this process looks at; `turns` and `until` tell whether it was overtaken."""

    conversation: LiveConversation
    spoken: tuple[LiveTurn, ...]
    turns: int
    until: datetime

    @property
    def pipeline_view(self) -> Conversation:
        return as_pipeline(self.conversation, self.spoken)

    @property
    def arrived(self) -> tuple[LiveTurn, ...]:
        return tuple(sorted(self.spoken, key=lambda turn: turn.index))

    @property
    def is_answered(self) -> bool:
        """Whether the agent spoke last."""
        said = [turn.role for turn in self.arrived if turn.role != "system"]
        return said[-1:] == ["agent"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an agent asks for: a look at the unsent reply, or another suggestion."""

    draft: str | None = None
    instruction: str | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears the sentences of a suggestion while it is worded, and may end that."""

    say: Callable[[str], None]
    cancellation: Cancellation = field(default_factory=Cancellation)


def run_due(desk: Desk) -> int:
    """Advise on every conversation that is due; return how many were looked at."""
    query = select(_table.c.id, _table.c.advice_due_at).where(_table.c.advice_due_at <= desk.clock())
    with reading(desk.engine) as connection:
        due = connection.execute(query.order_by(_table.c.advice_due_at).limit(_BATCH)).all()
    for row in due:
        claim = _claim(desk, row.id, row.advice_due_at)
        if claim is not None:
            (_look if claim.is_answered else _advise)(desk, claim)
    return len(due)


def _claim(desk: Desk, conversation_id: str, due_at: datetime) -> _Claim | None:
    with desk.journal.changing() as change:
        until = change.at + LEASE
        mine = change.connection.execute(
            update(_table)
            .where(_table.c.id == conversation_id, _table.c.advice_due_at == due_at)
            .values(advice_due_at=until)
        )
        if not mine.rowcount:
            return None
        conversation = conversation_of(conversation_row(change.connection, conversation_id))
        spoken = as_spoken(turns_of(change.connection, conversation_id))
        claim = _Claim(conversation, spoken, conversation.turn_count, until)
        if not claim.is_answered:
            about = {"turn_index": conversation.turn_count - 1}
            change.append(conversation.id, conversation.client_id, "suggestion.started", about)
        return claim


def _look(desk: Desk, claim: _Claim) -> None:
    """The agent was faster than the classifier: keep the dangers, suggest nothing."""
    view = claim.pipeline_view
    try:
        alerts = desk.advisor.alarms(view).alerts
        facts = desk.advisor.signals(view, embed=False).facts
        settings = desk.knowledge.client(claim.conversation.client_id).settings
    except UnknownClientError:
        _settle(desk, claim)
        return
    with desk.journal.changing() as change:
        _keep_dangers(change, claim, alerts, facts, settings)
        if _is_mine(conversation_row(change.connection, claim.conversation.id), claim):
            change.set(claim.conversation.id, **_DONE)


def _advise(desk: Desk, claim: _Claim) -> None:
    try:
        answer = _answer(desk, claim)
        known = desk.knowledge.client(claim.conversation.client_id)
    except UnknownClientError:
        _settle(desk, claim)
        return
    with desk.journal.changing() as change:
        _keep_dangers(change, claim, answer.alerts, answer.facts, known.settings)
        row = conversation_row(change.connection, claim.conversation.id)
        if _is_mine(row, claim):
            change.set(row.id, **_DONE)
        if _is_overtaken(row, claim):
            return
        shown = _tell(change, row, answer, known.authority.version, question(claim.pipeline_view))
    desk.audit.record_answer(_with_ids(answer, shown), known.authority.version)
    desk.notes.offer(claim.conversation, new_ones(shown))


def _answer(desk: Desk, claim: _Claim) -> Answer:
    """The answer; its sentences are told as a model words them, until something newer is said."""
    conversation = claim.conversation
    with desk.advising.running(conversation.id) as cancellation:

        def tell(delta: Delta) -> None:
            with desk.journal.changing() as change:
                if _is_overtaken(conversation_row(change.connection, conversation.id), claim):
                    cancellation.cancel()
                elif not cancellation.cancelled:
                    about = {"turn_index": claim.turns - 1, "text": delta.text}
                    change.append(conversation.id, conversation.client_id, "suggestion.delta", about)

        return desk.adviser.assist(
            claim.pipeline_view, DEFAULT_WANT, uuid.uuid4().hex, on_delta=tell, cancel=cancellation
        )


def _settle(desk: Desk, claim: _Claim) -> None:
    """Nothing can be said: the client's knowledge is gone."""
    with desk.journal.changing() as change:
        if not _is_overtaken(conversation_row(change.connection, claim.conversation.id), claim):
            change.set(claim.conversation.id, **_DONE)


def _is_mine(row: Row[Any], claim: _Claim) -> bool:
    """Whether nobody has set another time: no customer's turn came."""
    return bool(row.advice_due_at == claim.until)


def _is_overtaken(row: Row[Any], claim: _Claim) -> bool:
    """Whether a newer turn has its own time by now, or the agent has replied."""
    return row.turn_count != claim.turns or not _is_mine(row, claim)


def _keep_dangers(
    change: Change, claim: _Claim, alerts: Sequence[Alert], facts: Sequence[Fact], settings: ClientSettings
) -> None:
    """Keep the alerts that nobody saw in the path of the turn: its vector came late and a process ended."""
    conversation = claim.conversation
    subjects = subjects_of(conversation.customer, conversation.subject, facts)
    numbered = renumbered_alerts(alerts, claim.spoken)
    keep_raised(change, conversation, claim.arrived, numbered, settings if with_history(subjects) else None)


def _tell(change: Change, row: Row[Any], answer: Answer, authority: str, asked: str) -> tuple[Shown, ...]:
    """Keep the answer's advice and tell the streams what is new; nothing while an emergency is untaken."""
    conversation = conversation_of(row)
    if _untaken_emergency(change.connection, row.id):
        change.append(row.id, row.client_id, "suggestion.unchanged", {"reason": "emergency"})
        return ()
    shown = keep_suggestions(change, conversation, answer, authority)
    advice = _advice(answer, shown)
    if answer.abstained is not None:
        note_gap(change, row.client_id, row.id, NewGap("unanswered", asked, answer.abstained.reason))
        if row.advice is None or row.advice["abstained"] != as_json(answer.abstained):
            change.append(row.id, row.client_id, "abstained", as_json(answer.abstained))
    elif new_ones(shown):
        change.append(row.id, row.client_id, "suggestion", _told(advice, shown, conversation))
    else:
        reason = "shown" if shown else "nothing"
        change.append(row.id, row.client_id, "suggestion.unchanged", {"reason": reason})
        if not shown:
            return ()
    change.set(row.id, advice=as_json(advice))
    return shown


def _told(advice: Advice, shown: tuple[Shown, ...], conversation: LiveConversation) -> dict[str, Any]:
    """The event: only suggestions never told before, which earlier ones still stand, and the order of all."""
    fresh = {item.id for item in new_ones(shown)}
    told = as_json(advice)
    told["suggestions"] = [item for item in told["suggestions"] if item["id"] in fresh]
    told["standing"] = [item.suggestion.id for item in shown if not item.new]
    told["order"] = [item.suggestion.id for item in shown]
    told["turn_index"] = conversation.turn_count - 1
    return told


def _advice(answer: Answer, shown: tuple[Shown, ...]) -> Advice:
    return Advice(
        request_id=answer.request_id,
        knowledge_version=answer.knowledge_version,
        mode=answer.mode,
        suggestions=tuple(item.suggestion for item in shown),
        abstained=answer.abstained,
        precedents=answer.precedents,
        degraded=answer.degraded,
    )


def _untaken_emergency(connection: Connection, conversation_id: str) -> bool:
    table = tables.alerts
    query = select(table.c.id).where(
        table.c.conversation_id == conversation_id,
        table.c.level == "emergency",
        table.c.state == "raised",
        table.c.category != "official_request",
    )
    return connection.execute(query).first() is not None


def question(conversation: Conversation) -> str:
    """Return what the customer wants now, in the customer's words."""
    return " ".join(turn.text for turn in conversation.open_request)


def _with_ids(answer: Answer, shown: tuple[Shown, ...]) -> Answer:
    return answer.model_copy(update={"suggestions": tuple(item.suggestion for item in shown)})


def advise_now(
    desk: Desk, conversation_id: str, asked: Asked, request_id: str, listener: Listener | None = None
) -> Answer:
    """Return the answer to the conversation as it stands, the draft checked. Raise UnknownThingError.

    With a draft nothing is told to the streams: the agent is still typing. The listener hears each sentence
    of the first suggestion, those of a model as they are worded.
    """
    heard = listener or Listener(lambda text: None)
    with reading(desk.engine) as connection:
        conversation = conversation_of(conversation_row(connection, conversation_id))
        spoken = as_spoken(turns_of(connection, conversation_id))
    view = as_pipeline(conversation, spoken, asked.draft)
    answer = desk.advisor.assist(
        view,
        DEFAULT_WANT,
        request_id,
        on_delta=lambda delta: heard.say(delta.text),
        cancel=heard.cancellation,
        instruction=asked.instruction,
    )
    authority = desk.knowledge.client(conversation.client_id).authority.version
    with desk.journal.changing() as change:
        row = conversation_row(change.connection, conversation_id)
        if asked.draft is None:
            shown = _tell(change, row, answer, authority, question(view))
        else:
            shown = keep_suggestions(change, conversation, answer, authority)
    named = _with_ids(answer, shown)
    desk.audit.record_answer(named, authority)
    if answer.mode == "embedded":
        _read_out(named, heard)
        if asked.instruction:
            named = named.model_copy(update={"degraded": (*named.degraded, "instruction:needs_a_model")})
    return named


def _read_out(answer: Answer, listener: Listener) -> None:
    """Say the sentences of a suggestion that no model worded."""
    for suggestion in answer.suggestions[:1]:
        for sentence in _SENTENCE.findall(suggestion.reply):
            listener.say(sentence)
