"""What Alembic runs around the steps; the connection, in its transaction, comes from migrating.py."""

from __future__ import annotations

from alembic import context

# SQLite alters a table by copying it: `render_as_batch`.
context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
