"""Claude Code sessions: JSON Lines of uuid-linked records, chunked replies, subagents and harness noise."""

from __future__ import annotations

import re
from typing import Any

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.claude_branches import abandoned_prompts
from curator.formats.adapters.claude_prompts import rejection, take_apart
from curator.formats.adapters.claude_records import ATTACHMENTS, RECORDS, Block, Message, Record, raw_text, result_text
from curator.formats.events import KEEP, SessionEvents, clean, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import UNREADABLE, Source, read_records

_NONE: frozenset[str] = frozenset()
_LINKED_TYPES = frozenset({"user", "assistant", "system", "attachment", "progress"})
_SIDE_TYPES = frozenset(
    [
        "file-history-snapshot", "file-history-delta", "queue-operation", "permission-mode", "last-prompt",
        "ai-title", "custom-title", "mode", "agent-name", "agent-setting", "pr-link", "worktree-state",
    ]
)  # fmt: skip
_LINKS = re.compile(rb'"parentUuid"\s*:|"sessionId"\s*:.*"uuid"\s*:|"uuid"\s*:.*"sessionId"\s*:', re.S)

_KNOWN = frozenset(
    [
        "user", "assistant", "system", "attachment", "progress", "summary", "file-history-snapshot",
        "file-history-delta", "queue-operation", "permission-mode", "mode", "last-prompt", "ai-title",
        "custom-title", "agent-name", "agent-setting", "pr-link", "worktree-state", "started", "result",
    ]
)  # fmt: skip


def recognises(head: Head) -> bool:
    """Whether its records are linked by uuids, or are what Claude Code writes beside them."""
    return any(map(_is_own, head.records)) or (not head.records and not head.is_list and head.matches(_LINKS))


