"""Codex sessions: rollout files of the command line, the editor extension and the app, new shape and old (2025).

TRAE CLI writes the same, with the items of the API several a line in `history_mutation` (readers of 2026 agree on it).
"""

from __future__ import annotations

import re
from typing import Any

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.codex_marks import without_marks
from curator.formats.adapters.codex_records import (
    LINES,
    Line,
    Payload,
    decode,
    is_harness,
    joined,
    output,
    reason_of,
    request_of,
    without_envelopes,
)
from curator.formats.adapters.codex_streams import Streams, steered
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records

_NONE: frozenset[str] = frozenset()
_TYPES = frozenset(["session_meta", "response_item", "event_msg", "turn_context", "compacted", "world_state"])
_WRAPPED = re.compile(rb'"type"\s*:\s*"(?:session_meta|response_item|event_msg|turn_context)"')


_SILENT = frozenset(
    [
        "token_count", "exec_command_begin", "exec_command_end", "patch_apply_begin", "patch_apply_end",
        "item_started", "thread_settings_applied", "turn_diff", "background_event",
        "mcp_tool_call_begin", "mcp_tool_call_end", "web_search_begin", "web_search_end", "plan_update",
        "agent_reasoning_section_break", "entered_review_mode", "exited_review_mode", "thread_name_updated",
        "view_image_tool_call", "ghost_snapshot", "message", "reasoning",
        "token_usage_record", "trae_extra_info", "inter_agent_communication_metadata", "sub_agent_activity",
        "thread_goal_updated", "plan_delta", "warning", "notice", "mcp_startup_update", "mcp_startup_complete",
        "exec_command_output_delta", "exec_approval_request", "apply_patch_approval_request", "request_user_input",
        "elicitation_request", "terminal_interaction", "hook_started", "hook_completed", "undo_started",
        "undo_completed", "image_generation_begin", "image_generation_end", "deprecation_notice", "rate_limit",
        "rate_limited", "session_configured", "shutdown_complete", "skills_update_available",
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
    if not isinstance(kind, str):
        return False
    if kind in _TYPES:
        return isinstance(record.get("payload"), dict)
    return kind == "message" and "role" in record and isinstance(record.get("content"), list)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a rollout file."""
    reading = Growing(problems, unknown)
    reading.take(data)
    return reading.sessions(name)


class Growing:
    """What the lines of one file said so far; more may follow (see `formats.growing`)."""

    def __init__(self, problems: list[Problem], unknown: dict[str, int]) -> None:
        self._problems = problems
        self._unknown = unknown
        self._streams = Streams()
        self._tools: dict[str, str] = {}
        self._turn = ""
        self._key = ""
        self._project = ""
        self._started = ""
        self._model = ""
        self._parent = ""
        self._origin = Origin.HUMAN
        self._has_meta = False

    def take(self, data: Source, first: int = 1) -> None:
        """Read whole lines, of which the first has this number."""
        for number, line in read_records(data, LINES, self._problems, first):
            self._take(number, line)

    def _take(self, line: int, record: Line) -> None:
        stamp = record.timestamp or ""
        kind = record.type or ""
        if not record.payload:
            self._bare(line, record, stamp)
            return
        payload = decode(record.payload)
        if payload is None:
            self._streams.drop("unknown", kind, line, stamp)
            return
        if kind == "response_item":
            self._item(line, payload, stamp)
        elif kind == "event_msg":
            self._event(line, payload, stamp)
        elif kind == "session_meta":
            was_told = self._has_meta
            self._meta(payload, stamp)
            self._streams.drop("repeated" if was_told else "status", kind, line, stamp)
        elif kind == "history_mutation":
            self._history(line, payload, stamp)
        elif kind == "turn_context":
            self._streams.drop("context", kind, line, stamp)
            self._model = payload.model or self._model
            self._turn = payload.turn_id or self._turn
            self._project = self._project or payload.cwd or ""
        elif kind == "compacted":
            self._streams.compaction(line, stamp)
        elif kind == "world_state":
            self._streams.drop("context", kind, line, stamp)
        else:
            self._aside(kind, line, stamp)

    def _bare(self, line: int, record: Line, stamp: str) -> None:
        """The old shape: the first line says who, the others are response items without a wrapper."""
        if record.type:
            self._item(line, record, stamp)
        elif record.record_type is None and record.id and self._streams.is_empty:
            self._meta(record, stamp)
            self._streams.drop("status", "session", line, stamp)
        else:
            self._streams.drop("status", record.record_type or "record", line, stamp)

    def _meta(self, payload: Payload, stamp: str) -> None:
        if self._has_meta:
            return  # a fork starts with a copy of its parent's records
        self._has_meta = True
        if self._streams.is_empty:  # what a file is called must not change while it grows
            self._key = payload.id or ""
        self._project = payload.cwd or ""
        self._started = payload.timestamp or stamp
        self._parent = payload.forked_from_id or payload.parent_thread_id or ""
        source = bytes(payload.source) if payload.source else b""
        if b"subagent" in source or b"sub_agent" in source or "subagent" in (payload.thread_source or ""):
            self._origin = Origin.AGENT

    def _history(self, line: int, payload: Payload, stamp: str) -> None:
        """What was added to the history, of which the lines since the last addition may have told a part. What is put
        in its place, to make it shorter, was said before."""
        if payload.operation != "append":
            self._streams.drop("status", f"history_mutation {payload.operation or ''}", line, stamp)
            return
        self._streams.begin_history()
        for number, raw in enumerate(payload.items or (), 1):
            item = decode(raw)
            if item is None:
                self._streams.drop("unknown", "history_mutation", line, stamp)
                continue
            item.id = item.id or f"line-{line}.{number}"
            self._item(line, item, stamp)
        self._streams.end_history()

    def _item(self, line: int, item: Payload, stamp: str) -> None:
        kind = item.type or ""
        call = item.call_id or item.id or ""
        if kind == "message":
            self._message(line, item, stamp)
        elif kind == "reasoning":
            text = joined(item.summary) or joined(item.content)
            if text:
                self._streams.add(
                    "thought", Event(EventKind.THINKING, clean(text), line, item.id or "", timestamp=stamp)
                )
            else:  # encrypted, as the service keeps it
                self._streams.drop("hidden", kind, line, stamp)
        elif kind.endswith("_call"):
            tool = item.name or kind.removesuffix("_call")
            arguments = decode_arguments(item.arguments or item.input or item.action)
            if isinstance(arguments, str) and item.arguments:
                arguments = decode_arguments(arguments)
            self._tools[call] = tool
            self._streams.add("", tool_call(tool, arguments, line, call, "", stamp))
        elif kind.endswith("_output"):
            text, is_error = output(item.output or item.tools)
            flags = frozenset({"is_error"}) if is_error else _NONE
            self._streams.add("", tool_result(text, line, call, stamp, self._tools.get(call, ""), flags))
        elif kind == "compaction":
            self._streams.compaction(line, stamp)
        elif kind == "agent_message":  # what agents of one session write to each other
            self._streams.drop("relay", joined(item.content), line, stamp)
        else:
            self._aside(kind, line, stamp)

    def _message(self, line: int, item: Payload, stamp: str) -> None:
        text = joined(item.content)
        if item.role == "assistant":
            flags = frozenset({"final"}) if item.phase == "final_answer" else _NONE
            message = item.id or f"line-{line}"
            self._streams.add(
                "said",
                Event(EventKind.REPLY_TEXT, _shown(text), line, message, "", message, stamp, self._model, 0, flags),
            )
        elif item.role == "user":
            has_image = isinstance(item.content, list) and any(p.type == "input_image" for p in item.content)
            words = without_envelopes(text)
            if (words and not is_harness(words)) or has_image:
                around = text[: text.rfind(words)].strip() if words else ""
                if around:
                    self._streams.drop(reason_of(around), around, line, stamp)
                self._prompt("sent", line, words, stamp, has_image)
            else:
                self._streams.drop(reason_of(text.lstrip()), text, line, stamp)
        elif text:
            self._streams.add("", Event(EventKind.SYSTEM, clean(text[:KEEP]), line, timestamp=stamp))
        else:
            self._streams.drop("hidden", item.role or "message", line, stamp)

    def _event(self, line: int, event: Payload, stamp: str) -> None:
        kind = event.type or ""
        if kind == "user_message":
            self._prompt("typed", line, event.message or "", stamp, bool(event.images or event.local_images))
        elif kind == "agent_message":
            flags = frozenset({"final"}) if event.phase == "final_answer" else _NONE
            text = _shown(event.message or "")
            self._streams.add(
                "told", Event(EventKind.REPLY_TEXT, text, line, "", "", f"line-{line}", stamp, self._model, 0, flags)
            )
        elif kind in ("agent_reasoning", "agent_reasoning_raw_content"):
            self._streams.add("mused", Event(EventKind.THINKING, clean(event.text or ""), line, timestamp=stamp))
        elif kind == "item_completed":
            self._listed(line, event, stamp)
        elif kind in ("task_started", "turn_started"):
            self._turn = event.turn_id or self._turn
            self._streams.drop("status", kind, line, stamp)
        elif kind in ("task_complete", "turn_complete"):
            self._turn = ""
            self._streams.drop("status", kind, line, stamp)
        elif kind == "turn_aborted":
            self._turn = ""
            self._streams.add("", Event(EventKind.INTERRUPT, clean(event.reason or ""), line, timestamp=stamp))
        elif kind == "thread_rolled_back":
            self._streams.roll_back(event.num_turns or 0)
            self._streams.drop("status", kind, line, stamp)
        elif kind == "context_compacted":
            self._streams.compaction(line, stamp)
        elif kind in ("error", "stream_error"):
            self._streams.add("", Event(EventKind.API_ERROR, clean(event.message or ""), line, timestamp=stamp))
        else:
            self._aside(kind, line, stamp)

    def _listed(self, line: int, event: Payload, stamp: str) -> None:
        """An item that is complete, with its words where nothing else tells them."""
        item = decode(event.item) or Payload()
        if item.type == "UserMessage":
            self._turn = event.turn_id or self._turn
            has_image = isinstance(item.content, list) and any("image" in part.type for part in item.content)
            self._prompt("listed", line, joined(item.content), stamp, has_image)
        elif item.type == "AgentMessage" or item.type == "Plan":  # a plan is what its turn was for
            flags = frozenset({"final"}) if item.type == "Plan" or item.phase == "final_answer" else _NONE
            text, id = _shown(joined(item.content) or item.text or ""), item.id or f"line-{line}"
            self._streams.add("told", Event(EventKind.REPLY_TEXT, text, line, id, "", id, stamp, self._model, 0, flags))
        elif item.type == "Reasoning" and item.summary_text:
            thought = clean("\n\n".join(item.summary_text))
            self._streams.add("mused", Event(EventKind.THINKING, thought, line, timestamp=stamp))
        else:
            self._streams.drop("status", item.type or "item", line, stamp)

    def _prompt(self, stream: str, line: int, text: str, stamp: str, has_image: bool) -> None:
        around, text = request_of(text)
        if around:
            self._streams.drop("context", around, line, stamp)
        key = self._turn or stamp
        flags = frozenset({"image"}) if has_image else _NONE
        self._streams.add(stream, Event(EventKind.PROMPT, clean(text.strip()), line, key, "", "", stamp, "", 0, flags))

    def _aside(self, kind: str, line: int, stamp: str) -> None:
        """An item or an event that tells of the program's own state, or of what an item tells as well."""
        if kind in _SILENT:
            self._streams.drop("status", kind, line, stamp)
        else:
            self._count(kind, line, stamp)

    def _count(self, kind: str, line: int, stamp: str) -> None:
        self._unknown[kind] = self._unknown.get(kind, 0) + 1
        self._streams.drop("unknown", kind, line, stamp)

    def sessions(self, name: str) -> list[SessionEvents]:
        """What was found, each word once."""
        events = self._streams.events()
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
                events=steered(events),
            )
        ]


def _shown(text: str) -> str:
    return clean(without_marks(text))
