"""Zed: the threads of its own agent in `threads.db`, each a JSON document in a row, packed since summer 2025.

The shapes are those of crates/agent/src/db.rs and thread.rs (version 0.3.0 of a thread), and of legacy_thread.rs before
them: messages of segments. What outside agents do in Zed is in those agents' own files.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import zstandard

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters import session_marks
from curator.formats.database import Changed, Database, chosen
from curator.formats.events import SessionEvents, clean, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.loose import as_moment, as_record, as_records, as_text, loads

_COLUMNS = ("id", "summary", "updated_at", "data_type", "data", "parent_id", "folder_paths", "created_at")
_LONGEST = 64 << 20
"""Bytes that a packed thread may hold, so that one row cannot take the machine's memory."""


def recognises(head: Head) -> bool:
    """Whether it has Zed's table of threads."""
    return {"id", "summary", "data_type", "data"} <= head.tables.get("threads", frozenset())


def mark_of(db: Database) -> str:
    """Where the next reading can begin."""
    return session_marks.mark_of(db, f"SELECT {chosen(db, 'threads', *_COLUMNS)} FROM threads")


def read_changed(
    db: Database, name: str, since: str, now: str, problems: list[Problem], unknown: dict[str, int]
) -> Changed | None:
    """The threads that changed between two marks; None where that cannot be told."""
    return session_marks.changed_between(since, now, lambda ids: _threads(db, problems, unknown, ids))


