"""The files that transcripts came from: which are known, moved or gone, and the folders that are watched."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from curator.core.changes import Changes
from curator.core.errors import NotFoundError
from curator.core.query import WatchedFolder
from curator.library import stores, tallies
from curator.library.columns import now, storable
from curator.library.packed import PackedTranscript, SourceFile
from curator.library.records import COPY, GONE, PRESENT, SET_ASIDE, SourceRecord

_COLUMNS = "id, path, size, mtime_ns, inode, head_hash, content_hash, format, status, root, reader"


@dataclass(frozen=True, slots=True)
class Claim:
    """The source row that stands for a file. `is_known` says that its content is stored already; `released` are files
    that were copies of what stood here before."""

    id: int
    root: int
    is_new: bool = False
    is_known: bool = False
    is_moved: bool = False
    released: tuple[str, ...] = ()


def claim(db: sqlite3.Connection, source: SourceFile, packed: PackedTranscript) -> Claim:
    """Find or make the row of a file that was read, and note how it looks now.

    A file with the content of another one is that file moved when the other is gone, else a copy of which nothing is
    stored. Problems of the last reading are replaced by those of this one; where only what changed was read, which a
    mark says, they stay beside these.
    """
    if not (packed.is_partial and packed.mark):
        db.execute("DELETE FROM problem WHERE path = ?", (source.path,))
    db.executemany(
        "INSERT OR REPLACE INTO problem(path, line, reason) VALUES (?, ?, ?)",
        [(source.path, line, storable(reason)) for line, reason in packed.problems],
    )
    row = db.execute(f"SELECT {_COLUMNS} FROM source WHERE path = ?", (source.path,)).fetchone()
    mine = SourceRecord(*row) if row else None
    # A file of a watched folder that is dropped by hand stays under that folder.
    root = source.root or (mine.root if mine else 0)
    if mine is not None and mine.status == PRESENT:
        released = _released(db, mine) if mine.content_hash != source.content_hash else ()
        _note(db, mine.id, source, packed.format, PRESENT)
        return Claim(mine.id, root, released=released)
    twin = _twin(db, source, mine)
    if twin is None:
        if mine is not None:
            _note(db, mine.id, source, packed.format, PRESENT)
            return Claim(mine.id, root)
        return Claim(_insert(db, source, packed.format, PRESENT), root, is_new=True)
    if _is_there(twin.path) and twin.status == PRESENT:
        if mine is None:
            _insert(db, source, packed.format, COPY)
        elif mine.status == COPY:
            _note(db, mine.id, source, packed.format, COPY)
        else:  # it was gone, and what is in its place now stands in another file too
            _note(db, mine.id, source, packed.format, PRESENT)
            return Claim(mine.id, root)
        return Claim(twin.id, root, is_known=True)
    if mine is not None:
        if mine.status != COPY:
            _note(db, mine.id, source, packed.format, PRESENT)
            return Claim(mine.id, root)
        db.execute("DELETE FROM source WHERE id = ?", (mine.id,))
    db.execute("UPDATE source SET path = ? WHERE id = ?", (source.path, twin.id))
    db.execute("UPDATE OR REPLACE problem SET path = ? WHERE path = ?", (source.path, twin.path))
    _note(db, twin.id, source, packed.format, PRESENT)
    if source.root:
        _put_under(db, twin.id, source.root)
    return Claim(twin.id, root, is_known=True, is_moved=True)


def records(db: sqlite3.Connection, root: int | None) -> list[SourceRecord]:
    """All known files, or those of one watched folder (0: of none)."""
    where, values = ("", ()) if root is None else (" WHERE root = ?", (root,))
    return [SourceRecord(*row) for row in db.execute(f"SELECT {_COLUMNS} FROM source{where} ORDER BY id", values)]


def session_keys(db: sqlite3.Connection, path: str) -> list[str]:
    """The keys of the sessions that were read from the file at this path."""
    query = "SELECT s.key FROM session s JOIN source f ON f.id = s.source_id WHERE f.path = ?"
    return [key for (key,) in db.execute(query, (path,))]


def move(db: sqlite3.Connection, moves: Mapping[str, str]) -> Changes:
    """Files have other names now, by their old ones; a file that is not known here has nothing to be moved."""
    moved = set()
    for old, path in moves.items():
        source = _at(db, old)
        if source is not None and old != path:
            _move(db, source, path)
            moved.add(source.id)
    return Changes(sources=frozenset(moved))


def _move(db: sqlite3.Connection, source: SourceRecord, path: str) -> None:
    """Put a source at another path. A row that stood for that path as a copy gives way, in the folder that it is in."""
    other = db.execute("SELECT id, status, root FROM source WHERE path = ?", (path,)).fetchone()
    if other is not None:
        if other[1] == COPY:
            db.execute("DELETE FROM source WHERE id = ?", (other[0],))
            db.execute("UPDATE source SET root = ? WHERE id = ?", (other[2], source.id))
        else:  # the file that was there was replaced by this one: its exchanges stay, without a file
            db.execute("UPDATE source SET path = ?, status = ? WHERE id = ?", (f"{path}#{other[0]}", GONE, other[0]))
    db.execute("UPDATE source SET path = ?, status = ? WHERE id = ?", (path, PRESENT, source.id))
    db.execute("UPDATE OR REPLACE problem SET path = ? WHERE path = ?", (path, source.path))


def mark_gone(db: sqlite3.Connection, paths: Collection[str]) -> Changes:
    """The files at these paths were deleted; what was read from them stays. If there is a copy of one, that takes its
    place. Of a path where no file is known nothing happens."""
    found = [source for path in sorted(paths) if (source := _at(db, path)) is not None and source.status != GONE]
    copies = [source for source in found if source.status == COPY]
    db.executemany("DELETE FROM source WHERE id = ?", [(source.id,) for source in copies])
    for source in found:
        if source.status != COPY:
            _leave(db, source)
    return Changes(sources=frozenset(source.id for source in found))


def _leave(db: sqlite3.Connection, source: SourceRecord) -> None:
    """The file of a source is there no more: a copy of it stands for it from now on, or nothing does. Then what could
    not be read in it is nobody's problem."""
    for (path,) in db.execute(
        "SELECT path FROM source WHERE content_hash = ? AND status = ? ORDER BY id", (source.content_hash, COPY)
    ).fetchall():
        if _is_there(path):
            _move(db, source, path)
            return
    db.execute("UPDATE source SET status = ? WHERE id = ?", (GONE, source.id))
    db.execute("DELETE FROM problem WHERE path = ?", (source.path,))


