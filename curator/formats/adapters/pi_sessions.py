"""Sessions of pi and its relatives (OMP, OpenClaw, Letta's local store): a tree of entries, one line each."""

from __future__ import annotations

import re
from collections.abc import Callable

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.pi_prompts import Heard, hear
from curator.formats.adapters.pi_records import ENTRIES, Block, Entry, Message, words_of
from curator.formats.adapters.pi_turns import Turns
from curator.formats.events import (
    SessionEvents,
    clean,
    decode_arguments,
    dropped,
    one_line,
    system_text,
    tool_call,
    tool_result,
)
from curator.formats.jsonlines import Source, read_records
from curator.formats.timestamps import iso

_NONE: frozenset[str] = frozenset()
_ENDS = {"length": frozenset({"truncated"}), "refusal": frozenset({"refusal"})}
_SIDE = frozenset(
    [
        "model_change", "thinking_level_change", "session_info", "title", "title_change", "label",
        "custom", "service_tier_change", "mode_change", "ttsr_injection", "context_transform", "ephemeral",
    ]
)  # fmt: skip


def read_session(
    data: Source,
    name: str,
    problems: list[Problem],
    unknown: dict[str, int],
    format: str,
    listen: Callable[[str], Heard] = hear,
    placeholders: frozenset[str] = _NONE,
) -> list[SessionEvents]:
    """The one conversation of a file.

    Every event belongs to the nearest prompt above it in the tree, so that a branch that was left keeps its own
    answer; prompts that are not above the newest entry are marked as left. `placeholders` are model names that stand
    for no model.
    """
    reading = _Reading(unknown, listen, placeholders)
    for number, entry in read_records(data, ENTRIES, problems):
        reading.take(number, entry)
    return reading.sessions(name, format)


