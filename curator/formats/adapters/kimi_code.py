"""Kimi Code's records (since 2026): what happened to the agent's context, each with the word for it and its fields.

The records are those of packages/agent-core-v2 (wire/migration, agent/contextMemory/types.ts, agent/loop/turnOps.ts).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from curator.core.exchange import Event, EventKind, Origin
from curator.formats.adapters.kimi_told import Told, words_of
from curator.formats.events import KEEP, clean, dropped
from curator.formats.loose import as_number, as_record, as_records, as_text

TOLD = frozenset(["turn.prompt", "turn.steer", "context.append_message", "context.append_loop_event"])
"""The records by which its files are known."""
_SILENT = (
    "metadata", "usage.", "permission.", "plan_mode.", "swarm_mode.", "tower_mode.", "tools.", "goal.", "llm.", "mcp.",
    "token_counting.", "file_history.", "cron.", "task.", "interaction.", "prompt.", "runtime.", "plan.", "plugin.",
    "full_compaction.", "micro_compaction.", "interruptionReminder.", "staleGuard.", "forked", "context.clear",
    "context.update_token_count", "turn.step.retrying",
)  # fmt: skip
_REASONS = {
    "injection": "reminder",
    "shell_command": "command-output",
    "compaction_summary": "summary",
    "hook_result": "hook",
    "task": "notification",
    "background_task": "notification",
    "cron_job": "notification",
    "cron_missed": "notification",
    "skill_activation": "instructions",
    "plugin_command": "instructions",
}
"""Why a message that no person wrote is left out, by where it came from."""


def take(told: Told, line: int, record: Mapping[str, Any], unknown: dict[str, int]) -> None:
    """One record of the file."""
    kind = as_text(record.get("type"))
    key = as_text(record.get("promptId"))
    if kind == "context.append_loop_event":
        _step(told, line, as_record(record.get("event")))
    elif kind == "turn.prompt":
        _turn(told, line, key, record.get("input"), as_record(record.get("origin")))
    elif kind == "turn.steer":
        if _is_persons(as_record(record.get("origin"))):
            told.steered(line, key, record.get("input"))
    elif kind == "context.append_message":
        _message(told, line, as_record(record.get("message")))
    elif kind in ("config.update", "profile.bind"):
        told.project = as_text(record.get("cwd")) or told.project
        told.model = as_text(record.get("modelAlias")) or told.model
        if prompt := as_text(record.get("systemPrompt")):
            told.events.append(Event(EventKind.SYSTEM, clean(prompt[:KEEP]), line, timestamp=told.stamp))
    elif kind == "context.undo":
        told.undone(int(as_number(record.get("count"))))
    elif kind == "context.apply_compaction":
        told.events.append(Event(EventKind.COMPACTION, "", line, timestamp=told.stamp))
    elif kind in ("turn.cancel", "turn.ended", "turn.step.interrupted"):
        _end(told, line, kind, record)
    elif not kind.startswith(_SILENT):
        unknown[kind] = unknown.get(kind, 0) + 1


def _end(told: Told, line: int, kind: str, record: Mapping[str, Any]) -> None:
    reason = as_text(record.get("reason"))
    if kind == "turn.cancel" or reason in ("cancelled", "aborted"):
        told.stopped(line)
    elif reason in ("failed", "error"):
        error = as_text(as_record(record.get("error")).get("message")) or as_text(record.get("message"))
        told.failed(line, error or "The turn failed.")


def _turn(told: Told, line: int, key: str, input: object, origin: Mapping[str, Any]) -> None:
    kind = as_text(origin.get("kind"))
    if kind == "system_trigger" and origin.get("name") in ("subagent", None):
        told.origin = Origin.AGENT
        told.asked(line, key, input)
    elif command := _command(origin):
        told.asked(line, key, command, frozenset({"slash_command"}))
        told.events.append(dropped("instructions", words_of(input)[0], line, "", told.stamp))
    elif _is_persons(origin):
        told.asked(line, key, input)
    elif kind != "retry":
        told.asked(line, key, input, frozenset({"not_human"}))


def _message(told: Told, line: int, message: Mapping[str, Any]) -> None:
    """A message of the context: what a turn told already, what the program slipped in, or a copy of another agent's."""
    role, origin = message.get("role"), as_record(message.get("origin"))
    text, _ = words_of(message.get("content"))
    key = as_text(message.get("id"))
    if role == "assistant":
        told.step = clean(key) or f"line-{line}"
        for part in as_records(message.get("content")):
            told.part(line, part)
        for call in as_records(message.get("toolCalls")):
            told.called(line, call.get("id"), call.get("name"), call.get("arguments"))
    elif role == "tool":
        told.returned(line, message.get("toolCallId"), message.get("content"), message.get("isError"))
    elif role == "user" and not told.was_said(text):
        if _is_persons(origin) and not _command(origin):
            told.asked(line, key, message.get("content"))
        elif text:
            reason = _REASONS.get(as_text(origin.get("kind")), "harness")
            told.events.append(dropped(reason, text, line, clean(key), told.stamp))


def _step(told: Told, line: int, event: Mapping[str, Any]) -> None:
    kind = event.get("type")
    told.step = clean(as_text(event.get("stepUuid"))) or told.step
    if kind == "step.begin":
        told.step = clean(as_text(event.get("uuid"))) or f"line-{line}"
    elif kind == "content.part":
        told.part(line, event.get("part"))
    elif kind == "tool.call":
        told.called(line, event.get("toolCallId"), event.get("name"), event.get("args"))
    elif kind == "tool.result":
        result = as_record(event.get("result"))
        told.returned(line, event.get("toolCallId"), result.get("output"), result.get("isError"), result.get("message"))
    elif kind == "step.end":
        told.ended(event.get("finishReason"))


def _is_persons(origin: Mapping[str, Any]) -> bool:
    return origin.get("kind") in (None, "user") or _command(origin) != ""


def _command(origin: Mapping[str, Any]) -> str:
    """The command that a person typed; what it stands for is the text of the turn."""
    if origin.get("trigger") != "user-slash":
        return ""
    name = as_text(origin.get("skillName")) or as_text(origin.get("commandName"))
    words = as_text(origin.get("skillArgs")) or as_text(origin.get("commandArgs"))
    return f"/{name} {words}".strip() if name else ""
