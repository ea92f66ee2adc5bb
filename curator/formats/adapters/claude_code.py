"""Claude Code sessions: JSON Lines of uuid-linked records, chunked replies, subagents and harness noise."""

from __future__ import annotations

import re
from typing import Any

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.claude_asides import of_attachment, of_kind
from curator.formats.adapters.claude_branches import abandoned_prompts
from curator.formats.adapters.claude_records import ATTACHMENTS, RECORDS, Record, not_human, raw_text
from curator.formats.adapters.claude_thread import Thread
from curator.formats.events import SessionEvents, clean, dropped
from curator.formats.head import Head
from curator.formats.jsonlines import UNREADABLE, Source, read_records

_SPOKEN = frozenset({"user", "assistant"})
_LINKED_TYPES = frozenset({"user", "assistant", "system", "attachment", "progress"})
_SIDE_TYPES = frozenset(
    [
        "file-history-snapshot", "file-history-delta", "queue-operation", "permission-mode", "last-prompt",
        "ai-title", "custom-title", "mode", "agent-name", "agent-setting", "pr-link", "worktree-state",
    ]
)  # fmt: skip
_WEB = 8 << 10
_LINKS = re.compile(rb'"parentUuid"\s*:|"sessionId"\s*:.*"uuid"\s*:|"uuid"\s*:.*"sessionId"\s*:', re.S)

_QWENS = re.compile(rb'\A\{\s*"uuid"\s*:\s*"[^"]*"\s*,\s*"parentUuid"\s*:')
"""How Qwen Code's records begin, which are linked in the same way; Claude Code's begin with the parent."""


def recognises(head: Head) -> bool:
    """Whether its records are linked by uuids, or are what Claude Code writes beside them."""
    if b'"loglines"' in head.raw[:_WEB]:  # the web's sessions hold the same records, in one document
        return False
    if head.records:
        return any(map(_is_own, head.records))
    if head.is_list or head.matches(_QWENS):
        return False
    return head.matches(_LINKS) and not head.has("projectHash")


def _is_own(record: dict[str, Any]) -> bool:
    kind = record.get("type")
    if not isinstance(kind, str):
        return False
    if kind == "summary":
        return "leafUuid" in record
    if kind in _SIDE_TYPES:
        return "sessionId" in record or "messageId" in record
    is_captured = "session_id" in record and "sessionId" not in record  # printed, not kept
    message = record.get("message")
    is_qwens = "systemPayload" in record or (isinstance(message, dict) and "parts" in message)
    return kind in _LINKED_TYPES and isinstance(record.get("uuid"), str) and not is_captured and not is_qwens


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The main conversation of the file, then one session for each subagent whose records lie in it."""
    reading = Growing(problems, unknown)
    reading.take(data)
    return reading.sessions(name)


class Growing:
    """What the lines of one file said so far; more may follow (see `formats.growing`)."""

    def __init__(self, problems: list[Problem], unknown: dict[str, int]) -> None:
        self._problems = problems
        self._unknown = unknown
        self._main = Thread()
        self._sides: dict[str, Thread] = {}
        self._side_roots: dict[str, str] = {}
        self._parents: dict[str, str] = {}  # uuid → parent uuid, in file order; main thread only
        self._prompts: list[str] = []
        self._summaries: dict[str, str] = {}
        self._title = ""
        self._seen: set[str] = set()

    def take(self, data: Source, first: int = 1) -> None:
        """Read whole lines, of which the first has this number."""
        seen, main, parents = self._seen, self._main, self._parents
        for line, record in read_records(data, RECORDS, self._problems, first):
            kind, uuid, message = record.type, record.uuid, record.message
            thread = self._side(record) if record.isSidechain else main
            stamp = record.timestamp or ""
            if uuid:
                if uuid in seen:  # a resumed session writes its history again
                    thread.events.append(dropped("repeated", kind or "", line, uuid))
                    continue
                if message is not None or kind not in _SPOKEN:
                    seen.add(uuid)
                if thread is main:
                    parents[uuid] = record.parentUuid or record.logicalParentUuid or ""
                if not thread.is_placed:
                    thread.place(record, stamp)
            if message is not None and kind == "assistant":
                thread.reply(record, message, line, stamp)
            elif message is not None and kind == "user":
                if thread.user(record, message, line, stamp) and uuid and thread is main:
                    self._prompts.append(uuid)
            else:
                self._take_aside(thread, kind or "", line, record, stamp)

    def _take_aside(self, thread: Thread, kind: str, line: int, record: Record, stamp: str) -> None:
        """A record that is no part of the conversation, or says something about it."""
        if kind == "attachment":
            self._attachment(thread, record, line, stamp)
            return
        if kind == "system":
            thread.system(record, line, stamp)
            return
        if kind == "summary":
            if record.summary and record.leafUuid:
                self._summaries[record.leafUuid] = record.summary
        elif kind in ("ai-title", "custom-title"):
            self._title = record.customTitle or record.aiTitle or self._title
        reason, text = of_kind(kind, record)
        if reason == "unknown":
            self._unknown[kind] = self._unknown.get(kind, 0) + 1
        thread.events.append(dropped(reason, text, line, record.uuid or "", stamp))

    def _side(self, record: Record) -> Thread:
        """The thread of a subagent: by its id, or in older versions by the root of its chain."""
        uuid = record.uuid or ""
        root = record.agentId or self._side_roots.get(record.parentUuid or "") or uuid
        self._side_roots[uuid] = root
        thread = self._sides.get(root)
        if thread is None:
            thread = self._sides[root] = Thread()
        return thread

    def _attachment(self, thread: Thread, record: Record, line: int, stamp: str) -> None:
        uuid = record.uuid or ""
        try:
            attachment = ATTACHMENTS.decode(record.attachment)
        except UNREADABLE:
            thread.events.append(dropped("unknown", "attachment", line, uuid, stamp))
            return
        cause = not_human(attachment.origin)
        if cause:
            thread.events.append(dropped(cause, raw_text(attachment.prompt), line, uuid, stamp))
            return
        if attachment.type == "queued_command" and attachment.commandMode in (None, "prompt"):
            thread.steer(raw_text(attachment.prompt), line, uuid, stamp)
            return
        reason, text = of_attachment(attachment)
        thread.events.append(dropped(reason, text, line, uuid, stamp))

    def sessions(self, name: str) -> list[SessionEvents]:
        """The conversations as far as they were read."""
        main = self._main
        abandoned = abandoned_prompts(self._parents, self._prompts)
        events = main.events
        if abandoned:
            events = [
                e._replace(flags=e.flags | {"abandoned_branch"})
                if e.kind is EventKind.PROMPT and e.id in abandoned
                else e
                for e in events
            ]
        summary = next((text for leaf, text in self._summaries.items() if leaf in self._parents), "")
        main_key = main.session_id or main.first_id or name
        found = []
        if events:
            title = clean(self._title or summary)
            found.append(_session(main, events, main_key, title, Origin.HUMAN, main.parent_id))
        for root, side in self._sides.items():
            if side.events:
                parent = side.session_id or main.session_id
                key = f"{parent}/{root}" if parent else root
                found.append(_session(side, side.events, key, "", Origin.AGENT, parent))
        return found


def _session(thread: Thread, events: list[Event], key: str, title: str, origin: Origin, parent: str) -> SessionEvents:
    return SessionEvents(
        clean(key),
        "claude-code",
        title,
        thread.project,
        thread.started,
        origin,
        clean(thread.model),
        clean(parent),
        joins_replies=False,
        events=events,
    )
