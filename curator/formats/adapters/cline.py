"""Cline, Roo and Kilo: what the editor shows of a task, what was sent to the model, and the sessions of Cline's kit.

`ui_messages.json` is a list of what was said and asked; `api_conversation_history.json` the messages as they were sent;
`*.messages.json` a session of the command line and the kit (cline/cline src/shared/ExtensionMessage.ts, 2026).
"""

from __future__ import annotations

import re
from typing import Any

import xxhash

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.cline_history import history_events
from curator.formats.adapters.cline_messages import message_events
from curator.formats.documents import list_records
from curator.formats.events import SessionEvents, clean
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_number, as_record, as_records, as_text

_SHOWN = re.compile(rb'\A\[\s*\{\s*"ts"\s*:\s*\d+\s*,\s*"type"\s*:\s*"(?:say|ask)"')
_SENT = re.compile(rb"<(?:task|user_message|feedback|environment_details)>")
_KIT = re.compile(rb'"sessionId"\s*:\s*"')


def recognises(head: Head) -> bool:
    """Whether it is any of the three."""
    if head.records:
        return any(_is_shown(record) or _is_sent(record) or _is_kit(record) for record in head.records[:1])
    if head.is_list:
        return head.matches(_SHOWN) or (head.has("role", "content") and head.matches(_SENT))
    return head.is_json and head.matches(_KIT) and head.has("agent", "messages", "role", "content")


def _is_shown(record: dict[str, Any]) -> bool:
    return as_text(record.get("type")) in ("say", "ask") and ("say" in record or "ask" in record) and "ts" in record


def _is_sent(record: dict[str, Any]) -> bool:
    content = record.get("content")
    if record.get("role") != "user" or "message" in record:
        return False
    texts = [content] if isinstance(content, str) else [as_text(block.get("text")) for block in as_records(content)]
    return any(_SENT.search(text.encode("utf-8", "replace")) is not None for text in texts)


def _is_kit(record: dict[str, Any]) -> bool:
    messages = as_records(record.get("messages"))
    if not isinstance(record.get("sessionId"), str) or not messages or "role" not in messages[0]:
        return False
    return ("agent" in record or "system_prompt" in record) and isinstance(messages[0].get("content"), list | str)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one task of a file. A problem's line is the number of its message."""
    messages = list(list_records("Message {number}", data, problems))
    first = messages[0][1] if messages else {}
    if _is_kit(first):
        found = [_kit(first, name, unknown)]
    elif _is_shown(first):
        found = [_task(messages, name, message_events(messages, unknown))]
    else:
        found = [_task(messages, name, history_events(messages, unknown))]
    return [session for session in found if any(event.kind is EventKind.PROMPT for event in session.events)]


def _task(messages: list[tuple[int, dict[str, Any]]], name: str, events: list[Event]) -> SessionEvents:
    """A task has its first moment for an id: that is the name of its folder too, which is not seen here."""
    moment = as_number(next((record.get("ts") for _, record in messages if record.get("ts")), 0))
    model = next((event.name for event in reversed(events) if event.kind is EventKind.REPLY_TEXT and event.name), "")
    asked = next((event.text for event in events if event.kind is EventKind.PROMPT), "")
    # Older histories have no moments, and every one of them is in a file of the same name.
    key = f"{moment:.0f}" if moment else f"{clean(name)}-{xxhash.xxh3_64_hexdigest(asked.encode('utf-8', 'replace'))}"
    return SessionEvents(key, "cline", started=as_moment(moment), model=model, events=events)


def _kit(session: dict[str, Any], name: str, unknown: dict[str, int]) -> SessionEvents:
    messages = list(enumerate(as_records(session.get("messages")), 1))
    events = history_events(messages, unknown, as_text(session.get("system_prompt")))
    models = [as_text(as_record(record.get("modelInfo")).get("id")) for _, record in messages]
    return SessionEvents(
        clean(as_text(session.get("sessionId")) or name),
        "cline",
        started=as_moment(as_number(messages[0][1].get("ts"))) if messages else "",
        origin=Origin.HUMAN if as_text(session.get("agent")) in ("", "lead") else Origin.AGENT,
        model=clean(next((model for model in reversed(models) if model), "")),
        joins_replies=False,
        events=events,
    )
