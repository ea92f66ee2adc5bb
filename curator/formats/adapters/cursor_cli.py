"""Cursor's agent in the terminal: `store.db`, one conversation, its messages as blobs that a root names in their order.

Cursor publishes no schema; this is what independent readers of it agree on (versions of 2025 and 2026). `meta` holds,
as hexadecimal digits of JSON, who the agent is and which blob is the root; the root is a protobuf message whose field 1
repeats the 32 bytes of each message's id. The messages are JSON in the shape of Vercel's AI SDK.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.cursor import prompt_events
from curator.formats.adapters.message_blocks import blocks_of, has_image
from curator.formats.database import Database
from curator.formats.events import SessionEvents, clean, dropped, system_text, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.loose import as_moment, as_record, as_text, loads

_NONE: frozenset[str] = frozenset()
_MESSAGE, _FOLDER = 1, 9
"""Fields of the root: a message's id, and the folder that the agent worked in."""
_WORKSPACE = re.compile(r"Workspace Path: *(\S[^\n]*)")
_UNREADABLE = "The conversation is kept in a way that Curator does not know."


def recognises(head: Head) -> bool:
    """Whether it has the two tables and no other."""
    tables = head.tables
    return (
        tables.keys() == {"blobs", "meta"} and tables["blobs"] == {"id", "data"} and tables["meta"] == {"key", "value"}
    )


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """The one conversation of the database."""
    about = _about(db)
    root = next(db.rows("SELECT data FROM blobs WHERE id = ?", as_text(about.get("latestRootBlobId"))), (None,))[0]
    fields = list(_fields(root)) if isinstance(root, bytes) else []
    ids = [held.hex() for number, held in fields if number == _MESSAGE and len(held) == 32]
    model = clean(as_text(about.get("lastUsedModel")))
    reading = _Reading("" if model == "default" else model, unknown)
    for line, id in enumerate(ids, 1):
        for (data,) in db.rows("SELECT data FROM blobs WHERE id = ?", id):
            message = loads(data) if isinstance(data, str | bytes) else None
            if isinstance(message, dict):
                reading.take(line, message)
    if ids and not reading.events:
        problems.append(Problem(0, _UNREADABLE))
    if not any(event.kind is EventKind.PROMPT for event in reading.events):
        return
    folder = next((held.decode("utf-8", "replace") for number, held in fields if number == _FOLDER), "")
    yield SessionEvents(
        clean(as_text(about.get("agentId")).lower() or name),
        "cursor",
        clean(as_text(about.get("name"))),
        clean(reading.folder or folder.removeprefix("file://")),
        as_moment(about.get("createdAt")),
        model=reading.model,
        events=reading.events,
    )


def _about(db: Database) -> dict[str, Any]:
    for _, value in db.rows("SELECT key, value FROM meta ORDER BY key"):
        text = as_text(value)
        try:
            found = loads(text if text.startswith("{") else bytes.fromhex(text))
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return {}


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a protobuf message that hold bytes (protobuf.dev/programming-guides/encoding), until it breaks."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            _, at = _varint(data, at)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        elif kind == 2:
            length, at = _varint(data, at)
            if at + length > len(data):
                return
            yield tag >> 3, data[at : at + length]
            at += length
        else:
            return


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends; one that never does ends behind the data."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    return value, len(data) + 1


class _Reading:
    """The messages of the conversation, in their order."""

    def __init__(self, model: str, unknown: dict[str, int]) -> None:
        self.events: list[Event] = []
        self.model = model
        self.folder = ""
        self._unknown = unknown
        self._tools: dict[str, str] = {}

    def take(self, line: int, message: Mapping[str, Any]) -> None:
        role, blocks = as_text(message.get("role")), blocks_of(message.get("content"))
        if role == "user":
            self._user(line, blocks)
        elif role == "assistant":
            for block in blocks:
                self._answer(line, block)
        elif role == "tool":
            options = as_record(as_record(message.get("providerOptions")).get("cursor"))
            is_error = as_record(options.get("highLevelToolCallResult")).get("isError") is True
            self.events += [self._result(line, block, is_error) for block in blocks]
        elif role == "system":
            text = "\n".join(as_text(block.get("text")) for block in blocks)
            self.events.append(Event(EventKind.SYSTEM, system_text(text), line))
        else:
            self._unknown[clean(role)] = self._unknown.get(clean(role), 0) + 1

    def _user(self, line: int, blocks: list[dict[str, Any]]) -> None:
        text = "\n".join(as_text(block.get("text")) for block in blocks if block.get("type") == "text")
        if found := _WORKSPACE.search(text):
            self.folder = self.folder or found[1].strip()
        if text.lstrip().startswith("<user_info>") and "<user_query>" not in text:
            self.events.append(dropped("context", text, line))
        else:
            self.events += prompt_events(text, line, "", frozenset({"image"}) if has_image(blocks) else _NONE)

    def _answer(self, line: int, block: dict[str, Any]) -> None:
        kind, key = as_text(block.get("type")), f"line-{line}"
        text = clean(as_text(block.get("text")))
        options = as_record(as_record(block.get("providerOptions")).get("cursor"))
        self.model = clean(as_text(options.get("modelName"))) or self.model
        if kind == "text":
            if text.strip():
                self.events.append(Event(EventKind.REPLY_TEXT, text, line, key, "", key, "", self.model))
        elif kind == "reasoning":
            if text.strip():
                self.events.append(Event(EventKind.THINKING, text, line, "", "", key, "", self.model))
        elif kind == "tool-call":
            call = clean(as_text(block.get("toolCallId")))
            self._tools[call] = clean(as_text(block.get("toolName")))
            self.events.append(tool_call(self._tools[call], block.get("args"), line, call, key, ""))
        elif kind != "redacted-reasoning":
            self._unknown[f"block {clean(kind)}"] = self._unknown.get(f"block {clean(kind)}", 0) + 1

    def _result(self, line: int, block: dict[str, Any], is_error: bool) -> Event:
        call, given = clean(as_text(block.get("toolCallId"))), block.get("result")
        text = given if isinstance(given, str) else "" if given is None else msgspec.json.encode(given).decode()
        name = self._tools.get(call, "") or clean(as_text(block.get("toolName")))
        return tool_result(text, line, call, "", name, frozenset({"is_error"}) if is_error else _NONE)
