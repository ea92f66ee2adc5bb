"""The tables of what a person decided and made: rows and their revisions, tags, acts, snapshots, runs, settings."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Text
from sqlmodel import Field, SQLModel

from curator.library.text_columns import text_column


class RevisionTable(SQLModel, table=True):
    """Every text a person ever gave a row. Nothing here is changed or deleted; revision 0 is the original."""

    __tablename__ = "revision"
    exchange_id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    number: int = Field(primary_key=True, sa_type=Integer)
    prompt: str = Field(sa_column=text_column())
    response: str = Field(sa_column=text_column())
    made: str = Field(sa_column=text_column())


class RowTextTable(SQLModel, table=True):
    """The present text of the edited rows; the full-text index `search_rows` points into it."""

    __tablename__ = "row_text"
    id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    prompt: str = Field(sa_column=text_column())
    response: str = Field(sa_column=text_column())


class DraftTable(SQLModel, table=True):
    """What was typed and not yet saved."""

    __tablename__ = "draft"
    exchange_id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    prompt: str = Field(sa_column=text_column())
    response: str = Field(sa_column=text_column())


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
    words: str = Field(sa_column=text_column())
    made: str = Field(sa_column=text_column())
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
    refusal: str = Field(sa_column=text_column())


class SnapshotTable(SQLModel, table=True):
    """Rows frozen for training."""

    __tablename__ = "snapshot"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=text_column())
    digest: str = Field(sa_column=text_column())
    path: str = Field(sa_column=text_column())
    model: str = Field(sa_column=text_column())
    max_tokens: int
    train: int
    valid: int
    test: int
    tokens: int
    created: str = Field(sa_column=text_column())
    left_out: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SnapshotRowTable(SQLModel, table=True):
    """Which revision of which row went into which split."""

    __tablename__ = "snapshot_row"
    __table_args__ = (Index("snapshot_row_by_exchange", "exchange_id"), {"sqlite_with_rowid": False})
    snapshot_id: int = Field(primary_key=True, foreign_key="snapshot.id", sa_type=Integer)
    exchange_id: int = Field(primary_key=True, foreign_key="exchange.id", sa_type=Integer)
    revision: int
    split: str = Field(sa_column=text_column())


class RunTable(SQLModel, table=True):
    """A training run. `details` is the whole `core.run.Run` as MessagePack: a new figure needs no new column."""

    __tablename__ = "run"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_column=text_column())
    snapshot: int
    model: str = Field(sa_column=text_column())
    state: str = Field(sa_column=text_column())
    path: str = Field(sa_column=text_column())
    created: str = Field(sa_column=text_column())
    details: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ModelTable(SQLModel, table=True):
    """A model folder that a person added."""

    __tablename__ = "model"
    name: str = Field(sa_column=Column(Text, primary_key=True))
    path: str = Field(sa_column=text_column())


class SettingTable(SQLModel, table=True):
    """A choice that belongs to this library."""

    __tablename__ = "setting"
    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=text_column())
