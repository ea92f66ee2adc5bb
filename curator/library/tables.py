"""The tables as SQLModel classes: what Alembic compares a library with. Nothing is read or written through them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Text, UniqueConstraint
from sqlalchemy.schema import SchemaItem
from sqlmodel import Field, SQLModel

METADATA: MetaData = SQLModel.metadata


def _text(default: str = "") -> Column[str]:
    return Column(Text, nullable=False, server_default=default)


class WatchedFolderTable(SQLModel, table=True):
    """A folder that is followed while the app runs."""

    __tablename__ = "watched_folder"
    id: int | None = Field(default=None, primary_key=True)
    path: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    name: str = Field(sa_column=_text())
    added: str = Field(sa_column=_text())


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
    format: str = Field(sa_column=_text())
    status: str = Field(sa_column=_text())
    root: int = Field(index=True)  # of a watched folder, 0 for none: it stays when the folder is forgotten
    imported: str = Field(sa_column=_text())
    kept: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))
    reader: int = Field(sa_column=Column(Integer, nullable=False, server_default="0"))


class ArchiveCopyTable(SQLModel, table=True):
    """A whole copy of a file, in the archive under its SHA-256. `source_hash` is the content hash of the source as it
    was known when the copy was made: while they are equal, the copy is up to date."""

    __tablename__ = "archive_copy"
    __table_args__ = (UniqueConstraint("source_id", "sha256"), {"sqlite_autoincrement": True})
    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id")
    path: str = Field(sa_column=_text())
    sha256: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    size: int
    packed: int
    source_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    made: str = Field(sa_column=_text())


class DocumentTable(SQLModel, table=True):
    """A text beside the transcripts that a person or an assistant wrote for the assistant: the newest one, packed."""

    __tablename__ = "document"
    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(sa_column=Column(Integer, ForeignKey("source.id"), nullable=False, unique=True))
    kind: str = Field(sa_column=_text())
    characters: int
    text: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ProblemTable(SQLModel, table=True):
    """A line or a file that could not be read."""

    __tablename__ = "problem"
    path: str = Field(sa_column=Column(Text, primary_key=True))
    line: int = Field(primary_key=True, sa_type=Integer)
    reason: str = Field(sa_column=_text())


_TALLIES = ("total", "hidden", "unreviewed", "clean", "later", "rejected", "secret", "flagged")


class SessionTable(SQLModel, table=True):
    """One conversation of a file, with its figures."""

    __tablename__ = "session"
    __table_args__: tuple[SchemaItem, ...] = (
        UniqueConstraint("source_id", "key"),
        Index("session_by_key", "key"),
        Index("session_by_place", "root", "format", "project"),
    )
    id: int | None = Field(default=None, primary_key=True)
    source_id: int = Field(foreign_key="source.id")
    key: str = Field(sa_column=_text())
    format: str = Field(sa_column=_text())
    title: str = Field(sa_column=_text())
    project: str = Field(sa_column=_text())
    started: str = Field(sa_column=_text())
    origin: str = Field(sa_column=_text())
    model: str = Field(sa_column=_text())
    parent_key: str = Field(sa_column=_text())
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
    key: str = Field(sa_column=_text())
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
    prompt: str = Field(sa_column=_text())
    response: str = Field(sa_column=_text())
    hits: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    started: str = Field(sa_column=_text())
    ended: str = Field(sa_column=_text())
    model: str = Field(sa_column=_text())
    first_line: int
    last_line: int


class ExchangeStepsTable(SQLModel, table=True):
    """What happened between prompt and answer, compressed; only for exchanges that have any."""

    __tablename__ = "exchange_steps"
    id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    steps: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    steering: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class RevisionTable(SQLModel, table=True):
    """Every text a person ever gave a row. Nothing here is changed or deleted; revision 0 is the original."""

    __tablename__ = "revision"
    exchange_id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    number: int = Field(primary_key=True, sa_type=Integer)
    prompt: str = Field(sa_column=_text())
    response: str = Field(sa_column=_text())
    made: str = Field(sa_column=_text())


class RowTextTable(SQLModel, table=True):
    """The present text of the edited rows; the full-text index `search_rows` points into it."""

    __tablename__ = "row_text"
    id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    prompt: str = Field(sa_column=_text())
    response: str = Field(sa_column=_text())


class DraftTable(SQLModel, table=True):
    """What was typed and not yet saved."""

    __tablename__ = "draft"
    exchange_id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    prompt: str = Field(sa_column=_text())
    response: str = Field(sa_column=_text())


class TagTable(SQLModel, table=True):
    """A word a person put on exchanges."""

    __tablename__ = "tag"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=Column(Text, nullable=False, unique=True))


class ExchangeTagTable(SQLModel, table=True):
    """Which exchange wears which tag."""

    __tablename__ = "exchange_tag"
    __table_args__ = (Index("exchange_tag_by_exchange", "exchange_id"), {"sqlite_with_rowid": False})
    tag_id: int = Field(primary_key=True, foreign_key="tag.id", sa_type=Integer)
    exchange_id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)


class SignalTable(SQLModel, table=True):
    """The bit of each signal in `exchange.signals`; given out as signals first appear, never changed."""

    __tablename__ = "signal"
    bit: int = Field(primary_key=True, sa_type=Integer)
    name: str = Field(sa_column=Column(Text, nullable=False, unique=True))


class OperationTable(SQLModel, table=True):
    """The log behind undo and redo: what an act changed, before and after, in words and in ids."""

    __tablename__ = "operation"
    id: int | None = Field(default=None, primary_key=True)
    words: str = Field(sa_column=_text())
    made: str = Field(sa_column=_text())
    undone: int
    steps: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class TokenizerTable(SQLModel, table=True):
    """A tokenizer with its template, by its fingerprint."""

    __tablename__ = "tokenizer"
    id: int | None = Field(default=None, primary_key=True)
    fingerprint: str = Field(sa_column=Column(Text, nullable=False, unique=True))


class TokenUsageTable(SQLModel, table=True):
    """Counted tokens by tokenizer and hash of the exact text, so that an edit outdates a figure by itself."""

    __tablename__ = "token_usage"
    __table_args__ = ({"sqlite_with_rowid": False},)
    tokenizer_id: int = Field(primary_key=True, foreign_key="tokenizer.id", sa_type=Integer)
    text_hash: int = Field(primary_key=True, sa_type=Integer)
    prompt: int
    response: int
    is_estimate: int
    refusal: str = Field(sa_column=_text())


class SnapshotTable(SQLModel, table=True):
    """Rows frozen for training."""

    __tablename__ = "snapshot"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=_text())
    digest: str = Field(sa_column=_text())
    path: str = Field(sa_column=_text())
    model: str = Field(sa_column=_text())
    max_tokens: int
    train: int
    valid: int
    test: int
    tokens: int
    created: str = Field(sa_column=_text())
    left_out: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SnapshotRowTable(SQLModel, table=True):
    """Which revision of which row went into which split."""

    __tablename__ = "snapshot_row"
    __table_args__ = (Index("snapshot_row_by_exchange", "exchange_id"), {"sqlite_with_rowid": False})
    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id", sa_type=Integer)
    exchange_id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    revision: int
    split: str = Field(sa_column=_text())


class RunTable(SQLModel, table=True):
    """A training run. `details` is the whole `core.run.Run` as MessagePack: a new figure needs no new column."""

    __tablename__ = "run"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=_text())
    snapshot: int
    model: str = Field(sa_column=_text())
    state: str = Field(sa_column=_text())
    path: str = Field(sa_column=_text())
    created: str = Field(sa_column=_text())
    details: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ModelTable(SQLModel, table=True):
    """A model folder that a person added."""

    __tablename__ = "model"
    name: str = Field(sa_column=Column(Text, primary_key=True))
    path: str = Field(sa_column=_text())


class SettingTable(SQLModel, table=True):
    """A choice that belongs to this library."""

    __tablename__ = "setting"
    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=_text())
