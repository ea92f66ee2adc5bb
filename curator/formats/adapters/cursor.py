"""Cursor: the transcripts of its agent, JSON Lines or text, from `~/.cursor/projects/*/agent-transcripts`.

Neither holds a session's id; the file is named by it. There are no times.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import xxhash

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.cursor_text import has_roles, text_events
from curator.formats.adapters.message_blocks import blocks_of, has_image, reply_events, result_event
from curator.formats.events import SessionEvents, clean, dropped
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.loose import as_record, as_text, loads

_NONE: frozenset[str] = frozenset()
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_QUERY = re.compile(r"<user_query>\s*(.*?)\s*(?:</user_query>|\Z)", re.S)
_SHAPE = re.compile(rb'\A\{"role"\s*:\s*"(?:user|assistant)"\s*,\s*"message"\s*:\s*\{')
_ROLES = frozenset(["user", "assistant", "system"])


class _Record(msgspec.Struct, gc=False):
    id: str | None = None
    role: str | None = None
    type: str | None = None
    message: msgspec.Raw = msgspec.Raw()


_RECORDS = msgspec.json.Decoder(_Record)


def recognises(head: Head) -> bool:
    """Whether its lines hold a role beside the message, or its text the marks of Cursor."""
    if head.records:
        return any(map(_is_own, head.records))
    if head.is_json:
        return head.matches(_SHAPE)
    return has_roles(head.text)


def _is_own(record: dict[str, Any]) -> bool:
    message = record.get("message")
    is_message = isinstance(message, dict) and "content" in message
    return is_message and as_text(record.get("role")) in _ROLES and "uuid" not in record and "type" not in record


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a transcript."""
    if has_roles(Head(data[: 64 << 10]).text):
        text = data[:].decode("utf-8", "replace").removeprefix("\ufeff")
        events = text_events(text, lambda said, line: prompt_events(said, line, "", _NONE))
        model = ""
    else:
        reading = _Reading(unknown)
        for number, record in read_records(data, _RECORDS, problems):
            reading.take(number, record)
        events, model = reading.events, reading.model
    first = next((event for event in events if event.kind is EventKind.PROMPT), None)
    if first is None:
        return []
    return [SessionEvents(_key(name, first.text), "cursor", model=model, events=events)]


def _key(name: str, first: str) -> str:
    """The id in the file's name; a file of another name is told by its first prompt too."""
    if found := _ID.search(name):
        return found[0].lower()
    stem = clean(name.split(".")[0])
    return f"{stem}-{xxhash.xxh3_64_hexdigest(first.encode('utf-8', 'replace'))}"


def prompt_events(text: str, line: int, id: str, flags: frozenset[str]) -> list[Event]:
    """The prompt stands in `<user_query>`; whatever stands around it was put there by the editor."""
    queries = _QUERY.findall(text)
    asked = clean("\n\n".join(query for query in queries if query) if queries else text.strip())
    events = [Event(EventKind.PROMPT, asked, line, id, flags=flags)] if asked or flags else []
    around = _QUERY.sub("", text).strip() if queries else ""
    if around:
        events.append(dropped("context", around, line, id))
    return events


class _Reading:
    """One pass over the lines of a transcript."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self.events: list[Event] = []
        self.model = ""
        self._unknown = unknown
        self._names: dict[str, str] = {}

    def take(self, line: int, record: _Record) -> None:
        message = as_record(loads(record.message))
        blocks = blocks_of(message.get("content"))
        id = clean(record.id or "")
        if record.role == "assistant":
            self.model = clean(as_text(message.get("model"))) or self.model
            self.events += reply_events(
                blocks, line, id or f"line-{line}", "", self.model, _NONE, self._names, self._unknown
            )
        elif record.role == "user":
            self._user(blocks, line, id)
        elif record.role == "system":
            text = "\n".join(as_text(block.get("text")) for block in blocks)
            self.events.append(dropped("harness", text, line, id))
        else:
            kind = clean(record.role or record.type or "record")
            self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def _user(self, blocks: list[dict[str, Any]], line: int, id: str) -> None:
        results = [result_event(b, line, "", self._names) for b in blocks if b.get("type") == "tool_result"]
        self.events += results
        text = "\n".join(as_text(block.get("text")) for block in blocks if block.get("type") == "text")
        flags = frozenset({"image"}) if has_image(blocks) and not results else _NONE
        if results and text.strip():
            self.events.append(Event(EventKind.STEERING, clean(text.strip()), line, id))
        elif text.strip() or flags:
            self.events += prompt_events(text, line, id, flags)
