"""Qwen Code: the records of a session in `~/.qwen/projects/<folder>/chats`, linked by uuids, with Gemini's messages.

What was rewound stays in the file; the way that leads to the last record is what stands (QwenLM/qwen-code
packages/core/src/services/chatRecordingService.ts and utils/conversation-chain.ts, 2026).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.gemini_messages import FILES, response_text, text_of_parts
from curator.formats.events import SessionEvents, clean, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records
from curator.formats.loose import as_record, as_records, as_text, loads
from curator.formats.trees import branching_events

_RAW = msgspec.Raw()
_NONE: frozenset[str] = frozenset()
_KINDS = frozenset(["user", "assistant", "tool_result", "system"])
_HEAD = re.compile(rb'\A\{\s*"uuid"\s*:\s*"[^"]*"\s*,\s*"parentUuid"\s*:\s*(?:null|"[^"]*")\s*,\s*"sessionId"\s*:')
"""How a first record begins that is longer than the head."""
_REMINDER = re.compile(r"<system-reminder>.*?(?:</system-reminder>|\Z)", re.S)
_BESIDE = {
    "notification": "notification",
    "background_task_completed": "notification",
    "cron": "heartbeat",
    "goal_runtime": "harness",
    "agent_message": "relay",
    "agent_mention": "relay",
}
"""Why what stands in the name of the user, with this subtype, is no prompt."""
_TELLING = frozenset(["custom_title", "parent_session", "chat_compression", "turn_result", "slash_command"])
"""What the program notes that says more than its own state."""
_PROGRAM = frozenset(["goal_control", "goal_runtime", "system"])
_FLAGS = {"error": frozenset({"is_error"}), "cancelled": frozenset({"rejected_tool"})}


class _Record(msgspec.Struct, gc=False, rename="camel"):
    uuid: str | None = None
    parent_uuid: str | None = None
    session_id: str | None = None
    timestamp: str | None = None
    type: str | None = None
    subtype: str | None = None
    cwd: str | None = None
    model: str | None = None
    provenance: str | None = None
    agent_id: str | None = None
    is_sidechain: bool | None = None
    external_input_kind: str | None = None
    message: dict[str, Any] | None = None
    system_payload: msgspec.Raw = _RAW
    tool_call_result: msgspec.Raw = _RAW


_RECORDS = msgspec.json.Decoder(_Record)


def recognises(head: Head) -> bool:
    """Whether its first record is linked by uuids and has the parts of a message, or what the program notes."""
    if head.records:
        return _is_own(head.records[0])
    return head.matches(_HEAD)


def _is_own(record: dict[str, Any]) -> bool:
    if record.get("type") not in _KINDS or "sessionId" not in record or not isinstance(record.get("uuid"), str):
        return False
    return "systemPayload" in record or isinstance(as_record(record.get("message")).get("parts"), list)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The main conversation of the file, then one session for each agent whose records lie in it."""
    found: dict[str, _Conversation] = {}
    for number, record in read_records(data, _RECORDS, problems):
        agent = clean(record.agent_id or "agent") if record.is_sidechain else ""
        found.setdefault(agent, _Conversation(agent, unknown)).take(number, record)
    sessions = [conversation.session(name) for _, conversation in sorted(found.items())]
    return [session for session in sessions if any(event.kind is EventKind.PROMPT for event in session.events)]


