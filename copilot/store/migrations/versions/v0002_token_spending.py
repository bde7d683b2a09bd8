"""Tokens that a client's model has used up in a day, by caller."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "token_spending",
        sa.Column("client_id", sa.String(64), primary_key=True),
        sa.Column("caller", sa.String(128), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("tokens", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Forget what was used."""
    op.drop_table("token_spending")