def read_sessions(
    db: Database, name: str, keys: frozenset[str], problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    """The threads with these keys."""
    return _threads(db, problems, unknown, keys)


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Every thread of the database, one at a time."""
    return _threads(db, problems, unknown)


def _threads(
    db: Database, problems: list[Problem], unknown: dict[str, int], only: frozenset[str] | None = None
) -> Iterator[SessionEvents]:
    which, ids = session_marks.among("id", only)
    query = f"SELECT {chosen(db, 'threads', *_COLUMNS)} FROM threads WHERE {which} ORDER BY rowid"
    for id, summary, _, kind, data, parent, folders, created in db.rows(query, *ids):
        thread = as_record(loads(_unpacked(kind, data)))
        if not thread:
            problems.append(Problem(0, f"The thread “{clean(as_text(summary))}” is not readable."))
            continue
        above = as_text(parent) or as_text(as_record(thread.get("subagent_context")).get("parent_thread_id"))
        yield SessionEvents(
            clean(as_text(id)),
            "zed",
            clean(as_text(summary)),
            clean(as_text(folders).split("\n")[0]),
            as_moment(created),
            Origin.AGENT if above else Origin.HUMAN,
            clean(as_text(as_record(thread.get("model")).get("model"))),
            clean(above),
            joins_replies=False,
            events=list(_events(thread, unknown)),
        )


def _unpacked(kind: object, data: object) -> bytes | str | None:
    if isinstance(data, str) or kind != "zstd":
        return data if isinstance(data, str | bytes) else None
    if not isinstance(data, bytes):
        return None
    try:
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)) as reader:
            held = reader.read(_LONGEST + 1)
    except zstandard.ZstdError:
        return None
    return held if len(held) <= _LONGEST else None


def _events(thread: Mapping[str, Any], unknown: dict[str, int]) -> Iterator[Event]:
    messages = thread.get("messages")
    for line, message in enumerate(messages if isinstance(messages, list) else [], 1):
        if not isinstance(message, dict):
            continue  # "Resume": the person let it go on after a limit
        if "role" in message:
            yield from _earlier(line, message, unknown)
        elif "User" in message:
            yield from _asked(line, as_record(message["User"]))
        elif "Agent" in message:
            yield from _answered(line, as_record(message["Agent"]), unknown)
        else:
            for kind in message:
                unknown[clean(kind)] = unknown.get(clean(kind), 0) + 1


def _asked(line: int, message: Mapping[str, Any]) -> Iterator[Event]:
    """The words, with the names of what was mentioned among them; what that held is kept beside them."""
    words: list[str] = []
    around: list[str] = []
    has_image = False
    for part in as_records(message.get("content")):
        if "Mention" in part:
            mention = as_record(part["Mention"])
            words.append(_name_of(mention.get("uri")))
            around.append(as_text(mention.get("content")))
        else:
            words.append(as_text(part.get("Text")))
            has_image = has_image or "Image" in part
    key = clean(as_text(message.get("id")))
    text = clean("".join(words)).strip()
    if text or has_image:
        yield Event(EventKind.PROMPT, text, line, key, flags=frozenset({"image"} if has_image else ()))
    yield from (dropped("context", held, line, key) for held in around if held)


def _name_of(uri: object) -> str:
    """How a mention reads: the name of what is mentioned, or the end of its path."""
    about = next((as_record(one) for one in as_record(uri).values() if isinstance(one, dict)), as_record(uri))
    path = as_text(about.get("name")) or as_text(about.get("abs_path")) or as_text(about.get("path")) or as_text(uri)
    name = path.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
    return f"@{name}" if name else ""


def _answered(line: int, message: Mapping[str, Any], unknown: dict[str, int]) -> Iterator[Event]:
    names: dict[str, str] = {}
    for part in as_records(message.get("content")):
        for kind, held in part.items():
            if kind == "Text":
                yield from _said(line, EventKind.REPLY_TEXT, held)
            elif kind == "Thinking":
                yield from _said(line, EventKind.THINKING, as_record(held).get("text"))
            elif kind == "ToolUse":
                yield _called(line, as_record(held), names)
            elif kind != "RedactedThinking":
                unknown[f"part {clean(kind)}"] = unknown.get(f"part {clean(kind)}", 0) + 1
    for result in as_record(message.get("tool_results")).values():
        yield _returned(line, as_record(result), names)


def _earlier(line: int, message: Mapping[str, Any], unknown: dict[str, int]) -> Iterator[Event]:
    """A message before version 0.3.0: segments, then the tools that were used, then what they gave."""
    role = message.get("role")
    segments = as_records(message.get("segments"))
    if role == "user":
        text = "\n".join(as_text(one.get("text")) for one in segments) or as_text(message.get("context"))
        if text.strip():
            yield Event(EventKind.PROMPT, clean(text).strip(), line)
    elif role == "assistant":
        names: dict[str, str] = {}
        for one in segments:
            kind = EventKind.THINKING if one.get("type") == "thinking" else EventKind.REPLY_TEXT
            yield from _said(line, kind, one.get("text"))
        for use in as_records(message.get("tool_uses")):
            yield _called(line, use, names)
        for result in as_records(message.get("tool_results")):
            yield _returned(line, result, names)
    elif role != "system":
        unknown[clean(as_text(role))] = unknown.get(clean(as_text(role)), 0) + 1


def _said(line: int, kind: EventKind, text: object) -> Iterator[Event]:
    said = clean(as_text(text))
    if said.strip():
        id = f"line-{line}" if kind is EventKind.REPLY_TEXT else ""
        yield Event(kind, said, line, id, "", f"line-{line}")


def _called(line: int, use: Mapping[str, Any], names: dict[str, str]) -> Event:
    call = clean(as_text(use.get("id")))
    names[call] = clean(as_text(use.get("name")))
    return tool_call(names[call], use.get("input"), line, call, f"line-{line}", "")


def _returned(line: int, result: Mapping[str, Any], names: dict[str, str]) -> Event:
    call = clean(as_text(result.get("tool_use_id")))
    content = result.get("content")
    parts = content if isinstance(content, list) else [content]
    texts = [_text_of(part) for part in parts]
    has_image = any(isinstance(part, dict) and ("Image" in part or "image" in part) for part in parts)
    flags = frozenset(flag for flag, is_set in (("is_error", result.get("is_error")), ("image", has_image)) if is_set)
    name = names.get(call, "") or clean(as_text(result.get("tool_name")))
    return tool_result("\n".join(text for text in texts if text), line, call, "", name, flags)


def _text_of(part: object) -> str:
    if isinstance(part, str):
        return part
    record = as_record(part)
    return as_text(record.get("Text")) or as_text(record.get("text"))
