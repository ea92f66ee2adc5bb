"""Whole copies of the files behind what a person decided about, and documents beside the transcripts."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE source ADD COLUMN kept INTEGER DEFAULT '0' NOT NULL",
    "CREATE INDEX source_kept ON source (kept) WHERE kept != 0",
    """
    CREATE TABLE archive_copy (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        source_id INTEGER NOT NULL,
        path TEXT DEFAULT '' NOT NULL,
        sha256 BLOB NOT NULL,
        size INTEGER NOT NULL,
        packed INTEGER NOT NULL,
        source_hash BLOB NOT NULL,
        made TEXT DEFAULT '' NOT NULL,
        UNIQUE (source_id, sha256),
        FOREIGN KEY(source_id) REFERENCES source (id)
    )
    """,
    """
    CREATE TABLE document (
        id INTEGER NOT NULL,
        source_id INTEGER NOT NULL,
        kind TEXT DEFAULT '' NOT NULL,
        characters INTEGER NOT NULL,
        text BLOB NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (source_id),
        FOREIGN KEY(source_id) REFERENCES source (id)
    )
    """,
    # What was decided before there was an archive is worth a copy too.
    """
    UPDATE source SET kept = 1 WHERE id IN (
        SELECT s.source_id FROM exchange e JOIN session s ON s.id = e.session_id
        WHERE e.state <> 0 OR e.revision <> 0 OR e.flagged <> 0 OR e.checks <> 0
            OR e.id IN (SELECT exchange_id FROM exchange_tag)
    )
    """,
)


def upgrade() -> None:
    """Make the tables; the files that something was decided about are copied when Curator runs next."""
    from alembic import op

    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """A library goes back by its backup."""
    raise NotImplementedError
