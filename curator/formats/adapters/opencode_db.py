"""OpenCode's database, `opencode.db`: sessions, messages and parts in tables, the last two as JSON."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from curator.core.exchange import Problem
from curator.formats.adapters.opencode import session_of
from curator.formats.adapters.opencode_records import Info, Message, Part, Revert, SessionInfo, Time
from curator.formats.database import Database, chosen
from curator.formats.events import SessionEvents, clean
from curator.formats.head import Head
from curator.formats.loose import as_text, decoded

_INFO = msgspec.json.Decoder(Info)
_PART = msgspec.json.Decoder(Part)
_REVERT = msgspec.json.Decoder(Revert)
_NEEDED = {"message": {"id", "session_id", "data"}, "part": {"id", "message_id", "data"}, "session": {"id"}}


def recognises(head: Head) -> bool:
    """Whether it has OpenCode's three tables."""
    return all(columns <= head.tables.get(table, frozenset()) for table, columns in _NEEDED.items())


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Every session of the database, under the same keys as its exports; one at a time, since some hold gigabytes."""
    columns = chosen(db, "session", "id", "parent_id", "title", "directory", "revert", "time_created")
    for id, parent, title, directory, revert, created in list(db.rows(f"SELECT {columns} FROM session ORDER BY rowid")):
        info = SessionInfo(
            as_text(id),
            as_text(parent) or None,
            as_text(title),
            as_text(directory),
            Time(created=created) if isinstance(created, int | float) else None,
            decoded(_REVERT, as_text(revert)),
        )
        session = session_of(info, _messages(db, id, problems), name, unknown)
        if session.events:
            yield session


def _messages(db: Database, session: object, problems: list[Problem]) -> Iterator[Message]:
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
