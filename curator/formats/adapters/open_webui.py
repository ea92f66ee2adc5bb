"""Open WebUI: exported chats, each a tree of messages with the way that is shown (`history.currentId`).

Several models may answer one prompt, and an answer may be asked for again: those are siblings, of which one is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from typing import Any

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.open_webui_output import output_events
from curator.formats.documents import list_records
from curator.formats.events import SessionEvents, clean, decode_arguments, dropped, system_text, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_record, as_records, as_text
from curator.formats.thoughts import split_thought
from curator.formats.trees import branching_events

_NONE: frozenset[str] = frozenset()
_SHAPE = re.compile(rb'"history"\s*:\s*\{\s*"(?:messages|currentId|current_id)"\s*:')
_DETAILS = re.compile(r'<details type="([\w-]+)"([^>]*)>\s*(?:<summary>.*?</summary>)?(.*?)</details>', re.S)
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_QUOTE = re.compile(r"^> ?", re.M)


def recognises(head: Head) -> bool:
    """Whether its chats keep a history of messages by id."""
    if head.records:
        return any(_history(record) for record in head.records)
    return head.is_json and head.matches(_SHAPE)


def _history(record: dict[str, Any]) -> dict[str, Any]:
    history = as_record((as_record(record.get("chat")) or record).get("history"))
    return history if isinstance(history.get("messages"), dict) else {}


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Each chat of the export. A problem's line is the number of its chat."""
    for number, record in list_records("Chat {number}", data, problems):
        session = chat_session(record, as_record(record.get("chat")) or record, f"{name}-{number}", unknown)
        if session.events:
            yield session


def chat_session(head: dict[str, Any], chat: dict[str, Any], fallback: str, unknown: dict[str, int]) -> SessionEvents:
    """The events of one chat; `head` is the record around it (id, title, times), as exported or as a table's row."""
    history = as_record(chat.get("history"))
    messages = messages_of(chat)
    parents = {key: as_text(message.get("parentId")) for key, message in messages.items()}
    current = as_text(history.get("currentId") or history.get("current_id") or head.get("current_message_id"))
    order = {key: line for line, key in enumerate(messages, 1)}

    @cache
    def events_of(key: str) -> list[Event]:
        return _events(messages[key], key, order[key], unknown)

    events = branching_events(parents, current if current in parents else next(reversed(parents), ""), events_of)
    system = as_text(chat.get("system")) or as_text(as_record(chat.get("params")).get("system"))
    if system and events:
        events.insert(0, Event(EventKind.SYSTEM, system_text(system)))
    models = chat.get("models")
    about = as_record(head.get("meta"))
    parent = clean(as_text(about.get("parent_chat_id"))) if about.get("internal") is True else ""
    return SessionEvents(
        clean(as_text(head.get("id")) or as_text(chat.get("id")) or fallback),
        "open-webui",
        clean(as_text(head.get("title")) or as_text(chat.get("title"))),
        started=as_moment(head.get("created_at")) or as_moment(chat.get("timestamp")),
        origin=Origin.AGENT if parent else Origin.HUMAN,
        parent_key=parent,
        model=clean(as_text(models[0])) if isinstance(models, list) and models else "",
        events=events,
    )


