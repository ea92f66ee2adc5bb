"""Snapshots and runs: what was trained from which rows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from curator.core.changes import Changes
from curator.core.errors import NotFoundError
from curator.library.columns import storable

if TYPE_CHECKING:  # no window needs a run for its first list: they are imported when the first one is asked for
    from curator.core.run import Run
    from curator.core.snapshot import Snapshot, Split

_encode = msgspec.msgpack.Encoder().encode
_SNAPSHOT = "id, name, digest, path, model, max_tokens, train, valid, test, tokens, created, left_out"
_GONE = "It may have been deleted in another window."


def add_snapshot(db: sqlite3.Connection, snapshot: Snapshot, rows: Sequence[tuple[int, int, Split]]) -> Snapshot:
    """Keep a snapshot with its (row, revision, split); the answer has its id."""
    cursor = db.execute(
        f"INSERT INTO snapshot({_SNAPSHOT}) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            storable(snapshot.name),
            snapshot.digest,
            snapshot.path,
            snapshot.model,
            snapshot.max_tokens,
            snapshot.train,
            snapshot.valid,
            snapshot.test,
            snapshot.tokens,
            snapshot.created,
            _encode(snapshot.left_out),
        ),
    )
    kept = replace(snapshot, id=int(cursor.lastrowid or 0))
    # A row that went with its file while the snapshot was written is in the snapshot's files all the same.
    db.executemany(
        "INSERT INTO snapshot_row(snapshot_id, exchange_id, revision, split)"
        " SELECT ?, id, ?, ? FROM exchange WHERE id = ?",
        [(kept.id, revision, str(split), row) for row, revision, split in rows],
    )
    return kept


def snapshots(db: sqlite3.Connection) -> list[Snapshot]:
    """All snapshots, newest first."""
    return [_snapshot(row) for row in db.execute(f"SELECT {_SNAPSHOT} FROM snapshot ORDER BY id DESC")]


def snapshot(db: sqlite3.Connection, number: int) -> Snapshot:
    """One snapshot. Raises `NotFoundError`."""
    row = db.execute(f"SELECT {_SNAPSHOT} FROM snapshot WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise NotFoundError("This snapshot is not in the library.", _GONE)
    return _snapshot(row)


def add_run(db: sqlite3.Connection, run: Run, folder: Path) -> Run:
    """Keep a run; the answer has its id, and its job folder `<folder>/<id>-<name>`, which is not made here."""
    cursor = db.execute(
        "INSERT INTO run(name, snapshot, model, state, path, created, details) VALUES ('', 0, '', '', '', '', x'')"
    )
    number = int(cursor.lastrowid or 0)
    slug = re.sub(r"[^a-z0-9]+", "-", (run.name or run.preset or run.model).lower()).strip("-")[:40]
    kept = replace(run, id=number, path=str(folder / (f"{number}-{slug}" if slug else str(number))))
    update_run(db, kept)
    return kept


def update_run(db: sqlite3.Connection, run: Run) -> Changes:
    """Write a run's figures. Raises `NotFoundError`."""
    changed = db.execute(
        "UPDATE run SET name = ?, snapshot = ?, model = ?, state = ?, path = ?, created = ?, details = ? WHERE id = ?",
        (
            storable(run.name),
            run.snapshot,
            run.model,
            str(run.state),
            run.path,
            run.created,
            _encode(replace(run, name=storable(run.name), note=storable(run.note), message=storable(run.message))),
            run.id,
        ),
    ).rowcount
    if not changed:
        raise NotFoundError("This run is not in the library.", _GONE)
    return Changes(runs=frozenset({run.id}))


def change_runs(db: sqlite3.Connection, change: Callable[[list[Run]], Iterable[Run]]) -> Changes:
    """Write the runs that `change` returns of all there are. One transaction with the reading, so that two windows
    that change different fields of one run, or both want to begin the next, don't undo each other's work."""
    changes = Changes()
    for run in change(runs(db)):
        changes |= update_run(db, run)
    return changes


def runs(db: sqlite3.Connection) -> list[Run]:
    """All runs, newest first."""
    return [_run(row[0]) for row in db.execute("SELECT details FROM run ORDER BY id DESC")]


def unfinished_runs(db: sqlite3.Connection) -> list[Run]:
    """The runs that are not over, newest first: what is looked at again and again while something trains."""
    from curator.core.job import JobState

    ended = ", ".join(f"'{state}'" for state in JobState if state.is_over)
    rows = db.execute(f"SELECT details FROM run WHERE state NOT IN ({ended}) ORDER BY id DESC")
    return [_run(row[0]) for row in rows]


def run(db: sqlite3.Connection, number: int) -> Run:
    """One run. Raises `NotFoundError`."""
    row = db.execute("SELECT details FROM run WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise NotFoundError("This run is not in the library.", _GONE)
    return _run(row[0])


def delete_run(db: sqlite3.Connection, number: int) -> Changes:
    """Forget a run. Its folder is the caller's. Raises `NotFoundError`."""
    if not db.execute("DELETE FROM run WHERE id = ?", (number,)).rowcount:
        raise NotFoundError("This run is not in the library.", _GONE)
    return Changes(runs=frozenset({number}))


@cache
def _runs() -> msgspec.msgpack.Decoder[Run]:
    from curator.core.run import Run

    return msgspec.msgpack.Decoder(Run)


def _run(details: bytes) -> Run:
    return _runs().decode(details)


def _snapshot(row: tuple[Any, ...]) -> Snapshot:
    from curator.core.snapshot import LeftOut, Snapshot

    return Snapshot(
        id=row[0],
        name=row[1],
        digest=row[2],
        path=row[3],
        model=row[4],
        max_tokens=row[5],
        train=row[6],
        valid=row[7],
        test=row[8],
        tokens=row[9],
        created=row[10],
        left_out=msgspec.msgpack.decode(row[11], type=tuple[LeftOut, ...]),
    )
