"""Kiro CLI's database, `data.sqlite3`, and that of Amazon Q's, from which it comes: a conversation as JSON in a row.

The shapes are those of amazon-q-developer-cli (crates/chat-cli/src/cli/chat/message.rs and conversation.rs): each entry
of the history is what was sent, a prompt or what tools gave, and what came back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters import session_marks
from curator.formats.database import Database, chosen
from curator.formats.events import SessionEvents, clean, tool_call, tool_result
from curator.formats.loose import as_moment, as_record, as_records, as_text, loads

_TABLES = {
    "conversations_v2": ("conversation_id", "key", "value", "created_at"),
    "conversations": ("key", "key", "value"),
}
"""The table of now, and that of before, which had one conversation a folder."""


def is_store(tables: Mapping[str, frozenset[str]]) -> bool:
    """Whether it has one of the tables."""
    return any({*columns} <= tables.get(table, frozenset()) for table, columns in _TABLES.items())


def has_both(db: Database) -> bool:
    """Whether it has the table of before beside that of now."""
    return len(_tables(db)) == len(_TABLES)


def mark_of(db: Database) -> str:
    """Where the next reading can begin."""
    return session_marks.mark_of(
        db, *(f"SELECT {chosen(db, each, *_TABLES[each])} FROM {each}" for each in _tables(db))
    )


def conversations(
    db: Database, problems: list[Problem], unknown: dict[str, int], only: frozenset[str] | None = None
) -> Iterator[SessionEvents]:
    """Every conversation, or each of these; a folder's of before once more only where it is not in the newer table."""
    taken: set[str] = set()
    tables = _tables(db)
    if only is not None and len(tables) == 2:  # what is in the newer table is told by that, whichever changed
        taken = {as_text(id) for (id,) in db.rows("SELECT conversation_id FROM conversations_v2")} - only
    for table in tables:
        which, ids = session_marks.among(_TABLES[table][0], only)
        columns = chosen(db, table, *_TABLES[table][:3], "created_at")
        for id, folder, value, created in db.rows(f"SELECT {columns} FROM {table} WHERE {which} ORDER BY rowid", *ids):
            told = loads(value) if isinstance(value, str | bytes) else None
            if not isinstance(told, dict):
                problems.append(Problem(0, f"The conversation {clean(as_text(id))} is not readable."))
                continue
            key = as_text(told.get("conversation_id")) or as_text(id)
            if key in taken:
                continue
            taken.add(key)
            events, model = _told(told, unknown)
            if any(event.kind is EventKind.PROMPT for event in events):
                yield SessionEvents(
                    clean(key),
                    "kiro",
                    project=clean(as_text(folder)),
                    started=as_moment(created),
                    model=model,
                    joins_replies=False,
                    events=events,
                )


def _tables(db: Database) -> list[str]:
    return [table for table, columns in _TABLES.items() if {*columns} <= db.tables.get(table, frozenset())]


def _told(value: Mapping[str, Any], unknown: dict[str, int]) -> tuple[list[Event], str]:
    model = clean(as_text(as_record(value.get("model_info")).get("model_id")) or as_text(value.get("model")))
    names: dict[str, str] = {}
    events: list[Event] = []
    history = value.get("history")
    for line, entry in enumerate(history if isinstance(history, list) else [], 1):
        pair = entry if isinstance(entry, dict) else {}
        if isinstance(entry, list) and len(entry) == 2:  # as the first versions wrote it
            pair = {"user": entry[0], "assistant": entry[1]}
        model = clean(as_text(as_record(pair.get("request_metadata")).get("model_id"))) or model
        asked = as_record(pair.get("user"))
        stamp = as_moment(asked.get("timestamp"))
        events += _asked(line, asked, stamp, names, unknown)
        events += _answered(line, as_record(pair.get("assistant")), stamp, model, names, unknown)
    return events, "" if model == "auto" else model


def _asked(
    line: int, message: Mapping[str, Any], stamp: str, names: dict[str, str], unknown: dict[str, int]
) -> Iterator[Event]:
    content = message.get("content")
    if isinstance(content, str):
        content = {"Prompt": {"prompt": content}}
    for kind, held in as_record(content).items():
        text = clean(as_text(as_record(held).get("prompt"))).strip()
        for result in as_records(as_record(held).get("tool_use_results")):
            yield _result(line, result, stamp, names, is_rejected=kind == "CancelledToolUses")
        if kind == "Prompt":
            flags = frozenset({"image"} if message.get("images") else ())
            if text or flags:
                yield Event(EventKind.PROMPT, text, line, "", "", "", stamp, "", 0, flags)
        elif kind == "CancelledToolUses":
            if text:  # typed instead of letting the tool run
                yield Event(EventKind.STEERING, text, line, "", "", "", stamp)
        elif kind != "ToolUseResults":
            unknown[clean(kind)] = unknown.get(clean(kind), 0) + 1


def _answered(
    line: int, message: Mapping[str, Any], stamp: str, model: str, names: dict[str, str], unknown: dict[str, int]
) -> Iterator[Event]:
    for kind, one in message.items():
        held = as_record(one)
        key = clean(as_text(held.get("message_id"))) or f"line-{line}"
        if kind not in ("Response", "ToolUse"):
            unknown[clean(kind)] = unknown.get(clean(kind), 0) + 1
        elif (text := clean(as_text(held.get("content")))).strip():
            yield Event(EventKind.REPLY_TEXT, text, line, key, "", key, stamp, model)
        for use in as_records(held.get("tool_uses")):
            call = clean(as_text(use.get("id")))
            names[call] = clean(as_text(use.get("name")))
            yield tool_call(names[call], use.get("args"), line, call, key, stamp)


def _result(line: int, result: Mapping[str, Any], stamp: str, names: dict[str, str], *, is_rejected: bool) -> Event:
    call = clean(as_text(result.get("tool_use_id")))
    texts = []
    for part in as_records(result.get("content")):
        given = part.get("Json")
        texts.append(as_text(part.get("Text")) or (msgspec.json.encode(given).decode() if given is not None else ""))
    set_flags = {"is_error": result.get("status") == "Error", "rejected_tool": is_rejected}
    flags = frozenset(flag for flag, is_set in set_flags.items() if is_set)
    return tool_result("\n".join(text for text in texts if text), line, call, stamp, names.get(call, ""), flags)
