"""A customer's words are gone from every table; what stays is named here, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from copilot.access.audit import Audit
from copilot.access.budget import TokenBudget
from copilot.access.idempotency import Idempotency
from copilot.live.erasing import LiveRecords
from copilot.live.repeats import identity
from copilot.models.ledger import Entry
from copilot.models.sql_ledger import SqlLedger
from copilot.privacy.erasure import Customer, Erasure, KeptReplies, Retention, forget_spending
from copilot.privacy.memory import forget_texts
from copilot.store import live as tables
from copilot.store.migrating import upgrade
from copilot.store.model_calls import model_calls
from copilot.store.schema import idempotent_replies, metadata
from knowledge.store.engine import reaching, reading, writing
from knowledge.text import fold
from tests.copilot.store.filling import fill

CUSTOMER = "c-4711"
# Tables that a customer's deletion leaves alone. A new table is added here or to an eraser.
STAYS = {
    "access_keys": "of callers, not of customers",
    "alembic_version": "the schema's own",
    "audit_entries": "no words of customers, no customers' ids; COPILOT_AUDIT_DAYS",
    "knowledge_article_versions": "the client's own articles",
    "knowledge_client_documents": "the client's own settings, limits and precedents",
    "knowledge_client_versions": "numbers of versions",
    "knowledge_clients": "numbers of versions",
    "knowledge_embeddings": "vectors of the client's own articles and precedents",
    "knowledge_passages": "the client's own articles",
    "live_deliveries": "ids of webhook calls, no words; deleted with the old conversations",
    "model_calls": "tokens and times, no words; COPILOT_AUDIT_DAYS",
    "suggestion_records": "versions of articles, no words; COPILOT_AUDIT_DAYS",
    "token_spending": "numbers; COPILOT_AUDIT_DAYS",
}


@pytest.fixture
def engine(fresh_engine: Engine) -> Iterator[Engine]:
    """One row in every table, all of one conversation with the customer."""
    upgrade(fresh_engine)
    with reaching(None):
        with writing(fresh_engine) as connection:
            fill(connection)
            for table in tables.OF_A_CONVERSATION:
                connection.execute(update(table).values(conversation_id="talk"))
            connection.execute(update(tables.conversations).values(id="talk"))
            connection.execute(update(tables.subjects).values(kind="customer", value=identity(CUSTOMER)))
            body = f'{{"customer": "{CUSTOMER}"}}'.encode()
            connection.execute(update(idempotent_replies).values(body=body))
        yield fresh_engine


def filled(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return {t.name for t in metadata.sorted_tables if connection.execute(select(t)).first() is not None}


def test_every_table_that_may_hold_words_is_emptied_of_the_customers(engine: Engine) -> None:
    erasure = Erasure(engine, (KeptReplies(), LiveRecords()))
    before = filled(engine)
    assert before == {table.name for table in metadata.sorted_tables}
    erasure.of_customer("xianda", Customer(CUSTOMER))
    assert filled(engine) == before, "another client's customer of the same id"
    erasure.of_customer("lulu", Customer(CUSTOMER))
    assert filled(engine) <= set(STAYS)


def test_the_clock_deletes_what_is_kept_too_long(engine: Engine, tmp_path: Path) -> None:
    class NoClients:
        def clients(self) -> tuple[str, ...]:
            return ()

    erasure = Erasure(engine, (KeptReplies(), LiveRecords()))
    later = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=400)
    erasure.before("lulu", later)
    retention = Retention(erasure, NoClients(), Audit(engine), Idempotency(engine), 365)  # type: ignore[arg-type]
    retention.run(later)
    kept = {name for name in STAYS if name.startswith(("knowledge_", "access_"))}
    assert filled(engine) == kept


def test_calls_of_models_are_kept_as_long_as_the_audit_and_no_longer(fresh_engine: Engine) -> None:
    upgrade(fresh_engine)
    today = datetime(2026, 3, 2, 12, tzinfo=UTC)
    entry = Entry("lulu", "suggestion", "m", "suggestion.zh@1#0", tokens_in=10, tokens_out=5)
    with reaching(None):
        for client, days in (("lulu", 366), ("lulu", 364), ("xianda", 366), ("xianda", 0)):
            moment = today - timedelta(days=days)
            ledger = SqlLedger(fresh_engine, TokenBudget(fresh_engine), clock=lambda at=moment: at)  # type: ignore[misc]
            number = ledger.reserve(replace(entry, client_id=client))
            ledger.settle(number, replace(entry, client_id=client, outcome="ok"))
        forget_spending(fresh_engine, today - timedelta(days=365))
        with reading(fresh_engine) as connection:
            kept = connection.execute(select(model_calls.c.client_id, model_calls.c.at)).all()
    assert {(row.client_id, (today - row.at).days) for row in kept} == {("lulu", 364), ("xianda", 0)}


def test_the_process_forgets_what_it_read() -> None:
    fold("我叫王小明")
    assert fold.cache_info().currsize
    assert forget_texts() > 3
    assert fold.cache_info().currsize == 0
