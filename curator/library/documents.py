"""The documents of a library: the newest text of each, packed, with the source that it was read from."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import zstandard

from curator.core.document import DocumentCard
from curator.core.errors import NotFoundError
from curator.library.packed import PackedDocument
from curator.library.records import GONE

_CARDS = f"""
    SELECT d.id, f.path, d.kind, d.characters, f.mtime_ns, f.status = '{GONE}'
    FROM document d JOIN source f ON f.id = d.source_id ORDER BY f.path
"""
_STORE = """
    INSERT INTO document(source_id, kind, characters, text) VALUES (?, ?, ?, ?)
    ON CONFLICT(source_id) DO UPDATE SET kind = excluded.kind, characters = excluded.characters, text = excluded.text
    WHERE text <> excluded.text OR kind <> excluded.kind
"""


def store(db: sqlite3.Connection, source: int, document: PackedDocument | None) -> bool:
    """Take what a source holds now, None where it is no document any more; says whether that changed anything."""
    if document is None:
        return bool(db.execute("DELETE FROM document WHERE source_id = ?", (source,)).rowcount)
    values = (source, document.kind, document.characters, document.text)
    return bool(db.execute(_STORE, values).rowcount)


def cards(db: sqlite3.Connection) -> tuple[DocumentCard, ...]:
    """Every document, in the order of their paths."""
    return tuple(
        DocumentCard(id, path, kind, characters, _moment(mtime_ns), bool(is_gone))
        for id, path, kind, characters, mtime_ns, is_gone in db.execute(_CARDS)
    )


def text(db: sqlite3.Connection, document: int) -> str:
    """The text of one document. Raises NotFoundError."""
    row = db.execute("SELECT text FROM document WHERE id = ?", (document,)).fetchone()
    if row is None:
        raise NotFoundError(f"There is no document {document} in the library.", "“curator documents” names them.")
    return zstandard.ZstdDecompressor().decompress(row[0]).decode()


def _moment(mtime_ns: int) -> str:
    try:
        return datetime.fromtimestamp(mtime_ns // 1_000_000_000, UTC).isoformat()
    except (OverflowError, OSError, ValueError):  # a file may claim any time
        return ""
