"""Kiro, the editor: its three ways of keeping a session, of which it documents none.

Since 2026 `~/.kiro/sessions/<workspace>/sess_<id>/messages.jsonl`, an event a line. Before that, in its settings
folder, a log of each execution (without an ending in its name), and first of all `<id>.chat`: the chat as it was sent.
The file of a session from the time of the logs says “On it.” for every answer. As independent readers of 2026 have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.message_blocks import blocks_of, has_image
from curator.formats.documents import list_records
from curator.formats.events import SessionEvents, clean, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.loose import as_moment, as_record, as_records, as_text, loads

_KINDS = frozenset({"user", "assistant", "tool_call", "tool_result", "turn_end"})
_LOG = re.compile(rb'\A\{\s*"executionId"\s*:')
_OWN = ("# System Prompt", "# Identity", "<identity>", "## Included Rules", "You are operating in a workspace")
"""How what the program sends in a person's name begins."""
_NODS = frozenset({"I will follow these instructions.", "Understood.", "On it."})
_WRAPPED = re.compile(r"\A<kiro-ide-message>\s*(.*?)\s*(?:</kiro-ide-message>)?\Z", re.S)
_ELSEWHERE = "Its answers lie in the logs beside “workspace-sessions”: import the folder “kiro.kiroagent”."


class _Line(msgspec.Struct, gc=False):
    id: Any = None
    timestamp: Any = None
    payload: Any = None


_LINES = msgspec.json.Decoder(_Line)


def recognises(head: Head) -> bool:
    """Whether it is one of the three, or the file of a session whose answers lie elsewhere."""
    if head.is_list or not head.records:
        return head.is_json and head.matches(_LOG) and (head.has("actions") or head.has("chat"))
    first = head.records[0]
    if any(map(_is_event, head.records[:3])):
        return True
    has_id = isinstance(first.get("executionId"), str)
    return (has_id and isinstance(first.get("chat", first.get("actions")), list)) or _is_index(first)


def _is_event(record: dict[str, Any]) -> bool:
    payload = as_record(record.get("payload"))
    return payload.get("type") in _KINDS and "type" not in record


