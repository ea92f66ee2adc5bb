"""GitHub Copilot: the events of a session.

Its command line keeps them in `~/.copilot/session-state`, its extension for VS Code in `transcripts`.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.loose import as_record, as_records, as_text, loads
from curator.formats.timestamps import iso

_RAW = msgspec.Raw()
_NONE: frozenset[str] = frozenset()
_OWN = re.compile(r"(?:session|user|assistant|tool|hook|subagent|system|skill)\.[a-z_]+")
_SILENT = frozenset(
    [
        "assistant.turn_start", "assistant.turn_end", "assistant.usage", "assistant.intent", "hook.end",
        "tool.execution_partial_result", "tool.execution_progress", "tool.user_requested",
        "session.info", "session.warning", "session.idle", "session.mode_changed", "session.plan_changed",
        "session.usage_info", "session.compaction_start", "session.shutdown", "session.truncation", "session.handoff",
        "session.task_complete", "session.workspace_file_changed", "session.context_changed", "subagent.started",
        "subagent.completed", "subagent.failed", "subagent.selected", "subagent.deselected", "system.notification",
        "permission.requested", "permission.completed", "pending_messages.modified", "session.tools_updated",
        "session.remote_steerable_changed", "session.permissions_changed", "session.background_tasks_changed",
        "session.skills_loaded", "session.extensions_loaded", "session.usage_checkpoint", "session.context_cleared",
        "session.session_limits_changed", "session.todos_changed", "session.autopilot_objective_changed",
        "assistant.message_start", "assistant.message_delta", "assistant.reasoning_delta", "assistant.streaming_delta",
    ]
)  # fmt: skip
_SILENT_STARTS = (
    "command.", "commands.", "elicitation.", "exit_plan_mode.", "external_tool.", "factory.", "mcp.", "mcp_app.",
    "permission.", "sampling.", "session.mcp_", "session.schedule_", "user_input.",
)  # fmt: skip
"""How kinds of events begin that tell of the program's dealings with its tools and its windows."""
_CONTINUED = ("autopilot", "jit-instruction", "snippy-blocking", "thinking-exhausted")
"""How `source` begins in messages by which the program lets the agent go on (github/copilot-sdk's event schema)."""
_NOT_HUMAN = ("system", "schedule", "agent-")
"""How `source` begins where a timer, the program or another agent asks."""


class _Line(msgspec.Struct, gc=False):
    id: str | None = None
    type: str | None = None
    timestamp: float | str | None = None
    data: msgspec.Raw = _RAW


_LINES = msgspec.json.Decoder(_Line)


def recognises(head: Head) -> bool:
    """Whether its records are events with dotted names and their data."""
    return any(map(_is_own, head.records))


def _is_own(record: dict[str, Any]) -> bool:
    kind = record.get("type")
    return isinstance(kind, str) and _OWN.fullmatch(kind) is not None and isinstance(record.get("data"), dict)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a session's events."""
    reading = _Reading(unknown)
    for number, line in read_records(data, _LINES, problems):
        reading.take(number, line)
    return reading.sessions(name)


