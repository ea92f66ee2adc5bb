"""Crush: the sessions of `crush.db`, in each project's folder `.crush`. OpenCode kept its own so before 2025's summer.

The shapes are those of charmbracelet/crush, internal/db/migrations and internal/message/content.go: a message is a row
with a list of parts, each with its kind and its data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters import session_marks
from curator.formats.database import Changed, Database, chosen
from curator.formats.events import SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.loose import as_moment, as_record, as_records, as_text, loads

_SESSION = ("id", "parent_session_id", "title", "created_at")
_MESSAGE = ("session_id", "id", "role", "parts", "model", "created_at", "is_summary_message")
_NONE: frozenset[str] = frozenset()


def recognises(head: Head) -> bool:
    """Whether it has Crush's sessions, and messages with parts."""
    has_sessions = {"id", "parent_session_id", "message_count"} <= head.tables.get("sessions", _NONE)
    return has_sessions and {"session_id", "role", "parts"} <= head.tables.get("messages", _NONE)


def mark_of(db: Database) -> str:
    """Where the next reading can begin."""
    return session_marks.mark_of(
        db,
        f"SELECT {chosen(db, 'sessions', *_SESSION)} FROM sessions",
        f"SELECT {chosen(db, 'messages', *_MESSAGE)} FROM messages ORDER BY rowid",
    )


def read_changed(
    db: Database, name: str, since: str, now: str, problems: list[Problem], unknown: dict[str, int]
) -> Changed | None:
    """The sessions that changed between two marks; None where that cannot be told."""
    return session_marks.changed_between(since, now, lambda ids: _sessions(db, unknown, ids))


def read_sessions(
    db: Database, name: str, keys: frozenset[str], problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    """The sessions with these keys."""
    return _sessions(db, unknown, keys)


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Every session of the database, one at a time."""
    return _sessions(db, unknown)


def _sessions(db: Database, unknown: dict[str, int], only: frozenset[str] | None = None) -> Iterator[SessionEvents]:
    which, ids = session_marks.among("id", only)
    sessions = f"SELECT {chosen(db, 'sessions', *_SESSION)} FROM sessions WHERE {which} ORDER BY rowid"
    columns = chosen(db, "messages", *_MESSAGE)
    messages = f"SELECT {columns} FROM messages WHERE session_id = ? ORDER BY created_at, rowid"
    for id, parent, title, created in list(db.rows(sessions, *ids)):
        events: list[Event] = []
        for line, row in enumerate(db.rows(messages, id), 1):
            events += _message(line, row, unknown)
        yield SessionEvents(
            clean(as_text(id)),
            "crush",
            clean(as_text(title)),
            started=as_moment(created),
            origin=Origin.AGENT if as_text(parent) else Origin.HUMAN,
            parent_key=clean(as_text(parent)),
            joins_replies=False,
            events=events,
        )


def _message(line: int, row: tuple[Any, ...], unknown: dict[str, int]) -> Iterator[Event]:
    _, id, role, parts, model, created, is_summary = row
    key, stamp = clean(as_text(id)), as_moment(created)
    told = [(as_text(part.get("type")), as_record(part.get("data"))) for part in as_records(loads(parts))]
    words = "\n\n".join(text for kind, data in told if kind == "text" and (text := as_text(data.get("text")).strip()))
    if is_summary:
        yield Event(EventKind.COMPACTION, "", line, key, timestamp=stamp)
        yield dropped("summary", words, line, key, stamp)
    elif role == "user":
        held = [as_text(data.get("mime_type")) for kind, data in told if kind == "binary"]
        flags = {"image" if mime.startswith("image/") else "attachment" for mime in held}
        flags |= {"image"} if any(kind == "image_url" for kind, _ in told) else set()
        if words or flags:
            yield Event(EventKind.PROMPT, clean(words), line, key, "", "", stamp, "", 0, frozenset(flags))
    else:
        yield from _answered(line, key, stamp, told, clean(as_text(model)), unknown)


def _answered(
    line: int, key: str, stamp: str, told: list[tuple[str, dict[str, Any]]], model: str, unknown: dict[str, int]
) -> Iterator[Event]:
    end = next((data for kind, data in told if kind == "finish"), {})
    reason = as_text(end.get("reason"))
    flags = frozenset({"truncated"}) if reason == "max_tokens" else _NONE
    for kind, data in told:
        if kind == "text" and (text := clean(as_text(data.get("text")))).strip():
            yield Event(EventKind.REPLY_TEXT, text, line, key, "", key, stamp, model, 0, flags)
        elif kind == "reasoning" and (thought := clean(as_text(data.get("thinking")))).strip():
            yield Event(EventKind.THINKING, thought, line, key, "", key, stamp, model)
        elif kind == "tool_call":
            given = decode_arguments(as_text(data.get("input")))
            yield tool_call(as_text(data.get("name")), given, line, clean(as_text(data.get("id"))), key, stamp)
        elif kind == "tool_result":
            call, name = clean(as_text(data.get("tool_call_id"))), clean(as_text(data.get("name")))
            failed = frozenset({"is_error"}) if data.get("is_error") is True else _NONE
            yield tool_result(as_text(data.get("content")), line, call, stamp, name, failed)
        elif kind not in ("text", "reasoning", "finish", "binary", "image_url", "shell_command"):
            unknown[f"part {clean(kind)}"] = unknown.get(f"part {clean(kind)}", 0) + 1
    if reason == "canceled":
        yield Event(EventKind.INTERRUPT, reason, line, key, timestamp=stamp)
    elif reason == "error":
        yield Event(EventKind.API_ERROR, clean(as_text(end.get("message")) or reason), line, key, timestamp=stamp)
