"""Claude.ai's data export: conversations that form trees, with pasted files and artifacts beside the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.claude_designs import design_session, is_design
from curator.formats.artifacts import flag_artifacts
from curator.formats.documents import as_object, items_under, list_items
from curator.formats.events import SessionEvents, clean, decode_arguments, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import UNREADABLE, Source
from curator.formats.tolerant import tolerant
from curator.formats.trees import branching_events

_RAW = msgspec.Raw()
_NONE: frozenset[str] = frozenset()
_MESSAGES = re.compile(rb'"chat_messages"\s*:\s*\[')
_WRAPPED = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*\{\s*"conversations"\s*:\s*\[')
_UNSUPPORTED = re.compile(r"\s*```\s*\n?This block is not supported on your current device yet\.?\s*\n?```\s*")
"""What stands in `text` for every block that is neither words nor thoughts."""
_ARTIFACTS = frozenset({"artifacts", "create_file", "Artifact"})
_BESIDE = frozenset({"token_budget", "flag"})
"""Blocks without words."""


class _Attachment(msgspec.Struct, gc=False):
    file_name: str | None = None
    extracted_content: str | None = None


class _File(msgspec.Struct, gc=False):
    file_name: str | None = None
    file_kind: str | None = None


class _Summary(msgspec.Struct, gc=False):
    summary: str | None = None


class _Block(msgspec.Struct, gc=False):
    type: str = ""
    text: str | None = None
    thinking: str | None = None
    summaries: list[_Summary] | None = None
    title: str | None = None
    id: str | None = None
    name: str | None = None
    tool_use_id: str | None = None
    input: msgspec.Raw = _RAW
    content: msgspec.Raw = _RAW
    is_error: bool | None = None


class _Message(msgspec.Struct, gc=False):
    uuid: str | None = None
    sender: str | None = None
    text: str | None = None
    content: list[_Block] | None = None
    created_at: str | None = None
    parent_message_uuid: str | None = None
    attachments: list[_Attachment] | None = None
    files: list[_File] | None = None
    stop_reason: str | None = None
    truncated: bool | None = None
    model: str | None = None


class _Project(msgspec.Struct, gc=False):
    name: str | None = None


class _Conversation(msgspec.Struct, gc=False):
    uuid: str | None = None
    name: str | None = None
    created_at: str | None = None
    model: str | None = None
    project: _Project | None = None
    current_leaf_message_uuid: str | None = None
    chat_messages: list[_Message] | None = None


_CONVERSATION = msgspec.json.Decoder(_Conversation)


def recognises(head: Head) -> bool:
    """Whether its conversations hold chat messages."""
    for record in head.records:
        wrapped = record.get("conversations")
        first = wrapped[0] if isinstance(wrapped, list) and wrapped else record
        if isinstance(first, dict) and (isinstance(first.get("chat_messages"), list) or is_design(first)):
            return True
    return not head.records and head.is_json and (head.matches(_MESSAGES) or head.has("messages", "contentBlocks"))


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Each conversation of the export. A problem's line is the number of its conversation."""
    for number, raw in _items(data, problems):
        conversation = _decoded(raw)
        if conversation is None:
            problems.append(Problem(number, f"Conversation {number} is not readable."))
        elif conversation.chat_messages is None and is_design(chat := as_object(raw) or {}):
            yield design_session(chat, unknown)
        elif not conversation.chat_messages:
            unknown["conversation without messages"] = unknown.get("conversation without messages", 0) + 1
        else:
            session = _session(conversation, conversation.chat_messages, number, unknown)
            if session.events:
                yield session


def _items(data: Source, problems: list[Problem]) -> Iterator[tuple[int, msgspec.Raw | bytes]]:
    if _WRAPPED.match(data):
        return items_under("conversations", data, problems)
    return list_items(data, problems)


def _decoded(raw: msgspec.Raw | bytes) -> _Conversation | None:
    try:
        return _CONVERSATION.decode(raw)
    except UNREADABLE:
        value = as_object(raw)
    return tolerant(_Conversation, value) if value is not None else None


