"""The product, opened for a command, with clear words where it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from api.terminal import explained
from copilot.assembly import Copilot, assemble
from copilot.settings import Settings
from copilot.store.migrating import SchemaError
from knowledge.embedding import EmbeddingError
from knowledge.store.engine import reaching


@contextmanager
def opened(settings: Settings) -> Iterator[Copilot]:
    """Open the product and close it afterwards; errors of database and embedder end the command."""
    where = f"the state is in {settings.data_dir.resolve()} (COPILOT_DATA_DIR) or COPILOT_DATABASE_URL"
    with (
        explained(
            (SQLAlchemyError, lambda e: (f"the database cannot be used: {type(e).__name__}", where)),
            (SchemaError, lambda e: (str(e), where)),
            (OSError, lambda e: (f"the data folder cannot be used: {e}", where)),
            (EmbeddingError, lambda e: (str(e), "run `copilot doctor`")),
        ),
        reaching(None),
    ):  # who may run commands here may read the database anyway
        copilot = assemble(settings)
        try:
            yield copilot
        finally:
            copilot.close()
