"""Cursor: the transcripts of its agent, JSON Lines or text, from `~/.cursor/projects/*/agent-transcripts`.

Neither holds a session's id; the file is named by it. Since 2026 each prompt tells its minute, and each turn how it
ended; what a subagent was asked lies in the folder `subagents` below the session.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import xxhash

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.cursor_text import has_roles, text_events
from curator.formats.adapters.message_blocks import blocks_of, has_image, reply_events, result_event
from curator.formats.events import SessionEvents, clean, dropped
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.loose import as_record, as_text, loads

_NONE: frozenset[str] = frozenset()
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_QUERY = re.compile(r"<user_query>\s*(.*?)\s*(?:</user_query>|\Z)", re.S)
_STAMP = re.compile(
    r"<timestamp>\w+, (\w{3}) (\d{1,2}), (\d{4}), (\d{1,2}):(\d\d) ([AP])M"
    r" \(UTC([+-]\d{1,2})?(?::(\d\d))?\)</timestamp>"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_AROUND = re.compile(
    r"\s*+(?:(?><(timestamp|dynamic_tools|agent_skills|available_skills|system_reminder|user_info|git_status|rules|"
    r"open_and_recently_viewed_files|open_files|attached_files|project_layout)\b[^>]*>.*?</\1>)\s*+)++",
    re.S,
)
"""What the editor sends in a person's name, where no question of hers stands in it."""
_LABELS = (("[Image]", "image"), ("[File:", "attachment"))
_HIDDEN = "[REDACTED]"
"""What stands in the place of a thought."""
_SUBAGENTS = "/subagents/"
_SHAPE = re.compile(rb'\A\{"role"\s*:\s*"(?:user|assistant)"\s*,\s*"message"\s*:\s*\{')
_ROLES = frozenset(["user", "assistant", "system"])


class _Record(msgspec.Struct, gc=False):
    id: str | None = None
    role: str | None = None
    type: str | None = None
    status: str | None = None
    error: str | None = None
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
    above, is_agents, file = name.rpartition(_SUBAGENTS)
    origin = Origin.AGENT if is_agents else Origin.HUMAN
    key = _key(file, first.text)
    return [SessionEvents(key, "cursor", origin=origin, model=model, parent_key=clean(above.lower()), events=events)]


def _key(name: str, first: str) -> str:
    """The id in the file's name; a file of another name is told by its first prompt too."""
    if found := _ID.search(name):
        return found[0].lower()
    stem = clean(name.split(".")[0])
    return f"{stem}-{xxhash.xxh3_64_hexdigest(first.encode('utf-8', 'replace'))}"


def prompt_events(text: str, line: int, id: str, flags: frozenset[str]) -> list[Event]:
    """The prompt stands in `<user_query>`; whatever stands around it was put there by the editor."""
    queries = _QUERY.findall(text)
    if not queries and not flags and _AROUND.fullmatch(text):
        return [dropped("context", text.strip(), line, id)]
    asked = clean("\n\n".join(query for query in queries if query) if queries else text.strip())
    around = _QUERY.sub("", text).strip() if queries else ""
    flags |= {flag for label, flag in _LABELS if label in around}
    stamp = _moment(text)
    events = [Event(EventKind.PROMPT, asked, line, id, "", "", stamp, "", 0, flags)] if asked or flags else []
    if around:
        events.append(dropped("context", around, line, id))
    return events


def _moment(text: str) -> str:
    """When a prompt was sent, to the minute; empty where it is not told, or not in which zone."""
    told = _STAMP.search(text)
    if told is None or told[1] not in _MONTHS:
        return ""
    month, day, year, hour, minute, half, hours, minutes = told.groups()
    away = timedelta(hours=int(hours or 0), minutes=int(minutes or 0) * (-1 if (hours or "").startswith("-") else 1))
    try:
        on_clock = int(hour) % 12 + 12 * (half == "P")
        moment = datetime(int(year), _MONTHS.index(month) + 1, int(day), on_clock, int(minute), tzinfo=UTC) - away
    except (ValueError, OverflowError):
        return ""
    return moment.isoformat().replace("+00:00", "Z")


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
            blocks = [_without_hidden(block) for block in blocks]
            self.events += reply_events(
                blocks, line, id or f"line-{line}", "", self.model, _NONE, self._names, self._unknown
            )
        elif record.role == "user":
            self._user(blocks, line, id)
        elif record.type == "turn_ended":
            self._ended(record, line)
        elif record.role == "system":
            text = "\n".join(as_text(block.get("text")) for block in blocks)
            self.events.append(dropped("harness", text, line, id))
        else:
            kind = clean(record.role or record.type or "record")
            self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def _ended(self, record: _Record, line: int) -> None:
        """How a turn ended, where it did not end well."""
        words = clean(record.error or "")
        if record.status == "aborted" or "abort" in words.lower():
            self.events.append(Event(EventKind.INTERRUPT, words, line))
        elif record.status == "error":
            self.events.append(Event(EventKind.API_ERROR, words or "The turn ended with an error.", line))

    def _user(self, blocks: list[dict[str, Any]], line: int, id: str) -> None:
        results = [result_event(b, line, "", self._names) for b in blocks if b.get("type") == "tool_result"]
        self.events += results
        text = "\n".join(as_text(block.get("text")) for block in blocks if block.get("type") == "text")
        flags = frozenset({"image"}) if has_image(blocks) and not results else _NONE
        if results and text.strip():
            self.events.append(Event(EventKind.STEERING, clean(text.strip()), line, id))
        elif text.strip() or flags:
            self.events += prompt_events(text, line, id, flags)


def _without_hidden(block: dict[str, Any]) -> dict[str, Any]:
    """The block without what stands in the place of a thought, alone or behind the words."""
    text = block.get("text")
    if not isinstance(text, str) or _HIDDEN not in text:
        return block
    return {**block, "text": text.replace(_HIDDEN, "").strip()}
