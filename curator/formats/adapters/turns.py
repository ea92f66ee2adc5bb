"""One turn of a training row: who speaks under which of the names in use, and what its content holds."""

from __future__ import annotations

import msgspec

from curator.core.exchange import Event, EventKind
from curator.formats.events import KEEP, clean, decode_arguments, tool_call, tool_result
from curator.formats.thoughts import split_thought

RAW = msgspec.Raw()
_NONE: frozenset[str] = frozenset()
_IMAGE = frozenset({"image"})

_ROLES = {
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bard": "assistant",
    "bing": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "ai": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
    "ipython": "tool",
    "observation": "tool",
    "function_response": "tool",
    "function_call": "call",
    "tool_call": "call",
}


class Turn(msgspec.Struct, gc=False):
    """A turn as it is written: `role` and `content` (OpenAI), `from` and `value` (ShareGPT), `parts` (Gemini)."""

    role: str | None = None
    speaker: str | None = msgspec.field(default=None, name="from")
    content: msgspec.Raw = RAW
    value: msgspec.Raw = RAW
    parts: msgspec.Raw = RAW
    reasoning_content: msgspec.Raw = RAW
    thinking: msgspec.Raw = RAW
    tool_calls: msgspec.Raw = RAW
    tool_call_id: str | None = None
    name: str | None = None


def role_of(turn: Turn) -> str:
    """user, assistant, system, tool or call; empty for a name that is not known."""
    return _ROLES.get((turn.role or turn.speaker or "").lower(), "")


def turn_events(turn: Turn, line: int) -> list[Event]:
    """What the turn says, in order: thoughts, words, calls."""
    role = role_of(turn)
    value = decode_arguments(turn.content or turn.value or turn.parts)
    events: list[Event] = []
    if isinstance(value, list):
        events += _blocks(value, line)
    text, has_image = words_of(value)
    if role == "user":
        if text.strip() or has_image:
            events.append(prompt(text, line, has_image))
    elif role == "assistant":
        thought = decode_arguments(turn.reasoning_content or turn.thinking)
        if isinstance(thought, str) and thought:
            events.insert(0, Event(EventKind.THINKING, clean(thought), line))
        calls = [e for e in events if e.kind is EventKind.TOOL_CALL]
        rest = [e for e in events if e.kind is not EventKind.TOOL_CALL]
        events = [*rest, *reply(text, line), *calls, *_calls(decode_arguments(turn.tool_calls), line)]
    elif role == "system":
        if text:
            events.append(Event(EventKind.SYSTEM, clean(text[:KEEP]), line))
    elif role == "tool":
        events.append(tool_result(text, line, clean(turn.tool_call_id or ""), "", clean(turn.name or "")))
    elif role == "call":
        events += _calls([decode_arguments(text)], line)
    return events


def prompt(text: str, line: int, has_image: bool = False) -> Event:
    """A person's words."""
    has_image = has_image or "<image>" in text
    return Event(EventKind.PROMPT, clean(text.strip()), line, flags=_IMAGE if has_image else _NONE)


def reply(text: str, line: int) -> list[Event]:
    """The assistant's words, and the thought that some models write before them between tags."""
    events = []
    thought, text = split_thought(text)
    if thought:
        events.append(Event(EventKind.THINKING, clean(thought), line))
    if text.strip():
        events.append(Event(EventKind.REPLY_TEXT, clean(text), line))
    return events


def words_of(value: object) -> tuple[str, bool]:
    """The visible text of a content, and whether an image stands beside it."""
    if isinstance(value, str):
        return value, False
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return "", False
    words: list[str] = []
    has_image = False
    for part in value:
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, dict):
            kind = str(part.get("type", "text"))
            if kind in ("text", "input_text", "output_text"):
                text = part.get("text", part.get("value"))
                if isinstance(text, dict):
                    text = text.get("value")  # so in threads of OpenAI's Assistants, and in Jan's files
                if isinstance(text, str):
                    words.append(text)
            elif "image" in kind:
                has_image = True
    return "\n\n".join(words), has_image


def _blocks(value: list[object], line: int) -> list[Event]:
    """What parts of a content are not words: thoughts, tool calls and tool results."""
    events: list[Event] = []
    for part in value:
        if not isinstance(part, dict):
            continue
        kind = part.get("type")
        if kind in ("reasoning", "thinking"):
            text = part.get("text", part.get("thinking", part.get("value")))
            if isinstance(text, str) and text:
                events.append(Event(EventKind.THINKING, clean(text), line))
        elif kind == "tool_call":
            events += _calls([decode_arguments(str(part.get("value", "")))], line)
        elif kind == "tool_use":
            events += _calls([{"name": part.get("name"), "arguments": part.get("input"), "id": part.get("id")}], line)
        elif kind == "tool_result":
            text, _ = words_of(part.get("content"))
            events.append(tool_result(text, line, clean(str(part.get("tool_use_id", ""))), "", ""))
    return events


def _calls(value: object, line: int) -> list[Event]:
    events = []
    for call in value if isinstance(value, list) else ():
        if isinstance(call, dict):
            inner = call.get("function")
            spec = inner if isinstance(inner, dict) else call
            arguments = spec.get("arguments", spec.get("parameters"))
            if isinstance(arguments, str):
                arguments = decode_arguments(arguments)
            name = spec.get("name")
            id = call.get("id")
            events.append(
                tool_call(
                    name if isinstance(name, str) else "function",
                    arguments,
                    line,
                    clean(id) if isinstance(id, str) else "",
                    "",
                    "",
                )
            )
        elif isinstance(call, list):
            events += _calls(call, line)
        elif call is not None:
            events.append(tool_call("function", call, line, "", "", ""))
    return events
