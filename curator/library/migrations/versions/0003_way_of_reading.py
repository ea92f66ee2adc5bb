"""Which way of reading each file was read in, so that it is read again when reading improves."""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = ("ALTER TABLE source ADD COLUMN reader INTEGER DEFAULT '0' NOT NULL",)


def upgrade() -> None:
    """Make the column; files that were read before it was there are read again by the next scan."""
    from alembic import op

    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """A library goes back by its backup."""
    raise NotImplementedError
