"""What a message of a Gemini CLI session says: a prompt, thoughts, words, tools, or a notice of the program."""

from __future__ import annotations

import msgspec

from curator.core.exchange import Event, EventKind
from curator.formats.events import clean, decode_arguments, dropped, tool_call, tool_result

_RAW = msgspec.Raw()
_NONE: frozenset[str] = frozenset()
_STOPPED = "Request cancelled"
_SUMMARY = "<state_snapshot>"
_HARNESS = (
    "This is the Gemini CLI. We are setting up the context",
    "<session_context>",
    "<hook_context>",
    "Got it. Thanks for the context!",
    "Got it. Thanks for the additional context!",
)
"""How texts begin that the program puts into the history, so that they lie in a checkpoint of it."""
FILES = "\n--- Content from referenced files ---"
"""What stands between a prompt and the files that it names."""


class _Thought(msgspec.Struct, gc=False):
    subject: str | None = None
    description: str | None = None


class _ToolCall(msgspec.Struct, gc=False):
    id: str | None = None
    name: str | None = None
    args: msgspec.Raw = _RAW
    result: msgspec.Raw = _RAW
    status: str | None = None
    timestamp: str | None = None


class Message(msgspec.Struct, gc=False):
    """One message; `content` and results are a string, a part, or a list of parts."""

    id: str | None = None
    type: str | None = None
    timestamp: str | None = None
    content: msgspec.Raw = _RAW
    displayContent: msgspec.Raw = _RAW  # noqa: N815
    toolCalls: list[_ToolCall] | None = None  # noqa: N815
    thoughts: list[_Thought] | None = None
    model: str | None = None


def message_events(message: Message, line: int, unknown: dict[str, int]) -> list[Event]:
    """The events of one message, in the order in which they happened."""
    kind = clean(message.type or "")
    stamp = clean(message.timestamp or "")
    id = clean(message.id or "")
    if kind == "user":
        return _asked(message, line, id, stamp)
    if kind == "gemini":
        return _answered(message, line, id, stamp)
    text = text_of(message.content)[0]
    if kind == "error":
        return [Event(EventKind.API_ERROR, clean(text), line, id, timestamp=stamp)]
    if kind == "info" and text.startswith(_STOPPED):
        return [Event(EventKind.INTERRUPT, clean(text), line, id, timestamp=stamp)]
    if kind in ("info", "warning"):
        return [dropped("status", text, line, id, stamp)]
    unknown[kind] = unknown.get(kind, 0) + 1
    return []


def _asked(message: Message, line: int, id: str, stamp: str) -> list[Event]:
    sent, has_image = text_of(message.content)
    shown, _ = text_of(message.displayContent)
    text, marker, files = (shown, "", "") if shown.strip() else sent.partition(FILES)
    if text.lstrip().startswith(_SUMMARY):
        return [
            Event(EventKind.COMPACTION, "", line, id, timestamp=stamp),
            dropped("summary", text, line, id, stamp),
        ]
    if text.lstrip().startswith(_HARNESS):
        return [dropped("context", text, line, id, stamp)]
    if not text.strip() and not has_image:
        return []
    flags = frozenset({"image"}) if has_image else _NONE
    events = [Event(EventKind.PROMPT, clean(text.strip()), line, id, "", "", stamp, "", 0, flags)]
    if marker or (shown.strip() and sent.strip() != shown.strip()):
        events.append(dropped("context", files or sent, line, id, stamp))
    return events


def _answered(message: Message, line: int, id: str, stamp: str) -> list[Event]:
    model = clean(message.model or "")
    events: list[Event] = []
    for thought in message.thoughts or ():
        words = "\n".join(w for w in (thought.subject, thought.description) if w)
        if words:
            events.append(Event(EventKind.THINKING, clean(words), line, id, "", id, stamp, model))
    text, _ = text_of(message.content)
    if text.startswith(_HARNESS):
        return [*events, dropped("harness", text, line, id, stamp)]
    if text.strip():
        events.append(Event(EventKind.REPLY_TEXT, clean(text), line, id, "", id, stamp, model))
    for call in message.toolCalls or ():
        events += _tool(call, line, id, stamp)
    return events


def _tool(call: _ToolCall, line: int, message: str, stamp: str) -> list[Event]:
    id, name, stamp = clean(call.id or ""), clean(call.name or ""), clean(call.timestamp or stamp)
    events = [tool_call(name, decode_arguments(call.args), line, id, message, stamp)]
    text, has_image = text_of(call.result)
    if text or call.status in ("success", "error", "cancelled"):
        marks = (("is_error", "error"), ("rejected_tool", "cancelled"))
        flags = {flag for flag, status in marks if call.status == status} | ({"image"} if has_image else set())
        events.append(tool_result(text, line, id, stamp, name, frozenset(flags)))
    return events


def text_of(raw: msgspec.Raw) -> tuple[str, bool]:
    """The words of a string, a part or a list of parts, and whether a picture is among them."""
    return text_of_parts(decode_arguments(raw) if raw else "")


def text_of_parts(value: object) -> tuple[str, bool]:
    """The same of what was decoded already."""
    words: list[str] = []
    has_image = False
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, dict):
            if isinstance(said := part.get("text"), str):
                words.append(said)
            elif isinstance(answer := part.get("functionResponse"), dict):
                words.append(response_text(answer.get("response")))
            has_image = has_image or _is_image(part.get("inlineData")) or _is_image(part.get("fileData"))
    return "".join(words), has_image


def response_text(value: object) -> str:
    """What a tool answered."""
    if isinstance(value, dict):
        for key in ("output", "error", "content"):
            if isinstance(text := value.get(key), str):
                return text
    if value is None or isinstance(value, str):
        return value or ""
    return msgspec.json.encode(value).decode("utf-8", "replace")


def _is_image(data: object) -> bool:
    return isinstance(data, dict) and str(data.get("mimeType")).startswith("image/")
