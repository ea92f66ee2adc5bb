"""Sniffing: which format a file is, told by its content, since a dragged-in file may have any name."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from curator.formats.jsonlines import BOM, UNREADABLE, loads_anyhow

HEAD = 64 << 10
"""Bytes of a file that are enough to tell."""
_LINES = 20

_CLAUDE_TYPES = frozenset({"user", "assistant", "system", "attachment", "progress"})
_CLAUDE_SIDE_TYPES = frozenset(
    [
        "file-history-snapshot", "file-history-delta", "queue-operation", "permission-mode", "last-prompt",
        "ai-title", "custom-title", "mode", "agent-name", "agent-setting", "pr-link", "worktree-state",
    ]
)  # fmt: skip
_CODEX_TYPES = frozenset(["session_meta", "response_item", "event_msg", "turn_context", "compacted", "world_state"])
_PAIRS = (
    ("prompt", "completion"),
    ("prompt", "response"),
    ("prompt", "chosen"),
    ("instruction", "output"),
    ("question", "answer"),
)


def sniff(head: bytes, name: str = "") -> str | None:
    """The format's name, or None when no adapter knows it. `head` is the file's first `HEAD` bytes or all of it."""
    text = head.removeprefix(BOM).lstrip()
    if not text or (b"\x00" in text[:512] and not text.startswith((b"{", b"["))):
        return None
    if text.startswith((b"{", b"[")):
        return _sniff_json(text)
    lines = text.split(b"\n", _LINES)[:_LINES]
    if any(line.startswith(b"{") for line in lines):
        found = _sniff_json(b"\n".join(line for line in lines if line.startswith(b"{")))
        if found is not None:
            return found
    from curator.formats.adapters.text import is_dialogue  # few files come this far

    return "text" if is_dialogue(text.decode("utf-8", "replace")) else None


def _sniff_json(text: bytes) -> str | None:
    is_known = False
    for record in _records(text):
        found = _record_format(record)
        if found is not None:
            return found
        is_known = True
    return None if is_known and not text.startswith(b"[") else _document_format(text)


def _records(text: bytes) -> Iterator[dict[str, Any]]:
    """The objects on the first lines, or the first item of a list, or the one object that the whole text is."""
    if text.startswith(b"["):
        whole = text.decode("utf-8", "replace")
        try:
            value, _ = json.JSONDecoder().raw_decode(whole, len(whole) - len(whole[1:].lstrip()))
        except UNREADABLE:
            return
        if isinstance(value, dict):
            yield value
        return
    has_found = False
    for line in islice(io.BytesIO(text), _LINES):
        if line.lstrip().startswith(b"{") and (value := _object(line)) is not None:
            has_found = True
            yield value
    if not has_found and (value := _object(text)) is not None:
        yield value


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(raw)
    except UNREADABLE:
        try:
            value = loads_anyhow(raw)
        except UNREADABLE:
            return None
    return value if isinstance(value, dict) else None


def _record_format(record: dict[str, Any]) -> str | None:
    kind = record.get("type")
    if isinstance(kind, str):
        if isinstance(record.get("payload"), dict) and kind in _CODEX_TYPES:
            return "codex"
        if kind in _CLAUDE_TYPES and isinstance(record.get("uuid"), str):
            return "claude-code"
        if kind in _CLAUDE_SIDE_TYPES and ("sessionId" in record or "messageId" in record):
            return "claude-code"
        if kind == "summary" and "leafUuid" in record:
            return "claude-code"
        if kind == "message" and "role" in record and isinstance(record.get("content"), list):
            return "codex"
    elif ("instructions" in record and "timestamp" in record and "id" in record) or record.get(
        "record_type"
    ) == "state":
        return "codex"
    if isinstance(record.get("mapping"), dict):
        return "chatgpt"
    return _row_format(record)


def _row_format(record: dict[str, Any]) -> str | None:
    for key in ("conversations", "conversation"):
        turns = record.get(key)
        if isinstance(turns, list) and turns and isinstance(turns[0], dict):
            return "sharegpt" if "from" in turns[0] else "openai-messages" if "role" in turns[0] else None
    turns = record.get("messages")
    if isinstance(turns, list):
        first = turns[0] if turns else None
        if isinstance(first, dict) and "role" in first and "content" in first and "info" not in record:
            return "openai-messages"
        return None
    if any(isinstance(record.get(p), str | list) and isinstance(record.get(a), str | list) for p, a in _PAIRS):
        return "openai-messages"
    if record.get("role") in ("user", "assistant", "system") and isinstance(record.get("content"), str | list):
        return "openai-messages"
    return None


_KEYS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("", re.compile(rb'"(?:childrenIds|currentlySelected|responderUsername|chat_messages|loglines)"\s*:')),
    ("chatgpt", re.compile(rb'"mapping"\s*:\s*\{')),
    ("codex", re.compile(rb'"type"\s*:\s*"(?:session_meta|response_item|event_msg|turn_context)"')),
    ("claude-code", re.compile(rb'"parentUuid"\s*:|"sessionId"\s*:.*"uuid"\s*:|"uuid"\s*:.*"sessionId"\s*:', re.S)),
    ("sharegpt", re.compile(rb'"conversations?"\s*:\s*\[\s*\{\s*"(?:from|value)"\s*:')),
    ("openai-messages", re.compile(rb'"(?:messages|conversations)"\s*:\s*\[\s*\{\s*"(?:role|content)"\s*:')),
    ("openai-messages", re.compile(rb'\A\[?\s*\{\s*"(?:prompt|instruction|question)"\s*:')),
    ("openai-messages", re.compile(rb'\A\[\s*\{\s*"role"\s*:\s*"')),
)


def _document_format(text: bytes) -> str | None:
    """Told by the keys alone, where the head ends before the first record does."""
    return next((format or None for format, key in _KEYS if key.search(text)), None)
