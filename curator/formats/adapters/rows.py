"""Rows of training files: one conversation a row, in the shapes that fine-tuning tools write."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import xxhash

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.documents import as_object, list_items
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, tool_call, tool_result
from curator.formats.jsonlines import BOM, UNREADABLE, Source, read_records
from curator.formats.tolerant import tolerant

_RAW = msgspec.Raw()
_NONE: frozenset[str] = frozenset()
_IMAGE = frozenset({"image"})

_ROLES = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bard": "assistant",
    "bing": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
    "function_response": "tool",
    "function_call": "call",
    "tool_call": "call",
}
_THINK = re.compile(r"\s*<think(?:ing)?>(.*?)</think(?:ing)?>\s*", re.S)


class _Turn(msgspec.Struct, gc=False):
    role: str | None = None
    speaker: str | None = msgspec.field(default=None, name="from")
    content: msgspec.Raw = _RAW
    value: msgspec.Raw = _RAW
    reasoning_content: msgspec.Raw = _RAW
    tool_calls: msgspec.Raw = _RAW
    tool_call_id: str | None = None
    name: str | None = None


class _Row(msgspec.Struct, gc=False):
    messages: list[_Turn] | None = None
    conversations: list[_Turn] | None = None
    conversation: list[_Turn] | None = None
    system: str | None = None
    prompt: str | list[_Turn] | None = None
    completion: str | list[_Turn] | None = None
    response: str | list[_Turn] | None = None
    chosen: str | list[_Turn] | None = None
    instruction: str | None = None
    input: str | None = None
    output: str | None = None
    question: str | None = None
    answer: str | None = None
    role: str | None = None
    content: msgspec.Raw = _RAW


_ROW = msgspec.json.Decoder(_Row)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read_rows(data: Source, format: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """One session for each row. Its key is the hash of its words and how often they came before in this file, so that
    it stays the same wherever rows are added."""
    found = []
    times: dict[str, int] = {}
    loose: list[Event] = []
    loose_line = 0
    for line, row in _rows(data, problems):
        if row.role is not None and row.messages is None:
            # A document that is itself one list of messages.
            loose += _turn(_Turn(row.role, content=row.content), line)
            loose_line = loose_line or line
            continue
        events = _events(row, line)
        if not any(e.kind is EventKind.PROMPT for e in events):
            unknown["row without a prompt"] = unknown.get("row without a prompt", 0) + 1
            continue
        found.append(_session(events, format, times))
    if any(e.kind is EventKind.PROMPT for e in loose):
        found.append(_session(loose, format, times))
    return found


def _rows(data: Source, problems: list[Problem]) -> Iterator[tuple[int, _Row]]:
    if is_lines(data):
        yield from read_records(data, _ROW, problems)
        return
    for number, raw in list_items(data, problems):
        try:
            yield number, _ROW.decode(raw)
            continue
        except UNREADABLE:
            value = as_object(raw)
        if value is None:
            problems.append(Problem(number, f"Row {number} is not a record."))
        else:
            yield number, tolerant(_Row, value)


def is_lines(data: Source) -> bool:
    """Whether the file is JSON Lines rather than one document: it starts with an object that ends on its line."""
    start = len(BOM) if data[:3] == BOM else 0
    while start < len(data) and data[start] in b" \t\r\n":
        start += 1
    if data[start : start + 1] != b"{":
        return data[start : start + 1] != b"["
    newline = data.find(b"\n", start)
    if newline < 0:
        return True
    try:
        _OBJECT.decode(data[start:newline])
    except UNREADABLE:
        return data[start:newline].strip() != b"{" and data[start:newline].rstrip()[-1:] not in b",[{"
    return True


def _session(events: list[Event], format: str, times: dict[str, int]) -> SessionEvents:
    words = "\0".join(f"{e.kind}\0{e.text}" for e in events)
    digest = xxhash.xxh3_64_hexdigest(words.encode("utf-8", "replace"))
    times[digest] = times.get(digest, 0) + 1
    key = f"{digest}-{times[digest]}"
    ordinal = 0
    for at, event in enumerate(events):
        if event.kind is EventKind.PROMPT:
            ordinal += 1
            events[at] = event._replace(id=f"{key}/{ordinal}")
    return SessionEvents(key, format, origin=Origin.DATASET, events=events)


def _events(row: _Row, line: int) -> list[Event]:
    events: list[Event] = []
    if row.system:
        events.append(Event(EventKind.SYSTEM, clean(row.system[:KEEP]), line))
    turns = row.messages or row.conversations or row.conversation
    if turns is None and isinstance(row.prompt, list):
        turns = row.prompt
    for turn in turns or ():
        events += _turn(turn, line)
    if turns:
        answer = row.completion or row.response or row.chosen
        if isinstance(row.prompt, list) and isinstance(answer, list):
            for turn in answer:
                events += _turn(turn, line)
        elif isinstance(row.prompt, list) and isinstance(answer, str):
            events += _reply(answer, line)
        return events
    prompt, answer = _pair(row)
    if prompt.strip():
        events += [_prompt(prompt, line, False), *_reply(answer, line)]
    return events


def _pair(row: _Row) -> tuple[str, str]:
    """Prompt and answer of a row that has no list of messages; the separators of OpenAI's first format come off."""
    if row.instruction is not None:
        prompt = f"{row.instruction}\n\n{row.input}" if row.input else row.instruction
        return prompt, row.output or ""
    if row.question is not None:
        return row.question, row.answer or ""
    prompt = row.prompt if isinstance(row.prompt, str) else ""
    answer = row.completion or row.response or row.chosen or ""
    if isinstance(answer, list):
        texts = [_words(decode_arguments(t.content or t.value))[0] for t in answer if _role(t) == "assistant"]
        answer = "\n\n".join(texts)
    return prompt.removesuffix("\n\n###\n\n"), answer.removesuffix(" END")


