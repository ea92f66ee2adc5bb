"""The archive: whole compressed copies of the files behind what a person decided about, and whose they are."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from curator.core.archive import ArchivedCopy
from curator.core.changes import Changes
from curator.core.errors import NotFoundError
from curator.library import archive_files as files
from curator.library.columns import id_list, now
from curator.library.connections import Readers
from curator.library.records import GONE, PRESENT, SourceRecord
from curator.library.writer import Writer

FOLDER = "archive"
VERSIONS = 5
"""Copies of one file that are kept where none holds another: of a document that is written anew each time."""

_DUE = f"""
    SELECT f.id, f.path, f.size, f.mtime_ns, f.inode, f.head_hash, f.content_hash, f.format, f.status, f.root, c.sha256
    FROM source f LEFT JOIN archive_copy c ON c.source_id = f.id AND c.source_hash = f.content_hash
    WHERE f.kept <> 0 AND f.status = '{PRESENT}' ORDER BY f.id
"""
_COPIES = f"""
    SELECT c.id, c.source_id, c.path, f.format, c.size, c.packed, c.sha256, c.made, c.age = 1, f.status = '{GONE}'
    FROM source f JOIN (
        SELECT n.*, ROW_NUMBER() OVER (
            PARTITION BY n.source_id ORDER BY n.source_hash = m.content_hash DESC, n.made DESC, n.id DESC) age
        FROM archive_copy n JOIN source m ON m.id = n.source_id
    ) c ON c.source_id = f.id
"""
"""The newest is what the file holds now, or held last: a file can go back to what it was before."""
_INSERT = """
    INSERT INTO archive_copy(source_id, path, sha256, size, packed, source_hash, made) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_OF_SOURCE = "SELECT id, sha256, size FROM archive_copy WHERE source_id = ? ORDER BY made, id"
_UNWANTED = "SELECT id FROM source WHERE kept = 0 AND id IN (SELECT value FROM json_each(?))"


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
        held = {id for id, sha256, size in before if packed.begins.get(size, b"") == sha256 != packed.sha256}

        def work(db: sqlite3.Connection) -> tuple[Changes, list[bytes]]:
            known = db.execute(
                "SELECT id FROM archive_copy WHERE source_id = ? AND sha256 = ?", (source.id, packed.sha256)
            ).fetchone()
            if known is None:
                figures = (packed.sha256, packed.size, packed.packed, source.content_hash, now())
                db.execute(_INSERT, (source.id, source.path, *figures))
            else:
                db.execute(
                    "UPDATE archive_copy SET source_hash = ?, made = ? WHERE id = ?",
                    (source.content_hash, now(), known[0]),
                )
            there = _of_source(db, source.id)
            surplus = held | {id for id, _, _ in [one for one in there if one[0] not in held][:-VERSIONS]}
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
                " WHERE e.id = ? ORDER BY e.vanished AND c.source_hash = f.content_hash, c.age LIMIT 1",
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


def _of_source(db: sqlite3.Connection, source: int) -> list[tuple[int, bytes, int]]:
    return db.execute(_OF_SOURCE, (source,)).fetchall()


def _copy(row: tuple[int, int, str, str, int, int, bytes, str, int, int]) -> ArchivedCopy:
    id, source, path, format, size, packed, sha256, made, is_newest, is_gone = row
    return ArchivedCopy(id, source, path, format, size, packed, sha256.hex(), made, bool(is_newest), bool(is_gone))
