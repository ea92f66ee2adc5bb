"""The log of what a person did, and the way back and forth in it: each step has its before and its after."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec
import zstandard

from curator.core.changes import Changes
from curator.core.query import UndoState
from curator.core.row import State
from curator.library import present, tallies
from curator.library.columns import STATE_NUMBERS, id_list, now
from curator.library.packed import text_hash

KEPT = 1_000
"""How many acts can be undone."""


class Step(msgspec.Struct, array_like=True):
    """One column of some exchanges going from one value to another.

    `field` is `state`, `flagged`, `checks`, `revision` (the present text) or `tag` (0 or 1, of the tag called `name`).
    """

    field: str
    before: int
    after: int
    ids: list[int]
    name: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(list[Step])
_SET = {
    "state": "UPDATE exchange SET state = ?1, hidden = (gated AND ?1 = 0 AND revision = 0)"
    " WHERE id IN (SELECT value FROM json_each(?2))",
    "flagged": "UPDATE exchange SET flagged = ? WHERE id IN (SELECT value FROM json_each(?))",
    "checks": "UPDATE exchange SET checks = ? WHERE id IN (SELECT value FROM json_each(?))",
}
_KEEP_FILES = """
    UPDATE source SET kept = 1 WHERE kept = 0
        AND id IN (SELECT source_id FROM session WHERE id IN (SELECT value FROM json_each(?)))