def _session(
    conversation: _Conversation, messages: list[_Message], number: int, unknown: dict[str, int]
) -> SessionEvents:
    parents: dict[str, str] = {}
    by_key: dict[str, tuple[int, _Message]] = {}
    before = ""
    for place, message in enumerate(messages, 1):
        key = message.uuid or f"#{place}"
        # Exports before 2025 have no parents: each message answers the one before it.
        parents[key] = before if message.parent_message_uuid is None else message.parent_message_uuid
        by_key[key] = (place, message)
        before = key

    @cache
    def events_of(key: str) -> list[Event]:
        place, message = by_key[key]
        return _events(message, place, unknown)

    leaf = conversation.current_leaf_message_uuid
    return SessionEvents(
        clean(conversation.uuid or next(iter(by_key)) or str(number)),
        "claude-ai",
        clean(conversation.name or ""),
        clean(conversation.project.name or "") if conversation.project is not None else "",
        clean(conversation.created_at or ""),
        model=clean(conversation.model or ""),
        events=flag_artifacts(
            branching_events(parents, leaf if leaf in parents else before, events_of), _ARTIFACTS.__contains__
        ),
    )


def _events(message: _Message, line: int, unknown: dict[str, int]) -> list[Event]:
    id = clean(message.uuid or "")
    if message.sender == "human":
        return _asked(message, line, id)
    if message.sender == "assistant":
        return _answered(message, line, id, unknown)
    sender = clean(message.sender or "message")
    unknown[sender] = unknown.get(sender, 0) + 1
    return []


def _asked(message: _Message, line: int, id: str) -> list[Event]:
    """The prompt: what was typed or spoken, and the text of what was pasted or attached."""
    said = [words for block in message.content or () if (words := _words(block))] or [message.text or ""]
    flags: set[str] = set()
    for attached in message.attachments or ():
        if attached.extracted_content:
            said.append(_attached(attached.file_name or "", attached.extracted_content))
        else:
            flags.add("attachment")
    for file in message.files or ():
        flags.add("image" if file.file_kind == "image" else "attachment")
    text = "\n\n".join(words.strip() for words in said if words.strip())
    if not text and not flags:
        return []
    stamp = clean(message.created_at or "")
    return [Event(EventKind.PROMPT, clean(text), line, id, "", "", stamp, "", 0, frozenset(flags))]


def _attached(name: str, content: str) -> str:
    """A pasted text has no name of its own: claude.ai calls it "paste.txt" or nothing."""
    return content if name in ("", "paste.txt", "Pasted content") else f"{name}:\n\n{content}"


def _answered(message: _Message, line: int, id: str, unknown: dict[str, int]) -> list[Event]:
    stamp = clean(message.created_at or "")
    model = clean(message.model or "")
    events: list[Event] = []
    for block in message.content or ():
        if block.type == "thinking":
            # Since autumn 2026 a thought is hidden, and only its summaries are told.
            thought = block.thinking or "\n".join(one.summary or "" for one in block.summaries or ())
            if thought.strip():
                events.append(Event(EventKind.THINKING, clean(thought), line, id, "", id, stamp, model))
        elif block.type == "tool_use":
            arguments = decode_arguments(block.input)
            events.append(tool_call(block.name or "", arguments, line, clean(block.id or ""), id, stamp))
        elif block.type == "tool_result":
            text, has_image = _result(decode_arguments(block.content))
            flags = {"is_error"} if block.is_error else set()
            flags |= {"image"} if has_image else set()
            call = clean(block.tool_use_id or "")
            events.append(tool_result(text, line, call, stamp, clean(block.name or ""), frozenset(flags)))
        elif words := _words(block):
            events.append(Event(EventKind.REPLY_TEXT, clean(words), line, id, "", id, stamp, model))
        elif block.type not in ("text", *_BESIDE):
            kind = f"{clean(block.type)} block"
            unknown[kind] = unknown.get(kind, 0) + 1
    if not any(e.kind is EventKind.REPLY_TEXT for e in events):
        text = _UNSUPPORTED.sub("\n\n", message.text or "").strip()
        if text:
            events.append(Event(EventKind.REPLY_TEXT, clean(text), line, id, "", id, stamp, model))
    if message.truncated or message.stop_reason == "max_tokens":
        events = [e._replace(flags=e.flags | {"truncated"}) if e.kind is EventKind.REPLY_TEXT else e for e in events]
    if message.stop_reason == "user_canceled":
        events.append(Event(EventKind.INTERRUPT, "", line, id, timestamp=stamp))
    return events


def _words(block: _Block) -> str:
    """The words of a block; a voice note is what was heard."""
    if block.type == "voice_note":
        return "\n\n".join(words for words in (block.title, block.text) if words)
    return (block.text or "") if block.type == "text" else ""


def _result(value: object) -> tuple[str, bool]:
    """The text of a tool's result, and whether a picture came with it."""
    if isinstance(value, str):
        return value, False
    words: list[str] = []
    has_image = False
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, dict):
            has_image = has_image or part.get("type") == "image"
            words += [text for key in ("title", "text", "url") if isinstance(text := part.get(key), str)]
    return "\n".join(words), has_image
