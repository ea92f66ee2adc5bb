"""The tables of what was read: files, sessions, exchanges as they were recorded."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

from curator.library.text_columns import text_column


class WatchedFolderTable(SQLModel, table=True):
    """A folder that is followed while the app runs."""

    __tablename__ = "watched_folder"
    id: int | None = Field(default=None, primary_key=True)
    path: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = Field(sa_column=text_column())
    added: str = Field(sa_column=text_column())


class SourceTable(SQLModel, table=True):
    """A file as it was read last, in the way that `reader` says (see `formats.versions`); `kept` says that a whole copy
    of it belongs into the archive."""

    __tablename__ = "source"
    __table_args__: tuple[SchemaItem, ...] = (Index("source_kept", "kept", sqlite_where=Column("kept") != 0),)
    id: int | None = Field(default=None, primary_key=True)
    path: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    size: int
    mtime_ns: int
    inode: int
    head_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    content_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, index=True))
    format: str = Field(sa_column=text_column())
    status: str = Field(sa_column=text_column())
    root: int = Field(index=True)  # of a watched folder, 0 for none: it stays when the folder is forgotten
    imported: str = Field(sa_column=text_column())
    kept: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    reader: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))


class ArchiveCopyTable(SQLModel, table=True):
    """A whole copy of a file, or of one session of a database, in the archive under its SHA-256. `source_hash` is the
    content hash of the source, or of the session's exchanges, as it was known when the copy was made: while they are
    equal, the copy is up to date. `session_id` is 0 for a file."""

    __tablename__ = "archive_copy"
    __table_args__ = (
        UniqueConstraint("source_id", "sha256"),
        Index("archive_copy_of_session", "session_id", "source_id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id")
    path: str = Field(sa_column=text_column())
    sha256: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    size: int
    packed: int
    source_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    made: str = Field(sa_column=text_column())
    session_id: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))


class StoreTable(SQLModel, table=True):
    """A source that is a database of another program: the mark from which it is read on, the content hash of the
    reading that gave it, and when it was read whole, in milliseconds since 1970."""

    __tablename__ = "store"
    source_id: int = Field(sa_column=Column(Integer, ForeignKey("source.id"), primary_key=True))
    content_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    mark: str = Field(sa_column=text_column())
    read: int


class DocumentTable(SQLModel, table=True):
    """A text beside the transcripts that a person or an assistant wrote for the assistant: the newest one, packed."""

    __tablename__ = "document"
    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(sa_column=Column(Integer, ForeignKey("source.id"), nullable=False, unique=True))
    kind: str = Field(sa_column=text_column())
    characters: int
    text: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ProblemTable(SQLModel, table=True):
    """A line or a file that could not be read, or something in a database, whose line is 0."""

    __tablename__ = "problem"
    path: str = Field(sa_column=Column(Text, primary_key=True))
    line: int = Field(primary_key=True, sa_type=Integer)
    reason: str = Field(sa_column=Column(Text, primary_key=True, server_default=""))


class SessionTable(SQLModel, table=True):
    """One conversation of a file, with its figures; `kept` says that something in it was decided about."""

    __tablename__ = "session"
    __table_args__: tuple[SchemaItem, ...] = (
        UniqueConstraint("source_id", "key"),
        Index("session_by_key", "key"),
        Index("session_by_place", "root", "format", "project"),
    )
    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id")
    key: str = Field(sa_column=text_column())
    format: str = Field(sa_column=text_column())
    title: str = Field(sa_column=text_column())
    project: str = Field(sa_column=text_column())
    started: str = Field(sa_column=text_column())
    origin: str = Field(sa_column=text_column())
    model: str = Field(sa_column=text_column())
    parent_key: str = Field(sa_column=text_column())
    root: int
    prompts: int
    total: int
    hidden: int
    unreviewed: int
    clean: int
    later: int
    rejected: int
    secret: int
    flagged: int
    kept: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))


class TallyTable(SQLModel, table=True):
    """The sums of the sessions' figures by watched folder, format and project: what the sidebar shows, ready-made."""

    __tablename__ = "tally"
    root: int = Field(primary_key=True, sa_type=Integer)
    format: str = Field(sa_column=Column(Text, primary_key=True))
    project: str = Field(sa_column=Column(Text, primary_key=True))
    total: int
    hidden: int
    unreviewed: int
    clean: int
    later: int
    rejected: int
    secret: int
    flagged: int


class ExchangeTable(SQLModel, table=True):
    """What lists, filters and orders need of an exchange; the texts lie elsewhere, so that this table stays narrow.

    `state` is an index into `columns.STATES`, `checks` and `signals` are sets of bits, `at` milliseconds since 1970.
    `gated` says that it is not reviewed by default, `hidden` that nobody decided otherwise: it is always
    `gated AND state = 0 AND revision = 0`. (A generated column would keep SQLite from reading lists off an index.)
    """

    __tablename__ = "exchange"
    __table_args__: tuple[SchemaItem, ...] = (
        UniqueConstraint("session_id", "key"),
        # With everything a list is filtered and ordered by, so that a list is read off the index alone.
        Index("exchange_best", "score", "at", "id", "hidden", "state", "session_id", "signals"),
        Index("exchange_newest", "at", "id", "hidden", "state", "session_id", "signals"),
        Index("exchange_by_content", "content_hash"),
        Index("exchange_decided", "state", sqlite_where=Column("state") != 0),
        Index("exchange_flagged", "flagged", sqlite_where=Column("flagged") != 0),
        Index("exchange_edited", "revision", sqlite_where=Column("revision") != 0),
        Index("exchange_duplicates", "duplicate_of", sqlite_where=Column("duplicate_of") != 0),
        {"sqlite_autoincrement": True},  # type: ignore[assignment]  # ids are never used twice
    )
    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="session.id")
    key: str = Field(sa_column=text_column())
    ordinal: int
    at: int
    score: int
    signals: int
    gated: int
    state: int
    revision: int
    flagged: int
    checks: int
    content_hash: int
    text_hash: int
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    duplicate_of: int
    characters: int
    vanished: int
    hidden: int


class ExchangeTextTable(SQLModel, table=True):
    """The original of an exchange; the full-text index `search` points into it."""

    __tablename__ = "exchange_text"
    id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    prompt: str = Field(sa_column=text_column())
    response: str = Field(sa_column=text_column())
    hits: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    started: str = Field(sa_column=text_column())
    ended: str = Field(sa_column=text_column())
    model: str = Field(sa_column=text_column())
    first_line: int
    last_line: int


class ExchangeStepsTable(SQLModel, table=True):
    """What happened between prompt and answer, compressed; only for exchanges that have any."""

    __tablename__ = "exchange_steps"
    id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    steps: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    steering: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