def _is_own(record: dict[str, Any]) -> bool:
    kind = record.get("type")
    if kind == "summary":
        return "leafUuid" in record
    if kind in _SIDE_TYPES:
        return "sessionId" in record or "messageId" in record
    return kind in _LINKED_TYPES and isinstance(record.get("uuid"), str)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The main conversation of the file, then one session for each subagent whose records lie in it."""
    return _Reading(problems, unknown).read(data, name)


class _Thread:
    """One conversation while its records come in; merges the chunks of a reply, which share a message id."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.tools: dict[str, str] = {}  # call id → tool name
        self.session_id = ""
        self.agent_id = ""
        self.first_id = ""
        self.project = ""
        self.started = ""
        self.is_placed = False  # all of the above is known
        self.model = ""
        self._message_id = ""
        self._chunks: dict[str, int] = {}  # of the present message: block kind or tool id → place in events

    def place(self, record: Record, stamp: str) -> None:
        """Take what is not known yet of where and when the conversation is; the first records tell."""
        self.first_id = self.first_id or record.uuid or ""
        if not self.session_id and record.sessionId:
            self.session_id = record.sessionId
            self.agent_id = record.agentId or ""
        self.project = self.project or clean(record.cwd or "")
        self.started = self.started or stamp
        self.is_placed = bool(self.first_id and self.session_id and self.project and self.started)

    def reply(self, record: Record, message: Message, line: int, stamp: str) -> None:
        """A chunk of a reply: additive (a block a line) or cumulative (the same text, grown)."""
        message_id = message.id or record.uuid or f"line-{line}"
        model = message.model or ""
        if message_id != self._message_id:
            self._message_id, self._chunks = message_id, {}
        events, chunks = self.events, self._chunks
        is_error = record.isApiErrorMessage or model == "<synthetic>"
        if model and not is_error:
            self.model = model
        content = message.content
        if isinstance(content, str):
            content = [Block("text", text=content)]
        uuid = record.uuid or ""
        for block in content or ():
            kind = block.type
            if kind == "text":
                text = block.text
                if not text:
                    continue
                if is_error:
                    flags = frozenset({"synthetic"}) if not record.isApiErrorMessage else _NONE
                    events.append(
                        Event(EventKind.API_ERROR, clean(text), line, uuid, "", message_id, stamp, model, 0, flags)
                    )
                    continue
                event = Event(EventKind.REPLY_TEXT, clean(text), line, uuid, "", message_id, stamp, model)
            elif kind == "thinking":
                if not block.thinking:
                    continue
                event = Event(EventKind.THINKING, clean(block.thinking), line, uuid, "", message_id, stamp, model)
            elif kind == "tool_use" or kind == "server_tool_use":
                tool = block.name or ""
                call = block.id or ""
                self.tools[call] = tool
                event = tool_call(tool, block.input, line, call, message_id, stamp)
                kind = call or kind
                if kind in chunks:
                    events[chunks[kind]] = event
                    continue
                chunks[kind] = len(events)
                events.append(event)
                continue
            else:
                continue
            before = chunks.get(kind)
            if before is not None and event.text.startswith(events[before].text):
                events[before] = event
            else:
                chunks[kind] = len(events)
                events.append(event)
        if message.stop_reason == "max_tokens":
            self._flag_reply(message_id, "truncated")
        elif message.stop_reason == "refusal":
            self._flag_reply(message_id, "refusal")

    def _flag_reply(self, message_id: str, flag: str) -> None:
        for at in range(len(self.events) - 1, -1, -1):
            event = self.events[at]
            if event.message_id == message_id and event.kind is EventKind.REPLY_TEXT:
                self.events[at] = event._replace(flags=event.flags | {flag})
                return

    def user(self, record: Record, message: Message, line: int, stamp: str) -> bool:
        """A record with role=user; True when it is a person's prompt."""
        events = self.events
        uuid = record.uuid or ""
        content = message.content
        if isinstance(content, str):
            content = [Block("text", text=content)]
        if record.isMeta or record.isCompactSummary or record.isVisibleInTranscriptOnly:
            text = "\n\n".join(b.text for b in content or () if b.text)
            if record.isCompactSummary and not (events and events[-1].kind is EventKind.COMPACTION):
                events.append(Event(EventKind.COMPACTION, "", line, uuid, timestamp=stamp))
            if text:
                events.append(_shortened(EventKind.META, text, line, uuid, stamp))
            return False
        words: list[str] = []
        kinds: set[str] = set()
        has_result = False
        for block in content or ():
            kind = block.type
            if kind == "tool_result":
                has_result = True
                self._result(block, line, stamp)
            elif kind == "text" and block.text:
                said = take_apart(block.text)
                if said.wrapped:
                    events.append(_shortened(EventKind.META, said.wrapped, line, uuid, stamp))
                if said.kind in ("prompt", "command"):
                    words.append(said.text)
                    kinds.add(said.kind)
                elif said.kind == "interrupt":
                    events.append(Event(EventKind.INTERRUPT, clean(said.text), line, uuid, timestamp=stamp))
                elif said.text:
                    events.append(_shortened(EventKind.META, said.text, line, uuid, stamp))
            elif kind == "image":
                kinds.add("image")
        if not words and ("image" not in kinds or has_result):
            return False
        if has_result:
            # Words beside a tool's result were typed while the assistant worked.
            events.append(Event(EventKind.STEERING, clean("\n\n".join(words)), line, uuid, timestamp=stamp))
            return False
        flags = {"image"} & kinds
        if "command" in kinds:
            flags.add("slash_command")
        if record.promptSource == "system":
            flags.add("not_human")
        text = clean("\n\n".join(words))
        events.append(
            Event(EventKind.PROMPT, text, line, uuid, record.parentUuid or "", "", stamp, "", 0, frozenset(flags))
        )
        return True

    def _result(self, block: Block, line: int, stamp: str) -> None:
        call = block.tool_use_id or ""
        text, has_image = result_text(block.content)
        flags = _NONE
        said = rejection(text) if text.startswith("The user") else None
        if block.is_error or said is not None or has_image:
            flags = frozenset(
                flag
                for flag, is_set in (
                    ("is_error", block.is_error),
                    ("rejected_tool", said is not None),
                    ("image", has_image),
                )
                if is_set
            )
        self.events.append(tool_result(text, line, call, stamp, self.tools.get(call, ""), flags))
        if said:
            self.events.append(Event(EventKind.STEERING, clean(said), line, timestamp=stamp))


