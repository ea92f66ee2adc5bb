"""Letta: Letta Code's transcripts, messages of the API, agent files, and the local store of conversations."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.letta_agents import is_agent_file, read_agents
from curator.formats.adapters.letta_messages import read_messages
from curator.formats.adapters.pi_heads import is_session
from curator.formats.adapters.pi_sessions import read_session
from curator.formats.events import SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.head import HEAD, LONG_HEAD, Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.timestamps import iso

_NONE: frozenset[str] = frozenset()
_KINDS = frozenset(["user", "assistant", "reasoning", "tool_call", "error", "status"])
_API = re.compile(rb'"message_type"\s*:\s*"(?:user|assistant|reasoning|system|tool_call|tool_return)_message"')
_LOCAL = re.compile(rb'"type"\s*:\s*"session"[^\n]*\n.*"message"\s*:\s*\{\s*"id"\s*:', re.S)
_REMINDER = re.compile(r"<system-reminder>.*?(?:</system-reminder>|\Z)\s*", re.S)


class _Line(msgspec.Struct, gc=False):
    kind: str | None = None
    text: str | None = None
    name: str | None = None
    args_text: str | None = msgspec.field(default=None, name="argsText")
    result_text: str | None = msgspec.field(default=None, name="resultText")
    result_ok: bool | None = msgspec.field(default=None, name="resultOk")
    captured_at: float | str | None = None
    source_line_id: str | None = None
    source_message_id: str | None = None


_LINES = msgspec.json.Decoder(_Line)


def recognises(head: Head) -> bool:
    """Whether its lines say in `kind` what they are, its items in `message_type`, its messages have own ids, or it is
    an agent with its messages."""
    if head.is_list:
        return head.matches(_API)
    return any(map(_is_line, head.records)) or (is_session(head) and head.matches(_LOCAL)) or is_agent_file(head)


def _is_line(record: dict[str, Any]) -> bool:
    kind = record.get("kind")
    return isinstance(kind, str) and kind in _KINDS and "captured_at" in record


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a file; of an agent file, that of each of its agents."""
    head = Head(data[:HEAD])
    if head.is_list:
        return read_messages(data, name, problems, unknown)
    if is_agent_file(head if head.records else Head(data[:LONG_HEAD])):  # what it remembers stands before what tells
        return read_agents(data, problems, unknown)
    if is_session(head) and not any(map(_is_line, head.records[:1])):  # the first line settles it, for good
        return read_session(data, name, problems, unknown, "letta")
    reading = _Reading(unknown)
    for number, line in read_records(data, _LINES, problems):
        reading.take(number, line)
    return reading.sessions(name)


class _Reading:
    """One pass over a transcript of Letta Code, which names no session: its first line stands for it."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self._unknown = unknown
        self._events: list[Event] = []
        self._key = self._started = ""

    def take(self, number: int, line: _Line) -> None:
        """One line of the file."""
        kind = line.kind or ""
        stamp = iso(line.captured_at)
        own = clean(line.source_line_id or "")
        message = clean(line.source_message_id or "") or own or f"line-{number}"
        text = clean(line.text or "")
        self._started = self._started or stamp
        self._key = self._key or clean(f"{stamp} {own}".strip())
        if kind == "user":
            words = _REMINDER.sub("", text).strip()
            if words:
                self._events.append(Event(EventKind.PROMPT, words, number, own or stamp, timestamp=stamp))
            for reminder in _REMINDER.findall(text):
                self._events.append(dropped("reminder", reminder, number, own, stamp))
        elif kind == "assistant":
            if text:
                self._events.append(Event(EventKind.REPLY_TEXT, text, number, own, "", message, stamp))
        elif kind == "reasoning":
            if text:
                self._events.append(Event(EventKind.THINKING, text, number, own, "", message, stamp))
        elif kind == "tool_call":
            self._tool(number, line, stamp)
        elif kind == "error":
            flags = frozenset({"retried"})
            self._events.append(Event(EventKind.API_ERROR, text, number, own, timestamp=stamp, flags=flags))
        elif kind == "status":
            self._events.append(dropped("status", text, number, own, stamp))
        else:
            self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def _tool(self, number: int, line: _Line, stamp: str) -> None:
        call = clean(line.source_line_id or f"line-{number}")
        tool = clean(line.name or "")
        self._events.append(tool_call(tool, decode_arguments(line.args_text or ""), number, call, call, stamp))
        if line.result_text is not None:
            flags = frozenset({"is_error"}) if line.result_ok is False else _NONE
            self._events.append(tool_result(line.result_text, number, call, stamp, tool, flags))

    def sessions(self, name: str) -> list[SessionEvents]:
        """What was found."""
        if not any(event.kind is EventKind.PROMPT for event in self._events):
            return []
        key = self._key or clean(name)
        return [SessionEvents(key, "letta", started=self._started, joins_replies=False, events=self._events)]
