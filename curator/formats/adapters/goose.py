"""Goose: its sessions in `sessions.db`, and in a file of lines each before autumn 2025.

The shapes are those of block/goose, crates/goose/src/session and conversation/message.rs: a message is a list of
contents, and says whether the person saw it. The first line of a file tells of the session.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters import session_marks
from curator.formats.database import Changed, Database, chosen
from curator.formats.events import SessionEvents, clean, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.loose import as_moment, as_record, as_records, as_text, loads

_SESSION = ("id", "name", "description", "working_dir", "created_at", "session_type", "model_config_json")
_MESSAGE = ("session_id", "message_id", "role", "content_json", "created_timestamp", "metadata_json")
_AGENTS = frozenset({"sub_agent", "hidden"})
_BESIDE = frozenset(
    {"redactedThinking", "toolConfirmationRequest", "actionRequired", "systemNotification", "image", "reasoning"}
)
_NONE: frozenset[str] = frozenset()


class _Line(msgspec.Struct, gc=False):
    id: str | None = None
    role: str | None = None
    created: float | None = None
    content: msgspec.Raw = msgspec.Raw()
    metadata: msgspec.Raw = msgspec.Raw()
    working_dir: str | None = None
    description: str | None = None


_LINES = msgspec.json.Decoder(_Line)


def recognises(head: Head) -> bool:
    """Whether it has Goose's tables, or begins with a line that tells of a session of its."""
    if head.tables:
        has_messages = {"session_id", "role", "content_json"} <= head.tables.get("messages", _NONE)
        return has_messages and "working_dir" in head.tables.get("sessions", _NONE)
    first = head.records[0] if head.records else {}
    return isinstance(first.get("working_dir"), str) and "message_count" in first and "role" not in first


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one session of a file of lines."""
    about = _Line()
    events: list[Event] = []
    for number, line in read_records(data, _LINES, problems):
        if line.role is None:
            about = line if about.working_dir is None else about
        else:
            content, beside = loads(line.content), as_record(loads(line.metadata))
            events += _message(number, clean(line.id or ""), line.role, line.created, content, beside, unknown)
    title = clean(about.description or "")
    found = SessionEvents(clean(name.removesuffix(".jsonl")), "goose", title, clean(about.working_dir or ""))
    found.joins_replies, found.events = False, events
    return [found] if events else []


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
    messages = f"SELECT {chosen(db, 'messages', *_MESSAGE)} FROM messages WHERE session_id = ? ORDER BY rowid"
    for id, title, description, folder, created, kind, model in list(db.rows(sessions, *ids)):
        events: list[Event] = []
        for line, (_, key, role, content, at, beside) in enumerate(db.rows(messages, id), 1):
            events += _message(
                line, clean(as_text(key)), as_text(role), at, loads(content), as_record(loads(beside)), unknown
            )
        yield SessionEvents(
            clean(as_text(id)),
            "goose",
            clean(as_text(title) or as_text(description)),
            clean(as_text(folder)),
            as_moment(created).replace(" ", "T"),
            Origin.AGENT if kind in _AGENTS else Origin.HUMAN,
            clean(as_text(as_record(loads(model)).get("model_name"))),
            joins_replies=False,
            events=events,
        )


def _message(
    line: int, id: str, role: str, at: object, content: object, beside: dict[str, Any], unknown: dict[str, int]
) -> Iterator[Event]:
    key, stamp = id or f"message-{line}", as_moment(at)
    parts = as_records(content)
    words = "\n\n".join(text for part in parts if (text := as_text(part.get("text")).strip()))
    if beside.get("userVisible") is False:
        if words:
            yield dropped("context" if beside.get("turnContext") is True else "hidden", words, line, key, stamp)
        return
    if role == "user" and not any(part.get("type") == "toolResponse" for part in parts):
        flags = frozenset({"image"}) if any(part.get("type") == "image" for part in parts) else _NONE
        if words or flags:
            yield Event(EventKind.PROMPT, clean(words), line, key, "", "", stamp, "", 0, flags)
        return
    for part in parts:
        yield from _content(line, key, stamp, part, role, unknown)


def _content(
    line: int, key: str, stamp: str, part: dict[str, Any], role: str, unknown: dict[str, int]
) -> Iterator[Event]:
    kind, id = as_text(part.get("type")), clean(as_text(part.get("id")))
    if kind == "text":
        if role == "assistant" and (text := clean(as_text(part.get("text")))).strip():
            yield Event(EventKind.REPLY_TEXT, text, line, key, "", key, stamp)
    elif kind == "thinking":
        if (thought := clean(as_text(part.get("thinking")))).strip():
            yield Event(EventKind.THINKING, thought, line, key, "", key, stamp)
    elif kind in ("toolRequest", "frontendToolRequest"):
        told = as_record(part.get("toolCall"))
        call = as_record(told.get("value")) or told
        yield tool_call(as_text(call.get("name")), call.get("arguments"), line, id, key, stamp)
    elif kind == "toolResponse":
        text, is_error = _result(as_record(part.get("toolResult")))
        yield tool_result(text, line, id, stamp, "", frozenset({"is_error"}) if is_error else _NONE)
    elif kind in ("conversationCompacted", "summarizationRequested"):
        yield Event(EventKind.COMPACTION, "", line, key, timestamp=stamp)
    elif kind not in _BESIDE:
        unknown[f"content {clean(kind)}"] = unknown.get(f"content {clean(kind)}", 0) + 1


def _result(told: dict[str, Any]) -> tuple[str, bool]:
    """A tool's output, of today in an object and before that as a list of contents; or why there is none."""
    value = told.get("value")
    parts = as_records(as_record(value).get("content") if isinstance(value, dict) else value)
    text = "\n".join(filter(None, (as_text(part.get("text")) for part in parts)))
    is_error = told.get("status") == "error" or as_record(value).get("isError") is True
    return text or as_text(told.get("error")), is_error
