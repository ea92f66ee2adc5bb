"""Continue: the sessions that the editor extension and the command line keep in `~/.continue/sessions`.

One document a session, its `history` a list of items with a message each and what came with it (continuedev/continue
core/index.d.ts and core/util/history.ts, 2026).
"""

from __future__ import annotations

import re
from typing import Any

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.documents import list_records
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_record, as_records, as_text
from curator.formats.thoughts import split_thought

_NONE: frozenset[str] = frozenset()
_HISTORY = re.compile(rb'"history"\s*:\s*\[\s*\{\s*"(?:message|editorState|contextItems|context_items)"')
_SESSION = re.compile(rb'"(?:sessionId|session_id)"\s*:\s*"')
_FAILED = {"errored": frozenset({"is_error"}), "canceled": frozenset({"is_error", "rejected_tool"})}


def recognises(head: Head) -> bool:
    """Whether it is a session whose history's items hold a message each."""
    if head.is_list:
        return False
    if any(map(_is_own, head.records[:1])):
        return True
    return not head.records and head.is_json and head.matches(_HISTORY) and head.matches(_SESSION)


def _is_own(record: dict[str, Any]) -> bool:
    history = as_records(record.get("history"))
    has_id = isinstance(record.get("sessionId", record.get("session_id")), str)
    return has_id and bool(history) and "role" in as_record(history[0].get("message"))


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one session of a document. A line is the number of an item of its history."""
    found = []
    for _, record in list_records("The session", data, problems):
        reading = _Reading(unknown, clean(as_text(record.get("chatModelTitle"))))
        for line, item in enumerate(as_records(record.get("history")), 1):
            reading.take(line, item)
        if not any(event.kind is EventKind.PROMPT for event in reading.events):
            continue
        title = as_text(record.get("title"))
        found.append(
            SessionEvents(
                clean(as_text(record.get("sessionId")) or as_text(record.get("session_id")) or name),
                "continue-dev",
                "" if title == "New Session" else clean(title),
                clean(_folder(as_text(record.get("workspaceDirectory")))),
                as_moment(record.get("dateCreated")),
                model=reading.model,
                joins_replies=False,
                events=reading.events,
            )
        )
    return found


def _folder(place: str) -> str:
    """The folder of a session; the editor gives it as an address."""
    from urllib.parse import unquote  # few sessions need it

    return unquote(place.removeprefix("file://")) if place.startswith("file://") else place


class _Reading:
    """One pass over the items of a history."""

    def __init__(self, unknown: dict[str, int], model: str) -> None:
        self.events: list[Event] = []
        self.model = model
        self._unknown = unknown
        self._names: dict[str, str] = {}
        self._told: set[str] = set()

    def take(self, line: int, item: dict[str, Any]) -> None:
        """One item of the history."""
        message = as_record(item.get("message"))
        role = as_text(message.get("role"))
        id = clean(as_text(message.get("id")))
        text, has_image = _words(message.get("content"))
        if role == "user":
            self._asked(line, id, text, has_image, item)
        elif role == "assistant":
            self._answered(line, id, text, message, item)
        elif role == "thinking":
            self._thought(line, id, text)
        elif role == "tool":
            call = clean(as_text(message.get("toolCallId")))
            if call not in self._told:
                self.events.append(tool_result(text, line, call, "", self._names.get(call, "")))
        elif role == "system":
            if text.strip():
                self.events.append(Event(EventKind.SYSTEM, clean(text[:KEEP]), line, id))
        else:
            kind = clean(f"message of {role or 'nobody'}")
            self._unknown[kind] = self._unknown.get(kind, 0) + 1
        if summary := as_text(item.get("conversationSummary")):
            self.events += [Event(EventKind.COMPACTION, "", line), dropped("summary", summary, line)]

    def _asked(self, line: int, id: str, text: str, has_image: bool, item: dict[str, Any]) -> None:
        text = clean(text.strip())
        flags = frozenset({"image"}) if has_image else _NONE
        if text or has_image:
            self.events.append(Event(EventKind.PROMPT, text, line, id, flags=flags))
        for context in as_records(item.get("contextItems", item.get("context_items"))):
            said = f"{as_text(context.get('name'))}\n{as_text(context.get('content'))}".strip()
            self.events.append(dropped("context", said, line))

    def _answered(self, line: int, id: str, text: str, message: dict[str, Any], item: dict[str, Any]) -> None:
        logs = as_records(item.get("promptLogs"))
        self.model = clean(as_text(logs[-1].get("modelTitle")) if logs else "") or self.model
        group = id or f"item-{line}"
        self._thought(line, group, as_text(as_record(item.get("reasoning")).get("text")))
        thought, said = split_thought(text)
        self._thought(line, group, thought)
        if said.strip():
            self.events.append(Event(EventKind.REPLY_TEXT, clean(said), line, id, "", group, "", self.model))
        states = as_records(item.get("toolCallStates")) or as_records([as_record(item.get("toolCallState"))])
        known = {as_text(as_record(state.get("toolCall")).get("id")) for state in states}
        calls = [call for call in as_records(message.get("toolCalls")) if as_text(call.get("id")) not in known]
        for call in calls:
            self._call(line, group, call)
        for state in states:
            if "toolCall" in state:
                self._call(line, group, as_record(state.get("toolCall")))
                self._result(line, state)

    def _call(self, line: int, group: str, call: dict[str, Any]) -> None:
        function = as_record(call.get("function"))
        id, name = clean(as_text(call.get("id"))), clean(as_text(function.get("name")))
        self._names[id] = name
        arguments = function.get("arguments")
        self.events.append(
            tool_call(
                name, decode_arguments(arguments) if isinstance(arguments, str) else arguments, line, id, group, ""
            )
        )

    def _result(self, line: int, state: dict[str, Any]) -> None:
        call = clean(as_text(state.get("toolCallId")) or as_text(as_record(state.get("toolCall")).get("id")))
        status = as_text(state.get("status"))
        output = "\n".join(as_text(part.get("content")) for part in as_records(state.get("output")))
        if output or status in ("done", *_FAILED):
            self._told.add(call)
            flags = _FAILED.get(status, _NONE)
            self.events.append(tool_result(output, line, call, "", self._names.get(call, ""), flags))

    def _thought(self, line: int, id: str, text: str) -> None:
        if text.strip():
            self.events.append(Event(EventKind.THINKING, clean(text), line, id, "", id))


def _words(content: object) -> tuple[str, bool]:
    """What a message says, and whether a picture is in it."""
    if isinstance(content, str):
        return content, False
    parts = as_records(content)
    text = "\n".join(as_text(part.get("text")) for part in parts if part.get("type") == "text")
    return text, any(part.get("type") == "imageUrl" for part in parts)
