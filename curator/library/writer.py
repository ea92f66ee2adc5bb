"""The one thread that writes: it owns the only write connection, and a write is one transaction in it."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from curator.core.errors import LibraryClosedError
from curator.library.faults import explained, is_damage

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
VERSIONS = 1 << 31


class Writer:
    """Runs writes one after the other. What a person did is on the disk when `run` returns; an import may lose its last
    transactions to a power cut (never to a crash), and the next scan brings them back."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._queue: queue.SimpleQueue[tuple[Work[Any], bool, bool, Future[Any]] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._is_closed = False
        self._is_durable = True
        self.moved = 0
        """How many writes here may have changed a list, as `PRAGMA user_version` counts those of all processes."""
        self.has_met_damage = False
        """Whether SQLite found the file broken in any write so far."""
        self._thread = threading.Thread(target=self._serve, name="library-writer", daemon=True)
        self._thread.start()

    def run(self, work: Work[T], *, durable: bool = True, lists: bool = True) -> T:
        """Run `work` in a transaction and wait for it. Raises what `work` raises, with SQLite's errors told as
        `LibraryError`; then nothing was changed. `lists` False promises that no list of exchanges can change by it,
        neither who is in it nor in which order: then the lists kept for reading stay good."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a write began another write")
        answer: Future[T] = Future()
        with self._lock:
            if self._is_closed:
                raise LibraryClosedError
            self._queue.put((work, durable, lists, answer))
        return answer.result()

    def close(self) -> None:
        """Finish what was asked for and close the connection."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while (item := self._queue.get()) is not None:
            work, durable, lists, answer = item
            try:
                result = self._transact(work, durable, lists)
            except sqlite3.Error as error:
                self.has_met_damage = self.has_met_damage or is_damage(error)
                told = explained(error)
                told.__cause__ = error
                answer.set_exception(told)
            except BaseException as error:  # noqa: BLE001 - a thread's boundary: whoever asked gets it
                answer.set_exception(error)
            else:
                answer.set_result(result)
            del item, work, answer
        self._db.close()

    def _transact(self, work: Work[T], durable: bool, lists: bool) -> T:
        if durable != self._is_durable:
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            # Having every reference checked costs a tenth of an import, which keeps them anyway (a test checks).
            self._db.execute(f"PRAGMA foreign_keys = {'ON' if durable else 'OFF'}")
            self._is_durable = durable
        self._db.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._db)
            if lists:
                (version,) = self._db.execute("PRAGMA user_version").fetchone()
                self._db.execute(f"PRAGMA user_version = {(version + 1) % VERSIONS}")
            self._db.execute("COMMIT")
            self.moved += lists
        except BaseException:
            if self._db.in_transaction:  # SQLite itself rolls back when the disk is full
                self._db.execute("ROLLBACK")
            raise
        return result