def messages_of(chat: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The messages of a chat by their ids; of one from before there was a history, those of its list, each the answer
    to the one before."""
    history = as_record(as_record(chat.get("history")).get("messages"))
    if history:
        return {key: value for key, value in history.items() if isinstance(value, dict)}
    found: dict[str, dict[str, Any]] = {}
    for number, message in enumerate(as_records(chat.get("messages")), 1):
        parent = message.get("parentId", next(reversed(found), None))
        found[as_text(message.get("id")) or f"message-{number}"] = {**message, "parentId": parent}
    return found


def _events(message: dict[str, Any], key: str, line: int, unknown: dict[str, int]) -> list[Event]:
    role = as_text(message.get("role"))
    id = clean(as_text(message.get("id")) or key)
    stamp = as_moment(message.get("timestamp"))
    if role == "assistant":
        return list(_answered(message, id, line, stamp))
    text = clean(_words(message.get("content")).strip())
    if role == "system":
        return [Event(EventKind.SYSTEM, system_text(text), line, id, timestamp=stamp)] if text else []
    if role != "user":
        unknown[clean(role)] = unknown.get(clean(role), 0) + 1
        return []
    files = as_records(message.get("files"))
    flags = frozenset({"image"}) if any(_is_image(file) for file in files) else _NONE
    if not text and not flags:
        return []
    events = [Event(EventKind.PROMPT, text, line, id, "", "", stamp, "", 0, flags)]
    names = [as_text(file.get("name")) or as_text(as_record(file.get("file")).get("filename")) for file in files]
    events += [dropped("context", name, line, id, stamp) for name in names if name]
    return events


def _is_image(file: dict[str, Any]) -> bool:
    return "image" in (file.get("type"), as_text(file.get("content_type")).split("/")[0])


def _words(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(as_text(part.get("text")) for part in as_records(content) if part.get("text"))


def _answered(message: dict[str, Any], id: str, line: int, stamp: str) -> Iterator[Event]:
    """The assistant's words, what it thought and the tools it called taken out of their `<details>`."""
    model = clean(as_text(message.get("model")))
    content = _words(message.get("content"))
    at = 0
    pieces: list[Event] = []
    if "<details" not in content:  # since 2026 what was thought and called stands beside the words
        output = as_records(message.get("output"))
        pieces = list(output_events(output, line, id, stamp, model, has_words=bool(content.strip())))
    for block in _DETAILS.finditer(content):
        pieces += _said(content[at : block.start()], line, id, stamp, model)
        pieces += _aside(block, line, id, stamp)
        at = block.end()
    pieces += _said(content[at:], line, id, stamp, model)
    if message.get("done") is False:
        pieces = [e._replace(flags=frozenset({"truncated"})) if e.kind is EventKind.REPLY_TEXT else e for e in pieces]
    yield from pieces
    error = message.get("error")
    if message.get("contextSummary") or message.get("context_summary"):
        yield Event(EventKind.COMPACTION, "", line, id, timestamp=stamp)
    if error:
        text = as_text(as_record(error).get("content")) or as_text(error) or "The model gave an error."
        yield Event(EventKind.API_ERROR, clean(text), line, id, timestamp=stamp)


def _said(text: str, line: int, id: str, stamp: str, model: str) -> Iterator[Event]:
    thought, words = split_thought(clean(text.strip()))
    if thought:
        yield Event(EventKind.THINKING, thought, line, id, "", id, stamp, model)
    if words:
        yield Event(EventKind.REPLY_TEXT, words, line, id, "", id, stamp, model)


def _aside(block: re.Match[str], line: int, id: str, stamp: str) -> list[Event]:
    kind, inside = block[1], block[3].strip()
    attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(block[2])}
    if kind == "reasoning":
        text = clean(_QUOTE.sub("", unescape(inside)))
        return [Event(EventKind.THINKING, text, line, id, "", id, stamp)] if text else []
    call = clean(attributes.get("id", ""))
    name = attributes.get("name", kind)
    arguments = _unwrapped(attributes.get("arguments", "")) if kind == "tool_calls" else inside
    events = [tool_call(name, arguments, line, call, id, stamp)]
    result = _unwrapped(attributes.get("result") or attributes.get("output") or "")
    if result is not None:
        text = result if isinstance(result, str) else attributes.get("result") or attributes.get("output") or ""
        events.append(tool_result(text, line, call, stamp, clean(name)))
    return events


def _unwrapped(text: str) -> object:
    """Arguments and results are JSON, and often a string of JSON."""
    value = decode_arguments(text)
    return decode_arguments(value) if isinstance(value, str) and value[:1] in "{[" and value else value
