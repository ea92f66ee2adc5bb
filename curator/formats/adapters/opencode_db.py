"""OpenCode's database, `opencode.db`: sessions, messages and parts in tables, the last two as JSON.

Since version 2.0 (September 2026) sessions are in `session_v2`, and messages hold their content in `session_message`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import xxhash

from curator.core.exchange import Problem
from curator.formats.adapters import opencode_v2, session_marks
from curator.formats.adapters.opencode import session_of
from curator.formats.adapters.opencode_records import Info, Message, Part, Revert, SessionInfo, Time
from curator.formats.adapters.session_marks import changed_between
from curator.formats.database import Changed, Database, chosen
from curator.formats.events import SessionEvents, clean
from curator.formats.head import Head
from curator.formats.loose import as_text, decoded, loads

_INFO = msgspec.json.Decoder(Info)
_PART = msgspec.json.Decoder(Part)
_REVERT = msgspec.json.Decoder(Revert)
_NEEDED = {"message": {"id", "session_id", "data"}, "part": {"id", "message_id", "data"}, "session": {"id"}}
_SESSION = ("id", "parent_id", "title", "directory", "revert", "time_created")
_CONTENTS = ("message", "part", "session_message")
_TIMED = msgspec.json.Decoder(tuple[int, dict[str, int], str])
_NEEDED_2 = {"session_message": {"id", "session_id", "type", "data"}, "session_v2": {"id"}}


def recognises(head: Head) -> bool:
    """Whether it has OpenCode's three tables, or those of version 2."""
    return any(
        all(columns <= head.tables.get(table, frozenset()) for table, columns in needed.items())
        for needed in (_NEEDED, _NEEDED_2)
    )


def mark_of(db: Database) -> str:
    """Where the next reading can begin; empty where a part does not say whose it is.

    Whatever writes a row sets its `time_updated` (packages/opencode/src/storage/schema.sql.ts), so that the contents,
    which are nearly all of the database's gigabytes, are not gone over; but for those of the last millisecond that is
    known of, in which more may be written yet.
    """
    queries = [f"SELECT {chosen(db, table, *_SESSION)} FROM {table}" for table in _tables(db)]
    for table in _CONTENTS:
        has = db.tables.get(table, frozenset())
        if not has:
            continue
        if "session_id" not in has:
            return ""
        held = "time_updated" if "time_updated" in has else "data"
        queries.append(f"SELECT {chosen(db, table, 'session_id', 'id', held)} FROM {table}")
    moments = (db.rows(f"SELECT MAX(time_updated) FROM {table}") for table in _timed(db))
    last = max((time for rows in moments for (time,) in rows if isinstance(time, int)), default=0)
    return msgspec.json.encode((last, _written_at(db, last), session_marks.mark_of(db, *queries))).decode()


def _timed(db: Database) -> list[str]:
    return [table for table in _CONTENTS if {"session_id", "id", "data", "time_updated"} <= db.tables.get(table, set())]


def _written_at(db: Database, moment: int) -> dict[str, int]:
    """Of each session that has contents of this very millisecond, one number for them."""
    found: dict[str, int] = {}
    for table in _timed(db):
        query = f"SELECT session_id, id, data FROM {table} WHERE time_updated = ? ORDER BY id"
        for id, *values in db.rows(query, moment):
            session = as_text(id)
            held = msgspec.msgpack.encode((table, values))
            found[session] = xxhash.xxh3_64_intdigest(held, found.get(session, 0))
    return found


def read_changed(
    db: Database, name: str, since: str, now: str, problems: list[Problem], unknown: dict[str, int]
) -> Changed | None:
    """The sessions that changed between two marks; None where that cannot be told."""
    try:
        (moment, before, earlier), (_, _, later) = _TIMED.decode(since), _TIMED.decode(now)
    except msgspec.MsgspecError:
        return None
    present = _written_at(db, moment)
    again = frozenset(id for id in before.keys() | present.keys() if before.get(id) != present.get(id))
    return changed_between(earlier, later, lambda ids: _read(db, name, problems, unknown, ids), again)


def read_sessions(
    db: Database, name: str, keys: frozenset[str], problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    """The sessions with these keys."""
    return _read(db, name, problems, unknown, keys)


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Every session of the database, under the same keys as its exports; one at a time, since some hold gigabytes.

    Version 2 writes into tables of its own and leaves the others as they were: where a session is in both, they tell
    how it went on.
    """
    return _read(db, name, problems, unknown)


def _read(
    db: Database,
    name: str,
    problems: list[Problem],
    unknown: dict[str, int],
    only: frozenset[str] | None = None,
) -> Iterator[SessionEvents]:
    taken: set[str] = set()
    for table in _tables(db):
        query = f"SELECT {chosen(db, table, *_SESSION)} FROM {table} ORDER BY rowid"
        for id, parent, title, directory, revert, created in list(db.rows(query)):
            if as_text(id) in taken or (only is not None and as_text(id) not in only):
                continue
            info = SessionInfo(
                as_text(id),
                as_text(parent) or None,
                as_text(title),
                as_text(directory),
                Time(created=created) if isinstance(created, int | float) else None,
                decoded(_REVERT, as_text(revert)),
            )
            session = session_of(info, _messages(db, id, table, problems), name, unknown)
            if session.events:
                taken.add(as_text(id))
                yield session


def _tables(db: Database) -> list[str]:
    return [table for table in ("session_v2", "session") if "id" in db.tables.get(table, ())]


def _messages(db: Database, session: object, table: str, problems: list[Problem]) -> Iterator[Message]:
    """The messages of a session: of version 1, unless only version 2 has any."""
    if table == "session" and _NEEDED["message"] <= db.tables.get("message", frozenset()):
        is_first = False
        for message in _with_parts(db, session, problems):
            is_first = True
            yield message
        if is_first:
            return
    if _NEEDED_2["session_message"] <= db.tables.get("session_message", frozenset()):
        yield from opencode_v2.told(_records(db, session, problems))


def _records(db: Database, session: object, problems: list[Problem]) -> Iterator[dict[str, Any]]:
    order = "seq" if "seq" in db.tables["session_message"] else "time_created, id"
    for id, kind, data in db.rows(
        f"SELECT id, type, data FROM session_message WHERE session_id = ? ORDER BY {order}", session
    ):
        record = loads(data) if isinstance(data, str | bytes) else None
        if not isinstance(record, dict):
            problems.append(Problem(0, f"The message {clean(as_text(id))} is not readable."))
            continue
        yield {**record, "id": as_text(id), "type": as_text(kind)}


def _with_parts(db: Database, session: object, problems: list[Problem]) -> Iterator[Message]:
    parts: dict[object, list[Part]] = {}
    query = "SELECT message_id, id, data FROM part WHERE message_id IN (SELECT id FROM message WHERE session_id = ?)"
    for message, id, data in db.rows(f"{query} ORDER BY id", session):
        part = decoded(_PART, data if isinstance(data, str | bytes) else None)
        if part is not None:
            part.id = as_text(id)
            parts.setdefault(message, []).append(part)
    order = "time_created, id" if "time_created" in db.tables["message"] else "id"
    for id, data in db.rows(f"SELECT id, data FROM message WHERE session_id = ? ORDER BY {order}", session):
        info = decoded(_INFO, data if isinstance(data, str | bytes) else None)
        if info is None:
            problems.append(Problem(0, f"The message {clean(as_text(id))} is not readable."))
            continue
        info.id = as_text(id)
        yield Message(info, parts.pop(id, []))
