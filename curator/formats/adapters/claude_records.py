"""The shapes of Claude Code's records: only the fields that are read, so that nothing else is decoded."""

from __future__ import annotations

from typing import Any

import msgspec

from curator.formats.jsonlines import UNREADABLE, loads_anyhow

_RAW = msgspec.Raw()


class Part(msgspec.Struct, gc=False):
    """One part of a tool result."""

    type: str = ""
    text: str | None = None


class Block(msgspec.Struct, gc=False):
    """One block of a message: words, thoughts, a tool call or a tool result."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    tool_use_id: str | None = None
    content: str | list[Part] | None = None
    is_error: bool | None = None


class Message(msgspec.Struct, gc=False):
    """The API object inside a user or assistant record."""

    id: str | None = None
    model: str | None = None
    content: str | list[Block] | None = None
    stop_reason: str | None = None


class Cause(msgspec.Struct, gc=False):
    """What set a prompt off, in versions since 2.1.120 or so: `human`, `task-notification`, `peer` …"""

    kind: str | None = None


class Fork(msgspec.Struct, gc=False):
    """Where a forked session took a record over from."""

    sessionId: str | None = None  # noqa: N815


class Record(msgspec.Struct, gc=False):
    """One line of a session. Everything is optional: versions differ, and side records have little of it."""

    type: str | None = None
    subtype: str | None = None
    uuid: str | None = None
    parentUuid: str | None = None  # noqa: N815
    logicalParentUuid: str | None = None  # noqa: N815
    sessionId: str | None = None  # noqa: N815
    timestamp: str | None = None
    cwd: str | None = None
    agentId: str | None = None  # noqa: N815
    isSidechain: bool | None = None  # noqa: N815
    isMeta: bool | None = None  # noqa: N815
    isCompactSummary: bool | None = None  # noqa: N815
    isVisibleInTranscriptOnly: bool | None = None  # noqa: N815
    isApiErrorMessage: bool | None = None  # noqa: N815
    promptSource: str | None = None  # noqa: N815
    entrypoint: str | None = None
    origin: Cause | None = None
    forkedFrom: Fork | None = None  # noqa: N815
    message: Message | None = None
    content: msgspec.Raw = _RAW
    attachment: msgspec.Raw = _RAW
    operation: str | None = None
    summary: str | None = None
    leafUuid: str | None = None  # noqa: N815
    aiTitle: str | None = None  # noqa: N815
    customTitle: str | None = None  # noqa: N815


class Attachment(msgspec.Struct, gc=False):
    """What the harness put beside a message."""

    type: str | None = None
    prompt: msgspec.Raw = _RAW
    content: msgspec.Raw = _RAW
    commandMode: str | None = None  # noqa: N815
    origin: Cause | None = None


_CAUSES = {"task-notification": "notification", "peer": "relay"}
RECORDS = msgspec.json.Decoder(Record)
PARTS = msgspec.json.Decoder(str | list[Part] | None)
ATTACHMENTS = msgspec.json.Decoder(Attachment)


def not_human(cause: Cause | None) -> str:
    """Why a prompt with this cause is dropped, as a key of `core.dropped.DROPPED`; empty where a person may be it."""
    return _CAUSES.get(cause.kind or "", "") if cause is not None else ""


def result_text(value: str | list[Part] | None) -> tuple[str, bool]:
    """The text of a tool's result or of a queued prompt, and whether an image came with it."""
    if isinstance(value, str):
        return value, False
    if not value:
        return "", False
    texts = [part.text for part in value if part.text]
    return "\n".join(texts), any(part.type == "image" for part in value)


def raw_text(raw: msgspec.Raw) -> str:
    """The text of a field that is not decoded with its record: a string, or a list of parts; whatever else it is."""
    if not raw:
        return ""
    try:
        return result_text(PARTS.decode(raw))[0]
    except UNREADABLE:
        return _damaged_text(bytes(raw))


def _damaged_text(raw: bytes) -> str:
    try:
        value = loads_anyhow(raw)
    except UNREADABLE:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(
            str(part["text"]) for part in value if isinstance(part, dict) and isinstance(part.get("text"), str)
        )
    return ""
