"""A conversation with Hermes Agent: the rows of its message table, in whatever file they come, made into events."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Origin
from curator.formats.events import SessionEvents, clean, decode_arguments, dropped, system_text, tool_call, tool_result
from curator.formats.loose import as_record, as_records, as_text, loads
from curator.formats.timestamps import iso

_NONE: frozenset[str] = frozenset()
_PACKED = "\x00json:"
"""How content begins that is a list of parts, kept in a column of text."""
_COMPACTED = re.compile(r"\[CONTEXT COMPACTION")
_SKILL = re.compile(r'\[(?:SYSTEM|IMPORTANT): The user has invoked the "([^"]+)" skill')
_BESIDE_SKILL = "The user has provided the following instruction alongside the skill invocation:"
_NOTE = re.compile(r"\[(?:System note|SYSTEM|IMPORTANT|Note|Runtime note): [^\]]*\]\s*")
_HARNESS = re.compile(r"Review the conversation above and (?:update|consider)")
_INTERRUPTED = "Operation interrupted"
_FAILED = re.compile(r"API call failed after \d+ retries")


class Row(msgspec.Struct, gc=False):
    """A message, or what is said of a session; the columns of both tables, and of the older session files."""

    id: int | str | None = None
    session_id: str | None = None
    role: str | None = None
    content: Any = None
    tool_call_id: str | None = None
    tool_name: str | None = None
    tool_calls: Any = None
    timestamp: float | str | None = None
    finish_reason: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    observed: int | bool | None = None
    active: int | bool | None = None
    compacted: int | bool | None = None
    source: str | None = None
    platform: str | None = None
    model: str | None = None
    parent_session_id: str | None = None
    started_at: float | str | None = None
    session_start: str | None = None
    title: str | None = None
    cwd: str | None = None
    system_prompt: str | None = None
    model_config: Any = None
    session: Any = None
    messages: list[msgspec.Raw] | None = None


class Conversation:
    """One session while its rows come in."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._about = Row()
        self._rows: list[tuple[int, Row]] = []
        self._events: list[Event] = []
        self._tools: dict[str, str] = {}
        self._nameless: list[str] = []  # tools that were called without an id and have not answered yet
        self._is_left = False  # the last prompt was taken back

    def about(self, row: Row) -> None:
        """What is said of the session itself."""
        self._about = row

    def add(self, line: int, row: Row) -> None:
        """A message of it."""
        self._rows.append((line, row))

    def session(self, unknown: dict[str, int]) -> SessionEvents | None:
        """Its events in the order in which they were recorded; None where nobody said anything."""
        about = self._about
        if all(isinstance(row.id, int) for _, row in self._rows):
            self._rows.sort(key=lambda numbered: numbered[1].id or 0)
        if about.system_prompt:
            self._events.append(Event(EventKind.SYSTEM, system_text(about.system_prompt)))
        for line, row in self._rows:
            self._take(line, row, unknown)
        if not any(event.kind is EventKind.PROMPT for event in self._events):
            return None
        is_delegated = "_delegate_from" in as_record(_unpacked(about.model_config))
        return SessionEvents(
            clean(self._key),
            "hermes",
            clean(about.title or ""),
            clean(about.cwd or ""),
            iso(about.started_at) or about.session_start or iso(about.timestamp),
            Origin.AGENT if is_delegated else Origin.HUMAN,
            clean(about.model or ""),
            clean(about.parent_session_id or ""),
            joins_replies=False,
            events=self._events,
        )

    def _take(self, line: int, row: Row, unknown: dict[str, int]) -> None:
        stamp = iso(row.timestamp)
        key = clean(str(row.id) if row.id is not None else stamp)
        text, has_image = _words(row.content)
        is_left = row.active is not None and not row.active and not row.compacted
        if row.role == "user":
            self._user(line, key, stamp, text, has_image, is_left, bool(row.observed))
        elif is_left and not self._is_left:
            self._events.append(dropped("rewound", text, line, key, stamp))
        elif row.role == "assistant":
            self._reply(line, key, stamp, row, text)
        elif row.role == "tool":
            self._result(line, stamp, row, text, has_image)
        elif row.role == "system":
            self._events.append(Event(EventKind.SYSTEM, system_text(text), line, key, timestamp=stamp))
        else:
            unknown[row.role or ""] = unknown.get(row.role or "", 0) + 1

    def _user(
        self, line: int, key: str, stamp: str, text: str, has_image: bool, is_left: bool, is_observed: bool
    ) -> None:
        if _COMPACTED.match(text.lstrip()):
            self._events.append(Event(EventKind.COMPACTION, "", line, key, timestamp=stamp))
            self._events.append(dropped("summary", text, line, key, stamp))
            return
        if is_observed:
            # Said in a group, not to the agent.
            self._events.append(dropped("context", text, line, key, stamp))
            return
        words, flags, wrapped = _heard(text)
        if not words and not has_image:
            return
        if has_image:
            flags |= {"image"}
        if is_left:
            flags |= {"abandoned_branch"}
        if "cron" in (self._about.source, self._about.platform):
            flags |= {"not_human"}
        self._is_left = is_left
        self._events.append(Event(EventKind.PROMPT, clean(words), line, key, "", "", stamp, "", 0, flags))
        if wrapped:
            self._events.append(dropped("instructions", wrapped, line, key, stamp))

    def _reply(self, line: int, key: str, stamp: str, row: Row, text: str) -> None:
        model = clean(self._about.model or "")
        thought = (row.reasoning or row.reasoning_content or "").strip()
        if thought:
            self._events.append(Event(EventKind.THINKING, clean(thought), line, key, "", key, stamp, model))
        if text.startswith(_INTERRUPTED):
            self._events.append(Event(EventKind.INTERRUPT, clean(text), line, key, timestamp=stamp))
        elif _FAILED.match(text):
            self._events.append(Event(EventKind.API_ERROR, clean(text), line, key, "", key, stamp, model))
        elif text.strip():
            flags = frozenset({"truncated"}) if row.finish_reason == "length" else _NONE
            self._events.append(Event(EventKind.REPLY_TEXT, clean(text), line, key, "", key, stamp, model, 0, flags))
        for request in as_records(_unpacked(row.tool_calls)):
            asked = as_record(request.get("function")) or request
            call, tool = clean(as_text(request.get("id"))), clean(as_text(asked.get("name")))
            arguments = asked.get("arguments", asked.get("input"))
            if isinstance(arguments, str):
                arguments = decode_arguments(arguments)
            if call:
                self._tools[call] = tool
            else:
                self._nameless.append(tool)
            self._events.append(tool_call(tool, arguments, line, call, key, stamp))

    def _result(self, line: int, stamp: str, row: Row, text: str, has_image: bool) -> None:
        call = clean(row.tool_call_id or "")
        tool = self._tools.get(call) or clean(row.tool_name or "")
        if call not in self._tools:
            if tool not in self._nameless:
                self._events.append(dropped("orphan", text, line, "", stamp))
                return
            self._nameless.remove(tool)
        flags = frozenset({"image"}) if has_image else _NONE
        self._events.append(tool_result(text, line, call, stamp, tool, flags))


