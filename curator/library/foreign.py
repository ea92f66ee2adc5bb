"""The databases of other programs, opened to be read and never touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from curator.core.errors import UnreadableFileError

_BUSY_SECONDS = 5.0
_DAMAGED = "The database cannot be read: the description of its tables is damaged."
_WRITE_VERSION = 18  # and the read version after it: 2 says that a write-ahead log belongs to the file


class ForeignDatabase:
    """What the formats call a `Database`, over SQLite. Every damage it meets becomes an UnreadableFileError."""

    def __init__(self, db: sqlite3.Connection) -> None:
        db.text_factory = _text
        self._db = db

    @cached_property
    def tables(self) -> Mapping[str, frozenset[str]]:
        """The columns of each table."""
        names = [row[0] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = "SELECT name FROM pragma_table_info(?)"
        return {str(name): frozenset(str(row[0]) for row in self.rows(columns, name)) for name in names}

    def rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """What a SELECT gives, row by row."""
        try:
            yield from self._db.execute(query, values)
        except sqlite3.Error as error:
            raise UnreadableFileError(_sentence(error)) from error
        except UnicodeDecodeError as error:  # SQLite's own message quotes what is damaged
            raise UnreadableFileError(_DAMAGED) from error


@contextmanager
def opened(path: str) -> Iterator[ForeignDatabase]:
    """The database at `path` with what stands in its write-ahead log, as of now; the program that owns it goes on.

    Raises UnreadableFileError where it is no database, or is held for longer than five seconds.
    """
    name = quote(str(Path(path).absolute()))
    has_log = Path(f"{path}-wal").exists()
    try:
        db = sqlite3.connect(f"file:{name}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
        try:
            db.execute("PRAGMA query_only = 1")
            db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        except sqlite3.OperationalError as error:
            db.close()
            if has_log or _is_busy(error):
                raise
            # Without a log, and where nothing may be created beside the file, SQLite has to be told that nobody writes.
            db = sqlite3.connect(f"file:{name}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        raise UnreadableFileError(_sentence(error)) from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(_DAMAGED) from error
    with closing(db):
        yield ForeignDatabase(db)


@contextmanager
def from_bytes(data: bytes) -> Iterator[ForeignDatabase]:
    """The database that these bytes are; what stands in a log beside the file is not in it."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(data[:_WRITE_VERSION] + b"\x01\x01" + data[_WRITE_VERSION + 2 :])
        yield ForeignDatabase(db)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _sentence(error: sqlite3.Error) -> str:
    if _is_busy(error):
        return "Another program holds the database for itself at the moment; it is read when that is over."
    return f"The database cannot be read: {error}."
