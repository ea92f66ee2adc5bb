"""One conversation of Claude Code while its records come in: chunks of a reply are merged, harness texts told apart."""

from __future__ import annotations

from curator.core.exchange import Event, EventKind
from curator.formats.adapters.claude_prompts import Said, reason_of, rejection, take_apart
from curator.formats.adapters.claude_records import Block, Message, Record, not_human, raw_text, result_text
from curator.formats.events import KEEP, NO_FLAGS, clean, dropped, event_of, tool_call, tool_result

_PROMPT = EventKind.PROMPT
_REPLY = EventKind.REPLY_TEXT
_THINKING = EventKind.THINKING
_STEERING = EventKind.STEERING
_INTERRUPT = EventKind.INTERRUPT
_API_ERROR = EventKind.API_ERROR
_COMPACTION = EventKind.COMPACTION
_META = EventKind.META
_LOOK_BACK = 64
_SKILL = "Base directory for this skill"
"""How the text of a skill begins that the assistant called by itself."""


class Thread:
    """One conversation while its records come in; merges the chunks of a reply, which share a message id."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.tools: dict[str, str] = {}  # call id → tool name
        self.session_id = ""
        self.agent_id = ""
        self.first_id = ""
        self.parent_id = ""  # of the session that this one was forked from
        self.project = ""
        self.started = ""
        self.is_placed = False  # all of the above is known
        self.model = ""
        self._message_id = ""
        self._chunks: dict[str, int] = {}  # of the present message: block kind or tool id → place in events

    def place(self, record: Record, stamp: str) -> None:
        """Take what is not known yet of where and when the conversation is; the first records tell.

        A record before which another one stands that names no session does not name it either: what a file is called
        must not change while it grows.
        """
        if not self.session_id and record.sessionId and not self.first_id:
            self.session_id = record.sessionId
            self.agent_id = record.agentId or ""
            self.parent_id = record.forkedFrom.sessionId or "" if record.forkedFrom is not None else ""
        self.first_id = self.first_id or record.uuid or ""
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
                    flags = frozenset({"synthetic"}) if not record.isApiErrorMessage else NO_FLAGS
                    events.append(Event(_API_ERROR, clean(text), line, uuid, "", message_id, stamp, model, 0, flags))
                    continue
                event = event_of((_REPLY, clean(text), line, uuid, "", message_id, stamp, model, 0, NO_FLAGS))
            elif kind == "thinking":
                text = block.thinking
                if not text:
                    continue
                event = event_of((_THINKING, clean(text), line, uuid, "", message_id, stamp, model, 0, NO_FLAGS))
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
                events.append(dropped("hidden", kind, line, uuid, stamp))
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

    def steer(self, text: str, line: int, uuid: str, stamp: str) -> None:
        """Words that were typed while the assistant worked, or what stood in their place in the queue."""
        said: Said = take_apart(text)
        if said.kind in ("prompt", "command"):
            self.events.append(Event(_STEERING, clean(said.text), line, uuid, timestamp=stamp))
        else:
            self.events.append(dropped(said.reason, text, line, uuid, stamp))

    def system(self, record: Record, line: int, stamp: str) -> None:
        """A record of the harness about the conversation: a compaction, an error of the service, or its own state."""
        uuid = record.uuid or ""
        if record.subtype == "compact_boundary":
            self.events.append(Event(_COMPACTION, "", line, uuid, timestamp=stamp))
            return
        text = raw_text(record.content)
        if record.subtype == "api_error":
            flags = frozenset({"retried"})
            self.events.append(Event(_API_ERROR, clean(text[:KEEP]), line, uuid, timestamp=stamp, flags=flags))
            return
        reason = "summary" if record.subtype == "away_summary" else "status"
        self.events.append(dropped(reason, text or record.subtype or "system", line, uuid, stamp))

    def _last(self) -> Event | None:
        """The last event that was nothing the harness said, unless it said a lot since."""
        return next((e for e in reversed(self.events[-_LOOK_BACK:]) if e.kind is not _META), None)

    def _flag_reply(self, message_id: str, flag: str) -> None:
        for at in range(len(self.events) - 1, -1, -1):
            event = self.events[at]
            if event.message_id == message_id and event.kind is _REPLY:
                self.events[at] = event._replace(flags=event.flags | {flag})
                return

    def user(self, record: Record, message: Message, line: int, stamp: str) -> bool:
        """A record with role=user; True when it is a person's prompt."""
        events = self.events
        uuid = record.uuid or ""
        content = message.content
        if isinstance(content, str):
            content = [Block("text", text=content)]
        cause = not_human(record.origin) if record.origin is not None else ""
        if record.isMeta or record.isCompactSummary or record.isVisibleInTranscriptOnly or cause:
            text = "\n\n".join(b.text for b in content or () if b.text)
            last = self._last()
            if record.isCompactSummary:
                reason = "summary"
                if last is None or last.kind is not _COMPACTION:
                    events.append(Event(_COMPACTION, "", line, uuid, timestamp=stamp))
            else:  # after a command it is what the command stands for
                is_expansion = last is not None and last.kind is _PROMPT and "slash_command" in last.flags
                is_expansion = is_expansion or text.startswith(_SKILL)
                reason = cause or reason_of(text, "instructions" if is_expansion else "hidden")
            events.append(dropped(reason, text, line, uuid, stamp))
            return False
        if content is not None and len(content) == 1 and content[0].type == "tool_result":  # as nearly all are
            self._result(content[0], line, stamp)
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
                    events.append(dropped(said.wrapped_reason, said.wrapped, line, uuid, stamp))
                if said.kind in ("prompt", "command"):
                    words.append(said.text)
                    kinds.add(said.kind)
                elif said.kind == "interrupt":
                    events.append(Event(_INTERRUPT, clean(said.text), line, uuid, timestamp=stamp))
                elif said.text:
                    events.append(dropped(said.reason, said.text, line, uuid, stamp))
            elif kind == "image" or kind == "document":
                kinds.add("image")
        if not words and ("image" not in kinds or has_result):
            return False
        if has_result:
            # Words beside a tool's result were typed while the assistant worked.
            events.append(Event(_STEERING, clean("\n\n".join(words)), line, uuid, timestamp=stamp))
            return False
        flags = {"image"} & kinds
        if "command" in kinds:
            flags.add("slash_command")
        if _is_programs(record):
            flags.add("not_human")
        text = clean("\n\n".join(words))
        events.append(Event(_PROMPT, text, line, uuid, record.parentUuid or "", "", stamp, "", 0, frozenset(flags)))
        return True

    def _result(self, block: Block, line: int, stamp: str) -> None:
        call = block.tool_use_id or ""
        content = block.content
        text, has_image = (content, False) if isinstance(content, str) else result_text(content)
        flags = NO_FLAGS
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
            self.events.append(Event(_STEERING, clean(said), line, timestamp=stamp))


def _is_programs(record: Record) -> bool:
    """Whether a program sent a prompt. `sdk` is also what the desktop app and the editors say of what a person types
    there: only the SDK's own entry points are programs, unless the record says that it was a person."""
    if record.origin is not None and record.origin.kind is not None:
        return record.origin.kind != "human"
    is_sdk = record.promptSource == "sdk" and (record.entrypoint or "").startswith("sdk")
    return is_sdk or record.promptSource == "system"
