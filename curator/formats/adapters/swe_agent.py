"""SWE-agent's trajectories (`.traj`), and mini-swe-agent's: one task, and the commands that were tried at it.

`history` holds the messages as the model saw them; what the commands printed has the role of the user in the older ones
(sweagent/agent/agents.py, minisweagent/agents/default.py).
"""

from __future__ import annotations

import re
from typing import Any

import xxhash

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.turns import words_of
from curator.formats.documents import list_items
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_record, as_records, as_text, loads

_STEPS = re.compile(rb'"(?:message_type|thought|agent)"\s*:\s*"')
_COMMANDS = re.compile(r"```(?:mswea_bash_command|bash|sh)?[ \t]*\n(.*?)\n?```", re.S)
_ENDS = ("submit", "exit", "exit_forfeit", "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT")
"""Commands that end the run: the words beside them are the answer."""


def recognises(head: Head) -> bool:
    """Whether it is a document with the history of an agent, or says mini-swe-agent's version."""
    if head.records:
        return _is_own(head.records[0])
    if not head.raw.startswith(b"{"):
        return False
    return (
        head.has("history") and head.has("role", "agent") and (head.has("action") or head.matches(_STEPS))
    ) or b'"mini-swe-agent-' in head.raw


def _is_own(record: dict[str, Any]) -> bool:
    if as_text(record.get("trajectory_format")).startswith("mini-swe-agent"):
        return True
    history = as_records(record.get("history"))
    return bool(history) and "role" in history[0] and ("trajectory" in record or "agent" in history[0])


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one session of the document. Its key is made of the task, since none is recorded."""
    found = []
    for _, raw in list_items(data, problems):
        record = as_record(loads(raw))
        events: list[Event] = []
        for number, message in enumerate(as_records(record.get("history")) or as_records(record.get("messages")), 1):
            events += _message(message, number, any(e.kind is EventKind.PROMPT for e in events))
        events = _ended(events)
        task = next((e.text for e in events if e.kind is EventKind.PROMPT), None)
        if task is None:
            continue
        config = as_record(as_record(as_record(record.get("info")).get("config")).get("model"))
        digest = xxhash.xxh3_64_hexdigest(task.encode("utf-8", "replace"))
        found.append(
            SessionEvents(
                digest, "swe-agent", model=clean(as_text(config.get("model_name"))), joins_replies=False, events=events
            )
        )
    return found


def _message(message: dict[str, Any], number: int, has_task: bool) -> list[Event]:
    role = as_text(message.get("role"))
    text, has_image = words_of(message.get("content"))
    if message.get("is_demo") is True or message.get("message_type") == "demonstration":
        return [dropped("instructions", text, number)]
    if role == "system":
        return [Event(EventKind.SYSTEM, clean(text[:KEEP]), number)] if text.strip() else []
    if role == "user" and not has_task:
        flags = frozenset({"image"}) if has_image else frozenset[str]()
        return [Event(EventKind.PROMPT, clean(text.strip()), number, f"message-{number}", flags=flags)]
    if role in ("user", "tool", "exit"):
        ids = message.get("tool_call_ids")
        call = as_text(ids[0]) if isinstance(ids, list) and ids else as_text(message.get("tool_call_id"))
        return [tool_result(text, number, clean(call), "", "")]
    return _assistant(message, text, number) if role == "assistant" else []


def _assistant(message: dict[str, Any], text: str, number: int) -> list[Event]:
    key = f"message-{number}"
    thoughts = [as_text(block.get("thinking")).strip() for block in as_records(message.get("thinking_blocks"))]
    events = [Event(EventKind.THINKING, clean(thought), number) for thought in thoughts if thought]
    calls = as_records(message.get("tool_calls"))
    action = as_text(message.get("action")).strip()
    if not calls and not action:
        command = _COMMANDS.search(text)
        action = command[1].strip() if command is not None else ""
        text = text.replace(command[0], "") if command is not None else text
    if text.strip():
        events.append(Event(EventKind.REPLY_TEXT, clean(text.strip()), number, key, "", key))
    if action and (not calls or action.startswith(_ENDS)):
        events.append(tool_call("command", {"command": action}, number, "", key, ""))
        return events
    for call in calls:
        spec = as_record(call.get("function"))
        arguments = spec.get("arguments")
        if isinstance(arguments, str):
            arguments = decode_arguments(arguments)
        id = clean(as_text(call.get("id")))
        events.append(tool_call(as_text(spec.get("name")) or "tool", arguments, number, id, key, ""))
    return events


def _ended(events: list[Event]) -> list[Event]:
    """The events without the command that ends the run as a step: nothing was asked of a tool any more."""
    last = next((at for at in range(len(events) - 1, -1, -1) if events[at].kind is EventKind.TOOL_CALL), -1)
    if last < 0 or not events[last].text.lstrip().startswith(_ENDS):
        return events
    end = [dropped("status", e.text, e.line) for e in events[last:] if e.kind is not EventKind.REPLY_TEXT]
    return events[:last] + end
