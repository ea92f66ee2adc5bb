"""What an adapter hands to the exchange builder, and how tool work is put into a few readable words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Origin
from curator.formats.jsonlines import UNREADABLE, loads_anyhow

KEEP = 2_000
"""Characters of a tool's input or output that are kept; `Event.length` tells how many there were."""
_TAIL = 800
"""Of a tool's output the end is kept too: logs and test runs say there how it went."""
_HEAD = KEEP - _TAIL - 60
_LINE = 160
NO_FLAGS: frozenset[str] = frozenset()
_is_whole = False
_META = EventKind.META
_SYSTEM = EventKind.SYSTEM
_CALL = EventKind.TOOL_CALL
_RESULT = EventKind.TOOL_RESULT

Fields = tuple[EventKind, str, int, str, str, str, str, str, int, frozenset[str]]
event_of: Callable[[Fields], Event] = partial(tuple.__new__, Event)
"""An event of all its fields, in their order: filling in defaults takes longer than the rest of making one."""

_TELLING = (
    "file_path",
    "command",
    "cmd",
    "pattern",
    "notebook_path",
    "path",
    "url",
    "query",
    "description",
    "skill",
    "subject",
    "prompt",
)
"""Arguments that say in one line what a tool was asked for, the best first."""


@dataclass(slots=True)
class SessionEvents:
    """One conversation as its adapter read it: who, where, and its events in order.

    `joins_replies`: all text after the last tool belongs to the answer (chat formats), rather than the last message
    only (coding agents, which talk while they work).
    """

    key: str
    format: str
    title: str = ""
    project: str = ""
    started: str = ""
    origin: Origin = Origin.HUMAN
    model: str = ""
    parent_key: str = ""
    joins_replies: bool = True
    events: list[Event] = field(default_factory=list)


def clean(text: str) -> str:
    """The text without NUL, which SQLite's text functions and most editors stop at."""
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def one_line(text: str, limit: int = _LINE) -> str:
    """The first words of a text on one line, with an ellipsis where it was cut."""
    if len(text) <= limit and text.isprintable():
        return text.strip()
    start = " ".join(text[: limit * 4].split())
    return start if len(start) <= limit else start[: limit - 1].rstrip() + "…"


@contextmanager
def kept_whole() -> Iterator[None]:
    """While this holds, adapters of this process give every event as long as it was recorded: for a copy of a session.
    What would have been shortened has a `length` that is the one of its text; `shortened` makes of it what it was."""
    global _is_whole
    _is_whole = True
    try:
        yield
    finally:
        _is_whole = False


def shortened(event: Event) -> Event:
    """An event that was read while texts were kept whole, as it is read otherwise, to the last character."""
    kind, text, line, id, parent, message_id, timestamp, name, length, flags = event
    if kind is _SYSTEM:
        return event._replace(text=text[:KEEP])
    if kind is _RESULT and length == len(text) > KEEP:
        return tool_result(text, line, parent, timestamp, name, flags, id)._replace(message_id=message_id)
    if kind is _META and length == len(text) > KEEP:
        return event._replace(text=text[:KEEP])
    if kind is _CALL:
        summary, _, detail = text.partition("\n")
        if length == len(detail) > KEEP:
            return event._replace(text=f"{summary}\n{detail[:KEEP]}")
    return event


def system_text(text: str) -> str:
    """As much of a system prompt as is kept."""
    return clean(text if _is_whole else text[:KEEP])


def dropped(reason: str, text: str, line: int, id: str = "", timestamp: str = "") -> Event:
    """What is no part of the conversation, kept so that a person can see what was left out; `reason` is a key of
    `core.dropped.DROPPED`."""
    length = len(text) if len(text) > KEEP else 0
    if length and not _is_whole:
        text = text[:KEEP]
    return event_of((_META, clean(text), line, id, "", "", timestamp, reason, length, NO_FLAGS))


def tool_result(
    text: str, line: int, call: str, timestamp: str, name: str, flags: frozenset[str] = NO_FLAGS, id: str = ""
) -> Event:
    """A tool's output, of a long one its head and its tail; `parent` is the id of the call."""
    length = len(text)
    if length <= KEEP:
        length = 0
    elif not _is_whole:
        text = f"{text[:_HEAD]}\n… {length - _HEAD - _TAIL:,} characters left out …\n{text[-_TAIL:]}"
    return event_of((_RESULT, clean(text), line, id, call, "", timestamp, name, length, flags))


def tool_call(name: str, arguments: object, line: int, id: str, message_id: str, timestamp: str) -> Event:
    """A tool call: one line that says what was asked for, then its arguments where there is more to say."""
    text, length = describe(arguments)
    return event_of((_CALL, clean(text), line, id, "", message_id, timestamp, clean(name), length, NO_FLAGS))


def describe(arguments: object) -> tuple[str, int]:
    """A summary line, the arguments one a line below it, and the recorded length where that was shortened."""
    if arguments is None or arguments == {}:
        return "", 0
    if isinstance(arguments, dict):
        return _describe_named(arguments)
    detail = arguments if isinstance(arguments, str) else _json(arguments)
    return _described(one_line(detail), detail, len(detail))


def _describe_named(arguments: dict[str, Any]) -> tuple[str, int]:
    telling = ""
    for name in _TELLING:
        if name in arguments and (value := arguments[name]) and isinstance(value, str):
            telling = value
            break
    if telling and len(arguments) == 1:
        return _described(one_line(telling), telling, len(telling))
    detail = ""
    length = 0
    for name, value in arguments.items():
        text = value if isinstance(value, str) else _json(value)
        length += len(name) + len(text) + 3
        if _is_whole:
            detail += f"{name}: {text}\n"
        elif len(detail) < KEEP:
            detail += f"{name}: {text[:KEEP]}\n"
    detail = detail[:-1]
    return _described(one_line(telling or detail), detail, length - 1)


def _described(summary: str, detail: str, length: int) -> tuple[str, int]:
    if not _is_whole:
        detail = detail[:KEEP]
    if length <= KEEP and detail.strip() == summary:
        return summary, 0
    return f"{summary}\n{detail}", length if length > KEEP else 0


def decode_arguments(raw: bytes | str | msgspec.Raw) -> object:
    """Tool arguments as recorded: JSON where they parse, else the text itself."""
    if not raw:
        return None
    try:
        return msgspec.json.decode(raw)
    except UNREADABLE:
        pass
    encoded = raw.encode() if isinstance(raw, str) else bytes(raw)
    try:
        return loads_anyhow(encoded)
    except UNREADABLE:
        return encoded.decode("utf-8", "replace")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
