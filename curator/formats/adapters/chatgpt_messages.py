"""What a message of a ChatGPT conversation says: a prompt, words, thoughts, a tool, or what was told to the system."""

from __future__ import annotations

from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind
from curator.formats.adapters.chatgpt_marks import without_marks
from curator.formats.events import KEEP, clean, dropped, tool_call, tool_result
from curator.formats.timestamps import iso

_NONE: frozenset[str] = frozenset()
_TOLD = frozenset({"user_editable_context", "model_editable_context"})
_THOUGHT = "thoughts"
_RECAP = "reasoning_recap"
_ERROR = "system_error"
ASKED = frozenset({"asked"})
"""The mark of what was dropped though it stands where a person's words would: a task that fires asks so."""


class _Author(msgspec.Struct, gc=False):
    role: str = ""
    name: str | None = None


class _Thought(msgspec.Struct, gc=False):
    summary: str | None = None
    content: str | None = None


class _Content(msgspec.Struct, gc=False):
    content_type: str = ""
    parts: list[Any] | None = None
    text: str | None = None
    result: str | None = None
    content: str | None = None
    thoughts: list[_Thought] | None = None
    user_profile: str | None = None
    user_instructions: str | None = None
    model_set_context: str | None = None


class _Finish(msgspec.Struct, gc=False):
    type: str | None = None


class _Attachment(msgspec.Struct, gc=False):
    mime_type: str | None = None


class _Metadata(msgspec.Struct, gc=False):
    is_async_task_result_message: bool | None = None
    targeted_reply: str | None = None
    is_visually_hidden_from_conversation: bool | None = None
    is_user_system_message: bool | None = None
    model_slug: str | None = None
    finish_details: _Finish | None = None
    attachments: list[_Attachment] | None = None
    turn_exchange_id: str | None = None


class Message(msgspec.Struct, gc=False):
    """One message of the tree; every field may be missing, as exports of 2023 to 2026 differ."""

    id: str | None = None
    author: _Author | None = None
    create_time: float | None = None
    content: _Content | None = None
    status: str | None = None
    weight: float | None = None
    recipient: str | None = None
    channel: str | None = None
    metadata: _Metadata | None = None


def message_events(message: Message, key: str, line: int, unknown: dict[str, int]) -> list[Event]:
    """The events of one message; `key` is its place in the tree, for messages without an id."""
    if message.author is None or message.content is None:
        return []
    role = message.author.role
    content = message.content
    metadata = message.metadata or _Metadata()
    id = clean(message.id or key)
    stamp = iso(message.create_time)
    if content.content_type in _TOLD or metadata.is_user_system_message:
        parts = (content.user_profile, content.user_instructions, content.model_set_context, _text(content)[0])
        words = "\n\n".join(dict.fromkeys(t for t in parts if t))
        return [_system(words, line, id, stamp)] if words else []
    text, has_image = _text(content)
    if metadata.is_visually_hidden_from_conversation or message.weight == 0:
        hidden = [dropped("hidden", text, line, id, stamp)] if text.strip() else []
        return [event._replace(flags=ASKED) for event in hidden] if role == "user" else hidden
    if role == "user":
        return _asked(content, text, has_image, metadata, line, id, stamp)
    if metadata.is_async_task_result_message and text.strip():
        return [_result_of_task(text, metadata, line, id, stamp)]
    if role == "assistant":
        return _answered(message, content, metadata, text, line, id, stamp)
    if role == "tool":
        flags = frozenset({"image"}) if has_image else _NONE
        return [tool_result(text, line, "", stamp, clean(message.author.name or ""), flags, id)]
    if role == "system":
        return [_system(text, line, id, stamp)] if text.strip() else []
    role = clean(role)
    unknown[role] = unknown.get(role, 0) + 1
    return []


def _system(text: str, line: int, id: str, stamp: str) -> Event:
    return Event(EventKind.SYSTEM, clean(text[:KEEP]), line, id, timestamp=stamp)


def _asked(
    content: _Content, text: str, has_image: bool, metadata: _Metadata, line: int, id: str, stamp: str
) -> list[Event]:
    flags = {"image"} if has_image else set()
    if not text.strip() and not has_image and any(isinstance(part, dict) for part in content.parts or ()):
        flags.add("attachment")  # speech whose words were not kept: what answers it is no answer to what came before
    for attached in metadata.attachments or ():
        flags.add("image" if (attached.mime_type or "").startswith("image/") else "attachment")
    if not text.strip() and not flags:
        return []
    asked = Event(EventKind.PROMPT, clean(text.strip()), line, id, "", "", stamp, "", 0, frozenset(flags))
    quoted = metadata.targeted_reply or ""
    return [dropped("context", quoted, line, "", stamp), asked] if quoted.strip() else [asked]


def _result_of_task(text: str, metadata: _Metadata, line: int, id: str, stamp: str) -> Event:
    """The report of a task that worked by itself, as deep research does: what was asked for, whoever is said to have
    written it, and not what was said as the task began."""
    words, model = clean(without_marks(text)), clean(metadata.model_slug or "")
    return Event(EventKind.REPLY_TEXT, words, line, id, "", id, stamp, model, 0, frozenset({"final"}))


def _answered(
    message: Message, content: _Content, metadata: _Metadata, text: str, line: int, id: str, stamp: str
) -> list[Event]:
    model = clean(metadata.model_slug or "")
    kind = content.content_type
    if kind == _RECAP:
        return [dropped("status", text, line, id, stamp)] if text else []
    if kind == _THOUGHT:
        return [Event(EventKind.THINKING, clean(text), line, id, "", id, stamp, model)] if text else []
    if message.recipient not in (None, "", "all") or kind == "code":
        return [tool_call(message.recipient or "code", text, line, id, id, stamp)]
    if not text.strip():
        return []
    if kind == _ERROR:
        return [Event(EventKind.API_ERROR, clean(text), line, id, timestamp=stamp)]
    flags = {"truncated"} if _is_cut(message, metadata) else set()
    group = id
    if message.channel == "final":
        # An answer that goes on in a second message is one answer; talk on the way has the channel "commentary".
        flags.add("final")
        group = clean(metadata.turn_exchange_id or "final")
    words = clean(without_marks(text))
    return [Event(EventKind.REPLY_TEXT, words, line, id, "", group, stamp, model, 0, frozenset(flags))]


def _is_cut(message: Message, metadata: _Metadata) -> bool:
    finish = metadata.finish_details.type if metadata.finish_details is not None else ""
    return message.status == "in_progress" or finish in ("interrupted", "max_tokens")


def _text(content: _Content) -> tuple[str, bool]:
    """The words of a message, and whether a picture is among its parts. Speech has its words beside it."""
    if content.thoughts:
        return "\n\n".join(t.content or t.summary or "" for t in content.thoughts), False
    if content.parts is None:
        return content.text or content.content or content.result or "", False
    words: list[str] = []
    has_image = False
    for part in content.parts:
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, dict):
            if isinstance(spoken := part.get("text"), str):
                words.append(spoken)
            elif "image" in str(part.get("content_type")):
                has_image = True
    return "\n".join(w for w in words if w), has_image
