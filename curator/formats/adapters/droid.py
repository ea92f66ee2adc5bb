"""Factory droid: session files of `~/.factory/sessions`, messages in the shape of Anthropic's API."""

from __future__ import annotations

import re

import msgspec

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.events import SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.timestamps import iso

_RAW = msgspec.Raw()
_NONE: frozenset[str] = frozenset()
_SIDE = frozenset(["todo_state", "session_end", "agent_turn_outcome"])
_HEAD = re.compile(rb'^\{"type"\s*:\s*"session_start"')
_REMINDER = re.compile(r"<system-reminder>.*?(?:</system-reminder>|\Z)", re.S)
_DELEGATED = "# Task Tool Invocation"
"""How the prompt begins that a droid gives to another."""
_INTERRUPTED = ("[Request interrupted by user", "Request cancelled by user")


class _Block(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = _RAW
    tool_use_id: str | None = None
    content: msgspec.Raw = _RAW
    is_error: bool | None = None


class _Message(msgspec.Struct, gc=False):
    role: str | None = None
    content: str | list[_Block] | None = None
    model: str | None = None
    stop_reason: str | None = None


class _Record(msgspec.Struct, gc=False, rename="camel"):
    type: str | None = None
    id: str | None = None
    timestamp: float | str | None = None
    message: _Message | None = None
    role: str | None = None
    content: str | list[_Block] | None = None
    title: str | None = None
    session_title: str | None = None
    cwd: str | None = None
    calling_session_id: str | None = None
    summary_text: str | None = None
    reason: str | None = None


_RECORDS = msgspec.json.Decoder(_Record)


def recognises(head: Head) -> bool:
    """Whether it starts a session as droid does."""
    return "session_start" in head.kinds or (not head.records and head.matches(_HEAD))


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a session file."""
    reading = _Reading(unknown)
    for number, record in read_records(data, _RECORDS, problems):
        reading.take(number, record)
    return reading.sessions(name)


class _Reading:
    """One pass over one file."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self._unknown = unknown
        self._events: list[Event] = []
        self._tools: dict[str, str] = {}
        self._head = _Record()
        self._started = self._model = ""

    def take(self, line: int, record: _Record) -> None:
        """One line of the file."""
        kind = record.type or ""
        stamp = iso(record.timestamp)
        self._started = self._started or stamp
        if kind == "session_start":
            self._head = self._head if self._head.type else record
        elif kind == "message" or (record.role and not kind):
            # Some versions write the message itself, without a record around it.
            message = record.message or _Message(record.role, record.content)
            self._message(line, record, message, stamp)
        elif kind == "compaction_state":
            self._events.append(Event(EventKind.COMPACTION, "", line, clean(record.id or ""), timestamp=stamp))
            if record.summary_text:
                self._events.append(dropped("summary", record.summary_text, line, clean(record.id or ""), stamp))
        elif kind not in _SIDE:
            self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def _message(self, line: int, record: _Record, message: _Message, stamp: str) -> None:
        key = clean(record.id or "")
        blocks = message.content or ()
        if isinstance(blocks, str):
            blocks = [_Block("text", text=blocks)]
        if message.role == "assistant":
            self._reply(line, key or f"line-{line}", message, list(blocks), stamp)
            return
        if message.role != "user":
            self._unknown[message.role or ""] = self._unknown.get(message.role or "", 0) + 1
            return
        words: list[str] = []
        reminders: list[str] = []
        has_result = False
        for block in blocks:
            if block.type == "tool_result":
                has_result = True
                self._result(line, block, stamp)
            elif block.type == "text" and block.text:
                reminders += _REMINDER.findall(block.text)
                words.append(_REMINDER.sub("", block.text).strip())
        text = "\n\n".join(word for word in words if word)
        has_image = any(block.type == "image" for block in blocks)
        if text.startswith(_INTERRUPTED):
            self._events.append(Event(EventKind.INTERRUPT, clean(text), line, key, timestamp=stamp))
        elif has_result and text:
            # Words beside a tool's result were typed while the assistant worked.
            self._events.append(Event(EventKind.STEERING, clean(text), line, key, timestamp=stamp))
        elif text or (has_image and not has_result):
            flags = frozenset({"image"}) if has_image else _NONE
            self._events.append(Event(EventKind.PROMPT, clean(text), line, key, "", "", stamp, "", 0, flags))
        self._events += [dropped("reminder", reminder, line, key, stamp) for reminder in reminders]

    def _reply(self, line: int, key: str, message: _Message, blocks: list[_Block], stamp: str) -> None:
        model = clean(message.model or "")
        self._model = model or self._model
        flags = frozenset({"truncated"}) if message.stop_reason == "max_tokens" else _NONE
        for block in blocks:
            if block.type == "text" and block.text:
                words = clean(block.text)
                self._events.append(Event(EventKind.REPLY_TEXT, words, line, key, "", key, stamp, model, 0, flags))
            elif block.type == "thinking" and (thought := block.thinking or block.text):
                self._events.append(Event(EventKind.THINKING, clean(thought), line, key, "", key, stamp, model))
            elif block.type == "tool_use":
                call, tool = clean(block.id or ""), clean(block.name or "")
                self._tools[call] = tool
                self._events.append(tool_call(tool, decode_arguments(block.input), line, call, key, stamp))
            elif block.type == "tool_result":
                self._result(line, block, stamp)

    def _result(self, line: int, block: _Block, stamp: str) -> None:
        call = clean(block.tool_use_id or "")
        text, has_image = _output(block.content)
        flags = frozenset(flag for flag, is_set in (("is_error", block.is_error), ("image", has_image)) if is_set)
        if call in self._tools:
            self._events.append(tool_result(text, line, call, stamp, self._tools[call], flags))
        else:
            self._events.append(dropped("orphan", text, line, "", stamp))

    def sessions(self, name: str) -> list[SessionEvents]:
        """What was found."""
        first = next((event for event in self._events if event.kind is EventKind.PROMPT), None)
        if first is None and not any(event.kind is EventKind.STEERING for event in self._events):
            return []
        head = self._head
        is_delegated = bool(head.calling_session_id) or (first is not None and first.text.startswith(_DELEGATED))
        return [
            SessionEvents(
                clean(head.id or name),
                "droid",
                clean(head.session_title or head.title or ""),
                clean(head.cwd or ""),
                self._started,
                Origin.AGENT if is_delegated else Origin.HUMAN,
                self._model,
                clean(head.calling_session_id or ""),
                joins_replies=False,
                events=self._events,
            )
        ]


def _output(raw: msgspec.Raw) -> tuple[str, bool]:
    """A tool's output: a string or a list of parts; and whether a picture is among them."""
    value = decode_arguments(raw)
    if not isinstance(value, list):
        return value if isinstance(value, str) else "" if value is None else msgspec.json.encode(value).decode(), False
    parts = [part for part in value if isinstance(part, dict)]
    texts = [text for part in parts if isinstance(text := part.get("text"), str)]
    return "\n".join(texts), any(part.get("type") == "image" for part in parts)