def set_aside(db: sqlite3.Connection, source: SourceFile, reason: str) -> Changes:
    """Reading a file failed for good: until it changes it is not read again. What was read from it before stays."""
    row = db.execute("SELECT id, format FROM source WHERE path = ?", (source.path,)).fetchone()
    if row is None:
        _insert(db, source, "", SET_ASIDE)
    else:
        _note(db, row[0], source, row[1], SET_ASIDE)
    record_problem(db, source.path, 0, reason)
    return Changes()


def record_problem(db: sqlite3.Connection, path: str, line: int, reason: str) -> None:
    """Remember what could not be read, in the place of what was said of this line before. A database of which that is
    said is read whole the next time."""
    told = (storable(path), line)
    db.execute("DELETE FROM problem WHERE path = ? AND line = ?", told)
    db.execute("INSERT INTO problem(path, line, reason) VALUES (?, ?, ?)", (*told, storable(reason)))
    if not line:
        stores.forget_mark(db, path)


def watched(db: sqlite3.Connection) -> list[WatchedFolder]:
    """The watched folders; whether each is there is asked of the disk."""
    return [
        WatchedFolder(root, path, name, added, not Path(path).is_dir())
        for root, path, name, added in db.execute("SELECT id, path, name, added FROM watched_folder ORDER BY id")
    ]


