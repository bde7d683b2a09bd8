"""The tables of live conversations. Every row carries its client; words of customers stand here only."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from copilot.store.types import UtcDateTime
from knowledge.store.schema import metadata

conversations = Table(
    "live_conversations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("external_id", String(200), nullable=True),
    Column("channel", String(80), nullable=False),
    Column("agent_id", String(200), nullable=False),
    Column("agent_tier", String(64), nullable=False),
    Column("customer", JSON, nullable=False),
    Column("subject", JSON, nullable=False),
    Column("language", String(16), nullable=True),
    Column("state", String(16), nullable=False),  # open, resolved
    Column("created_at", UtcDateTime, nullable=False),
    Column("touched_at", UtcDateTime, nullable=False),  # last event: what other processes look for
    Column("turn_count", Integer, nullable=False),
    Column("event_seq", Integer, nullable=False),  # number of the last event of this conversation
    Column("facts", JSON, nullable=False),  # what is known now, corrections applied
    Column("checks", JSON, nullable=False),  # every check shown so far
    Column("degraded", JSON, nullable=False),
    Column("advice", JSON, nullable=True),  # the latest suggestions, abstention and precedents
    # A background suggestion is due then (NULL: none; while a process works: when its lease ends).
    Column("advice_due_at", UtcDateTime, nullable=True),
    Column("advice_since", UtcDateTime, nullable=True),
    UniqueConstraint("client_id", "external_id", name="live_conversations_external"),
    Index("live_conversations_touched", "touched_at"),
    Index("live_conversations_advice", "advice_due_at"),
    Index("live_conversations_client", "client_id", "created_at"),
)

turns = Table(
    "live_turns",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("index", Integer, nullable=False),  # order of arrival; never changes
    Column("role", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("said_at", UtcDateTime, nullable=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("external_id", String(200), nullable=True),
    Column("answer", JSON, nullable=False),  # what the call was answered with: a repeat gets the same
    UniqueConstraint("conversation_id", "index", name="live_turns_order"),
    UniqueConstraint("conversation_id", "external_id", name="live_turns_external"),
)

alerts = Table(
    "live_alerts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("danger", String(64), nullable=False),  # one row a danger and conversation
    Column("level", String(16), nullable=False),
    Column("category", String(64), nullable=False),
    Column("content", JSON, nullable=False),
    Column("state", String(16), nullable=False),  # raised, acknowledged
    Column("raised_at", UtcDateTime, nullable=False),
    Column("acknowledged_at", UtcDateTime, nullable=True),
    Column("acknowledged_by", String(200), nullable=True),
    Column("clock_from", UtcDateTime, nullable=False),  # the clock starts anew when the level rises
    Column("steps_done", Integer, nullable=False),
    Column("next_due_at", UtcDateTime, nullable=True),  # NULL: nothing more to do
    UniqueConstraint("conversation_id", "danger", name="live_alerts_danger"),
    Index("live_alerts_due", "next_due_at"),
    Index("live_alerts_client", "client_id", "state"),
)

promises = Table(
    "live_promises",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("turn_index", Integer, nullable=False),
    Column("quote", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=True),
    Column("state", String(16), nullable=False),  # open, overdue, kept
    Column("created_at", UtcDateTime, nullable=False),
    Column("kept_at", UtcDateTime, nullable=True),
    Column("kept_by", String(200), nullable=True),
    Index("live_promises_due", "state", "due_at"),
    Index("live_promises_conversation", "conversation_id"),
)

suggestions = Table(
    "live_suggestions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("fingerprint", String(64), nullable=False),  # the same words are the same suggestion
    Column("request_id", String(64), nullable=False),
    Column("knowledge_version", String(64), nullable=False),
    Column("authority_version", String(64), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("articles", JSON, nullable=False),
    Column("content", JSON, nullable=False),
    Column("shown_at", UtcDateTime, nullable=False),
    UniqueConstraint("conversation_id", "fingerprint", name="live_suggestions_once"),
)

feedback = Table(
    "live_feedback",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("suggestion_id", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(200), nullable=False),
    Column("shown_at", UtcDateTime, nullable=True),
    Column("adopted", String(16), nullable=False),
    Column("sent_text", Text, nullable=True),
    Column("reason", Text, nullable=True),
    Index("live_feedback_suggestion", "suggestion_id"),
    Index("live_feedback_client", "client_id", "at"),
)

escalations = Table(
    "live_escalations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("state", String(16), nullable=False),  # draft, sent, delivered, acknowledged, resolved, reopened
    Column("priority", String(8), nullable=False),
    Column("drafted", JSON, nullable=False),  # as it was proposed
    Column("content", JSON, nullable=False),  # as it stands after edits
    Column("edited", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("history", JSON, nullable=False),  # every step: state, at, by, note
    Index("live_escalations_client", "client_id", "state"),
    Index("live_escalations_conversation", "conversation_id"),
)

gaps = Table(
    "live_gaps",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("conversation_id", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),  # unanswered, rejected, escalated
    Column("question", Text, nullable=False),
    Column("detail", Text, nullable=True),
    UniqueConstraint("conversation_id", "kind", "question", name="live_gaps_once"),
    Index("live_gaps_client", "client_id", "at"),
)

subjects = Table(
    "live_subjects",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("value", String(200), primary_key=True),
    Column("conversation_id", String(40), primary_key=True),
    Index("live_subjects_conversation", "conversation_id"),
)

links = Table(
    "live_links",
    metadata,
    Column("client_id", String(64), nullable=False),
    Column("conversation_id", String(40), primary_key=True),
    Column("earlier_id", String(40), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("value", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

events = Table(
    "live_events",
    metadata,
    Column("conversation_id", String(40), primary_key=True),
    Column("seq", Integer, primary_key=True),  # 1, 2, 3 … without gaps
    Column("client_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("type", String(32), nullable=False),
    Column("data", Text, nullable=False),  # JSON, sent as it is
)

deliveries = Table(
    "live_deliveries",
    metadata,
    Column("source", String(32), primary_key=True),
    Column("delivery_id", String(200), primary_key=True),
    Column("client_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("live_deliveries_age", "at"),
)

# What is deleted with a conversation, the conversation itself last.
OF_A_CONVERSATION: tuple[Table, ...] = (
    events, turns, alerts, promises, suggestions, feedback, escalations, gaps, subjects, links,
)  # fmt: skip
