"""OpenCode: what `opencode export` writes, and the messages and parts that its database holds the same way.

Each assistant message names the user message that it answers (`parentID`), so that the exchanges are told, not guessed
(packages/opencode/src/session/message-v2.ts and session.sql.ts, 2026).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters import opencode_v2
from curator.formats.adapters.opencode_records import Error, ErrorData, Info, Message, Part, SessionInfo, State, Time
from curator.formats.documents import list_items
from curator.formats.events import SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_record, decoded, loads

_NONE: frozenset[str] = frozenset()
_START = re.compile(rb'\A\{\s*"info"\s*:\s*\{')
_SECOND = re.compile(rb'"type"\s*:\s*"(?:user|synthetic|system|agent-switched|model-switched)"')
_NO_TITLE = re.compile(r"(?:New|Child) session - \d{4}-\d\d-\d\dT[\d:.]+Z")
_REJECTED = re.compile(
    r"The user rejected permission to use this specific tool call(?: with the following feedback: )?"
)
_SILENT = frozenset(["step-start", "step-finish", "snapshot", "patch", "agent"])


class _Document(msgspec.Struct, gc=False):
    info: SessionInfo | None = None
    messages: list[msgspec.Raw] | None = None


_DOCUMENT = msgspec.json.Decoder(_Document)
_MESSAGE = msgspec.json.Decoder(Message)


def recognises(head: Head) -> bool:
    """Whether it is a session's head and its messages, each with head and parts of its own."""
    if head.is_list:
        return False
    if any(map(_is_own, head.records)):
        return True
    return head.matches(_START) and head.has("messages") and (head.has("parts") or head.matches(_SECOND))


def _is_own(record: dict[str, Any]) -> bool:
    messages = record.get("messages")
    if not isinstance(record.get("info"), dict) or not isinstance(messages, list):
        return False
    if not messages:
        return True
    first = as_record(messages[0])
    return ("info" in first and "parts" in first) or opencode_v2.is_message(first)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one session of an export. A problem's line is the number of its document."""
    found = []
    for number, raw in list_items(data, problems):
        document = decoded(_DOCUMENT, raw)
        if document is None:
            problems.append(Problem(number, "The session is not readable."))
            continue
        session = session_of(document.info or SessionInfo(), _messages(document.messages or []), name, unknown)
        if session.events:
            found.append(session)
    return found


def _messages(raws: list[msgspec.Raw]) -> Iterator[Message]:
    """The messages of an export, of either version."""
    if raws and opencode_v2.is_message(as_record(loads(raws[0]))):
        yield from opencode_v2.told(record for raw in raws if (record := as_record(loads(raw))))
    else:
        yield from (message for raw in raws if (message := decoded(_MESSAGE, raw)) is not None)


def session_of(info: SessionInfo, messages: Iterable[Message], name: str, unknown: dict[str, int]) -> SessionEvents:
    """The events of one session, its messages in the order in which they were made."""
    reading = _Reading(unknown, info.revert.messageID if info.revert is not None else None)
    for line, message in enumerate(messages, 1):
        reading.take(line, message)
    title = info.title or ""
    return SessionEvents(
        clean(info.id or name),
        "opencode",
        "" if _NO_TITLE.fullmatch(title) else clean(title),
        clean(info.directory or ""),
        as_moment(info.time.created) if info.time is not None else "",
        Origin.AGENT if info.parentID else Origin.HUMAN,
        reading.model,
        clean(info.parentID or ""),
        joins_replies=False,
        events=[event for turn in reading.turns for event in turn.events],
    )


@dataclass(slots=True)
class _Turn:
    """A prompt and what answers it; `ended` is when the last of that was done, in milliseconds."""

    events: list[Event] = field(default_factory=list)
    ended: float = 0
    finish: str = ""


