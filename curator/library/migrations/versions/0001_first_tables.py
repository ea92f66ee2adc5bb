"""The first tables, and the full-text indexes over them."""

from __future__ import annotations

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE model (
        name TEXT NOT NULL,
        path TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (name)
    )
    """,
    """
    CREATE TABLE operation (
        id INTEGER NOT NULL,
        words TEXT DEFAULT '' NOT NULL,
        made TEXT DEFAULT '' NOT NULL,
        undone INTEGER NOT NULL,
        steps BLOB NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE problem (
        path TEXT NOT NULL,
        line INTEGER NOT NULL,
        reason TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (path, line)
    )
    """,
    """
    CREATE TABLE run (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        name TEXT DEFAULT '' NOT NULL,
        snapshot INTEGER NOT NULL,
        model TEXT DEFAULT '' NOT NULL,
        state TEXT DEFAULT '' NOT NULL,
        path TEXT DEFAULT '' NOT NULL,
        created TEXT DEFAULT '' NOT NULL,
        details BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE setting (
        "key" TEXT NOT NULL,
        value TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY ("key")
    )
    """,
    """
    CREATE TABLE signal (
        bit INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (bit),
        UNIQUE (name)
    )
    """,
    """
    CREATE TABLE snapshot (
        id INTEGER NOT NULL,
        name TEXT DEFAULT '' NOT NULL,
        digest TEXT DEFAULT '' NOT NULL,
        path TEXT DEFAULT '' NOT NULL,
        model TEXT DEFAULT '' NOT NULL,
        max_tokens INTEGER NOT NULL,
        train INTEGER NOT NULL,
        valid INTEGER NOT NULL,
        test INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        created TEXT DEFAULT '' NOT NULL,
        left_out BLOB NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE source (
        id INTEGER NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        head_hash BLOB NOT NULL,
        content_hash BLOB NOT NULL,
        format TEXT DEFAULT '' NOT NULL,
        status TEXT DEFAULT '' NOT NULL,
        root INTEGER NOT NULL,
        imported TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (path)
    )
    """,
    "CREATE INDEX ix_source_content_hash ON source (content_hash)",
    "CREATE INDEX ix_source_root ON source (root)",
    """
    CREATE TABLE tag (
        id INTEGER NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (name)
    )
    """,
    """
    CREATE TABLE tally (
        root INTEGER NOT NULL,
        format TEXT NOT NULL,
        project TEXT NOT NULL,
        total INTEGER NOT NULL,
        hidden INTEGER NOT NULL,
        unreviewed INTEGER NOT NULL,
        clean INTEGER NOT NULL,
        later INTEGER NOT NULL,
        rejected INTEGER NOT NULL,
        secret INTEGER NOT NULL,
        flagged INTEGER NOT NULL,
        PRIMARY KEY (root, format, project)
    )
    """,
    """
    CREATE TABLE tokenizer (
        id INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (fingerprint)
    )
    """,
    """
    CREATE TABLE watched_folder (
        id INTEGER NOT NULL,
        path TEXT NOT NULL,
        name TEXT DEFAULT '' NOT NULL,
        added TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (path)
    )
    """,
    """
    CREATE TABLE session (
        id INTEGER NOT NULL,
        source_id INTEGER NOT NULL,
        "key" TEXT DEFAULT '' NOT NULL,
        format TEXT DEFAULT '' NOT NULL,
        title TEXT DEFAULT '' NOT NULL,
        project TEXT DEFAULT '' NOT NULL,
        started TEXT DEFAULT '' NOT NULL,
        origin TEXT DEFAULT '' NOT NULL,
        model TEXT DEFAULT '' NOT NULL,
        parent_key TEXT DEFAULT '' NOT NULL,
        root INTEGER NOT NULL,
        prompts INTEGER NOT NULL,
        total INTEGER NOT NULL,
        hidden INTEGER NOT NULL,
        unreviewed INTEGER NOT NULL,
        clean INTEGER NOT NULL,
        later INTEGER NOT NULL,
        rejected INTEGER NOT NULL,
        secret INTEGER NOT NULL,
        flagged INTEGER NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (source_id, "key"),
        FOREIGN KEY(source_id) REFERENCES source (id)
    )
    """,
    'CREATE INDEX session_by_key ON session ("key")',
    "CREATE INDEX session_by_place ON session (root, format, project)",
    """
    CREATE TABLE token_usage (
        tokenizer_id INTEGER NOT NULL,
        text_hash INTEGER NOT NULL,
        prompt INTEGER NOT NULL,
        response INTEGER NOT NULL,
        is_estimate INTEGER NOT NULL,
        refusal TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (tokenizer_id, text_hash),
        FOREIGN KEY(tokenizer_id) REFERENCES tokenizer (id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE exchange (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        session_id INTEGER NOT NULL,
        "key" TEXT DEFAULT '' NOT NULL,
        ordinal INTEGER NOT NULL,
        at INTEGER NOT NULL,
        score INTEGER NOT NULL,
        signals INTEGER NOT NULL,
        gated INTEGER NOT NULL,
        state INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        flagged INTEGER NOT NULL,
        checks INTEGER NOT NULL,
        content_hash INTEGER NOT NULL,
        text_hash INTEGER NOT NULL,
        digest BLOB NOT NULL,
        duplicate_of INTEGER NOT NULL,
        characters INTEGER NOT NULL,
        vanished INTEGER NOT NULL,
        hidden INTEGER NOT NULL,
        UNIQUE (session_id, "key"),
        FOREIGN KEY(session_id) REFERENCES session (id)
    )
    """,
    "CREATE INDEX exchange_best ON exchange (score, at, id, hidden, state, session_id, signals)",
    "CREATE INDEX exchange_by_content ON exchange (content_hash)",
    "CREATE INDEX exchange_decided ON exchange (state) WHERE state != 0",
    "CREATE INDEX exchange_duplicates ON exchange (duplicate_of) WHERE duplicate_of != 0",
    "CREATE INDEX exchange_edited ON exchange (revision) WHERE revision != 0",
    "CREATE INDEX exchange_flagged ON exchange (flagged) WHERE flagged != 0",
    "CREATE INDEX exchange_newest ON exchange (at, id, hidden, state, session_id, signals)",
    """
    CREATE TABLE draft (
        exchange_id INTEGER NOT NULL,
        prompt TEXT DEFAULT '' NOT NULL,
        response TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (exchange_id),
        FOREIGN KEY(exchange_id) REFERENCES exchange (id)
    )
    """,
    """
    CREATE TABLE exchange_steps (
        id INTEGER NOT NULL,
        steps BLOB NOT NULL,
        steering BLOB NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(id) REFERENCES exchange (id)
    )
    """,
    """
    CREATE TABLE exchange_tag (
        tag_id INTEGER NOT NULL,
        exchange_id INTEGER NOT NULL,
        PRIMARY KEY (tag_id, exchange_id),
        FOREIGN KEY(tag_id) REFERENCES tag (id),
        FOREIGN KEY(exchange_id) REFERENCES exchange (id)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX exchange_tag_by_exchange ON exchange_tag (exchange_id)",
    """
    CREATE TABLE exchange_text (
        id INTEGER NOT NULL,
        prompt TEXT DEFAULT '' NOT NULL,
        response TEXT DEFAULT '' NOT NULL,
        hits BLOB NOT NULL,
        started TEXT DEFAULT '' NOT NULL,
        ended TEXT DEFAULT '' NOT NULL,
        model TEXT DEFAULT '' NOT NULL,
        first_line INTEGER NOT NULL,
        last_line INTEGER NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(id) REFERENCES exchange (id)
    )
    """,
    """
    CREATE TABLE revision (
        exchange_id INTEGER NOT NULL,
        number INTEGER NOT NULL,
        prompt TEXT DEFAULT '' NOT NULL,
        response TEXT DEFAULT '' NOT NULL,
        made TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (exchange_id, number),
        FOREIGN KEY(exchange_id) REFERENCES exchange (id)
    )
    """,
    """
    CREATE TABLE row_text (
        id INTEGER NOT NULL,
        prompt TEXT DEFAULT '' NOT NULL,
        response TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(id) REFERENCES exchange (id)
    )
    """,
    """
    CREATE TABLE snapshot_row (
        snapshot_id INTEGER NOT NULL,
        exchange_id INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        split TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (snapshot_id, exchange_id),
        FOREIGN KEY(snapshot_id) REFERENCES snapshot (id),
        FOREIGN KEY(exchange_id) REFERENCES exchange (id)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX snapshot_row_by_exchange ON snapshot_row (exchange_id)",
    """
    CREATE VIRTUAL TABLE search USING fts5(
        prompt, response, content='exchange_text', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
    )
    """,
    """
    CREATE VIRTUAL TABLE search_rows USING fts5(
        prompt, response, content='row_text', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
    )
    """,
    # Fewer and larger merges: a tenth less work while importing, and searches stay as quick (measured).
    "INSERT INTO search(search, rank) VALUES ('automerge', 16)",
    # The two signals that the library itself reads have bits of their own.
    "INSERT INTO signal(bit, name) VALUES (1, 'secret'), (2, 'duplicate')",
)


def upgrade() -> None:
    """Make every table of the first version. Written out, so that it stays what it was when the tables move on. A new
    library is made from the same statements without Alembic, which therefore is only imported here."""
    from alembic import op

    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """There is nothing before the first version."""
    raise NotImplementedError
