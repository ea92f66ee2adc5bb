"""The shapes of Codex's records, new and old: only the fields that are read, and texts told apart by how they begin."""

from __future__ import annotations

import re

import msgspec

from curator.formats.events import decode_arguments
from curator.formats.jsonlines import UNREADABLE, loads_anyhow
from curator.formats.tolerant import tolerant

_RAW = msgspec.Raw()

_REASONS = {
    "# AGENTS.md": "instructions",
    "<environment_context>": "context",
    "<INSTRUCTIONS>": "instructions",
    "<user_instructions>": "instructions",
    "<turn_aborted>": "status",
    "<skill>": "instructions",
    "<subagent_notification>": "notification",
    "<goal_context>": "context",
    "<codex_internal_context": "context",
    "<recommended_plugins>": "context",
    "<permissions": "context",
}
"""How texts begin that the harness sends with role=user, and why they are dropped."""
_HARNESS = tuple(_REASONS)
_REQUEST = re.compile(r"\s*# Context from my IDE setup:.*?\n## My request(?: for Codex)?:[ \t]*\n?", re.S)
_ENVELOPE = re.compile(r"\s*<(environment_context|user_instructions|INSTRUCTIONS|permissions[^>]*)>.*?</\1>", re.S)


class Part(msgspec.Struct, gc=False):
    """One part of a message's content."""

    type: str = ""
    text: str | None = None


class Payload(msgspec.Struct, gc=False):
    """What a line tells: an item of the service's, an event of the program's, or what a session is."""

    type: str | None = None
    id: str | None = None
    role: str | None = None
    phase: str | None = None
    content: str | list[Part] | None = None
    summary: str | list[Part] | None = None
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
    item: msgspec.Raw = _RAW
    operation: str | None = None
    items: list[msgspec.Raw] | None = None
    summary_text: list[str] | None = None
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


class Line(Payload, gc=False):
    """A line of either shape: the new one wraps everything in `payload`, the old one is bare."""

    payload: msgspec.Raw = _RAW
    record_type: str | None = None


LINES = msgspec.json.Decoder(Line)
_PAYLOAD = msgspec.json.Decoder(Payload)


def decode(raw: msgspec.Raw) -> Payload | None:
    """A payload, with what fits of one that does not; None when it is no object."""
    try:
        return _PAYLOAD.decode(raw)
    except UNREADABLE:
        pass
    try:
        value = loads_anyhow(bytes(raw))
    except UNREADABLE:
        return None
    return tolerant(Payload, value) if isinstance(value, dict) else None


def joined(content: str | list[Part] | None) -> str:
    """The words of a message, whether it has parts or is one."""
    if isinstance(content, str):
        return content
    return "\n\n".join(part.text for part in content or () if part.text)


def without_envelopes(text: str) -> str:
    """The words after a context envelope that shares their block; an envelope alone leaves nothing."""
    while (envelope := _ENVELOPE.match(text)) is not None:
        text = text[envelope.end() :]
    return text.strip()


def request_of(text: str) -> tuple[str, str]:
    """What an editor put before a prompt, and the prompt itself."""
    around = _REQUEST.match(text)
    return (text[: around.end()].strip(), text[around.end() :]) if around is not None else ("", text)


def is_harness(text: str) -> bool:
    """Whether a text with role=user is one that the harness sends."""
    return text.startswith(_HARNESS)


def reason_of(text: str) -> str:
    """Why a text that the harness sends with role=user is dropped, by how it begins."""
    return next((reason for start, reason in _REASONS.items() if text.startswith(start)), "harness")


def output(raw: msgspec.Raw) -> tuple[str, bool]:
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
