"""Codex sessions: rollout files of the command line, the editor extension and the app, new shape and old (2025)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import UNREADABLE, Source, loads_anyhow, read_records
from curator.formats.tolerant import tolerant

_RAW = msgspec.Raw()
_NONE: frozenset[str] = frozenset()

HARNESS = (
    "# AGENTS.md",
    "<environment_context>",
    "<INSTRUCTIONS>",
    "<user_instructions>",
    "<turn_aborted>",
    "<skill>",
    "<subagent_notification>",
    "<goal_context>",
    "<codex_internal_context",
    "<recommended_plugins>",
    "<permissions",
)
"""How texts begin that the harness sends with role=user."""
_TYPES = frozenset(["session_meta", "response_item", "event_msg", "turn_context", "compacted", "world_state"])
_WRAPPED = re.compile(rb'"type"\s*:\s*"(?:session_meta|response_item|event_msg|turn_context)"')
_ENVELOPE = re.compile(r"\s*<(environment_context|user_instructions|INSTRUCTIONS|permissions[^>]*)>.*?</\1>", re.S)


class _Part(msgspec.Struct, gc=False):
    type: str = ""
    text: str | None = None


class _Payload(msgspec.Struct, gc=False):
    type: str | None = None
    id: str | None = None
    role: str | None = None
    phase: str | None = None
    content: str | list[_Part] | None = None
    summary: str | list[_Part] | None = None
    text: str | None = None
    message: str | None = None
    images: list[msgspec.Raw] | None = None
    local_images: list[msgspec.Raw] | None = None
    name: str | None = None
    call_id: str | None = None
    arguments: msgspec.Raw = _RAW
    input: msgspec.Raw = _RAW
    action: msgspec.Raw = _RAW
    output: msgspec.Raw = _RAW
    tools: msgspec.Raw = _RAW
    turn_id: str | None = None
    reason: str | None = None
    num_turns: int | None = None
    model: str | None = None
    cwd: str | None = None
    timestamp: str | None = None
    source: msgspec.Raw = _RAW
    thread_source: str | None = None
    forked_from_id: str | None = None
    parent_thread_id: str | None = None


class _Line(_Payload, gc=False):
    """A line of either shape: the new one wraps everything in `payload`, the old one is bare."""

    payload: msgspec.Raw = _RAW
    record_type: str | None = None


_LINES = msgspec.json.Decoder(_Line)
_PAYLOAD = msgspec.json.Decoder(_Payload)

_SILENT = frozenset(
    [
        "token_count", "exec_command_begin", "exec_command_end", "patch_apply_begin", "patch_apply_end",
        "item_started", "item_completed", "thread_settings_applied", "turn_diff", "background_event",
        "mcp_tool_call_begin", "mcp_tool_call_end", "web_search_begin", "web_search_end", "plan_update",
        "agent_reasoning_section_break", "entered_review_mode", "exited_review_mode", "thread_name_updated",
        "view_image_tool_call", "ghost_snapshot", "message", "reasoning",
    ]
)  # fmt: skip


def recognises(head: Head) -> bool:
    """Whether its records wrap a payload (new), or are bare items of the API under a head with instructions (old)."""
    return any(map(_is_own, head.records)) or (not head.records and head.matches(_WRAPPED))


def _is_own(record: dict[str, Any]) -> bool:
    kind = record.get("type")
    if kind is None:
        is_old_head = "instructions" in record and "timestamp" in record and "id" in record
        return is_old_head or record.get("record_type") == "state"
    if kind in _TYPES:
        return isinstance(record.get("payload"), dict)
    return kind == "message" and "role" in record and isinstance(record.get("content"), list)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a rollout file."""
    reading = _Reading(unknown)
    for number, line in read_records(data, _LINES, problems):
        reading.take(number, line)
    return reading.sessions(name)


