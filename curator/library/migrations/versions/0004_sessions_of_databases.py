"""Copies of single sessions of other programs' databases, and where reading each database goes on."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE session ADD COLUMN kept INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE archive_copy ADD COLUMN session_id INTEGER DEFAULT '0' NOT NULL",
    "CREATE INDEX archive_copy_of_session ON archive_copy (session_id, source_id)",
    """
    CREATE TABLE store (
        source_id INTEGER NOT NULL,
        content_hash BLOB NOT NULL,
        mark TEXT DEFAULT '' NOT NULL,
        read INTEGER NOT NULL,
        PRIMARY KEY (source_id),
        FOREIGN KEY(source_id) REFERENCES source (id)
    )
    """,
    # A database has no lines: what cannot be read in it is told apart by its words.
    """
    CREATE TABLE problem_told (
        path TEXT NOT NULL,
        line INTEGER NOT NULL,
        reason TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (path, line, reason)
    )
    """,
    "INSERT INTO problem_told SELECT path, line, reason FROM problem",
    "DROP TABLE problem",
    "ALTER TABLE problem_told RENAME TO problem",
    # What was decided before sessions of databases were copied is worth a copy too.
    """
    UPDATE session SET kept = 1 WHERE id IN (
        SELECT e.session_id FROM exchange e
        WHERE e.state <> 0 OR e.revision <> 0 OR e.flagged <> 0 OR e.checks <> 0
            OR e.id IN (SELECT exchange_id FROM exchange_tag)
    )
    """,
    # A database of another name is found out when its copy is due.
    """
    INSERT INTO store(source_id, content_hash, mark, read)
    SELECT id, x'', '', 0 FROM source WHERE status <> 'copy' AND (
        format IN ('opencode-db', 'open-webui-db', 'cursor-db', 'cursor-cli', 'zed', 'llm')
        OR (format IN ('hermes', 'kiro', 'openclaw') AND (
            lower(path) LIKE '%.db' OR lower(path) LIKE '%.sqlite' OR lower(path) LIKE '%.sqlite3'
            OR lower(path) LIKE '%.vscdb')))
    """,
)


def upgrade() -> None:
    """Make the columns and tables; what is due by them is copied when Curator runs next."""
    from alembic import op

    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """A library goes back by its backup."""
    raise NotImplementedError