def _heard(text: str) -> tuple[str, frozenset[str], str]:
    """The person's words, flags, and what the program put before them."""
    words = text.strip()
    skill = _SKILL.match(words)
    if skill is not None:
        _, _, typed = words.partition(_BESIDE_SKILL)
        typed = typed.partition("\n\n[Runtime note:")[0].strip()
        return f"/{skill[1]} {typed}".strip(), frozenset({"slash_command"}), words
    note = _NOTE.match(words)
    if note is not None:
        rest = words[note.end() :]
        return (rest, _NONE, note[0]) if rest else (words, frozenset({"not_human"}), "")
    return words, frozenset({"not_human"}) if _HARNESS.match(words) else _NONE, ""


def _words(content: object) -> tuple[str, bool]:
    """The text of a message: a string, a list of parts, or such a list packed into a string; and whether it shows."""
    if isinstance(content, str) and content.startswith(_PACKED):
        content = loads(content.removeprefix(_PACKED))
    if isinstance(content, str):
        return content, False
    parts = as_records(content)
    text = "\n".join(said for part in parts if (said := as_text(part.get("text"))))
    return text, any("image" in as_text(part.get("type")) for part in parts)


def _unpacked(value: object) -> object:
    """What a column of text holds as JSON; anything else as it is."""
    return loads(value) if isinstance(value, str) else value