class _Reading:
    """One pass over one file. A prompt is told twice, by a hook and as a message; the message is preferred."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self._unknown = unknown
        self._events: list[Event] = []
        self._order: dict[str, int] = {}  # event id → events found before it
        self._tools: dict[str, str] = {}
        self._hooked: dict[str, int] = {}  # prompts that only the hook has told yet → their place
        self._is_at_work = False
        self._key = self._project = self._started = self._model = self._title = ""

    def take(self, line: int, record: _Line) -> None:
        """One line of the file."""
        kind = record.type or ""
        data = as_record(loads(record.data))
        stamp = iso(record.timestamp)
        key = clean(record.id or f"line-{line}")
        self._order.setdefault(key, len(self._events))
        self._started = self._started or stamp
        if kind == "user.message":
            self._prompt(line, key, stamp, data)
        elif kind == "assistant.message":
            self._reply(line, key, stamp, data)
        elif kind == "assistant.reasoning":
            if text := as_text(data.get("content")):
                self._events.append(Event(EventKind.THINKING, clean(text), line, key, "", key, stamp, self._model))
        elif kind == "tool.execution_start":
            self._start(line, key, stamp, data)
        elif kind == "tool.execution_complete":
            self._result(line, stamp, data)
        elif kind == "hook.start":
            self._hook(line, key, stamp, data)
        elif kind == "abort":
            self._events.append(
                Event(EventKind.INTERRUPT, clean(as_text(data.get("reason"))), line, key, timestamp=stamp)
            )
        elif kind in ("session.error", "model.call_failure"):
            error = clean(as_text(data.get("message")) or as_text(data.get("errorMessage")))
            self._events.append(Event(EventKind.API_ERROR, error, line, key, timestamp=stamp))
        elif kind == "session.compaction_complete":
            self._compaction(line, key, stamp, data)
        elif kind == "session.snapshot_rewind":
            self._rewind(as_text(data.get("upToEventId")))
        elif kind == "system.message":
            if text := as_text(data.get("content")):
                self._events.append(Event(EventKind.SYSTEM, clean(text[:KEEP]), line, key, timestamp=stamp))
        elif kind == "skill.invoked":
            self._events.append(dropped("instructions", as_text(data.get("content")), line, key, stamp))
        else:
            self._about(kind, data)

    def _about(self, kind: str, data: dict[str, Any]) -> None:
        """What is said of the session itself."""
        if kind in ("session.start", "session.resume"):
            where = as_record(data.get("context"))
            self._key = self._key or as_text(data.get("sessionId"))
            self._project = self._project or as_text(where.get("cwd"))
            self._started = as_text(data.get("startTime")) or self._started
            self._model = as_text(data.get("selectedModel")) or self._model
        elif kind == "session.model_change":
            self._model = as_text(data.get("newModel")) or self._model
        elif kind == "session.title_changed":
            self._title = as_text(data.get("title")) or self._title
        elif kind not in _SILENT and not kind.startswith(_SILENT_STARTS):
            self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def _prompt(self, line: int, key: str, stamp: str, data: dict[str, Any]) -> None:
        text = clean(as_text(data.get("content")).strip())
        source = as_text(data.get("source"))
        has_image = any("image" in as_text(part.get("mimeType")) for part in as_records(data.get("attachments")))
        if not text and not has_image:
            return
        if source.startswith(_CONTINUED) or data.get("isAutopilotContinuation") is True:
            self._events.append(dropped("harness", text, line, key, stamp))
            return
        if source.startswith("skill"):
            self._events.append(dropped("instructions", text, line, key, stamp))
            return
        if data.get("agentMode") == "shell":
            self._events.append(dropped("command-output", text, line, key, stamp))
            return
        flags = frozenset({"image"}) if has_image else _NONE
        if source == "command":
            flags |= {"slash_command"}
        elif source.startswith(_NOT_HUMAN):
            flags |= {"not_human"}
        if source == "immediate-prompt" and self._is_at_work:
            self._events.append(Event(EventKind.STEERING, text, line, key, timestamp=stamp))
            return
        event = Event(EventKind.PROMPT, text, line, key, "", "", stamp, "", 0, flags)
        place = self._hooked.pop(text, None)
        if place is not None:
            # The hook's word keeps its key, which a reader of the growing file may have seen already.
            self._events[place] = self._events[place]._replace(flags=self._events[place].flags | flags)
        else:
            self._ask(event)

    def _hook(self, line: int, key: str, stamp: str, data: dict[str, Any]) -> None:
        told = as_record(data.get("input"))
        if as_text(data.get("hookType")) != "userPromptSubmitted":
            return
        self._key = self._key or as_text(told.get("sessionId"))
        self._project = self._project or as_text(told.get("cwd"))
        text = clean(as_text(told.get("prompt")).strip())
        newest = next((e for e in reversed(self._events) if e.kind in (EventKind.PROMPT, EventKind.STEERING)), None)
        if not text or (newest is not None and newest.text == text and not self._is_at_work):
            return
        self._hooked[text] = len(self._events)
        self._ask(Event(EventKind.PROMPT, text, line, key, "", "", stamp))

    def _ask(self, prompt: Event) -> None:
        self._events.append(prompt)
        self._is_at_work = False

    def _reply(self, line: int, key: str, stamp: str, data: dict[str, Any]) -> None:
        message = clean(as_text(data.get("messageId")) or key)
        model = self._model = clean(as_text(data.get("model"))) or self._model
        if as_text(data.get("parentToolCallId")):
            # A subagent's words; what it found comes back as the result of the call that started it.
            self._events.append(dropped("relay", as_text(data.get("content")), line, key, stamp))
            return
        self._is_at_work = True
        if thought := as_text(data.get("reasoningText")).strip():
            self._events.append(Event(EventKind.THINKING, clean(thought), line, key, "", message, stamp, model))
        if (text := as_text(data.get("content"))) and text.strip():
            self._events.append(Event(EventKind.REPLY_TEXT, clean(text), line, key, "", message, stamp, model))
        for request in as_records(data.get("toolRequests")):
            call, tool = clean(as_text(request.get("toolCallId"))), clean(as_text(request.get("name")))
            self._tools[call] = tool
            arguments = request.get("arguments")
            if isinstance(arguments, str):
                arguments = decode_arguments(arguments)
            self._events.append(tool_call(tool, arguments, line, call, message, stamp))

    def _start(self, line: int, key: str, stamp: str, data: dict[str, Any]) -> None:
        """A tool at its start, where no message has told of the call."""
        call, tool = clean(as_text(data.get("toolCallId"))), clean(as_text(data.get("toolName")))
        if call and tool and call not in self._tools and not as_text(data.get("parentToolCallId")):
            self._tools[call] = tool
            arguments = data.get("arguments")
            if isinstance(arguments, str):
                arguments = decode_arguments(arguments)
            self._events.append(tool_call(tool, arguments, line, call, key, stamp))

    def _result(self, line: int, stamp: str, data: dict[str, Any]) -> None:
        call = clean(as_text(data.get("toolCallId")))
        self._model = clean(as_text(data.get("model"))) or self._model
        text = _output(data)
        if call not in self._tools:
            self._events.append(dropped("orphan", text, line, "", stamp))
            return
        flags = frozenset({"is_error"}) if data.get("success") is False else _NONE
        self._events.append(tool_result(text, line, call, stamp, self._tools[call], flags))

    def _compaction(self, line: int, key: str, stamp: str, data: dict[str, Any]) -> None:
        if data.get("success") is False:
            return
        self._events.append(Event(EventKind.COMPACTION, "", line, key, timestamp=stamp))
        if summary := as_text(data.get("summaryContent")):
            self._events.append(dropped("summary", summary, line, key, stamp))

    def _rewind(self, until: str) -> None:
        """The prompts since that event, and that event itself, were taken back."""
        for at in range(self._order.get(clean(until), len(self._events)), len(self._events)):
            event = self._events[at]
            if event.kind is EventKind.PROMPT:
                self._events[at] = event._replace(flags=event.flags | {"abandoned_branch"})

    def sessions(self, name: str) -> list[SessionEvents]:
        """What was found."""
        if not any(event.kind is EventKind.PROMPT for event in self._events):
            return []
        return [
            SessionEvents(
                clean(self._key or name),
                "copilot-cli",
                clean(self._title),
                clean(self._project),
                self._started,
                model=clean(self._model),
                joins_replies=False,
                events=self._events,
            )
        ]


def _output(data: dict[str, Any]) -> str:
    for value in (as_record(data.get("result")).get("content"), data.get("result"), data.get("error")):
        if isinstance(value, str):
            return value
        if isinstance(value, dict) and isinstance(value.get("message"), str):
            return str(value["message"])
        if value:
            return msgspec.json.encode(value).decode()
    return ""
