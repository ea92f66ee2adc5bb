"""The archive: whole compressed copies of the files behind what a person decided about, and whose they are."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO

import xxhash

from curator.core.archive import ArchivedCopy
from curator.core.changes import Changes
from curator.core.errors import NotFoundError
from curator.library import archive_files as files
from curator.library import stores
from curator.library.archive_files import PackedFile
from curator.library.columns import id_list, now
from curator.library.connections import Readers
from curator.library.records import GONE, PRESENT, SourceRecord
from curator.library.writer import Writer

FOLDER = "archive"
VERSIONS = 5
"""Copies of one file that are kept where none holds another: of a document that is written anew each time."""

_DUE = f"""
    SELECT f.id, f.path, f.size, f.mtime_ns, f.inode, f.head_hash, f.content_hash, f.format, f.status, f.root, c.sha256
    FROM source f INDEXED BY source_kept
    LEFT JOIN archive_copy c ON c.source_id = f.id AND c.session_id = 0 AND c.source_hash = f.content_hash
    WHERE f.kept <> 0 AND f.status = '{PRESENT}' AND f.id NOT IN (SELECT source_id FROM store) ORDER BY f.id
"""
_KEPT_SESSIONS = f"""
    SELECT f.id, f.path, f.size, s.id, s.key, s.title, s.project, s.started, s.model, (
        SELECT group_concat(hex(digest), '') FROM (
            SELECT digest FROM exchange WHERE session_id = s.id AND vanished = 0 ORDER BY key)
    ) held
    FROM store t JOIN source f ON f.id = t.source_id JOIN session s ON s.source_id = f.id
    WHERE s.kept <> 0 AND f.status = '{PRESENT}' AND held IS NOT NULL ORDER BY f.id, s.id
"""
_UP_TO_DATE = "SELECT sha256 FROM archive_copy WHERE session_id = ? AND source_hash = ?"
_COPIES = f"""
    SELECT c.id, c.source_id, c.path, f.format, c.size, c.packed, c.sha256, c.made, c.age = 1,
        f.status = '{GONE}' OR (c.session_id <> 0 AND NOT EXISTS (
            SELECT 1 FROM exchange WHERE session_id = c.session_id AND vanished = 0)),
        IFNULL(k.key, ''), IFNULL(k.title, '')
    FROM source f JOIN (
        SELECT n.*, ROW_NUMBER() OVER (
            PARTITION BY n.source_id, n.session_id
            ORDER BY n.session_id = 0 AND n.source_hash = m.content_hash DESC, n.made DESC, n.id DESC) age
        FROM archive_copy n JOIN source m ON m.id = n.source_id
    ) c ON c.source_id = f.id LEFT JOIN session k ON k.id = c.session_id