def _role(turn: _Turn) -> str:
    return _ROLES.get((turn.role or turn.speaker or "").lower(), "")


def _turn(turn: _Turn, line: int) -> list[Event]:
    role = _role(turn)
    value = decode_arguments(turn.content or turn.value)
    events: list[Event] = []
    if isinstance(value, list):
        events += _blocks(value, line)
    text, has_image = _words(value)
    if role == "user":
        if text.strip() or has_image:
            events.append(_prompt(text, line, has_image))
    elif role == "assistant":
        thought = decode_arguments(turn.reasoning_content)
        if isinstance(thought, str) and thought:
            events.insert(0, Event(EventKind.THINKING, clean(thought), line))
        calls = [e for e in events if e.kind is EventKind.TOOL_CALL]
        rest = [e for e in events if e.kind is not EventKind.TOOL_CALL]
        events = [*rest, *_reply(text, line), *calls, *_calls(decode_arguments(turn.tool_calls), line)]
    elif role == "system":
        if text:
            events.append(Event(EventKind.SYSTEM, clean(text[:KEEP]), line))
    elif role == "tool":
        events.append(tool_result(text, line, turn.tool_call_id or "", "", clean(turn.name or "")))
    elif role == "call":
        events += _calls([decode_arguments(text)], line)
    return events


def _prompt(text: str, line: int, has_image: bool) -> Event:
    has_image = has_image or "<image>" in text
    return Event(EventKind.PROMPT, clean(text.strip()), line, flags=_IMAGE if has_image else _NONE)


def _reply(text: str, line: int) -> list[Event]:
    events = []
    thought = _THINK.match(text) if "<think" in text[:200] else None
    if thought is not None:
        if thought.group(1).strip():
            events.append(Event(EventKind.THINKING, clean(thought.group(1).strip()), line))
        text = text[thought.end() :]
    if text.strip():
        events.append(Event(EventKind.REPLY_TEXT, clean(text), line))
    return events


def _words(value: object) -> tuple[str, bool]:
    """The visible text of a content, and whether an image stands beside it."""
    if isinstance(value, str):
        return value, False
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
            text, _ = _words(part.get("content"))
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
