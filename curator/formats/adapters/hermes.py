"""Hermes Agent: its state database, its exports, and the session files it kept before that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import msgspec

from curator.core.exchange import Problem
from curator.formats.adapters import session_marks
from curator.formats.adapters.hermes_messages import Conversation, Row
from curator.formats.database import Changed, Database
from curator.formats.documents import list_items
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import BOM, UNREADABLE, Source, read_records
from curator.formats.loose import as_record, as_text, decoded
from curator.formats.tolerant import tolerant

_ROWS = msgspec.json.Decoder(Row)
_SESSION_COLUMNS = ("id", "source", "model", "parent_session_id", "started_at", "title", "cwd", "system_prompt",
                    "model_config")  # fmt: skip
_ROW_COLUMNS = ("id", "session_id", "role", "content", "tool_call_id", "tool_name", "tool_calls", "timestamp",
                "finish_reason", "reasoning", "reasoning_content", "observed", "active", "compacted")  # fmt: skip
_ROW_MARKS = frozenset(["active", "observed", "finish_reason", "tool_name"])
_DOCUMENT = re.compile(
    rb'"session_start"\s*:.*"messages"\s*:|^\{\s*"session"\s*:\s*\{.*"messages"\s*:\s*\[\s*\{[^{}]*"session_id"', re.S
)
_STEM = re.compile(r"session_(?=\d{8}_)")


def recognises(head: Head) -> bool:
    """Whether it is the database, a message with the database's columns, or a session with Hermes' own fields."""
    if head.tables:
        messages = head.tables.get("messages", frozenset())
        sessions = head.tables.get("sessions", frozenset())
        return {"session_id", "role", "content", "tool_calls"} <= messages and {"source", "started_at"} <= sessions
    return any(map(_is_own, head.records)) or (not head.records and head.is_json and head.matches(_DOCUMENT))


def _is_own(record: dict[str, Any]) -> bool:
    if record.get("role") == "session_meta":
        return True
    if isinstance(record.get("role"), str) and "session_id" in record:
        return not _ROW_MARKS.isdisjoint(record)
    if not isinstance(record.get("messages"), list):
        return False
    session = record.get("session")
    about = session if isinstance(session, dict) else record
    return {"session_id", "session_start"} <= about.keys() or {"id", "source", "started_at"} <= about.keys()


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """Each conversation of an export (rows of messages, or sessions with theirs), or the one of a session file."""
    found: dict[str, Conversation] = {}
    own = _STEM.sub("", name)
    for number, row in _rows(data, problems):
        if row.messages is None:
            key = row.session_id or own
            conversation = found.setdefault(key, Conversation(key))
            if row.role == "session_meta":
                conversation.about(row)
            else:
                conversation.add(number, row)
            continue
        about = tolerant(Row, as_record(row.session)) if row.session else row
        key = about.session_id or as_text(about.id) or own
        conversation = found.setdefault(key, Conversation(key))
        conversation.about(about)
        for at, raw in enumerate(row.messages, 1):
            message = decoded(_ROWS, raw)
            if message is not None:
                conversation.add(at, message)
    return [session for one in found.values() if (session := one.session(unknown)) is not None]


def mark_of(db: Database) -> str:
    """Where the next reading can begin."""
    heads = f"SELECT {_columns(db, 'sessions', _SESSION_COLUMNS)} FROM sessions"
    return session_marks.mark_of(
        db, heads, f"SELECT session_id, {_columns(db, 'messages', _ROW_COLUMNS)} FROM messages"
    )


def read_changed(
    db: Database, name: str, since: str, now: str, problems: list[Problem], unknown: dict[str, int]
) -> Changed | None:
    """The conversations that changed between two marks; None where that cannot be told."""
    return session_marks.changed_between(since, now, lambda ids: _conversations(db, unknown, ids))


def read_sessions(
    db: Database, name: str, keys: frozenset[str], problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    """The conversations with these keys."""
    return _conversations(db, unknown, keys)


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Each conversation of `state.db`, one at a time."""
    return _conversations(db, unknown)


def _conversations(
    db: Database, unknown: dict[str, int], only: frozenset[str] | None = None
) -> Iterator[SessionEvents]:
    heads: dict[str, Row] = {}
    for values in db.rows(f"SELECT {_columns(db, 'sessions', _SESSION_COLUMNS)} FROM sessions ORDER BY rowid"):
        head = _row(_SESSION_COLUMNS, values)
        heads[as_text(head.id)] = head
    which, ids = session_marks.among("session_id", only)
    query = f"SELECT {_columns(db, 'messages', _ROW_COLUMNS)} FROM messages WHERE {which} ORDER BY session_id, id"
    rows = (_row(_ROW_COLUMNS, values) for values in db.rows(query, *ids))
    for key, messages in groupby(rows, key=lambda row: row.session_id or ""):
        conversation = Conversation(key)
        if key in heads:
            conversation.about(heads[key])
        for number, row in enumerate(messages, 1):
            conversation.add(number, row)
        session = conversation.session(unknown)
        if session is not None:
            yield session


def _columns(db: Database, table: str, wanted: tuple[str, ...]) -> str:
    """The columns as a SELECT names them; older databases lack the newer ones."""
    return ", ".join(column if column in db.tables[table] else f"NULL AS {column}" for column in wanted)


def _row(columns: tuple[str, ...], values: tuple[Any, ...]) -> Row:
    return tolerant(Row, {column: value for column, value in zip(columns, values, strict=True) if value is not None})


def _rows(data: Source, problems: list[Problem]) -> Iterator[tuple[int, Row]]:
    """The records: the lines where the first is one, else the items of the document."""
    start = len(BOM) if data[:3] == BOM else 0
    end = data.find(b"\n", start)
    first = bytes(data[start : end if end >= 0 else len(data)])
    if first.lstrip().startswith(b"{") and _is_whole(first):
        yield from read_records(data, _ROWS, problems)
        return
    for number, raw in list_items(data, problems):
        row = decoded(_ROWS, raw)
        if row is not None:
            yield number, row


def _is_whole(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except UNREADABLE:
        return False
    return True
