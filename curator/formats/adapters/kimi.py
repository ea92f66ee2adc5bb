"""Kimi CLI and Kimi Code: `wire.jsonl`, what an agent and its window said to each other, a line each.

Kimi CLI's lines hold a time and a message with a type and a payload (src/kimi_cli/wire/file.py and types.py, version
1.x); Kimi Code's, since 2026, are flat (see `kimi_code`). Neither names the session: the folder does, and another file
its title.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters import kimi_code
from curator.formats.adapters.kimi_told import Told
from curator.formats.events import SessionEvents, clean, dropped
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.loose import as_moment, as_record, as_text

_START = re.compile(
    rb'^\{"type"\s*:\s*"metadata"\s*,\s*"protocol_version"|^\{"timestamp"\s*:\s*[\d.]+\s*,\s*"message"\s*:\s*'
    rb'\{"type"\s*:\s*"TurnBegin"'
)
_SILENT = frozenset(
    {"TurnEnd", "StatusUpdate", "HookTriggered", "HookResolved", "CompactionEnd", "MCPLoadingBegin", "MCPLoadingEnd"}
    | {"SubagentEvent", "PlanDisplay", "ToolCallRequest", "QuestionRequest", "ToolCallPart"}
)


class _Record(msgspec.Struct, gc=False):
    """A line of either program: the fields that are read."""

    type: Any = None
    timestamp: Any = None
    time: Any = None
    message: Any = None
    event: Any = None
    input: Any = None
    origin: Any = None
    error: Any = None
    promptId: Any = None  # noqa: N815  as the file names it
    cwd: Any = None
    modelAlias: Any = None  # noqa: N815  as the file names it
    systemPrompt: Any = None  # noqa: N815  as the file names it
    count: Any = None
    reason: Any = None


_RECORDS = msgspec.json.Decoder(_Record)


def recognises(head: Head) -> bool:
    """Whether it begins as one of the two programs begins it, or holds what only they write."""
    if not kimi_code.TOLD.isdisjoint(head.kinds):
        return True
    return any("protocol_version" in one and one.get("type") == "metadata" for one in head.records) or (
        head.matches(_START)
    )


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a file."""
    told = Told()
    asked: dict[str, object] = {}
    for line, record in read_records(data, _RECORDS, problems):
        told.stamp = as_moment(record.timestamp) or as_moment(record.time) or told.stamp
        message = as_record(record.message)
        if "payload" in message:
            _said(told, line, as_text(message.get("type")), as_record(message["payload"]), asked, unknown)
        elif record.type:
            kimi_code.take(told, line, msgspec.structs.asdict(record), unknown)
    return told.session(clean(name.removesuffix(".jsonl")))


def _said(
    told: Told, line: int, kind: str, payload: dict[str, Any], asked: dict[str, object], unknown: dict[str, int]
) -> None:
    """A message of Kimi CLI. `asked` keeps the calls about which the person was asked."""
    if kind == "TurnBegin":
        told.asked(line, "", payload.get("user_input"))
    elif kind == "SteerInput":
        told.steered(line, "", payload.get("user_input"))
    elif kind == "StepBegin":
        told.step = f"line-{line}"
    elif kind == "ContentPart":
        told.part(line, payload)
    elif kind == "ToolCall":
        function = as_record(payload.get("function"))
        told.called(line, payload.get("id"), function.get("name"), function.get("arguments"))
    elif kind == "ToolResult":
        value = as_record(payload.get("return_value"))
        told.returned(
            line, payload.get("tool_call_id"), value.get("output"), value.get("is_error"), value.get("message")
        )
    elif kind == "ApprovalRequest":
        asked[as_text(payload.get("id"))] = payload.get("tool_call_id")
    elif kind in ("ApprovalResponse", "ApprovalRequestResolved"):
        if payload.get("response") == "reject":
            told.rejected(asked.get(as_text(payload.get("request_id"))))
            told.steered(line, "", payload.get("feedback"))
    elif kind == "StepInterrupted":
        told.stopped(line)
    elif kind == "CompactionBegin":
        told.events.append(Event(EventKind.COMPACTION, "", line, timestamp=told.stamp))
    elif kind == "Notification":
        words = f"{as_text(payload.get('title'))}\n{as_text(payload.get('body'))}".strip()
        told.events.append(dropped("notification", words, line, clean(as_text(payload.get("id"))), told.stamp))
    elif kind not in _SILENT:
        unknown[kind] = unknown.get(kind, 0) + 1
