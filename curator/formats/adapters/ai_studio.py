"""Chats of Google AI Studio as it keeps them in Google Drive, a document each: settings, and a prompt made of chunks.

Google publishes no schema. The shape is the one that files of 2024 to 2026 show: a chunk is what the person or the
model said, a thought, or a file; a chat has no id and no title but the name of its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.documents import as_object, items_under, list_items
from curator.formats.events import SessionEvents, clean, system_text, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_record, as_records, as_text

_CHUNKS = re.compile(rb'"chunkedPrompt"\s*:\s*\{\s*"(?:chunks|pendingInputs)"\s*:')
_MODEL = re.compile(r"\Amodels/")
_STOPPED = frozenset({"MAX_TOKENS", "LENGTH"})
_FILES = ("driveDocument", "driveVideo", "driveAudio", "inlineFile", "inlineData", "youtubeVideo")
_IMAGES = ("driveImage", "inlineImage")
_NONE: frozenset[str] = frozenset()


def recognises(head: Head) -> bool:
    """Whether it is a document with a prompt of chunks."""
    if head.records:
        return isinstance(head.records[0].get("chunkedPrompt"), dict)
    return head.is_json and not head.is_list and head.matches(_CHUNKS)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """The one chat of a file. A problem's line is the number of its chunk."""
    document = next((as_object(raw) for _, raw in list_items(data, [])), None)
    if document is not None:
        numbered = [*enumerate(as_records(as_record(document.get("chunkedPrompt")).get("chunks")), 1)]
    else:  # damaged: what is whole of it
        found = ((number, as_object(raw)) for number, raw in items_under("chunks", data, problems))
        numbered = [(number, chunk) for number, chunk in found if chunk is not None]
    settings = as_record((document or {}).get("runSettings"))
    model = clean(_MODEL.sub("", as_text(settings.get("model"))))
    events: list[Event] = []
    if (told := _instruction((document or {}).get("systemInstruction"))).strip():
        events.append(Event(EventKind.SYSTEM, system_text(told)))
    for is_asked, turn in groupby(numbered, lambda each: each[1].get("role") == "user"):
        if is_asked:
            events += _asked(list(turn))
        else:
            for number, chunk in turn:
                events += _events(chunk, number, model, unknown)
    title = clean(as_text((document or {}).get("title")) or name.removesuffix(".json"))
    yield SessionEvents(clean(name), "ai-studio", title, model=model, events=events)


def _instruction(value: object) -> str:
    told = as_record(value)
    return as_text(told.get("text")) or "\n\n".join(as_text(part.get("text")) for part in as_records(told.get("parts")))


def _asked(turn: list[tuple[int, dict[str, Any]]]) -> Iterator[Event]:
    """One prompt of chunks that follow each other: each file is a chunk of its own."""
    texts = [(line, text) for line, chunk in turn if (text := clean(as_text(chunk.get("text"))).strip())]
    keys = {key for _, chunk in turn for key in chunk}
    flags = {name for name, signs in (("attachment", _FILES), ("image", _IMAGES)) if not keys.isdisjoint(signs)}
    if texts or flags:
        line = texts[0][0] if texts else turn[0][0]
        stamp = next((told for _, chunk in turn if (told := as_moment(chunk.get("createTime")))), "")
        words = "\n\n".join(text for _, text in texts)
        yield Event(EventKind.PROMPT, words, line, f"chunk-{line}", "", "", stamp, "", 0, frozenset(flags))


def _events(chunk: dict[str, Any], line: int, model: str, unknown: dict[str, int]) -> Iterator[Event]:
    stamp, id = as_moment(chunk.get("createTime")), f"chunk-{line}"
    role, text = as_text(chunk.get("role")), clean(as_text(chunk.get("text")))
    if role != "model":
        unknown[f"chunk of {clean(role)}"] = unknown.get(f"chunk of {clean(role)}", 0) + 1
    elif chunk.get("isThought") is True:
        if text.strip():
            yield Event(EventKind.THINKING, text, line, id, "", id, stamp, model)
    else:
        yield from _answered(chunk, text, line, stamp, model)


def _answered(chunk: dict[str, Any], text: str, line: int, stamp: str, model: str) -> Iterator[Event]:
    id = f"chunk-{line}"
    code, result = as_record(chunk.get("executableCode")), as_record(chunk.get("codeExecutionResult"))
    if code:
        yield tool_call("code", {"code": as_text(code.get("code"))}, line, id, "", stamp)
    if result:
        yield tool_result(as_text(result.get("output")), line, "", stamp, "code")
    if text.strip():
        flags = frozenset({"truncated"}) if as_text(chunk.get("finishReason")) in _STOPPED else _NONE
        yield Event(EventKind.REPLY_TEXT, text, line, id, "", id, stamp, model, 0, flags)
    if error := as_text(chunk.get("errorMessage")):
        yield Event(EventKind.API_ERROR, clean(error), line, id, timestamp=stamp)
