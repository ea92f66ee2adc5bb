"""Kiro CLI: `~/.kiro/sessions/cli/<id>.jsonl`, a prompt, an answer or what tools gave on each line, each of parts.

Before that it kept a database (see `kiro_store`). Kiro publishes no schema; this is what readers of versions
2.x agree on, each for itself. The session's id is the file's name; its title and folder stand in a file beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import xxhash

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.kiro_store import conversations, has_both, is_store, mark_of
from curator.formats.adapters.session_marks import changed_between
from curator.formats.database import Changed, Database
from curator.formats.events import SessionEvents, clean, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.loose import as_moment, as_record, as_records, as_text

__all__ = ["mark_of", "read", "read_changed", "read_database", "read_sessions", "recognises"]

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_KINDS = frozenset(["Prompt", "AssistantMessage", "ToolResults"])
_START = re.compile(rb'\A\{"version"\s*:\s*(?:"v\d+"|\d+)\s*,\s*"kind"\s*:\s*"(?:Prompt|AssistantMessage|ToolResults)"')


class _Record(msgspec.Struct, gc=False):
    kind: Any = None
    data: Any = None


_RECORDS = msgspec.json.Decoder(_Record)


def recognises(head: Head) -> bool:
    """Whether its lines are of Kiro's kinds, with their parts inside, or it is the database."""
    if head.tables:
        return is_store(head.tables)
    if head.records:
        return any(one.get("kind") in _KINDS and "content" in as_record(one.get("data")) for one in head.records)
    return head.matches(_START)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a file."""
    reading = _Reading(unknown)
    for line, record in read_records(data, _RECORDS, problems):
        reading.take(line, as_text(record.kind), as_record(record.data))
    first = next((event for event in reading.events if event.kind is EventKind.PROMPT), None)
    if first is None:
        return []
    return [SessionEvents(_key(name, first), "kiro", joins_replies=False, events=reading.events)]


def read_changed(
    db: Database, name: str, since: str, now: str, problems: list[Problem], unknown: dict[str, int]
) -> Changed | None:
    """The conversations of the database that changed between two marks; None where that cannot be told."""
    changed = changed_between(since, now, lambda ids: conversations(db, problems, unknown, ids))
    # What is gone from one of its two tables may be in the other, under a folder's name.
    return changed if changed is None or not has_both(db) else changed._replace(touched=frozenset())


def read_sessions(
    db: Database, name: str, keys: frozenset[str], problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    """The conversations of the database with these keys."""
    return conversations(db, problems, unknown, keys)


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Every conversation of the database."""
    return conversations(db, problems, unknown)


def _key(name: str, first: Event) -> str:
    """The id in the file's name; a file of another name is told by its first prompt too."""
    if found := _ID.search(name):
        return found[0].lower()
    stem = clean(name.split(".")[0])
    return f"{stem}-{xxhash.xxh3_64_hexdigest(f'{first.id} {first.text}'.encode('utf-8', 'replace'))}"


class _Reading:
    """One pass over one file. Only prompts say when they were written."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self.events: list[Event] = []
        self._unknown = unknown
        self._stamp = ""
        self._tools: dict[str, str] = {}

    def take(self, line: int, kind: str, data: dict[str, Any]) -> None:
        """One line of the file."""
        key, parts = clean(as_text(data.get("message_id"))), as_records(data.get("content"))
        self._stamp = as_moment(as_record(data.get("meta")).get("timestamp")) or self._stamp
        if kind == "Prompt":
            text = clean("\n".join(as_text(part.get("data")) for part in parts if part.get("kind") == "text")).strip()
            has_image = any(part.get("kind") == "image" for part in parts)
            if text or has_image:
                flags = frozenset({"image"} if has_image else ())
                self.events.append(Event(EventKind.PROMPT, text, line, key, "", "", self._stamp, "", 0, flags))
        elif kind == "AssistantMessage":
            for part in parts:
                self._said(line, key or f"line-{line}", part)
        elif kind == "ToolResults":
            self.events += [
                self._result(line, as_record(one.get("data"))) for one in parts if one.get("kind") == "toolResult"
            ]
        elif kind == "Compaction":
            self.events.append(Event(EventKind.COMPACTION, "", line, key, timestamp=self._stamp))
            if summary := as_text(data.get("summary")):
                self.events.append(dropped("summary", summary, line, key, self._stamp))
        else:
            self._unknown[clean(kind)] = self._unknown.get(clean(kind), 0) + 1

    def _said(self, line: int, key: str, part: dict[str, Any]) -> None:
        kind, held = as_text(part.get("kind")), part.get("data")
        if kind == "text":
            if as_text(held).strip():
                self.events.append(Event(EventKind.REPLY_TEXT, clean(as_text(held)), line, key, "", key, self._stamp))
        elif kind == "toolUse":
            use = as_record(held)
            call = clean(as_text(use.get("toolUseId")))
            self._tools[call] = clean(as_text(use.get("name")))
            self.events.append(tool_call(self._tools[call], use.get("input"), line, call, key, self._stamp))
        elif kind in ("thinking", "reasoning"):
            thought = clean(as_text(held) or as_text(as_record(held).get("text")))
            if thought.strip():
                self.events.append(Event(EventKind.THINKING, thought, line, "", "", key, self._stamp))
        else:
            self._unknown[f"part {clean(kind)}"] = self._unknown.get(f"part {clean(kind)}", 0) + 1

    def _result(self, line: int, result: dict[str, Any]) -> Event:
        call = clean(as_text(result.get("toolUseId")))
        texts = [_text_of(part) for part in as_records(result.get("content"))]
        flags = frozenset({"is_error"} if result.get("status") == "error" else ())
        text = "\n".join(text for text in texts if text)
        return tool_result(text, line, call, self._stamp, self._tools.get(call, ""), flags)


def _text_of(part: dict[str, Any]) -> str:
    """What a tool gave: text, or an object whose outputs are text."""
    held = part.get("data")
    if not isinstance(held, dict):
        return as_text(held)
    outputs = [as_text(held.get(name)) for name in ("stdout", "stderr")]
    return "\n".join(one for one in outputs if one) or msgspec.json.encode(held).decode()
