"""Messages as Letta's API lists them: each says in `message_type` what it is."""

from __future__ import annotations

import re
from typing import Any

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.documents import list_items
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.jsonlines import Source
from curator.formats.loose import as_number, as_record, as_records, as_text, loads

_NONE: frozenset[str] = frozenset()
_NOT_ASKED = frozenset(["heartbeat", "login", "system_alert"])
"""What a packed message can be besides the person's words."""
_SILENT = frozenset(["hidden_reasoning_message", "approval_response_message", "ping", "usage_statistics"])
_REMINDER = re.compile(r"<system-reminder>.*?(?:</system-reminder>|\Z)\s*", re.S)


def read_messages(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation that the list holds, the oldest message first; the API gives the newest first."""
    numbered = [(number, as_record(loads(raw))) for number, raw in list_items(data, problems)]
    numbered = [(number, message) for number, message in numbered if message]
    if all(isinstance(message.get("seq_id"), int) for _, message in numbered):
        numbered.sort(key=lambda pair: as_number(pair[1]["seq_id"]))
    elif len(numbered) > 1 and as_text(numbered[0][1].get("date")) > as_text(numbered[-1][1].get("date")):
        numbered.reverse()
    events: list[Event] = []
    tools: dict[str, str] = {}
    for number, message in numbered:
        events += _events(number, message, tools, unknown)
    if not any(event.kind is EventKind.PROMPT for event in events):
        return []
    first = numbered[0][1]
    key = as_text(first.get("conversation_id")) or as_text(first.get("id")) or name
    started = as_text(first.get("date"))
    return [SessionEvents(clean(key), "letta", started=started, joins_replies=False, events=events)]


def _events(number: int, message: dict[str, Any], tools: dict[str, str], unknown: dict[str, int]) -> list[Event]:
    kind = as_text(message.get("message_type"))
    key = clean(as_text(message.get("id")))
    stamp = as_text(message.get("date"))
    group = key or f"line-{number}"
    if kind == "user_message":
        return asked(number, key, stamp, words_in(message.get("content")))
    if kind == "assistant_message":
        text = words_in(message.get("content"))
        return [Event(EventKind.REPLY_TEXT, clean(text), number, key, "", group, stamp)] if text.strip() else []
    if kind == "reasoning_message":
        text = as_text(message.get("reasoning"))
        return [Event(EventKind.THINKING, clean(text), number, key, "", group, stamp)] if text.strip() else []
    if kind in ("tool_call_message", "approval_request_message"):
        return [called(number, group, stamp, call, tools) for call in _calls(message)]
    if kind == "tool_return_message":
        returns = as_records(message.get("tool_returns")) or [message]
        return [returned(number, stamp, one, tools) for one in returns]
    if kind == "system_message":
        return [Event(EventKind.SYSTEM, clean(words_in(message.get("content"))[:KEEP]), number, key, timestamp=stamp)]
    if kind == "summary_message":
        summary = as_text(message.get("summary"))
        boundary = Event(EventKind.COMPACTION, "", number, key, timestamp=stamp)
        return [boundary, dropped("summary", summary, number, key, stamp)]
    if kind not in _SILENT:
        unknown[kind] = unknown.get(kind, 0) + 1
    return []


def asked(number: int, key: str, stamp: str, text: str) -> list[Event]:
    """A prompt; the server packs what a person typed, and its own heartbeats, into JSON."""
    packed = as_record(loads(text)) if text.lstrip().startswith("{") else {}
    if as_text(packed.get("type")) in _NOT_ASKED:
        return [dropped("heartbeat", text, number, key, stamp)]
    if packed.get("type") == "user_message":
        text = as_text(packed.get("message"))
    words = _REMINDER.sub("", text).strip()
    said = [dropped("reminder", reminder, number, key, stamp) for reminder in _REMINDER.findall(text)]
    return [Event(EventKind.PROMPT, clean(words), number, key, timestamp=stamp), *said] if words else said


def _calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    calls = as_records(message.get("tool_calls"))
    return calls or [call for call in (as_record(message.get("tool_call")),) if call]


def called(number: int, group: str, stamp: str, call: dict[str, Any], tools: dict[str, str]) -> Event:
    """A tool call; its name is kept in `tools` under its id."""
    id, tool = clean(as_text(call.get("tool_call_id"))), clean(as_text(call.get("name")))
    tools[id] = tool
    arguments = call.get("arguments")
    if isinstance(arguments, str):
        arguments = decode_arguments(arguments)
    return tool_call(tool, arguments, number, id, group, stamp)


def returned(number: int, stamp: str, result: dict[str, Any], tools: dict[str, str]) -> Event:
    """What a tool returned; left out where its call is not among `tools`."""
    call = clean(as_text(result.get("tool_call_id")))
    text = words_in(result.get("tool_return"))
    if call not in tools:
        return dropped("orphan", text, number, "", stamp)
    has_failed = result.get("is_err") is True or as_text(result.get("status")) not in ("", "success")
    flags = frozenset({"is_error"}) if has_failed else _NONE
    return tool_result(text, number, call, stamp, tools[call], flags)


def words_in(content: object) -> str:
    """The text of a content, be it one text or a list of parts."""
    if isinstance(content, str):
        return content
    return "\n".join(text for part in as_records(content) if (text := as_text(part.get("text"))))