class _Reading:
    """One pass over the messages of a session."""

    def __init__(self, unknown: dict[str, int], reverted: str | None) -> None:
        self.turns: list[_Turn] = []
        self.model = ""
        self._by_user: dict[str, _Turn] = {}
        self._unknown = unknown
        self._reverted = reverted
        self._is_reverted = False

    def take(self, line: int, message: Message) -> None:
        info = message.info or Info()
        if self._reverted and info.id == self._reverted:
            self._is_reverted = True
        if info.role == "user":
            self._user(line, info, message.parts or [])
        elif info.role == "assistant":
            self._assistant(line, info, message.parts or [])
        else:
            self._count(f"message of {info.role or 'nobody'}")

    def _user(self, line: int, info: Info, parts: list[Part]) -> None:
        id = clean(info.id or "")
        created = info.time.created if info.time is not None and info.time.created else 0.0
        stamp = as_moment(created)
        words: list[str] = []
        flags: set[str] = set()
        beside: list[Event] = []
        for part in parts:
            if part.type == "text":
                if part.synthetic or part.ignored:
                    beside.append(dropped("context", part.text or "", line, clean(part.id or ""), stamp))
                elif part.text:
                    words.append(part.text)
            elif part.type == "file":
                if (part.mime or "").startswith("image/"):
                    flags.add("image")
                beside.append(dropped("context", part.filename or "", line, clean(part.id or ""), stamp))
            elif part.type == "compaction":
                beside.append(Event(EventKind.COMPACTION, "", line, id, timestamp=stamp))
            elif part.type == "subtask":
                if part.command:
                    flags.add("slash_command")
                words.append(f"/{part.command}" if part.command else part.prompt or "")
            elif part.type not in _SILENT:
                self._count(part.type)
        text = clean("\n\n".join(words).strip())
        last = self.turns[-1] if self.turns else None
        if not text and "image" not in flags:
            # The program's own message: what answers it goes on with the turn before.
            turn = last or self._opened()
        elif last is not None and _is_steering(info, last):
            turn = last
            turn.events.append(Event(EventKind.STEERING, text, line, id, timestamp=stamp))
        else:
            turn = self._opened()
            if self._is_reverted:
                flags.add("abandoned_branch")
            turn.events.append(Event(EventKind.PROMPT, text, line, id, "", "", stamp, "", 0, frozenset(flags)))
        turn.events += beside
        self._by_user[info.id or ""] = turn

    def _opened(self) -> _Turn:
        turn = _Turn()
        self.turns.append(turn)
        return turn

    def _assistant(self, line: int, info: Info, parts: list[Part]) -> None:
        turn = self._by_user.get(info.parentID or "") or (self.turns[-1] if self.turns else self._opened())
        time = info.time or Time()
        stamp = as_moment(time.created)
        self.model = clean(info.modelID or "") or self.model
        is_summary = info.summary is True or "compaction" in (info.mode, info.agent)
        events: list[Event] = []
        for part in parts:
            if part.type == "tool":
                turn.ended = max(turn.ended, _tool(events, part, line, info.id or "", stamp))
            elif is_summary and part.type in ("text", "reasoning"):
                events.append(dropped("summary", part.text or "", line, clean(part.id or ""), stamp))
            else:
                self._said(events, part, line, info, stamp)
        events += _ending(info, line, stamp)
        if is_summary and not any(e.kind is EventKind.COMPACTION for e in turn.events[-1:]):
            turn.events.append(Event(EventKind.COMPACTION, "", line, clean(info.id or ""), timestamp=stamp))
        turn.events += events
        turn.ended = max(turn.ended, time.completed or 0)
        turn.finish = "stop" if info.error is not None else info.finish or ""

    def _said(self, events: list[Event], part: Part, line: int, info: Info, stamp: str) -> None:
        text = clean(part.text or "")
        id, message = clean(part.id or ""), clean(info.id or f"line-{line}")
        if part.type == "text":
            if part.synthetic or part.ignored:
                events.append(dropped("harness", text, line, id, stamp))
            elif text.strip():
                flags = _NONE
                if info.finish == "length" or (
                    info.error is not None and info.error.name == "MessageOutputLengthError"
                ):
                    flags = frozenset({"truncated"})
                elif info.finish == "content-filter":
                    flags = frozenset({"refusal"})
                events.append(
                    Event(EventKind.REPLY_TEXT, text, line, id, "", message, stamp, clean(info.modelID or ""), 0, flags)
                )
        elif part.type == "reasoning":
            if text.strip():
                events.append(Event(EventKind.THINKING, text, line, id, "", message, stamp))
        elif part.type == "retry":
            events.append(_error(part.error or Error(), line, stamp, frozenset({"retried"})))
        elif part.type == "compaction":
            events.append(Event(EventKind.COMPACTION, "", line, id, timestamp=stamp))
        elif part.type not in _SILENT and part.type not in ("file", "subtask"):
            self._count(part.type)

    def _count(self, kind: str) -> None:
        kind = f"part {kind}" if not kind.startswith("message") else kind
        self._unknown[clean(kind)] = self._unknown.get(clean(kind), 0) + 1


def _is_steering(info: Info, last: _Turn) -> bool:
    if info.steers is not None:
        return info.steers
    created = info.time.created if info.time is not None else None
    return bool(created) and (created or 0) < last.ended and last.finish != "stop"


def _tool(events: list[Event], part: Part, line: int, message: str, stamp: str) -> float:
    """The call and its result; returns when it was done, in milliseconds."""
    state = part.state or State()
    time = state.time or Time()
    name, call = clean(part.tool or ""), clean(part.callID or part.id or "")
    events.append(
        tool_call(name, decode_arguments(state.input), line, call, clean(message), as_moment(time.start) or stamp)
    )
    ended = as_moment(time.end) or stamp
    if state.status == "completed":
        events.append(tool_result(state.output or "", line, call, ended, name))
    elif state.status == "error":
        text = state.error or ""
        rejected = _REJECTED.match(text)
        flags = frozenset({"is_error", "rejected_tool"}) if rejected else frozenset({"is_error"})
        events.append(tool_result(text, line, call, ended, name, flags))
        if rejected and rejected.group().endswith(": ") and (said := text[rejected.end() :].strip()):
            events.append(Event(EventKind.STEERING, clean(said), line, timestamp=ended))
    return time.end or 0


def _ending(info: Info, line: int, stamp: str) -> list[Event]:
    """What the message's error says of its end."""
    error = info.error
    if error is None or error.name == "MessageOutputLengthError":
        return []
    if error.name == "MessageAbortedError":
        text = (error.data or ErrorData()).message or ""
        return [Event(EventKind.INTERRUPT, clean(text), line, timestamp=stamp)]
    return [_error(error, line, stamp)]


def _error(error: Error, line: int, stamp: str, flags: frozenset[str] = _NONE) -> Event:
    text = (error.data or ErrorData()).message or error.name
    return Event(EventKind.API_ERROR, clean(text), line, timestamp=stamp, flags=flags)