class _Reading:
    """One pass over one file. Two streams tell the same words twice, so each event remembers its stream until the end:
    `typed`/`sent` for prompts, `said`/`told` for replies, `thought`/`mused` for reasoning; the first is preferred."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self._unknown = unknown
        self._found: list[tuple[str, Event]] = []
        self._streams: set[str] = set()
        self._tools: dict[str, str] = {}
        self._turn = ""
        self._key = ""
        self._project = ""
        self._started = ""
        self._model = ""
        self._parent = ""
        self._origin = Origin.HUMAN
        self._has_meta = False

    def take(self, line: int, record: _Line) -> None:
        """One line of the file."""
        stamp = record.timestamp or ""
        kind = record.type or ""
        if not record.payload:
            self._bare(line, record, stamp)
            return
        payload = _decode(record.payload)
        if payload is None:
            return
        if kind == "response_item":
            self._item(line, payload, stamp)
        elif kind == "event_msg":
            self._event(line, payload, stamp)
        elif kind == "session_meta":
            self._meta(payload, stamp)
        elif kind == "turn_context":
            self._model = payload.model or self._model
            self._turn = payload.turn_id or self._turn
            self._project = self._project or payload.cwd or ""
        elif kind == "compacted":
            self._compaction(line, stamp)
        elif kind != "world_state":
            self._count(kind)

    def _bare(self, line: int, record: _Line, stamp: str) -> None:
        """The old shape: the first line says who, the others are response items without a wrapper."""
        if record.type:
            self._item(line, record, stamp)
        elif record.record_type is None and record.id and not self._key:
            self._meta(record, stamp)

    def _meta(self, payload: _Payload, stamp: str) -> None:
        if self._has_meta:
            return  # a fork starts with a copy of its parent's records
        self._has_meta = True
        self._key = payload.id or ""
        self._project = payload.cwd or ""
        self._started = payload.timestamp or stamp
        self._parent = payload.forked_from_id or payload.parent_thread_id or ""
        source = bytes(payload.source) if payload.source else b""
        if b"subagent" in source or b"sub_agent" in source or "subagent" in (payload.thread_source or ""):
            self._origin = Origin.AGENT

    def _item(self, line: int, item: _Payload, stamp: str) -> None:
        kind = item.type or ""
        call = item.call_id or item.id or ""
        if kind == "message":
            self._message(line, item, stamp)
        elif kind == "reasoning":
            text = _joined(item.summary) or _joined(item.content)
            if text:
                self._add("thought", Event(EventKind.THINKING, clean(text), line, item.id or "", timestamp=stamp))
        elif kind.endswith("_call"):
            tool = item.name or kind.removesuffix("_call")
            arguments = decode_arguments(item.arguments or item.input or item.action)
            if isinstance(arguments, str) and item.arguments:
                arguments = decode_arguments(arguments)
            self._tools[call] = tool
            self._add("", tool_call(tool, arguments, line, call, "", stamp))
        elif kind.endswith("_output"):
            text, is_error = _output(item.output or item.tools)
            flags = frozenset({"is_error"}) if is_error else _NONE
            self._add("", tool_result(text, line, call, stamp, self._tools.get(call, ""), flags))
        elif kind == "compaction":
            self._compaction(line, stamp)
        elif kind not in _SILENT:
            self._count(kind)

    def _message(self, line: int, item: _Payload, stamp: str) -> None:
        text = _joined(item.content)
        if item.role == "assistant":
            flags = frozenset({"final"}) if item.phase == "final_answer" else _NONE
            message = item.id or f"line-{line}"
            self._add(
                "said",
                Event(EventKind.REPLY_TEXT, clean(text), line, message, "", message, stamp, self._model, 0, flags),
            )
        elif item.role == "user":
            has_image = isinstance(item.content, list) and any(p.type == "input_image" for p in item.content)
            words = _without_envelopes(text)
            if (words and not words.startswith(HARNESS)) or has_image:
                self._prompt("sent", line, words, stamp, has_image)
            else:
                self._add("", Event(EventKind.META, clean(text[:KEEP]), line, timestamp=stamp))
        elif text:
            self._add("", Event(EventKind.SYSTEM, clean(text[:KEEP]), line, timestamp=stamp))

    def _event(self, line: int, event: _Payload, stamp: str) -> None:
        kind = event.type or ""
        if kind == "user_message":
            self._prompt("typed", line, event.message or "", stamp, bool(event.images or event.local_images))
        elif kind == "agent_message":
            flags = frozenset({"final"}) if event.phase == "final_answer" else _NONE
            text = clean(event.message or "")
            self._add(
                "told", Event(EventKind.REPLY_TEXT, text, line, "", "", f"line-{line}", stamp, self._model, 0, flags)
            )
        elif kind in ("agent_reasoning", "agent_reasoning_raw_content"):
            self._add("mused", Event(EventKind.THINKING, clean(event.text or ""), line, timestamp=stamp))
        elif kind in ("task_started", "turn_started"):
            self._turn = event.turn_id or self._turn
        elif kind in ("task_complete", "turn_complete"):
            self._turn = ""
        elif kind == "turn_aborted":
            self._turn = ""
            self._add("", Event(EventKind.INTERRUPT, clean(event.reason or ""), line, timestamp=stamp))
        elif kind == "thread_rolled_back":
            self._roll_back(event.num_turns or 0)
        elif kind == "context_compacted":
            self._compaction(line, stamp)
        elif kind in ("error", "stream_error"):
            self._add("", Event(EventKind.API_ERROR, clean(event.message or ""), line, timestamp=stamp))
        elif kind not in _SILENT:
            self._count(kind)

    def _prompt(self, stream: str, line: int, text: str, stamp: str, has_image: bool) -> None:
        key = self._turn or stamp
        flags = frozenset({"image"}) if has_image else _NONE
        self._add(stream, Event(EventKind.PROMPT, clean(text.strip()), line, key, "", "", stamp, "", 0, flags))

    def _compaction(self, line: int, stamp: str) -> None:
        if not (self._found and self._found[-1][1].kind is EventKind.COMPACTION):
            self._add("", Event(EventKind.COMPACTION, "", line, timestamp=stamp))

    def _roll_back(self, turns: int) -> None:
        """Mark the last prompts, of either stream, that are not marked yet."""
        marked = {"typed": 0, "sent": 0}
        for at in range(len(self._found) - 1, -1, -1):
            stream, event = self._found[at]
            if stream in marked and marked[stream] < turns and "abandoned_branch" not in event.flags:
                marked[stream] += 1
                flags = event.flags | {"abandoned_branch"}
                self._found[at] = (stream, event._replace(flags=flags))

    def _add(self, stream: str, event: Event) -> None:
        self._streams.add(stream)
        self._found.append((stream, event))

    def _count(self, kind: str) -> None:
        self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def sessions(self, name: str) -> list[SessionEvents]:
        """What was found, each word once."""
        dropped = {second for first, second in _TWICE if first in self._streams}
        events = [event for stream, event in self._found if stream not in dropped]
        if not events:
            return []
        first = next((e.timestamp for e in events if e.timestamp), "")
        key = clean(self._key or name or first)
        return [
            SessionEvents(
                key,
                "codex",
                "",
                clean(self._project),
                self._started or first,
                self._origin,
                clean(self._model),
                clean(self._parent),
                joins_replies=True,
                events=_steered(events),
            )
        ]


_TWICE = (("typed", "sent"), ("said", "told"), ("thought", "mused"))


def _steered(events: list[Event]) -> list[Event]:
    """Prompts of one turn after its first, with the assistant already at work, are steering."""
    found: list[Event] = []
    turn = ""
    is_at_work = False
    for event in events:
        kind = event.kind
        if kind is EventKind.PROMPT:
            if is_at_work and event.id == turn and event.id != event.timestamp:
                event = event._replace(kind=EventKind.STEERING)
            else:
                turn, is_at_work = event.id, False
        elif kind is EventKind.INTERRUPT:
            turn = ""
        elif kind is EventKind.REPLY_TEXT or kind is EventKind.TOOL_CALL:
            is_at_work = True
        found.append(event)
    return found


def _decode(raw: msgspec.Raw) -> _Payload | None:
    try:
        return _PAYLOAD.decode(raw)
    except UNREADABLE:
        pass
    try:
        value = loads_anyhow(bytes(raw))
    except UNREADABLE:
        return None
    return tolerant(_Payload, value) if isinstance(value, dict) else None


def _joined(content: str | list[_Part] | None) -> str:
    if isinstance(content, str):
        return content
    return "\n\n".join(part.text for part in content or () if part.text)


def _without_envelopes(text: str) -> str:
    """The words after a context envelope that shares their block; an envelope alone leaves nothing."""
    while (envelope := _ENVELOPE.match(text)) is not None:
        text = text[envelope.end() :]
    return text.strip()


def _output(raw: msgspec.Raw) -> tuple[str, bool]:
    """A tool's output and whether it failed: a string, a string of JSON, an object or a list of parts."""
    value = decode_arguments(raw)
    if isinstance(value, str) and value.startswith("{"):
        inner = decode_arguments(value)
        value = inner if isinstance(inner, dict) and "output" in inner else value
    is_error = False
    if isinstance(value, dict):
        metadata = value.get("metadata")
        code = metadata.get("exit_code") if isinstance(metadata, dict) else None
        is_error = code not in (None, 0) or value.get("success") is False
        value = value.get("output", value.get("content", value))
    if isinstance(value, list):
        parts = [p["text"] for p in value if isinstance(p, dict) and isinstance(p.get("text"), str)]
        value = "\n".join(parts) if parts else value
    if value is None:
        return "", is_error
    return value if isinstance(value, str) else msgspec.json.encode(value).decode(), is_error
