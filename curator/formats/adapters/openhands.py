"""OpenHands: the events of a conversation as its API and its exports list them, and the trajectories of version 0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.openhands_trajectories import Trajectory, is_step
from curator.formats.documents import list_items
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import BOM, Source
from curator.formats.loose import as_record, as_records, as_text, loads

_NONE: frozenset[str] = frozenset()
_OWN = re.compile(rb'"kind"\s*:\s*"(?:Message|Action|Observation|SystemPrompt|AgentError)Event"')
_LONE = "It is one message of an OpenHands conversation. Import the folder that it lies in."
_SUBAGENTS = "subagents"
"""The folder in which the conversations of its own agents lie."""
_NUDGES = ("Your last response did not include a function call or a message", "The task appears incomplete (iteration ")
"""How messages begin that the program sends in the person's name."""
_SILENT = frozenset(
    ["ConversationStateUpdateEvent", "StateEvent", "TokenEvent", "LLMCompletionLogEvent", "CondensationRequest"]
)


def recognises(head: Head) -> bool:
    """Whether its records are events that say so in `kind`, or steps of a trajectory."""
    return head.is_json and (head.matches(_OWN) or any(map(is_step, head.records)))


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of the list. A line is the number of an event in it."""
    records = list(_records(data, problems))
    if len(records) == 1 and not bytes(data[:64]).lstrip(BOM).lstrip().startswith(b"["):
        # The program's own store keeps each event in a file of its own.
        if records[0][1].get("kind") == "MessageEvent":
            problems.append(Problem(0, _LONE))
        return []
    reading = Trajectory(unknown) if any(is_step(record) for _, record in records) else _Reading(unknown)
    if isinstance(reading, _Reading):
        reading.expect(record for _, record in records)
    for number, record in records:
        reading.take(number, record)
    if not any(event.kind is EventKind.PROMPT for event in reading.events):
        return []
    return [
        SessionEvents(
            clean(reading.key or name),
            "openhands",
            project=reading.project,
            started=next((event.timestamp for event in reading.events if event.timestamp), ""),
            origin=Origin.AGENT if _SUBAGENTS in PurePosixPath(name).parts else Origin.HUMAN,
            joins_replies=False,
            events=reading.events,
        )
    ]


def _records(data: Source, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The events: items of a list, of a page of the API, or lines."""
    for number, raw in list_items(data, problems):
        record = as_record(loads(raw))
        items = record.get("items", record.get("history"))
        if "kind" in record or not isinstance(items, list):
            if record:
                yield number, record
            continue
        yield from ((at, item) for at, item in enumerate(items, 1) if isinstance(item, dict))


