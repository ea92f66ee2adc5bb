"""Amp: threads as one JSON document each, in `~/.local/share/amp/threads` and, before that, in its extension's store.

Amp publishes no schema; the shapes are those that independent readers agree on (agentsview, casr, 2026): messages of
Anthropic's blocks, tool results with a `run` of their own, summaries and commands of the person as role `info`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import msgspec

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.message_blocks import blocks_of, has_image, reply_events, result_event
from curator.formats.documents import list_records
from curator.formats.events import SessionEvents, clean, dropped, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_record, as_records, as_text

_NONE: frozenset[str] = frozenset()
_START = re.compile(rb'\A\{[^\[\]]{0,600}?"id"\s*:\s*"T-[\w-]+"')
_REFUSED = ("cancelled", "rejected-by-user")
_TELLING = ("output", "content", "diff", "message")
"""Fields of a result that hold what a person would read of it."""


def recognises(head: Head) -> bool:
    """Whether it is a thread: an id that begins with `T-`, and messages."""
    if head.records:
        first = head.records[0]
        return as_text(first.get("id")).startswith("T-") and isinstance(first.get("messages"), list)
    return head.is_json and not head.is_list and head.matches(_START) and head.has("messages", "role")


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The thread. A line is the number of a message."""
    found = []
    for _, thread in list_records("The thread", data, problems):
        reading = _Reading(unknown)
        events = [
            event
            for line, message in enumerate(as_records(thread.get("messages")), 1)
            for event in reading.take(line, message)
        ]
        main = clean(as_text(thread.get("mainThreadID")))
        found.append(
            SessionEvents(
                clean(as_text(thread.get("id")) or name),
                "amp",
                clean(as_text(thread.get("title"))),
                clean(_folder(as_record(as_record(thread.get("env")).get("initial")))),
                as_moment(thread.get("created")),
                Origin.AGENT if main else Origin.HUMAN,
                reading.model,
                main,
                joins_replies=False,
                events=events,
            )
        )
    return found


def _folder(place: dict[str, Any]) -> str:
    """The folder in which the thread began."""
    for tree in as_records(place.get("trees")):
        uri = tree.get("uri")
        address = as_text(uri) or as_text(as_record(uri).get("fsPath")) or as_text(as_record(uri).get("path"))
        if address:
            return unquote(address.removeprefix("file://")) if address.startswith("file://") else address
        if name := as_text(tree.get("displayName")):
            return name
    return as_text(place.get("cwd"))


class _Reading:
    """One pass over the messages of a thread."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self.model = ""
        self._unknown = unknown
        self._names: dict[str, str] = {}

    def take(self, line: int, message: dict[str, Any]) -> Iterator[Event]:
        role, number = as_text(message.get("role")), message.get("messageId")
        id = clean(as_text(message.get("dtwMessageID")) or (str(number) if isinstance(number, int) else ""))
        blocks = blocks_of(message.get("content"))
        if role == "user":
            yield from self._user(line, id, message, blocks)
        elif role == "assistant":
            yield from self._answered(line, id or f"line-{line}", message, blocks)
        elif role == "info":
            for block in blocks:
                yield from _info(line, id, block)
        else:
            kind = clean(f"message of {role or 'nobody'}")
            self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def _user(self, line: int, id: str, message: dict[str, Any], blocks: list[dict[str, Any]]) -> Iterator[Event]:
        meta = as_record(message.get("meta"))
        stamp = as_moment(meta.get("sentAt"))
        if message.get("interrupted") is True:
            yield Event(EventKind.INTERRUPT, "", line, timestamp=stamp)
        for block in blocks:
            if block.get("type") == "tool_result":
                yield self._result(line, block, stamp)
            elif block.get("type") == "text" and block.get("hidden") is True:
                yield dropped("hidden", as_text(block.get("text")), line, id, stamp)
        words = [
            as_text(block.get("text")) for block in blocks if block.get("type") == "text" and not block.get("hidden")
        ]
        text, flags = clean("\n".join(words).strip()), frozenset({"image"}) if has_image(blocks) else _NONE
        if not text and not flags:
            return
        if meta.get("fromAggman") is True or meta.get("fromExecutorThreadID") or message.get("parentToolUseId"):
            yield dropped("relay", text, line, id, stamp)
        else:
            yield Event(EventKind.PROMPT, text, line, id, "", "", stamp, "", 0, flags)

    def _answered(self, line: int, id: str, message: dict[str, Any], blocks: list[dict[str, Any]]) -> Iterator[Event]:
        usage, state = as_record(message.get("usage")), as_record(message.get("state"))
        stamp, model = as_moment(usage.get("timestamp")), clean(as_text(usage.get("model")))
        self.model = model or self.model
        kinds = {"server_tool_use": "tool_use", "server_tool_result": "tool_result"}
        told = [{**block, "type": kinds.get(as_text(block.get("type")), block.get("type"))} for block in blocks]
        is_cut = state.get("stopReason") == "max_tokens"
        flags = frozenset({"truncated"}) if is_cut else _NONE
        yield from reply_events(told, line, id, stamp, model, flags, self._names, self._unknown)
        if state.get("type") == "cancelled" or message.get("cancelled") is True:
            yield Event(EventKind.INTERRUPT, "", line, timestamp=stamp)
        elif state.get("type") == "error":
            said = as_text(as_record(state.get("error")).get("message"))
            yield Event(EventKind.API_ERROR, clean(said or "The model gave an error."), line, timestamp=stamp)

    def _result(self, line: int, block: dict[str, Any], stamp: str) -> Event:
        """What a tool gave: under `run` as Amp keeps it, or as Anthropic's API takes it."""
        call = clean(as_text(block.get("toolUseID")))
        if not call or as_text(block.get("tool_use_id")):
            return result_event(block, line, stamp, self._names)
        run = as_record(block.get("run"))
        status, result = as_text(run.get("status")), run.get("result")
        text = _words(result) if result is not None else _words(run.get("error")) or _words(run.get("progress"))
        has_failed = status == "error" or as_record(result).get("success") is False
        marks = (("is_error", has_failed), ("rejected_tool", status in _REFUSED))
        flags = frozenset(flag for flag, is_set in marks if is_set)
        return tool_result(text, line, call, stamp, self._names.get(call, ""), flags)


def _info(line: int, id: str, block: dict[str, Any]) -> Iterator[Event]:
    """What stands between the turns: a summary of all before it, a command that the person ran, a message of Amp's."""
    kind = block.get("type")
    if kind == "summary":
        yield Event(EventKind.COMPACTION, "", line, id)
        if words := as_text(as_record(block.get("summary")).get("summary")):
            yield dropped("summary", words, line, id)
    elif kind == "manual_bash_invocation":
        yield dropped("command", as_text(as_record(block.get("args")).get("cmd")), line, id)
        if output := _words(as_record(block.get("toolRun")).get("result")):
            yield dropped("command-output", output, line, id)
    elif text := as_text(block.get("text")):
        yield dropped("status", text, line, id)


def _words(value: object) -> str:
    """The words of what a tool gave, whatever they are wrapped in."""
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, dict):
        return next((words for key in _TELLING if (words := _words(value.get(key)))), _json(value))
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    if any(part.get("type") == "image" for part in as_records(value)):
        return ""
    return _json(value)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