def _is_index(record: dict[str, Any]) -> bool:
    history = as_records(record.get("history"))
    return bool(history) and isinstance(record.get("sessionId"), str) and any("executionId" in one for one in history)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one session. A line is that of the file, or the number of a message."""
    first = as_record(loads(bytes(data[: data.find(b"\n") + 1 or len(data)])))
    if _is_event(first):
        events = list(_of_lines(data, problems, unknown))
        key = next((event.id for event in events if event.id), name)
        return [SessionEvents(f"kiro-{key}", "kiro-ide", joins_replies=False, events=events)]
    found = []
    for _, record in list_records("The session", data, problems):
        if _is_index(record):
            problems.append(Problem(0, _ELSEWHERE))
        else:
            found.append(_told(record, name, unknown))
    return found


def _told(record: dict[str, Any], name: str, unknown: dict[str, int]) -> SessionEvents:
    meta = as_record(record.get("metadata"))
    model = clean(as_text(meta.get("modelId")))
    events = _of_chat(record, model) if "chat" in record else _of_log(record, unknown)
    return SessionEvents(
        clean(as_text(record.get("executionId")) or name),
        "kiro-ide",
        started=as_moment(meta.get("startTime")) or as_moment(record.get("startTime")),
        model=model,
        joins_replies=False,
        events=list(events),
    )


def _of_lines(data: Source, problems: list[Problem], unknown: dict[str, int]) -> Iterator[Event]:
    """The events of today, one a line."""
    names: dict[str, str] = {}
    for line, record in read_records(data, _LINES, problems):
        payload = as_record(record.payload)
        kind, id, stamp = as_text(payload.get("type")), clean(as_text(record.id)), as_moment(record.timestamp)
        call, content = clean(as_text(payload.get("toolCallId"))), payload.get("content")
        if kind == "user":
            yield from _asked(content, line, id, stamp)
        elif kind == "assistant":
            yield from _said(as_text(payload.get("operationType")), _words(content), line, id or f"line-{line}", stamp)
        elif kind == "tool_call":
            names[call] = clean(as_text(payload.get("toolName")))
            yield tool_call(names[call], payload.get("args"), line, call, f"line-{line}", stamp)
        elif kind == "tool_result":
            flags = frozenset({"is_error"} if payload.get("success") is False else ())
            yield tool_result(_words(content), line, call, stamp, names.get(call, ""), flags)
        elif kind not in _KINDS:
            unknown[clean(kind)] = unknown.get(clean(kind), 0) + 1


def _said(operation: str, text: str, line: int, id: str, stamp: str) -> Iterator[Event]:
    """What the assistant says, thinks, or sums up."""
    if operation == "Reasoning":
        if text.strip():
            yield Event(EventKind.THINKING, clean(text), line, "", "", id, stamp)
    elif text.strip():
        yield Event(EventKind.REPLY_TEXT, clean(text), line, id, "", id, stamp)


def _of_chat(record: dict[str, Any], model: str) -> Iterator[Event]:
    """The chat as it was sent; what tools gave is text without a name."""
    for line, message in enumerate(as_records(record.get("chat")), 1):
        role, text = message.get("role"), _words(message.get("content"))
        if role == "human":
            yield from _asked(message.get("content"), line, "", "")
        elif role == "bot" and text.strip() and text.strip() not in _NODS:
            yield Event(EventKind.REPLY_TEXT, clean(text), line, "", "", f"line-{line}", "", model)
        elif role == "tool" and text.strip():
            yield tool_result(text, line, "", "", "")


def _of_log(record: dict[str, Any], unknown: dict[str, int]) -> Iterator[Event]:
    """One execution: what was asked last, and what was done for it."""
    asked = [one for one in as_records(_at(record, "input", "data", "messages")) if one.get("role") == "user"]
    if not asked:
        return
    yield from _asked(asked[-1].get("content"), 1, "", as_moment(record.get("startTime")))
    for line, action in enumerate(as_records(record.get("actions")), 2):
        kind, id = as_text(action.get("actionType")), clean(as_text(action.get("actionId")))
        given, output = action.get("input"), action.get("output")
        stamp = as_moment(action.get("emittedAt"))
        if kind == "say":
            text = as_text(as_record(output).get("message"))
            if text.strip():
                yield Event(EventKind.REPLY_TEXT, clean(text), line, id, "", id, stamp)
        elif kind == "displayError":
            said = as_text(action.get("errorMessage")) or "Kiro gave an error."
            yield Event(EventKind.API_ERROR, clean(said), line, id, timestamp=stamp)
        elif isinstance(given, dict) and given:
            yield tool_call(clean(kind), given, line, id, id, stamp)
            if words := _words(output):
                yield tool_result(words, line, id, stamp, clean(kind))
        else:
            unknown[f"action {clean(kind)}"] = unknown.get(f"action {clean(kind)}", 0) + 1


def _at(record: dict[str, Any], *names: str) -> object:
    value: object = record
    for name in names:
        value = as_record(value).get(name)
    return value


def _asked(content: object, line: int, id: str, stamp: str) -> Iterator[Event]:
    text = _words(content).strip()
    flags = frozenset({"image"} if has_image(blocks_of(content)) else ())
    if text.startswith(_OWN):
        yield dropped("harness", text, line, id, stamp)
        return
    if (wrapped := _WRAPPED.match(text)) is not None:
        text = wrapped[1]
    if text or flags:
        yield Event(EventKind.PROMPT, clean(text), line, id, "", "", stamp, "", 0, flags)


def _words(content: object) -> str:
    """The words of a message, of parts, or of what a tool gave."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(text for part in as_records(content) if (text := as_text(part.get("text"))))
    told = as_record(content)
    named = next((text for key in ("message", "output", "content", "text") if (text := as_text(told.get(key)))), "")
    return named or (msgspec.json.encode(told).decode() if told else "")