class _Reading:
    """One pass over one file."""

    def __init__(self, problems: list[Problem], unknown: dict[str, int]) -> None:
        self._problems = problems
        self._unknown = unknown
        self._main = _Thread()
        self._sides: dict[str, _Thread] = {}
        self._side_roots: dict[str, str] = {}
        self._parents: dict[str, str] = {}  # uuid → parent uuid, in file order; main thread only
        self._prompts: list[str] = []
        self._summaries: dict[str, str] = {}
        self._title = ""

    def read(self, data: Source, name: str) -> list[SessionEvents]:
        seen: set[str] = set()
        for line, record in read_records(data, RECORDS, self._problems):
            uuid = record.uuid
            if uuid:
                if uuid in seen:
                    continue  # a resumed session writes its history again
                if record.message is not None or record.type not in ("user", "assistant"):
                    seen.add(uuid)
            self._take(line, record)
        return self._sessions(name)

    def _take(self, line: int, record: Record) -> None:
        kind = record.type or ""
        thread = self._side(record) if record.isSidechain else self._main
        uuid = record.uuid
        stamp = record.timestamp or ""
        if uuid:
            if thread is self._main:
                self._parents[uuid] = record.parentUuid or record.logicalParentUuid or ""
            if not thread.is_placed:
                thread.place(record, stamp)
        message = record.message
        if kind == "assistant":
            if message is not None:
                thread.reply(record, message, line, stamp)
        elif kind == "user":
            if message is not None and thread.user(record, message, line, stamp) and uuid and thread is self._main:
                self._prompts.append(uuid)
        elif kind == "attachment":
            self._attachment(thread, record, line, stamp)
        elif kind == "system":
            _system(thread, record, line, stamp)
        elif kind == "summary":
            if record.summary and record.leafUuid:
                self._summaries[record.leafUuid] = record.summary
        elif kind in ("ai-title", "custom-title"):
            self._title = record.customTitle or record.aiTitle or self._title
        elif kind not in _KNOWN:
            self._unknown[kind] = self._unknown.get(kind, 0) + 1

    def _side(self, record: Record) -> _Thread:
        """The thread of a subagent: by its id, or in older versions by the root of its chain."""
        uuid = record.uuid or ""
        root = record.agentId or self._side_roots.get(record.parentUuid or "") or uuid
        self._side_roots[uuid] = root
        return self._sides.setdefault(root, _Thread())

    def _attachment(self, thread: _Thread, record: Record, line: int, stamp: str) -> None:
        try:
            attachment = ATTACHMENTS.decode(record.attachment)
        except UNREADABLE:
            return
        if attachment.type != "queued_command" or attachment.commandMode not in (None, "prompt"):
            return
        said = take_apart(raw_text(attachment.prompt))
        if said.kind in ("prompt", "command"):
            thread.events.append(Event(EventKind.STEERING, clean(said.text), line, record.uuid or "", timestamp=stamp))

    def _sessions(self, name: str) -> list[SessionEvents]:
        main = self._main
        abandoned = abandoned_prompts(self._parents, self._prompts)
        if abandoned:
            main.events = [
                e._replace(flags=e.flags | {"abandoned_branch"})
                if e.kind is EventKind.PROMPT and e.id in abandoned
                else e
                for e in main.events
            ]
        summary = next((text for leaf, text in self._summaries.items() if leaf in self._parents), "")
        main_key = main.session_id or main.first_id or name
        found = []
        if main.events:
            found.append(_session(main, main_key, clean(self._title or summary), Origin.HUMAN, ""))
        for root, side in self._sides.items():
            if side.events:
                parent = side.session_id or main.session_id
                found.append(_session(side, f"{parent}/{root}" if parent else root, "", Origin.AGENT, parent))
        return found


def _session(thread: _Thread, key: str, title: str, origin: Origin, parent: str) -> SessionEvents:
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
        events=thread.events,
    )


def _system(thread: _Thread, record: Record, line: int, stamp: str) -> None:
    if record.subtype == "compact_boundary":
        thread.events.append(Event(EventKind.COMPACTION, "", line, record.uuid or "", timestamp=stamp))
    elif record.subtype == "api_error":
        text = raw_text(record.content)
        thread.events.append(
            Event(
                EventKind.API_ERROR,
                clean(text[:KEEP]),
                line,
                record.uuid or "",
                timestamp=stamp,
                flags=frozenset({"retried"}),
            )
        )


def _shortened(kind: EventKind, text: str, line: int, uuid: str, stamp: str) -> Event:
    length = len(text) if len(text) > KEEP else 0
    return Event(kind, clean(text[:KEEP]), line, uuid, timestamp=stamp, length=length)