def watch(db: sqlite3.Connection, path: str, name: str) -> tuple[int, Changes]:
    """Watch a folder; one that is watched already keeps its id and takes the new name."""
    row = db.execute("SELECT id, name FROM watched_folder WHERE path = ?", (path,)).fetchone()
    if row is not None:
        if not name or name == row[1]:
            return row[0], Changes()
        db.execute("UPDATE watched_folder SET name = ? WHERE id = ?", (name, row[0]))
        return row[0], Changes(watched=True)
    # Not an id that a forgotten folder had: its files still carry it.
    (root,) = db.execute(
        "SELECT 1 + MAX((SELECT IFNULL(MAX(id), 0) FROM watched_folder), (SELECT IFNULL(MAX(root), 0) FROM source))"
    ).fetchone()
    db.execute(
        "INSERT INTO watched_folder(id, path, name, added) VALUES (?, ?, ?, ?)",
        (root, path, name or Path(path).name or path, now()),
    )
    return root, Changes(watched=True)


def unwatch(db: sqlite3.Connection, root: int) -> Changes:
    """Watch a folder no longer; what was read from it stays, under no folder."""
    if not db.execute("DELETE FROM watched_folder WHERE id = ?", (root,)).rowcount:
        raise NotFoundError("This folder is not watched.", "It may have been removed in another window.")
    sources = [row[0] for row in db.execute("SELECT id FROM source WHERE root = ?", (root,))]
    for source in sources:
        _put_under(db, source, 0)
    return Changes(watched=True, lists=bool(sources))


def _twin(db: sqlite3.Connection, source: SourceFile, mine: SourceRecord | None) -> SourceRecord | None:
    """The source that holds the content of this file, packed or not, other than the row of the file itself."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM source WHERE content_hash = ? AND status <> ? AND id <> ?"
        " ORDER BY status = ?, id LIMIT 1",
        (source.content_hash, COPY, mine.id if mine else 0, GONE),
    ).fetchone()
    return SourceRecord(*row) if row else None


def _released(db: sqlite3.Connection, held: SourceRecord) -> tuple[str, ...]:
    """The copies of what this file held so far: nothing of them is stored, so that they have to be read now."""
    copies = db.execute(
        "DELETE FROM source WHERE content_hash = ? AND status = ? RETURNING path", (held.content_hash, COPY)
    )
    return tuple(row[0] for row in copies.fetchall())


def _is_there(path: str) -> bool:
    """Whether a file is on the disk. A member of an archive (`export.zip/chats.json`) is there with its archive."""
    place = Path(path)
    try:
        return place.exists() or any(parent.is_file() for parent in place.parents)
    except OSError:
        return False


def _insert(db: sqlite3.Connection, source: SourceFile, kind: str, status: str) -> int:
    cursor = db.execute(
        "INSERT INTO source(path, size, mtime_ns, inode, head_hash, content_hash, format, status, root, reader,"
        " imported) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            source.path,
            source.size,
            source.mtime_ns,
            source.inode,
            source.head_hash,
            source.content_hash,
            kind,
            status,
            source.root,
            source.reader,
            now(),
        ),
    )
    return int(cursor.lastrowid or 0)


def _note(db: sqlite3.Connection, source_id: int, source: SourceFile, kind: str, status: str) -> None:
    db.execute(
        "UPDATE source SET size = ?, mtime_ns = ?, inode = ?, head_hash = ?, content_hash = ?, format = ?, status = ?,"
        " root = CASE ? WHEN 0 THEN root ELSE ? END, reader = ?, imported = ? WHERE id = ?",
        (
            source.size,
            source.mtime_ns,
            source.inode,
            source.head_hash,
            source.content_hash,
            kind,
            status,
            source.root,
            source.root,
            source.reader,
            now(),
            source_id,
        ),
    )


def _put_under(db: sqlite3.Connection, source: int, root: int) -> None:
    """Move the sessions of a source to another watched folder, with their figures."""
    sessions = [row[0] for row in db.execute("SELECT id FROM session WHERE source_id = ?", (source,))]
    tallies.take_out(db, sessions)
    db.execute("UPDATE source SET root = ? WHERE id = ?", (root, source))
    db.execute("UPDATE session SET root = ? WHERE source_id = ?", (root, source))
    tallies.put_in(db, sessions)


def _at(db: sqlite3.Connection, path: str) -> SourceRecord | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM source WHERE path = ?", (path,)).fetchone()
    return SourceRecord(*row) if row else None