"""
_KEEP_SESSIONS = "UPDATE session SET kept = 1 WHERE kept = 0 AND id IN (SELECT value FROM json_each(?))"
"""Whatever is decided about an exchange, its file is worth a copy from then on, also when the act is undone; of a
database, its session."""
_COUNTED = frozenset({"state", "flagged", "revision"})  # what the figures of sessions and sidebar follow
_CLEAN = STATE_NUMBERS[State.CLEAN]


def act(db: sqlite3.Connection, words: str, steps: Sequence[Step]) -> Changes:
    """Do these steps and remember them; what was undone can no longer be redone. Nothing to do leaves no trace."""
    steps = [step for step in steps if step.ids]
    if not steps:
        return Changes()
    db.execute("DELETE FROM operation WHERE undone = 1")
    blob = zstandard.ZstdCompressor(level=1).compress(_encode(steps))
    cursor = db.execute("INSERT INTO operation(words, made, undone, steps) VALUES (?, ?, 0, ?)", (words, now(), blob))
    db.execute("DELETE FROM operation WHERE id <= ?", (int(cursor.lastrowid or 0) - KEPT,))
    return _apply(db, [(step, step.after) for step in steps], words)


def undo(db: sqlite3.Connection) -> Changes:
    """Take back the newest act; empty changes when there is none."""
    row = db.execute("SELECT id, words, steps FROM operation WHERE undone = 0 ORDER BY id DESC LIMIT 1").fetchone()
    if row is None:
        return Changes()
    db.execute("UPDATE operation SET undone = 1 WHERE id = ?", (row[0],))
    return _apply(db, [(step, step.before) for step in reversed(_steps(row[2]))], f"Undid: {row[1]}")


def redo(db: sqlite3.Connection) -> Changes:
    """Do again what was taken back last; empty changes when there is nothing."""
    row = db.execute("SELECT id, words, steps FROM operation WHERE undone = 1 ORDER BY id LIMIT 1").fetchone()
    if row is None:
        return Changes()
    db.execute("UPDATE operation SET undone = 0 WHERE id = ?", (row[0],))
    return _apply(db, [(step, step.after) for step in _steps(row[2])], f"Redid: {row[1]}")


def undo_state(db: sqlite3.Connection) -> UndoState:
    """The words of the next undo and the next redo."""
    back = db.execute("SELECT words FROM operation WHERE undone = 0 ORDER BY id DESC LIMIT 1").fetchone()
    forth = db.execute("SELECT words FROM operation WHERE undone = 1 ORDER BY id LIMIT 1").fetchone()
    return UndoState(back[0] if back else "", forth[0] if forth else "")


def _steps(blob: bytes) -> list[Step]:
    return _decoder.decode(zstandard.ZstdDecompressor().decompress(blob))


def _apply(db: sqlite3.Connection, todo: list[tuple[Step, int]], words: str) -> Changes:
    ids = {exchange for step, _ in todo for exchange in step.ids}
    chosen = id_list(ids)
    sessions, has_clean = set(), False
    for session, is_clean in db.execute(
        f"SELECT session_id, MAX(state = {_CLEAN}) FROM exchange"
        " WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1",
        (chosen,),
    ):
        sessions.add(session)
        has_clean |= bool(is_clean)
    for keep in (_KEEP_FILES, _KEEP_SESSIONS):
        db.execute(keep, (id_list(sessions),))
    is_other = False
    for step, value in todo:
        if step.field == "revision":
            is_other |= _set_revision(db, step.ids, value)
        elif step.field == "tag":
            _set_tag(db, step.ids, step.name, value)
        else:
            db.execute(_SET[step.field], (value, id_list(step.ids)))
    fields = {step.field for step, _ in todo}
    if fields & _COUNTED:
        tallies.recount(db, sessions)
    return Changes(
        exchanges=frozenset(ids),
        sessions=frozenset(sessions),
        lists=is_other
        or "state" in fields
        or "flagged" in fields
        or "tag" in fields
        or any(step.field == "revision" and 0 in (step.before, step.after) for step, _ in todo),
        rows="revision" in fields
        or any(step.field == "state" and _CLEAN in (step.before, step.after) for step, _ in todo)
        or (has_clean and bool(fields & {"tag", "checks"})),
        tags="tag" in fields,
        words=words,
    )


def _set_revision(db: sqlite3.Connection, ids: Sequence[int], number: int) -> bool:
    """Make revision `number` the present text, in the table, in the full-text index, for the token cache and for the
    signals; says whether those changed."""
    is_other = False
    for exchange in ids:
        original = db.execute("SELECT prompt, response FROM exchange_text WHERE id = ?", (exchange,)).fetchone()
        if original is None:
            continue
        old = db.execute("SELECT prompt, response FROM row_text WHERE id = ?", (exchange,)).fetchone()
        if old is not None:
            db.execute(
                "INSERT INTO search_rows(search_rows, rowid, prompt, response) VALUES ('delete', ?, ?, ?)",
                (exchange, *old),
            )
            db.execute("DELETE FROM row_text WHERE id = ?", (exchange,))
        text = original
        if number:
            text = db.execute(
                "SELECT prompt, response FROM revision WHERE exchange_id = ? AND number = ?", (exchange, number)
            ).fetchone()
            db.execute("INSERT INTO row_text(id, prompt, response) VALUES (?, ?, ?)", (exchange, *text))
            db.execute("INSERT INTO search_rows(rowid, prompt, response) VALUES (?, ?, ?)", (exchange, *text))
        db.execute(
            "UPDATE exchange SET revision = ?1, text_hash = ?2, characters = ?3,"
            " hidden = (gated AND state = 0 AND ?1 = 0) WHERE id = ?4",
            (number, text_hash(*text), len(text[0]) + len(text[1]), exchange),
        )
        is_other |= present.follow_text(db, exchange)
    return is_other


def _set_tag(db: sqlite3.Connection, ids: Sequence[int], name: str, on: int) -> None:
    if on:
        db.execute("INSERT OR IGNORE INTO tag(name) VALUES (?)", (name,))
        db.execute(
            "INSERT OR IGNORE INTO exchange_tag(tag_id, exchange_id) SELECT t.id, e.id FROM tag t, exchange e"
            " WHERE t.name = ? AND e.id IN (SELECT value FROM json_each(?))",
            (name, id_list(ids)),
        )
        return
    db.execute(
        "DELETE FROM exchange_tag WHERE tag_id = (SELECT id FROM tag WHERE name = ?)"
        " AND exchange_id IN (SELECT value FROM json_each(?))",
        (name, id_list(ids)),
    )
    db.execute(
        "DELETE FROM tag WHERE name = ? AND NOT EXISTS (SELECT 1 FROM exchange_tag WHERE tag_id = tag.id)", (name,)
    )
