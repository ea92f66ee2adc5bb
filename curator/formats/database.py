"""The databases in which some programs keep their conversations, as their adapters see them: tables and rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from curator.formats.events import SessionEvents

MAGIC = b"SQLite format 3\x00"
"""How every SQLite file begins (sqlite.org/fileformat.html §1.3)."""


class Database(Protocol):
    """A database that is only read. Opening it is not the adapters' business: they touch no disk."""

    @property
    def tables(self) -> Mapping[str, frozenset[str]]:
        """The columns of each table."""
        ...

    def rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """What a SELECT gives, row by row; text that is not UTF-8 comes with replacements.

        Raises core.errors.UnreadableFileError where the file is damaged.
        """
        ...


class Changed(NamedTuple):
    """What changed in a database between two marks: its sessions that are new or other, and the keys of these and of
    those that are gone. One that is `touched` and does not come is in the database no more."""

    sessions: Iterator[SessionEvents]
    touched: frozenset[str]


def chosen(db: Database, table: str, *columns: str) -> str:
    """What a SELECT names: the columns that the table has, NULL for the others, since versions differ."""
    has = db.tables.get(table, frozenset())
    return ", ".join(f'"{column}"' if column in has else "NULL" for column in columns)
