"""The trajectories of OpenHands' version 0 (2024 and 2025): a list of actions and what came of them."""

from __future__ import annotations

from typing import Any

from curator.core.exchange import Event, EventKind
from curator.formats.events import KEEP, clean, dropped, tool_call, tool_result
from curator.formats.loose import as_record, as_text

_NONE: frozenset[str] = frozenset()
_SOURCES = frozenset(["user", "agent", "environment"])
_QUIET_ACTIONS = frozenset(["recall", "change_agent_state", "null", "initialize", "start"])
_QUIET_OUTCOMES = frozenset(["agent_state_changed", "null", "success"])


def is_step(record: dict[str, Any]) -> bool:
    """Whether a record is a step of such a trajectory."""
    source = record.get("source")
    return (
        isinstance(record.get("id"), int)
        and isinstance(source, str)
        and source in _SOURCES
        and (isinstance(record.get("action"), str) or isinstance(record.get("observation"), str))
    )


class Trajectory:
    """One pass over the steps."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self._unknown = unknown
        self.events: list[Event] = []
        self.key = ""
        self.project = ""
        self._tools: dict[str, str] = {}

    def take(self, line: int, record: dict[str, Any]) -> None:
        """One step."""
        stamp = as_text(record.get("timestamp"))
        key = str(record.get("id")) if isinstance(record.get("id"), int) else f"line-{line}"
        self.key = self.key or clean(stamp)
        if action := as_text(record.get("action")):
            self._action(line, key, stamp, action, record)
        elif outcome := as_text(record.get("observation")):
            self._outcome(line, key, stamp, outcome, record)
        else:
            self._unknown["step"] = self._unknown.get("step", 0) + 1

    def _action(self, line: int, key: str, stamp: str, action: str, record: dict[str, Any]) -> None:
        arguments = as_record(record.get("args"))
        by_user = record.get("source") == "user"
        if action == "message":
            self._message(line, key, stamp, by_user, arguments, record)
        elif action == "finish":
            outputs = as_record(arguments.get("outputs"))
            answer = as_text(arguments.get("final_thought")) or as_text(outputs.get("content"))
            answer = answer or as_text(record.get("message"))
            if answer.strip():
                final = frozenset({"final"})
                self.events.append(Event(EventKind.REPLY_TEXT, clean(answer), line, key, "", key, stamp, flags=final))
        elif action == "system":
            text = clean(as_text(arguments.get("content"))[:KEEP])
            self.events.append(Event(EventKind.SYSTEM, text, line, key, timestamp=stamp))
        elif action == "condensation":
            self.events.append(Event(EventKind.COMPACTION, "", line, key, timestamp=stamp))
        elif action not in _QUIET_ACTIONS:
            self._think(line, key, stamp, as_text(arguments.pop("thought", "")))
            if action != "think":
                self._tools[key] = clean(action)
                self.events.append(tool_call(action, arguments, line, key, key, stamp))

    def _message(
        self, line: int, key: str, stamp: str, by_user: bool, arguments: dict[str, Any], record: dict[str, Any]
    ) -> None:
        text = clean(as_text(arguments.get("content")) or as_text(record.get("message")))
        has_image = bool(arguments.get("image_urls"))
        if by_user and (text.strip() or has_image):
            flags = frozenset({"image"}) if has_image else _NONE
            self.events.append(Event(EventKind.PROMPT, text.strip(), line, key, "", "", stamp, "", 0, flags))
        elif not by_user and text.strip():
            self.events.append(Event(EventKind.REPLY_TEXT, text, line, key, "", key, stamp))

    def _outcome(self, line: int, key: str, stamp: str, outcome: str, record: dict[str, Any]) -> None:
        if outcome in _QUIET_OUTCOMES:
            return
        text = as_text(record.get("content")) or as_text(record.get("message"))
        cause = str(record.get("cause"))
        if cause not in self._tools:
            self.events.append(dropped("context", text, line, key, stamp))
            return
        metadata = as_record(as_record(record.get("extras")).get("metadata"))
        self.project = self.project or clean(as_text(metadata.get("working_dir")))
        has_failed = outcome == "error" or metadata.get("exit_code") not in (None, 0, -1)
        flags = frozenset({"is_error"}) if has_failed else _NONE
        if outcome == "user_rejected":
            flags |= {"rejected_tool"}
        self.events.append(tool_result(text, line, cause, stamp, self._tools[cause], flags))

    def _think(self, line: int, key: str, stamp: str, thought: str) -> None:
        if thought.strip():
            self.events.append(Event(EventKind.THINKING, clean(thought), line, key, "", key, stamp))
