"""Cline's and Roo's `ui_messages.json`: each message is something said, or something asked of the person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curator.core.exchange import Event, EventKind
from curator.formats.events import clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.loose import as_moment, as_number, as_record, as_text, loads

_NONE: frozenset[str] = frozenset()
_CALLS = {
    "tool": "",
    "command": "command",
    "use_mcp_server": "use_mcp_server",
    "browser_action_launch": "browser",
    "browser_action": "browser",
    "use_subagents": "use_subagents",
    "new_task": "new_task",
}
_RESULTS = frozenset(["command_output", "mcp_server_response", "browser_action_result", "subtask_result"])
_TOOL_ERRORS = frozenset(["diff_error", "clineignore_error", "rooignore_error", "command_permission_denied"])
_ERRORS = frozenset(["error", "api_req_failed", "mistake_limit_reached"])
_COMPACTIONS = frozenset(["condense_context", "sliding_window_truncation", "condense", "summarize_task"])
_QUESTIONS = frozenset(["followup", "plan_mode_respond", "act_mode_respond"])
_BACK = frozenset(["resume_task", "resume_completed_task"])
_STATUS = frozenset(["shell_integration_warning", "info", "mcp_notification", "error_retry", "task_progress"])
_SILENT = frozenset(
    [
        "api_req_finished", "api_req_retried", "api_req_retry_delayed", "api_req_deleted", "deleted_api_reqs",
        "checkpoint_created", "checkpoint_saved", "mcp_server_request_started", "load_mcp_documentation",
        "hook_status", "hook_output_stream", "subagent", "subagent_usage", "conditional_rules_applied",
        "generate_explanation", "shell_integration_warning_with_suggestion", "auto_approval_max_req_reached",
        "codebase_search_result", "user_edit_todos", "condense_context_error", "api_req_rate_limit_wait", "report_bug",
    ]
)  # fmt: skip


def message_events(messages: list[tuple[int, dict[str, Any]]], unknown: dict[str, int]) -> list[Event]:
    """The events of a task, its messages numbered. A message marked `partial` is still being written."""
    reading = _Reading(unknown)
    return [
        event
        for line, message in messages
        if message.get("partial") is not True
        for event in reading.take(line, message)
    ]


class _Reading:
    """One pass over a task."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self._unknown = unknown
        self._has_prompt = False
        self._is_waiting = False  # the assistant has ended or asked: what is typed now opens an exchange
        self._model = ""
        self._tool = ""
        self._answer = ""

    def take(self, line: int, message: dict[str, Any]) -> Iterator[Event]:
        kind = as_text(message.get("say")) or as_text(message.get("ask"))
        is_ask = as_text(message.get("type")) == "ask"
        text = clean(as_text(message.get("text")).strip())
        moment = as_number(message.get("ts"))
        stamp, id = as_moment(moment), f"{moment:.0f}" if moment else ""
        model = as_record(message.get("modelInfo"))
        self._model = clean(as_text(model.get("modelId")) or as_text(model.get("id"))) or self._model
        if thought := clean(as_text(message.get("reasoning")).strip()):
            yield Event(EventKind.THINKING, thought, line, "", "", id, stamp)
        if not self._has_prompt and kind in ("text", "task") and not is_ask:
            yield from self._typed(EventKind.PROMPT, text, message, line, id, stamp)
        elif kind in ("user_feedback", "user_feedback_diff"):
            opens = self._is_waiting or not self._has_prompt
            typed = EventKind.PROMPT if opens else EventKind.STEERING
            words = as_text(as_record(loads(text)).get("text")) if kind.endswith("diff") else text
            yield from self._typed(typed, clean(words) or text, message, line, id, stamp)
        elif kind == "completion_result" or kind in _QUESTIONS:
            yield from self._ended(kind, text, is_ask, line, id, stamp)
        elif kind in ("text", "reasoning"):
            if text:
                named = EventKind.REPLY_TEXT if kind == "text" else EventKind.THINKING
                yield Event(named, text, line, id, "", id or f"line-{line}", stamp, self._model)
        else:
            yield from self._aside(kind, text, line, id, stamp)

    def _typed(
        self, kind: EventKind, text: str, message: dict[str, Any], line: int, id: str, stamp: str
    ) -> Iterator[Event]:
        """What the person wrote."""
        images = message.get("images")
        flags = frozenset({"image"}) if isinstance(images, list) and images else _NONE
        if text or flags:
            self._has_prompt = True
            self._is_waiting = False
            self._answer = ""
            yield Event(kind, text, line, id, "", "", stamp, "", 0, flags)

    def _ended(self, kind: str, text: str, is_ask: bool, line: int, id: str, stamp: str) -> Iterator[Event]:
        """A result, or a question: the assistant waits. An option that was chosen is what the person answered."""
        self._is_waiting = True
        asked = as_record(loads(text)) if text.startswith("{") else {}
        said = clean(as_text(asked.get("response")) or as_text(asked.get("question")) or ("" if asked else text))
        said = said.removesuffix("HAS_CHANGES").strip()
        if said and said != self._answer:  # a result is said, and then asked to be accepted
            self._answer = said
            flags = frozenset({"final"}) if kind == "completion_result" else _NONE
            yield Event(EventKind.REPLY_TEXT, said, line, id, "", id or f"line-{line}", stamp, self._model, 0, flags)
        if is_ask and (chosen := clean(as_text(asked.get("selected")))):
            yield from self._typed(EventKind.PROMPT, chosen, {}, line, f"{id}~selected" if id else "", stamp)

    def _aside(self, kind: str, text: str, line: int, id: str, stamp: str) -> Iterator[Event]:
        if kind in _CALLS:
            value = decode_arguments(text) if text[:1] == "{" else text
            arguments = dict(value) if isinstance(value, dict) else {kind: text}
            named = arguments.pop("tool", None) if kind == "tool" else None
            self._tool = clean(as_text(named)) or _CALLS[kind] or kind
            self._is_waiting = False
            yield tool_call(self._tool, arguments, line, id, id, stamp)
        elif kind in _RESULTS:
            if text:
                logs = as_text(as_record(loads(text)).get("logs")) if kind == "browser_action_result" else text
                yield tool_result(logs, line, "", stamp, self._tool)
        elif kind in _TOOL_ERRORS:
            yield tool_result(text, line, "", stamp, self._tool, frozenset({"is_error"}))
        elif kind in _ERRORS:
            yield Event(EventKind.API_ERROR, text, line, id, timestamp=stamp)
        elif kind in _COMPACTIONS:
            yield Event(EventKind.COMPACTION, "", line, id, timestamp=stamp)
        elif kind == "api_req_started":
            yield from _request(as_record(loads(text)), line, id, stamp)
        elif kind in _BACK:
            self._is_waiting = True  # the task had been left
        elif kind in _STATUS:
            yield dropped("status", text, line, id, stamp)
        elif kind not in _SILENT:
            self._unknown[f"message {clean(kind)}"] = self._unknown.get(f"message {clean(kind)}", 0) + 1


def _request(request: dict[str, Any], line: int, id: str, stamp: str) -> Iterator[Event]:
    """A request to the model says at its end why it was broken off."""
    reason = as_text(request.get("cancelReason"))
    if reason == "user_cancelled":
        yield Event(EventKind.INTERRUPT, "", line, id, timestamp=stamp)
    elif reason:
        said = as_text(request.get("streamingFailedMessage")) or reason.replace("_", " ")
        yield Event(EventKind.API_ERROR, clean(said), line, id, timestamp=stamp)