class _Reading:
    """One pass over the events of version 1 (the software agent SDK)."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self._unknown = unknown
        self.events: list[Event] = []
        self.key = ""
        self.project = ""
        self._calls: dict[str, tuple[str, str]] = {}  # action id → call id and tool

    def expect(self, records: Iterator[dict[str, Any]]) -> None:
        """Learn the actions first: an observation can stand before its action."""
        for record in records:
            if record.get("kind") == "ActionEvent" and (id := as_text(record.get("id"))):
                self._calls[id] = (clean(as_text(record.get("tool_call_id")) or id), _tool_of(record))

    def take(self, line: int, record: dict[str, Any]) -> None:
        """One event."""
        kind = as_text(record.get("kind"))
        key = clean(as_text(record.get("id")))
        stamp = as_text(record.get("timestamp"))
        if not key:
            self._unknown["event without an id"] = self._unknown.get("event without an id", 0) + 1
            return
        self.key = self.key or clean(f"{stamp} {key}".strip())
        if kind == "MessageEvent":
            self._message(line, key, stamp, record)
        elif kind == "ActionEvent":
            self._action(line, key, stamp, record)
        elif kind in ("ObservationEvent", "AgentErrorEvent", "UserRejectObservation"):
            self._observation(kind, line, stamp, record)
        elif kind == "SystemPromptEvent":
            text = _words(record.get("system_prompt"))
            self.events.append(Event(EventKind.SYSTEM, clean(text[:KEEP]), line, key, timestamp=stamp))
        elif kind in ("Condensation", "CondensationSummaryEvent"):
            self.events.append(Event(EventKind.COMPACTION, "", line, key, timestamp=stamp))
            if summary := as_text(record.get("summary")):
                self.events.append(dropped("summary", summary, line, key, stamp))
        elif kind == "PauseEvent":
            self.events.append(Event(EventKind.INTERRUPT, "", line, key, timestamp=stamp))
        elif kind == "ConversationErrorEvent":
            error = clean(as_text(record.get("detail")) or as_text(record.get("code")))
            self.events.append(Event(EventKind.API_ERROR, error, line, key, timestamp=stamp))
        elif kind not in _SILENT:
            self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def _message(self, line: int, key: str, stamp: str, record: dict[str, Any]) -> None:
        message = as_record(record.get("llm_message"))
        text = clean(_words(message.get("content")))
        source = as_text(record.get("source")) or as_text(message.get("role"))
        if source == "user" and (record.get("sender") or text.startswith(_NUDGES)):
            self.events.append(dropped("relay" if record.get("sender") else "harness", text, line, key, stamp))
        elif source == "user":
            has_image = any(part.get("type") == "image" for part in as_records(message.get("content")))
            flags = frozenset({"image"}) if has_image else _NONE
            if text.strip() or has_image:
                self.events.append(Event(EventKind.PROMPT, text.strip(), line, key, "", "", stamp, "", 0, flags))
            if extended := _words(record.get("extended_content")):
                self.events.append(dropped("context", extended, line, key, stamp))
        elif source in ("agent", "assistant"):
            self._think(line, key, stamp, message)
            if text.strip():
                self.events.append(Event(EventKind.REPLY_TEXT, text, line, key, "", key, stamp))
        elif text:
            self.events.append(dropped("harness", text, line, key, stamp))

    def _action(self, line: int, key: str, stamp: str, record: dict[str, Any]) -> None:
        call, tool = self._calls[as_text(record.get("id"))]
        action = as_record(record.get("action"))
        self._think(line, key, stamp, record)
        if said := _words(record.get("thought")).strip():
            self.events.append(Event(EventKind.THINKING, clean(said), line, key, "", key, stamp))
        if action.get("kind") == "FinishAction" and (answer := as_text(action.get("message"))):
            self.events.append(
                Event(EventKind.REPLY_TEXT, clean(answer), line, key, "", key, stamp, flags=frozenset({"final"}))
            )
            return
        written = as_record(record.get("tool_call")).get("arguments")
        arguments: object = decode_arguments(written) if isinstance(written, str) and written else None
        if not isinstance(arguments, dict) and action:
            arguments = {name: value for name, value in action.items() if name != "kind"}
        self.events.append(tool_call(tool, arguments, line, call, key, stamp))

    def _observation(self, kind: str, line: int, stamp: str, record: dict[str, Any]) -> None:
        observation = as_record(record.get("observation"))
        self.project = self.project or clean(as_text(as_record(observation.get("metadata")).get("working_dir")))
        reason = clean(as_text(record.get("rejection_reason")))
        text = _words(observation.get("content")) or as_text(record.get("error")) or reason
        call, tool = self._calls.get(as_text(record.get("action_id")), ("", ""))
        if not call:
            named = clean(as_text(record.get("tool_call_id")))
            call, tool = next((known for known in self._calls.values() if known[0] == named), ("", ""))
        if not call:
            self.events.append(dropped("context", text, line, "", stamp))
            return
        if observation.get("kind") == "FinishObservation":
            self.events.append(dropped("status", text, line, "", stamp))
            return
        has_failed = observation.get("is_error") is True or kind == "AgentErrorEvent"
        flags = frozenset({"is_error"}) if has_failed else _NONE
        if kind == "UserRejectObservation":
            flags |= {"rejected_tool"}
        self.events.append(tool_result(text, line, call, stamp, tool, flags))

    def _think(self, line: int, key: str, stamp: str, record: dict[str, Any]) -> None:
        thoughts = [as_text(block.get("thinking")) for block in as_records(record.get("thinking_blocks"))]
        thought = "\n\n".join(filter(None, thoughts)) or as_text(record.get("reasoning_content"))
        if thought.strip():
            self.events.append(Event(EventKind.THINKING, clean(thought), line, key, "", key, stamp))


def _tool_of(record: dict[str, Any]) -> str:
    return clean(as_text(record.get("tool_name")) or as_text(as_record(record.get("tool_call")).get("name")))


def _words(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return as_text(content.get("text"))
    return "\n".join(text.rstrip("\n") for part in as_records(content) if (text := as_text(part.get("text"))))
