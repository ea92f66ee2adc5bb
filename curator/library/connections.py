"""Connections to the library's file: one that writes, and one a thread that reads."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from curator.core.errors import LibraryClosedError
from curator.library.faults import explained, is_damage
from curator.library.present import Screen, teach

BUSY_MS = 5000
"""How long a write waits for another process, in milliseconds."""


def connect_writer(path: Path) -> sqlite3.Connection:
    """The connection that writes: WAL, transactions begun by hand. Raises `sqlite3.Error`."""
    db = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL").fetchone()
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = OFF")  # some systems' SQLite wipes freed pages, at twice the cost of writing
        db.execute("PRAGMA cache_size = -65536")
        db.execute("PRAGMA wal_autocheckpoint = 4000")
        db.execute("PRAGMA journal_size_limit = 67108864")
        db.execute("PRAGMA temp_store = MEMORY")
    except sqlite3.Error:
        db.close()
        raise
    return db


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. Raises `sqlite3.Error`."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    db = sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA query_only = ON")
        db.execute("PRAGMA cache_size = -16384")
        db.execute("PRAGMA temp_store = MEMORY")
    except sqlite3.Error:
        db.close()
        raise
    return db


class KeptLists:
    """The id lists fetched last, for every thread, until a write of any process may have changed one.

    Each such write moves `PRAGMA user_version` on (see `Writer.run`): reading it costs 10 µs, a list of 100,000 ids
    50 ms. (`PRAGMA data_version` would do without, but what a token count or a draft writes moves it too.)
    """

    def __init__(self, most: int = 4) -> None:
        self._most = most
        self._lists: dict[object, array[int]] = {}
        self._version = -1
        self._lock = threading.Lock()

    def get(self, db: sqlite3.Connection, key: object, fetch: Callable[[], array[int]]) -> array[int]:
        """The list of this name, fetched when it is not kept or no longer fresh. Threads that ask for the same one
        meanwhile wait for it. Raises what `fetch` raises."""
        with self._lock:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version != self._version:
                self._lists.clear()
                self._version = version
            kept = self._lists.get(key)
            if kept is None:
                kept = fetch()
                while len(self._lists) >= self._most:
                    self._lists.pop(next(iter(self._lists)))
                self._lists[key] = kept
            return kept


class Reader:
    """One thread's reading connection, with the id lists that all of them share."""

    def __init__(self, path: Path, screen: Screen, lists: KeptLists) -> None:
        self.db = connect_reader(path)
        teach(self.db, screen)
        self.lock = threading.Lock()
        self.lists = lists
        self._finalizer = weakref.finalize(self, self.db.close)

    def close(self) -> None:
        """Stop what it is doing and close it."""
        self.db.interrupt()
        with self.lock:
            self._finalizer()


class Readers:
    """A reading connection for each thread that asks."""

    def __init__(self, path: Path, screen: Screen) -> None:
        self._path, self._screen = path, screen
        self._lists = KeptLists()
        self._mine = threading.local()
        self._all: weakref.WeakSet[Reader] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._is_closed = False
        self.has_met_damage = False
        """Whether SQLite found the file broken in any look so far."""

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """The calling thread's reader, for one look. Raises `LibraryError`."""
        reader: Reader | None = getattr(self._mine, "reader", None)
        try:
            if reader is None:
                with self._lock:
                    self._refuse_closed()
                    reader = Reader(self._path, self._screen, self._lists)
                    self._all.add(reader)
                self._mine.reader = reader
            with reader.lock:
                self._refuse_closed()
                yield reader
        except sqlite3.Error as error:
            self.has_met_damage = self.has_met_damage or is_damage(error)
            raise explained(error) from error

    def close(self) -> None:
        """Close every connection; readers at work are interrupted first."""
        with self._lock:
            self._is_closed = True
            readers = list(self._all)
        for reader in readers:
            reader.close()

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise LibraryClosedError