class _Reading:
    """One pass over one file."""

    def __init__(self, unknown: dict[str, int], listen: Callable[[str], Heard], placeholders: frozenset[str]) -> None:
        self._unknown = unknown
        self._listen = listen
        self._placeholders = placeholders
        self._turns = Turns()
        self._tools: dict[str, str] = {}
        self._origin = Origin.HUMAN
        self._silent = ""
        self._result_at = ""  # when the last entry was written, if that was a tool's result
        self._key = self._title = self._project = self._started = self._model = self._parent = ""

    def take(self, line: int, entry: Entry) -> None:
        """One line of the file."""
        kind = entry.type or ""
        if kind == "session":
            self._head(entry)
            return
        if kind == "leaf":
            if entry.id:
                self._turns.turn_to(entry.id, entry.target_id)
                self._result_at = ""
            return
        if entry.id and self._turns.knows(entry.id):
            self._drop("repeated", words_of(entry.message.content)[0] if entry.message else kind, line, entry)
            return
        message = entry.message
        if entry.id:
            parent = entry.parent_id if isinstance(entry.parent_id, str) else None
            is_root = entry.parent_id is None and message is not None and message.role == "user"
            if self._turns.place(entry.id, parent, is_root):
                self._result_at = ""
        if kind == "message":
            if message is not None:
                self._message(line, entry, message)
        elif kind == "compaction":
            self._turns.add(Event(EventKind.COMPACTION, "", line, entry.id or "", timestamp=iso(entry.timestamp)))
        elif kind == "branch_summary":
            self._drop("summary", entry.summary or "", line, entry)
        elif kind == "custom_message":
            self._added(line, entry, entry)
        elif kind == "session_init":
            self._init(line, entry)
        elif kind == "custom" and entry.data is not None and entry.data.error:
            error = clean(entry.data.error)
            self._say(Event(EventKind.API_ERROR, error, line, clean(entry.id or ""), timestamp=iso(entry.timestamp)))
        elif kind not in _SIDE:
            self._unknown[kind] = self._unknown.get(kind, 0) + 1
        if kind in ("session_info", "title", "title_change"):
            self._title = entry.name or entry.title or self._title
        elif kind == "model_change" and entry.role in (None, "default"):
            self._model = entry.model_id or entry.model or self._model

    def _head(self, entry: Entry) -> None:
        self._key = self._key or entry.id or ""
        self._project = self._project or entry.cwd or ""
        self._started = self._started or iso(entry.timestamp)
        self._title = self._title or entry.title or ""
        self._model = self._model or entry.model_id or ""
        origin = entry.parent_session or entry.branched_from or ""
        self._parent = self._parent or re.sub(r"^.*[/\\]|\.jsonl$", "", origin).rpartition("_")[2]

    def _init(self, line: int, entry: Entry) -> None:
        """How OMP begins: with the system prompt, and with a task where another agent gave one."""
        if entry.task:
            self._origin = Origin.AGENT
        if entry.system_prompt:
            text = system_text(entry.system_prompt)
            self._turns.add(Event(EventKind.SYSTEM, text, line, entry.id or "", timestamp=iso(entry.timestamp)))

    def _message(self, line: int, entry: Entry, message: Message) -> None:
        role = message.role or ""
        stamp = iso(entry.timestamp) or iso(message.timestamp)
        written, self._result_at = self._result_at, ""
        if role == "user":
            self._user(line, entry, message, stamp, written)
        elif role == "assistant":
            self._assistant(line, entry, message, stamp)
        elif role in ("toolResult", "tool"):
            self._result(line, message, stamp)
            self._result_at = stamp
        elif role == "compactionSummary":
            self._turns.add(Event(EventKind.COMPACTION, "", line, entry.id or "", timestamp=stamp))
        elif role in ("bashExecution", "pythonExecution"):
            typed = message.command or message.code or ""
            self._drop("command-output", f"{typed}\n{message.output or ''}".strip(), line, entry)
        elif role == "branchSummary":
            self._drop("summary", message.summary or "", line, entry)
        elif role in ("custom", "hookMessage"):
            self._added(line, entry, message)
        elif role in ("developer", "fileMention"):
            self._drop("context", words_of(message.content)[0], line, entry)
        else:
            self._unknown[role] = self._unknown.get(role, 0) + 1

    def _user(self, line: int, entry: Entry, message: Message, stamp: str, written: str) -> None:
        text, has_image = words_of(message.content)
        if message.runtime_context:
            self._result_at = written
            self._drop("context", text, line, entry)
            return
        heard = self._listen(text)
        if heard.silent or not (heard.text or has_image):
            self._silent = heard.silent
            self._drop(heard.silent or "harness", text, line, entry)
            return
        typed = iso(message.timestamp)
        key = clean(entry.id or message.id or typed or stamp)
        flags = heard.flags | {"image"} if has_image else heard.flags
        if message.attribution == "agent":
            flags |= {"not_human"}
        prompt = Event(EventKind.PROMPT, clean(heard.text), line, key, "", "", stamp, "", 0, flags)
        if typed and written and typed < written:
            # It was typed before the tool had finished, and waited until the assistant could hear it.
            self._silent = ""
            self._turns.add(prompt._replace(kind=EventKind.STEERING))
        else:
            self._open(entry, prompt)
        if heard.wrapped:
            self._drop("context", heard.wrapped, line, entry)

    def _open(self, entry: Entry, prompt: Event) -> None:
        self._silent = ""
        self._turns.begin(entry.id or "", prompt)

    def _added(self, line: int, entry: Entry, added: Entry | Message) -> None:
        """What an extension put in; a skill that the person called stands for a prompt."""
        text, _ = words_of(added.content)
        if added.custom_type == "skill-prompt" and added.attribution == "user" and added.details is not None:
            words = f"/skill:{added.details.name or ''} {added.details.args or ''}".strip()
            key, flags = clean(entry.id or f"line-{line}"), frozenset({"slash_command"})
            stamp = iso(entry.timestamp)
            self._open(entry, Event(EventKind.PROMPT, clean(words), line, key, "", "", stamp, "", 0, flags))
            self._drop("instructions", text, line, entry)
        else:
            self._drop("hidden" if added.display is False else "context", text, line, entry)

    def _assistant(self, line: int, entry: Entry, message: Message, stamp: str) -> None:
        key = clean(entry.id or message.id or f"line-{line}")
        model = clean(message.model or "")
        named = "" if model in self._placeholders else model
        self._model = named or self._model
        flags = _ENDS.get(message.stop_reason or "", _NONE)
        content = message.content
        if isinstance(content, str):
            content = [Block("text", content)]
        for block in content or ():
            if block.type == "text" and block.text:
                words = clean(block.text)
                self._say(Event(EventKind.REPLY_TEXT, words, line, key, "", key, stamp, model, 0, flags))
            elif block.type == "thinking" and block.thinking:
                words = clean(block.thinking)
                self._say(Event(EventKind.THINKING, words, line, key, "", key, stamp, model))
            elif block.type == "toolCall":
                call, tool = clean(block.id or ""), block.name or ""
                self._tools[call] = clean(tool)
                self._say(tool_call(tool, decode_arguments(block.arguments), line, call, key, stamp))
        if message.stop_reason == "aborted":
            self._say(Event(EventKind.INTERRUPT, clean(message.error_message or ""), line, key, timestamp=stamp))
        elif message.stop_reason == "error":
            error = clean(message.error_message or "")
            self._say(Event(EventKind.API_ERROR, error, line, key, "", key, stamp, model))

    def _result(self, line: int, message: Message, stamp: str) -> None:
        text, has_image = words_of(message.content)
        call = clean(message.tool_call_id or "")
        if call not in self._tools:
            self._turns.add(dropped("orphan", text, line, "", stamp))
            return
        flags = frozenset({"is_error"}) if message.is_error else _NONE
        if has_image:
            flags |= {"image"}
        self._say(tool_result(text, line, call, stamp, clean(message.tool_name or self._tools[call]), flags))

    def _say(self, event: Event) -> None:
        """What the assistant did; where nobody had asked, it is kept only to be shown as left out."""
        if self._silent:
            words = one_line(event.text) if event.kind is EventKind.TOOL_RESULT else event.text
            event = dropped(self._silent, words, event.line, event.id, event.timestamp)
        self._turns.add(event)

    def _drop(self, reason: str, text: str, line: int, entry: Entry) -> None:
        if text:
            self._turns.add(dropped(reason, text, line, clean(entry.id or ""), iso(entry.timestamp)))

    def sessions(self, name: str, format: str) -> list[SessionEvents]:
        """What was found: the prompts in the file's order, each with what belongs to it."""
        events = self._turns.events()
        if not any(event.kind is not EventKind.META for event in events):
            return []
        return [
            SessionEvents(
                clean(self._key or name),
                format,
                clean(self._title),
                clean(self._project),
                self._started,
                self._origin,
                model=clean(self._model),
                parent_key=clean(self._parent),
                joins_replies=False,
                events=events,
            )
        ]
