"""Connections to the library's file: one that writes, and one a thread that reads."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from curator.core.errors import LibraryError
from curator.library.faults import told
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


class Reader:
    """One thread's reading connection, with the id lists it fetched since the library last changed."""

    def __init__(self, path: Path, screen: Screen) -> None:
        self.db = connect_reader(path)
        teach(self.db, screen)
        self.lock = threading.Lock()
        self.lists: dict[object, array[int]] = {}
        self._version = 0
        self._finalizer = weakref.finalize(self, self.db.close)

    def fresh_lists(self) -> dict[object, array[int]]:
        """The kept lists; emptied when any process wrote since (`PRAGMA data_version` tells)."""
        (version,) = self.db.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self.lists.clear()
            self._version = version
        return self.lists

    def close(self) -> None:
        """Stop what it is doing and close it."""
        self.db.interrupt()
        with self.lock:
            self._finalizer()


class Readers:
    """A reading connection for each thread that asks."""

    def __init__(self, path: Path, screen: Screen) -> None:
        self._path, self._screen = path, screen
        self._mine = threading.local()
        self._all: weakref.WeakSet[Reader] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._is_closed = False

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """The calling thread's reader, for one look. Raises `LibraryError`."""
        reader: Reader | None = getattr(self._mine, "reader", None)
        with told():
            if reader is None:
                with self._lock:
                    self._refuse_closed()
                    reader = Reader(self._path, self._screen)
                    self._all.add(reader)
                self._mine.reader = reader
            with reader.lock:
                self._refuse_closed()
                yield reader

    def close(self) -> None:
        """Close every connection; readers at work are interrupted first."""
        with self._lock:
            self._is_closed = True
            readers = list(self._all)
        for reader in readers:
            reader.close()

    def _refuse_closed(self) -> None:
        if self._is_closed:
            raise LibraryError("The library is closed.", "Open it again.")
