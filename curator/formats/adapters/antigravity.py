"""Antigravity: the logs of its conversations, `brain/<id>/.system_generated/logs/transcript_full.jsonl`, a step a line.

Google publishes no schema; the kinds of steps are those that readers of its logs agree on (its desktop app, editor and
command line, 2026). `transcript.jsonl` beside it is the same, with what is long cut off. Its databases are encrypted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import xxhash

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.events import SessionEvents, clean, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.loose import as_record, as_records, as_text, loads

_ID = re.compile(r"/brain/([^/]+)/\.system_generated/")
_REQUEST = re.compile(r"<USER_REQUEST>\s*(.*?)\s*(?:</USER_REQUEST>|\Z)", re.S)
_TELLS_OF_A_CALL = frozenset({"toolAction", "toolSummary", "waitForPreviousTools"})
"""What the window shows of a tool's call, beside its arguments."""
_SHORT = "/transcript.jsonl"
_CUT = re.compile(r"<truncated \d+ \w+>")
"""Where the short log leaves something out."""
_FAILED = frozenset({"ERROR", "FAILED"})
_STOPPED = frozenset({"CANCELED", "CANCELLED"})


class _Step(msgspec.Struct, gc=False):
    step_index: int | None = None
    source: str | None = None
    type: str | None = None
    status: str | None = None
    created_at: str | None = None
    content: str | None = None
    thinking: str | None = None
    tool_calls: msgspec.Raw = msgspec.Raw()


_STEPS = msgspec.json.Decoder(_Step)


def recognises(head: Head) -> bool:
    """Whether its lines are numbered steps, of a source and a type."""
    return any(map(_is_own, head.records))


def _is_own(record: dict[str, Any]) -> bool:
    names = as_text(record.get("source")), as_text(record.get("type"))
    return isinstance(record.get("step_index"), int) and all(name and name == name.upper() for name in names)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of a log. A step that is written again stands as it was written last."""
    steps: dict[object, tuple[int, _Step]] = {}
    for number, step in read_records(data, _STEPS, problems):
        key = step.step_index if step.step_index is not None else f"line {number}"
        steps[key] = number, step
    events = _marked(event for number, step in steps.values() for event in _events(number, step))
    if not any(event.kind is EventKind.PROMPT for event in events):
        return []
    first = next(event for event in events if event.kind is EventKind.PROMPT)
    place = "/" + name.replace("\\", "/")
    told = _ID.search(place)
    opening = f"{first.timestamp} {first.text[:200]}".encode("utf-8", "replace")
    key = told[1] if told is not None else xxhash.xxh3_64_hexdigest(opening)
    if place.endswith(_SHORT):
        key += " cut short"  # under the same key the later one of both would stand for the other
    return [
        SessionEvents(clean(key), "antigravity", started=first.timestamp, joins_replies=False, events=events),
    ]


def _marked(events: Iterator[Event]) -> list[Event]:
    """The events, with the answers marked of which the log has only a part, or to a prompt of which it has one."""
    found: list[Event] = []
    is_cut = False
    for event in events:
        if event.kind is EventKind.PROMPT:
            is_cut = _CUT.search(event.text) is not None
        elif event.kind is EventKind.REPLY_TEXT and (is_cut or _CUT.search(event.text)):
            event = event._replace(flags=event.flags | {"truncated"})
        found.append(event)
    return found


def _events(line: int, step: _Step) -> Iterator[Event]:
    id, stamp = f"step-{step.step_index if step.step_index is not None else line}", clean(step.created_at or "")
    text, kind = clean(step.content or ""), step.type or ""
    if kind == "USER_INPUT":
        yield from _asked(line, id, stamp, text, step.source or "")
    elif kind == "CHECKPOINT":
        yield Event(EventKind.COMPACTION, "", line, id, timestamp=stamp)
        yield dropped("summary", text, line, id, stamp)
    elif kind == "ERROR_MESSAGE":
        yield Event(EventKind.API_ERROR, text, line, id, timestamp=stamp)
    elif step.source != "MODEL":
        yield dropped("harness" if text else "status", text or kind, line, id, stamp)
    elif kind == "PLANNER_RESPONSE":
        if (thought := clean(step.thinking or "")).strip():
            yield Event(EventKind.THINKING, thought, line, id, "", id, stamp)
        if text.strip():
            yield Event(EventKind.REPLY_TEXT, text, line, id, "", id, stamp)
        for call in as_records(loads(step.tool_calls)):
            given = as_record(call.get("args")) or as_record(call.get("arguments"))
            yield tool_call(as_text(call.get("name")), _arguments(given), line, "", id, stamp)
    else:
        failed = frozenset({"is_error"}) if step.status in _FAILED else frozenset[str]()
        yield tool_result(text, line, "", stamp, clean(kind.lower()), failed)
    if step.status in _STOPPED:
        yield Event(EventKind.INTERRUPT, step.status or "", line, id, timestamp=stamp)


def _asked(line: int, id: str, stamp: str, text: str, source: str) -> Iterator[Event]:
    """The request, with what the program wrote around it kept beside it."""
    request = _REQUEST.search(text)
    words = request[1] if request is not None else text.strip()
    if not words or (source and not source.startswith("USER")):
        yield dropped("harness", text, line, id, stamp)
        return
    if request is not None and (around := f"{text[: request.start()]}{text[request.end() :]}".strip()):
        yield dropped("context", around, line, id, stamp)
    yield Event(EventKind.PROMPT, words, line, id, "", "", stamp)


def _arguments(given: dict[str, Any]) -> dict[str, Any]:
    """A tool's arguments; texts among them may be JSON once more."""
    told = {}
    for name, value in given.items():
        if name not in _TELLS_OF_A_CALL:
            inner = loads(value) if isinstance(value, str) and value[:1] == '"' else None
            told[name] = inner if isinstance(inner, str) else value
    return told