"""
"""The newest is what the file holds now, or held last: a file can go back to what it was before."""
_INSERT = """
    INSERT INTO archive_copy(source_id, path, sha256, size, packed, source_hash, made, session_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_OF_SOURCE = "SELECT id, sha256, size FROM archive_copy WHERE source_id = ? AND session_id = ? ORDER BY made, id"
_UNWANTED = "SELECT id FROM source WHERE kept = 0 AND id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class DueSession:
    """A session of a database whose copy is missing or out of date: its id and key, the hash of what the library holds
    of it, and the sizes of the copies that there are."""

    id: int
    key: str
    held: bytes
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DueStore:
    """A database with sessions to be copied: the id of its source, and the bytes that it had when it was read."""

    source: int
    path: str
    size: int
    sessions: tuple[DueSession, ...]


class Archive:
    """The folder `archive/` of a library with a file for each copy, and the table that says whose they are.

    A copy is on the disk under its name before the table names it, and a file goes only when no row names it any more:
    whatever is cut off in between leaves a file too many, never one too few. Any thread may call it.
    """

    def __init__(self, folder: Path, readers: Readers, writer: Writer) -> None:
        self.folder = folder / FOLDER
        self._readers, self._writer = readers, writer

    def due(self) -> list[SourceRecord]:
        """The files that something was decided about, that are there, and whose copy is missing or out of date."""
        with self._readers.reader() as reader:
            found = reader.db.execute(_DUE).fetchall()
        return [SourceRecord(*row[:-1]) for row in found if row[-1] is None or not files.is_there(self.folder, row[-1])]

    def due_sessions(self) -> list[DueStore]:
        """The databases that are there, each with its sessions that something was decided about and whose copy is
        missing or out of date."""
        with self._readers.reader() as reader:
            db = reader.db
            due = [one for one in _kept_sessions(db) if not self._is_copied(db, one[1])]
        return [
            DueStore(source, path, size, tuple(one for _, one in each))
            for (source, path, size), each in groupby(due, itemgetter(0))
        ]

    def _is_copied(self, db: sqlite3.Connection, session: DueSession) -> bool:
        copies = db.execute(_UP_TO_DATE, (session.id, session.held)).fetchall()
        return any(files.is_there(self.folder, sha256) for (sha256,) in copies)

    def session_of(self, copy: ArchivedCopy) -> DueStore | None:
        """The session of a copy as if it were due; None where it is in its database no more."""
        with self._readers.reader() as reader:
            for store, session in _kept_sessions(reader.db):
                if (store[0], session.key) == (copy.source, copy.session):
                    return DueStore(*store, (session,))
        return None

    def take_for_store(self, source: int) -> Changes:
        """This source turned out to be a database: its sessions are copied, and not the file."""

        def work(db: sqlite3.Connection) -> Changes:
            stores.take_for_store(db, source)
            return Changes(archive=True)

        return self._writer.run(work)

    def want(self, sources: Iterable[int]) -> Changes:
        """Have these files copied though nothing in them was decided about."""

        def work(db: sqlite3.Connection) -> Changes:
            chosen = [row[0] for row in db.execute(_UNWANTED, (id_list(sources),))]
            db.executemany("UPDATE source SET kept = 1 WHERE id = ?", [(source,) for source in chosen])
            return Changes(archive=bool(chosen))

        return self._writer.run(work)

    def put(self, source: SourceRecord, file: IO[bytes], cancel: threading.Event | None = None) -> Changes:
        """Copy a file as it is now. A copy that the new one begins with goes: it holds nothing more.

        Raises LibraryError when the copy cannot be stored, archive_files.CopyStoppedError when `cancel` is set; what
        was there before stays.
        """
        with self._readers.reader() as reader:
            before = _of_source(reader.db, source.id)
        packed = files.put(self.folder, file, {size for _, _, size in before}, cancel)
        return self._take(source.id, source.path, 0, source.content_hash, packed)

    def take(self, store: DueStore, session: DueSession, packed: PackedFile) -> Changes:
        """Note the copy of a session, which lies in the archive's folder already, made for what was due. A copy that
        the new one begins with goes."""
        return self._take(store.source, store.path, session.id, session.held, packed)

    def _take(self, source: int, path: str, session: int, held: bytes, packed: PackedFile) -> Changes:
        def work(db: sqlite3.Connection) -> tuple[Changes, list[bytes]]:
            before = _of_source(db, source, session)
            known = next((id for id, sha256, _ in before if sha256 == packed.sha256), None)
            if known is None:
                figures = (packed.sha256, packed.size, packed.packed, held, now(), session)
                db.execute(_INSERT, (source, path, *figures))
            else:
                db.execute("UPDATE archive_copy SET source_hash = ?, made = ? WHERE id = ?", (held, now(), known))
            shorter = {id for id, sha256, size in before if packed.begins.get(size, b"") == sha256 != packed.sha256}
            there = _of_source(db, source, session)
            surplus = shorter | {id for id, _, _ in [one for one in there if one[0] not in shorter][:-VERSIONS]}
            db.executemany("DELETE FROM archive_copy WHERE id = ?", [(id,) for id in surplus])
            left = {row[0] for row in db.execute("SELECT sha256 FROM archive_copy")} if surplus else set()
            unnamed = [sha256 for id, sha256, _ in there if id in surplus and sha256 not in left]
            return Changes(archive=True), unnamed

        changes, unnamed = self._writer.run(work)
        for sha256 in unnamed:
            files.discard(self.folder, sha256)
        return changes

    def copies(self) -> list[ArchivedCopy]:
        """Every copy, in the order in which they were made."""
        with self._readers.reader() as reader:
            return [_copy(row) for row in reader.db.execute(f"{_COPIES} ORDER BY c.made, c.id")]

    def copy(self, id: int) -> ArchivedCopy:
        """One copy. Raises NotFoundError."""
        with self._readers.reader() as reader:
            row = reader.db.execute(f"{_COPIES} WHERE c.id = ?", (id,)).fetchone()
        if row is None:
            raise NotFoundError(f"There is no copy {id} in the archive.", "“curator archive list” names them.")
        return _copy(row)

    def of_exchange(self, exchange: int) -> ArchivedCopy | None:
        """The newest copy of the file that an exchange came from, and of one that is no longer in the file, the newest
        that holds something else than the file does now; None while there is none."""
        with self._readers.reader() as reader:
            row = reader.db.execute(
                f"{_COPIES} JOIN session s ON s.source_id = f.id JOIN exchange e ON e.session_id = s.id"
                " WHERE e.id = ? AND c.session_id IN (0, s.id) ORDER BY e.vanished AND IIF(c.session_id, c.age = 1 AND"
                " EXISTS (SELECT 1 FROM exchange o WHERE o.session_id = s.id AND o.vanished = 0),"
                " c.source_hash = f.content_hash), c.age LIMIT 1",
                (exchange,),
            ).fetchone()
        return _copy(row) if row else None

    def examine(self, copy: ArchivedCopy) -> str:
        """What is wrong with a copy, in a sentence; empty when it holds what was put in. Reads it whole."""
        return files.examine(self.folder, bytes.fromhex(copy.sha256), copy.size)

    def take_out(self, copy: ArchivedCopy, to: Path) -> None:
        """Write the copied file to a path where nothing is. Raises LibraryError and FileExistsError."""
        files.take_out(self.folder, bytes.fromhex(copy.sha256), copy.size, to)

    def sweep(self) -> None:
        """Remove what a process that ended in the middle of a copy left behind; while no other copies."""
        files.sweep(self.folder)


def _kept_sessions(db: sqlite3.Connection) -> Iterator[tuple[tuple[int, str, int], DueSession]]:
    """Each database that is there with each of its sessions that something was decided about."""
    for source, path, size, id, key, *told in db.execute(_KEPT_SESSIONS).fetchall():
        held = xxhash.xxh3_128_digest("\0".join(told).encode("utf-8", "replace"))
        yield (source, path, size), DueSession(id, key, held, tuple(size for _, _, size in _of_source(db, source, id)))


def _of_source(db: sqlite3.Connection, source: int, session: int = 0) -> list[tuple[int, bytes, int]]:
    return db.execute(_OF_SOURCE, (source, session)).fetchall()


def _copy(row: tuple[int, int, str, str, int, int, bytes, str, int, int, str, str]) -> ArchivedCopy:
    id, source, path, format, size, packed, sha256, made, is_newest, is_gone, key, title = row
    flags = (bool(is_newest), bool(is_gone))
    return ArchivedCopy(id, source, path, format, size, packed, sha256.hex(), made, *flags, key, title)