@dataclass(slots=True)
class _Conversation:
    """The records of one conversation, by their uuids."""

    agent: str
    unknown: dict[str, int]
    key: str = ""
    title: str = ""
    project: str = ""
    started: str = ""
    model: str = ""
    parent: str = ""
    last: str = ""
    parents: dict[str, str] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)

    def take(self, line: int, record: _Record) -> None:
        """One line of the file."""
        stamp = clean(record.timestamp or "")
        self.key = self.key or clean(record.session_id or "")
        self.project = self.project or clean(record.cwd or "")
        self.started = self.started or stamp
        key = clean(record.uuid or "") or f"line-{line}"
        if key not in self.parents:
            parent = clean(record.parent_uuid or "")
            # What it follows was lost: it follows what was written before, but for what a rewind took back.
            if parent and parent not in self.parents and record.subtype != "rewind":
                parent = self.last
            self.parents[key] = parent
        self.last = key
        self.events.setdefault(key, []).extend(self._events(line, key, stamp, record))

    def session(self, name: str) -> SessionEvents:
        """What was found."""
        key = self.key or clean(name)
        return SessionEvents(
            f"{key}/{self.agent}" if self.agent else key,
            "qwen-code",
            self.title,
            self.project,
            self.started,
            Origin.AGENT if self.agent else Origin.HUMAN,
            self.model,
            key if self.agent else self.parent,
            joins_replies=False,
            events=branching_events(self.parents, self.last, self.events.__getitem__),
        )

    def _events(self, line: int, key: str, stamp: str, record: _Record) -> list[Event]:
        kind = record.type or ""
        parts = as_records(as_record(record.message).get("parts"))
        if kind == "user":
            return _asked(line, key, stamp, record, parts)
        if kind == "assistant":
            self.model = clean(record.model or "") or self.model
            return self._answered(line, key, stamp, parts)
        if kind == "tool_result":
            status = as_text(as_record(loads(record.tool_call_result)).get("status"))
            return [event for part in parts for event in self._result(line, stamp, part, status)]
        if kind == "system":
            return self._noted(line, key, stamp, record)
        self.unknown[clean(kind)] = self.unknown.get(clean(kind), 0) + 1
        return []

    def _answered(self, line: int, key: str, stamp: str, parts: list[dict[str, Any]]) -> list[Event]:
        events: list[Event] = []
        for part in parts:
            text = as_text(part.get("text"))
            call = as_record(part.get("functionCall"))
            if text.strip():
                kind = EventKind.THINKING if part.get("thought") is True else EventKind.REPLY_TEXT
                events.append(Event(kind, clean(text), line, key, "", key, stamp, self.model))
            if call:
                id, tool = clean(as_text(call.get("id"))), clean(as_text(call.get("name")))
                self.tools[id] = tool
                events.append(tool_call(tool, call.get("args"), line, id, key, stamp))
        return events

    def _result(self, line: int, stamp: str, part: dict[str, Any], status: str) -> list[Event]:
        answer = as_record(part.get("functionResponse"))
        if not answer:
            return []
        id, response = clean(as_text(answer.get("id"))), answer.get("response")
        text = response_text(response)
        if id not in self.tools:
            return [dropped("orphan", text, line, "", stamp)]
        failed = "error" if "error" in as_record(response) else ""
        return [tool_result(text, line, id, stamp, self.tools[id], _FLAGS.get(status or failed, _NONE))]

    def _noted(self, line: int, key: str, stamp: str, record: _Record) -> list[Event]:
        """What the program noted; most of it is about its own state."""
        subtype = record.subtype
        if subtype not in _TELLING:
            return []
        payload = as_record(loads(record.system_payload))
        if subtype == "custom_title":
            self.title = clean(as_text(payload.get("customTitle"))) or self.title
        elif subtype == "parent_session":
            self.parent = clean(as_text(payload.get("parentSessionId")))
        elif subtype == "chat_compression":
            event = Event(EventKind.COMPACTION, "", line, key, timestamp=stamp)
            for content in as_records(payload.get("compressedHistory"))[:1]:
                return [event, dropped("summary", text_of_parts(content.get("parts"))[0], line, key, stamp)]
            return [event]
        elif subtype == "turn_result" and payload.get("state") == "cancelled":
            return [Event(EventKind.INTERRUPT, "", line, key, timestamp=stamp)]
        elif subtype == "slash_command" and payload.get("phase") == "invocation" and not payload.get("sentToModel"):
            return [dropped("command", as_text(payload.get("rawCommand")), line, key, stamp)]
        return []


def _asked(line: int, key: str, stamp: str, record: _Record, parts: list[dict[str, Any]]) -> list[Event]:
    """A prompt, what was typed while the assistant worked, or what the program says in the name of the user."""
    sent, has_image = text_of_parts(parts)
    subtype = record.subtype or ""
    reason = _BESIDE.get(subtype, "harness" if record.provenance in _PROGRAM else "")
    if record.external_input_kind:
        reason = "relay"
    if reason:
        return [dropped(reason, sent, line, key, stamp)]
    shown = as_text(as_record(loads(record.system_payload)).get("displayText")).strip()
    text, _, files = sent.partition(FILES)
    reminders = _REMINDER.findall(text)
    words = shown or _REMINDER.sub("", text).strip()
    if not words and not has_image:
        return [dropped("reminder", reminder, line, key, stamp) for reminder in reminders]
    kind = EventKind.STEERING if subtype == "mid_turn_user_message" else EventKind.PROMPT
    flags = frozenset({"image"}) if has_image else _NONE
    events = [Event(kind, clean(words), line, key, "", "", stamp, "", 0, flags)]
    if shown and shown != sent.strip():
        return [*events, dropped("context", sent, line, key, stamp)]
    events += [dropped("reminder", reminder, line, key, stamp) for reminder in reminders]
    return [*events, dropped("context", files, line, key, stamp)] if files else events
