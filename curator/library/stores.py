"""Which sources are databases of other programs, and where reading each one goes on: kept with what was read of it."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from curator.library.packed import PackedTranscript, SourceFile

_MARKS = """
    SELECT f.path, t.mark, f.inode, f.size, t.content_hash, t.read FROM store t JOIN source f ON f.id = t.source_id
    WHERE t.mark <> '' AND f.content_hash = t.content_hash
"""


@dataclass(frozen=True, slots=True)
class StoreMark:
    """Where a database is read on: its `mark` as the formats know it, the file it is of, the content hash of the
    reading that gave it, and when it was read whole, in seconds since 1970."""

    path: str
    mark: str
    inode: int
    size: int
    content: bytes
    read: float


def marks(db: sqlite3.Connection) -> list[StoreMark]:
    """The marks that belong to what the library holds of their databases."""
    return [
        StoreMark(path, mark, inode, size, content, read / 1000)
        for path, mark, inode, size, content, read in db.execute(_MARKS)
    ]


def note(db: sqlite3.Connection, id: int, source: SourceFile, packed: PackedTranscript) -> None:
    """A source was read: take its mark where it is a database, in the transaction that takes what was read. Of one that
    was read in part, the time of the last whole reading stays."""
    if not packed.is_store:
        db.execute("DELETE FROM store WHERE source_id = ?", (id,))
        return
    is_changes = packed.is_partial and packed.mark
    db.execute(
        "INSERT INTO store(source_id, content_hash, mark, read) VALUES (?, ?, ?, ?) ON CONFLICT(source_id) DO UPDATE"
        " SET content_hash = excluded.content_hash, mark = excluded.mark, read = IIF(?, read, excluded.read)",
        (id, source.content_hash, packed.mark, int(time.time() * 1000), bool(is_changes)),
    )


def take_for_store(db: sqlite3.Connection, id: int) -> None:
    """A source turned out to be a database, though it was read before anybody noted that."""
    db.execute("INSERT OR IGNORE INTO store(source_id, content_hash, mark, read) VALUES (?, x'', '', 0)", (id,))


def forget_mark(db: sqlite3.Connection, path: str) -> None:
    """Let the next reading of a database be one of the whole."""
    db.execute("UPDATE store SET mark = '' WHERE source_id = (SELECT id FROM source WHERE path = ?)", (path,))
