"""The records of a session that pi or one of its relatives writes: entries of a tree, most of which hold a message."""

from __future__ import annotations

import msgspec

_RAW = msgspec.Raw()


class Block(msgspec.Struct, gc=False, rename="camel"):
    """A part of a message: text, thinking, toolCall or image."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    id: str | None = None
    name: str | None = None
    arguments: msgspec.Raw = _RAW


class Details(msgspec.Struct, gc=False):
    """What a skill's message, or an entry for an error, says of itself."""

    name: str | None = None
    args: str | None = None
    error: str | None = None


class Message(msgspec.Struct, gc=False, rename="camel"):
    """What an entry holds: user, assistant, toolResult, or what the program adds (bashExecution, custom …).

    `timestamp` is when it was typed or begun, in milliseconds; the entry's own is when it was written.
    """

    role: str | None = None
    id: str | None = None
    content: str | list[Block] | None = None
    timestamp: float | str | None = None
    model: str | None = None
    provider: str | None = None
    stop_reason: str | None = None
    error_message: str | None = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    is_error: bool | None = None
    command: str | None = None
    code: str | None = None
    output: str | None = None
    summary: str | None = None
    display: bool | None = None
    custom_type: str | None = None
    attribution: str | None = None
    details: Details | None = None
    runtime_context: msgspec.Raw = _RAW


class Entry(msgspec.Struct, gc=False, rename="camel"):
    """One line. Version 1 has no ids: there the file's order is the conversation's."""

    type: str | None = None
    id: str | None = None
    parent_id: str | msgspec.UnsetType | None = msgspec.UNSET
    timestamp: float | str | None = None
    message: Message | None = None
    cwd: str | None = None
    name: str | None = None
    title: str | None = None
    model_id: str | None = None
    summary: str | None = None
    content: str | list[Block] | None = None
    display: bool | None = None
    custom_type: str | None = None
    attribution: str | None = None
    details: Details | None = None
    model: str | None = None
    role: str | None = None
    system_prompt: str | None = None
    task: str | None = None
    target_id: str | None = None
    data: Details | None = None
    branched_from: str | None = None
    parent_session: str | None = None


ENTRIES = msgspec.json.Decoder(Entry)


def words_of(content: str | list[Block] | None) -> tuple[str, bool]:
    """The text of a message, and whether it holds a picture."""
    if isinstance(content, str):
        return content, False
    text = "\n".join(block.text for block in content or () if block.text and block.type in ("text", "toolResult"))
    return text, any(block.type == "image" for block in content or ())
