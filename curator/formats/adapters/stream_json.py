"""Captures of `--output-format stream-json`: what Gemini CLI or Claude Code printed while it worked, kept in a file.

Facts: packages/core/src/output/types.ts of google-gemini/gemini-cli; the messages of Claude Code's SDK. Claude Code
says `session_id` here where its session files say `sessionId`; Claude Desktop keeps its agent sessions in this shape.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters import claude_code
from curator.formats.documents import as_object, list_items
from curator.formats.events import SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import UNREADABLE, Source, read_records
from curator.formats.tolerant import tolerant

_RAW = msgspec.Raw()
_NONE: frozenset[str] = frozenset()
_CLAUDE = frozenset({"user", "assistant", "system", "result"})
_SILENT = frozenset(
    ["stream_event", "control_request", "control_response", "control_cancel_request", "keep_alive", "rate_limit_event",
     "tool_progress", "auth_status", "tool_use_summary", "prompt_suggestion", "files_persisted"]
)  # fmt: skip


class _Failure(msgspec.Struct, gc=False):
    message: str | None = None


class _Line(msgspec.Struct, gc=False):
    """A line of either program; Gemini has `role` and `content`, Claude has `message`."""

    type: str | None = None
    subtype: str | None = None
    timestamp: str | None = None
    audited: str | None = msgspec.field(default=None, name="_audit_timestamp")
    session_id: str | None = None
    model: str | None = None
    role: str | None = None
    content: str | None = None
    delta: bool | None = None
    tool_name: str | None = None
    tool_id: str | None = None
    parameters: msgspec.Raw = _RAW
    status: str | None = None
    output: str | None = None
    error: msgspec.Raw = _RAW
    severity: str | None = None
    cwd: str | None = None
    uuid: str | None = None
    parent_tool_use_id: str | None = None
    isSynthetic: bool | None = None  # noqa: N815
    message: msgspec.Raw = _RAW
    result: msgspec.Raw = _RAW
    is_error: bool | None = None


_LINES = msgspec.json.Decoder(_Line)


def recognises(head: Head) -> bool:
    """Whether it begins as such a capture does: with `init`, or with records of Claude's that name a `session_id`."""
    return any(map(_is_gemini, head.records)) or any(map(_is_claude, head.records))


def _is_gemini(record: dict[str, Any]) -> bool:
    return record.get("type") == "init" and isinstance(record.get("session_id"), str) and "timestamp" in record


def _is_claude(record: dict[str, Any]) -> bool:
    if not isinstance(record.get("session_id"), str) or "sessionId" in record:
        return False
    kind = record.get("type")
    if kind == "system":
        return isinstance(record.get("subtype"), str)
    return kind in ("user", "assistant") and isinstance(record.get("message"), dict)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of the capture, in the format of the program that printed it."""
    lines = list(_lines(data, problems))
    if any(line.type in ("init", "message", "tool_use") for _, line in lines):
        return _gemini(lines, name, unknown)
    return _claude(lines, name, problems, unknown)


def _lines(data: Source, problems: list[Problem]) -> Iterable[tuple[int, _Line]]:
    """The records; `--output-format json --verbose` prints the same as one list."""
    if not data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        yield from read_records(data, _LINES, problems)
        return
    for number, raw in list_items(data, problems):
        try:
            yield number, _LINES.decode(raw)
        except UNREADABLE:
            value = as_object(raw)
            if value is None:
                problems.append(Problem(number, f"Record {number} is not readable."))
            else:
                yield number, tolerant(_Line, value)


def _gemini(lines: list[tuple[int, _Line]], name: str, unknown: dict[str, int]) -> list[SessionEvents]:
    session = SessionEvents(clean(name), "gemini-cli")
    events = session.events
    tools: dict[str, str] = {}
    is_speaking = False
    for number, line in lines:
        stamp = clean(line.timestamp or "")
        is_speaking, was_speaking = False, is_speaking
        if line.type == "init":
            session.key = clean(line.session_id or name)
            session.model = clean(line.model or "")
            session.started = stamp
        elif line.type == "message" and line.role == "user":
            events.append(Event(EventKind.PROMPT, clean((line.content or "").strip()), number, timestamp=stamp))
        elif line.type == "message":
            is_speaking = True
            if was_speaking and line.delta:
                events[-1] = events[-1]._replace(text=events[-1].text + clean(line.content or ""))
            else:
                said = clean(line.content or "")
                events.append(Event(EventKind.REPLY_TEXT, said, number, "", "", f"line-{number}", stamp, session.model))
        elif line.type == "tool_use":
            call = clean(line.tool_id or "")
            tools[call] = clean(line.tool_name or "")
            events.append(tool_call(tools[call], decode_arguments(line.parameters), number, call, "", stamp))
        elif line.type == "tool_result":
            call = clean(line.tool_id or "")
            flags = frozenset({"is_error"}) if line.status == "error" else _NONE
            events.append(tool_result(line.output or _failure(line), number, call, stamp, tools.get(call, ""), flags))
        elif line.type == "error" and line.severity == "warning":
            events.append(dropped("status", _failure(line), number, timestamp=stamp))
        elif line.type == "error" or (line.type == "result" and line.status == "error"):
            events.append(Event(EventKind.API_ERROR, clean(_failure(line)), number, timestamp=stamp))
        elif line.type != "result":
            kind = clean(line.type or "")
            unknown[kind] = unknown.get(kind, 0) + 1
    return [session] if events else []


def _failure(line: _Line) -> str:
    """What a line says went wrong: Gemini writes `message` beside a warning, `error.message` elsewhere."""
    for raw in (line.error, line.message):
        value = decode_arguments(raw) if raw else None
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, str):
            return value
    return ""


def _claude(
    lines: list[tuple[int, _Line]], name: str, problems: list[Problem], unknown: dict[str, int]
) -> list[SessionEvents]:
    records: list[bytes] = []
    session = cwd = ""
    for number, line in lines:
        session = session or line.session_id or ""
        cwd = cwd or line.cwd or ""
        records += [b""] * (number - 1 - len(records))
        if line.type in _CLAUDE:
            records.append(msgspec.json.encode(_as_session_record(line, session, cwd)))
        elif line.type not in _SILENT:
            kind = clean(line.type or "")
            unknown[kind] = unknown.get(kind, 0) + 1
    found = claude_code.read(b"\n".join(records), name, problems, unknown)
    if found and not any(e.kind is EventKind.PROMPT for session_ in found for e in session_.events):
        problems.append(
            Problem(0, "The capture holds no prompt: Claude Code prints it only with --replay-user-messages.")
        )
    return found


def _as_session_record(line: _Line, session: str, cwd: str) -> dict[str, object]:
    """The record that Claude Code writes into the session's own file for the same message."""
    record: dict[str, object] = {
        "type": line.type,
        "subtype": line.subtype,
        "uuid": line.uuid,
        "sessionId": session,
        "timestamp": clean(line.timestamp or line.audited or "") or None,
        "cwd": cwd or None,
        "isMeta": line.isSynthetic,
        "isSidechain": line.parent_tool_use_id is not None,
        "agentId": line.parent_tool_use_id,
        "isApiErrorMessage": bool(line.error) and line.type == "assistant",
    }
    if line.message:
        record["message"] = line.message
    if line.type == "result":
        said = decode_arguments(line.result) if line.result else ""
        is_told = not line.is_error or line.subtype == "success"
        record["type"], record["subtype"] = "system", "result" if is_told else "api_error"
        record["content"] = said if isinstance(said, str) and said else (line.subtype or "").replace("_", " ")
    return record
