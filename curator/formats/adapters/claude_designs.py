"""Chats of Claude's design canvas, as Claude.ai's export of 2026 holds them: a file each, in `design_chats`.

Anthropic publishes no schema; the shape is the one that viewers of the split export read: messages with a role, and a
content that has the words as a text or as blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curator.core.exchange import Event, EventKind
from curator.formats.events import SessionEvents, clean, tool_call, tool_result
from curator.formats.loose import as_moment, as_record, as_records, as_text

_BLOCKS = "contentBlocks"


def is_design(record: dict[str, Any]) -> bool:
    """Whether it is such a chat: the content of its messages is an object with words or blocks inside."""
    messages = as_records(record.get("messages"))
    contents = [message["content"] for message in messages[:5] if isinstance(message.get("content"), dict)]
    return any(_BLOCKS in content or isinstance(content.get("content"), str) for content in contents)


def design_session(record: dict[str, Any], unknown: dict[str, int]) -> SessionEvents:
    """The chat. A line is the number of a message."""
    project = as_text(as_record(record.get("project")).get("name"))
    events = [
        event
        for line, message in enumerate(as_records(record.get("messages")), 1)
        for event in _events(message, line, unknown)
    ]
    return SessionEvents(
        clean(as_text(record.get("uuid"))),
        "claude-ai",
        clean(as_text(record.get("title")) or project),
        clean(project),
        as_moment(record.get("created_at")),
        joins_replies=False,
        events=events,
    )


def _events(message: dict[str, Any], line: int, unknown: dict[str, int]) -> Iterator[Event]:
    content = as_record(message.get("content"))
    id = clean(as_text(message.get("uuid")))
    stamp = as_moment(message.get("created_at")) or as_moment(content.get("timestamp"))
    blocks = as_records(content.get(_BLOCKS)) or [{"type": "text", "text": as_text(content.get("content"))}]
    if message.get("role") == "assistant":
        for block in blocks:
            yield from _block(block, line, id or f"line-{line}", stamp, unknown)
        return
    said = [as_text(block.get("text")).strip() for block in blocks if block.get("type") == "text"]
    flags = set()
    for attached in as_records(content.get("attachments")):
        text, name = as_text(attached.get("content")), as_text(attached.get("name"))
        if text.strip():
            said.append(f"{name}:\n\n{text}" if name else text)
        else:
            flags.add("attachment")
    words = clean("\n\n".join(part for part in said if part))
    if words or flags:
        yield Event(EventKind.PROMPT, words, line, id, "", "", stamp, "", 0, frozenset(flags))


def _block(block: dict[str, Any], line: int, id: str, stamp: str, unknown: dict[str, int]) -> Iterator[Event]:
    kind, text = as_text(block.get("type")), clean(as_text(block.get("text")))
    if kind == "text":
        if text.strip():
            yield Event(EventKind.REPLY_TEXT, text, line, id, "", id, stamp)
    elif kind == "thinking":
        if text.strip():
            yield Event(EventKind.THINKING, text, line, id, "", id, stamp)
    elif kind == "tool_call":
        call = as_record(block.get("toolCall"))
        key, name = clean(as_text(call.get("id"))), clean(as_text(call.get("name")))
        yield tool_call(name, call.get("input"), line, key, id, stamp)
        if given := as_text(call.get("result")) or as_text(call.get("output")):
            yield tool_result(given, line, key, stamp, name)
    elif kind in ("user_interjection", "error"):
        said = block.get("message")
        words = clean(as_text(said) or as_text(as_record(said).get("content")))
        yield Event(EventKind.API_ERROR if kind == "error" else EventKind.STEERING, words, line, timestamp=stamp)
    else:
        unknown[f"{clean(kind)} block"] = unknown.get(f"{clean(kind)} block", 0) + 1
