"""Recorded conversations from the live store, masked as they are read; what was deleted is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Row, select

from copilot.answer import Answer
from copilot.assembly import Copilot, assemble
from copilot.conversation import Conversation
from copilot.language import detect_language
from copilot.live.rows import as_pipeline, as_spoken, conversation_of, turns_of
from copilot.privacy.masking import mask
from copilot.request import TurnIn, Want
from copilot.settings import Settings
from copilot.store import live as tables
from evals.cases import RecordedCase
from evals.datasets import DataSet
from evals.observation import Assistant
from evals.pipeline_product import PipelineAssistant, PipelineProduct
from evals.product import World
from evals.worlds import Housed
from knowledge.model import ClientKnowledge
from knowledge.store.engine import reaching, reading
from knowledge.store.versions import UnknownClientError


class LiveStoreError(Exception):
    """The live store has nothing that could be evaluated."""


@dataclass(frozen=True, slots=True)
class Span:
    """One client's conversations begun from `since` to `until` (exclusive), the latest `limit` of them."""

    client: str
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 500


def _rows(connection: Connection, span: Span) -> Sequence[Row[Any]]:
    table = tables.conversations
    query = select(table).where(table.c.client_id == span.client, table.c.turn_count > 0)
    if span.since is not None:
        query = query.where(table.c.created_at >= span.since)
    if span.until is not None:
        query = query.where(table.c.created_at < span.until)
    return connection.execute(query.order_by(table.c.created_at.desc(), table.c.id).limit(span.limit)).all()


def _case(connection: Connection, row: Row[Any]) -> RecordedCase:
    """The conversation as the pipeline saw it, its texts masked under one numbering."""
    conversation = conversation_of(row)
    seen = as_pipeline(conversation, as_spoken(turns_of(connection, conversation.id)))
    masked = mask([turn.text for turn in seen.turns]).texts
    said = " ".join(turn.text for turn in seen.customer_turns)
    return RecordedCase(
        id=conversation.id,
        lang=conversation.language or str(detect_language(said)),
        client=conversation.client_id,
        agent_tier=conversation.agent.tier,
        now=seen.now,
        turns=tuple(
            TurnIn(role=turn.role, text=text, at=turn.at)
            for turn, text in zip(seen.turns, masked, strict=True)
        ),
        set=f"live/{conversation.client_id}",
        where=f"live store:{conversation.id}",
    )


def recorded_cases(engine: Engine, span: Span) -> tuple[RecordedCase, ...]:
    """Return the conversations of the span, oldest first; only this client's rows are in reach."""
    with reaching([span.client]), reading(engine) as connection:
        return tuple(reversed([_case(connection, row) for row in _rows(connection, span)]))


def export_lines(cases: Sequence[RecordedCase]) -> str:
    """Return the cases as `recorded*.jsonl`, so that they can be replayed under other knowledge."""
    lines = (case.model_dump(mode="json", exclude={"set", "where"}, exclude_none=True) for case in cases)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


@dataclass(frozen=True, slots=True)
class _WithinReach:
    """The installation's assistant, in reach of one client's rows only."""

    inner: PipelineAssistant
    client: str

    def assist(self, conversation: Conversation, want: Sequence[Want]) -> Answer:
        with reaching([self.client]):
            return self.inner.assist(conversation, want)

    def search(self, client_id: str, turns: Sequence[TurnIn], limit: int) -> Sequence[str]:
        with reaching([self.client]):
            return self.inner.search(client_id, turns, limit)


@dataclass(frozen=True)
class InstalledProduct:
    """The product as it is installed, with the knowledge that serves live turns; nothing is imported."""

    settings: Settings
    client: str

    def identity(self) -> str:
        """Return code and model."""
        return PipelineProduct(self.settings, name="installed").identity()

    def prepare(self, world: World) -> str:
        """Return the version of the client's knowledge."""
        with self._opened() as copilot:
            return copilot.knowledge.client(self.client).version

    def open(self, world: World) -> Assistant:
        """Return the assistant of the installation."""
        return _WithinReach(PipelineAssistant(assemble(self.settings)), self.client)

    def knowledge(self, world: World) -> Mapping[str, ClientKnowledge]:
        """Return the client's knowledge."""
        with self._opened() as copilot:
            return {self.client: copilot.knowledge.client(self.client)}

    @contextmanager
    def _opened(self) -> Iterator[Copilot]:
        with opened(self.settings, self.client) as copilot:
            yield copilot


@contextmanager
def opened(settings: Settings, client: str) -> Iterator[Copilot]:
    """Give the installation, in reach of the client's rows. Raise LiveStoreError for an unknown client."""
    copilot = assemble(settings)
    try:
        with reaching([client]):
            copilot.knowledge.client(client)
            yield copilot
    except UnknownClientError as error:
        raise LiveStoreError(f"no client {client!r} in this installation") from error
    finally:
        copilot.close()


def moment(text: str | None, zone: str) -> datetime | None:
    """Return an ISO date or time; without an offset it is the client's local time. Raise LiveStoreError."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise LiveStoreError(f"{text!r} is no date like 2026-11-01") from error
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone))


def live_set(cases: Sequence[RecordedCase], span: Span, data_dir: Path) -> Housed:
    """Return the cases as a data set that is answered by the installation itself."""
    name = f"live/{span.client}"
    return Housed(DataSet(name, data_dir, tuple(cases)), World("installed", data_dir, {}, {}))
