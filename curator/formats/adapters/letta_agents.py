"""Letta's agent files (.af): what the server exports of an agent, with the messages of its conversation.

The present shape lists `agents`, the older one is a single agent (github.com/letta-ai/agent-file). Ids are given anew
with each export, `message-0` in every file, so moments stand for messages.
"""

from __future__ import annotations

import re
from typing import Any

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.letta_messages import asked, called, returned, words_in
from curator.formats.documents import items_under, list_items
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, dropped
from curator.formats.head import HEAD, Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_record, as_records, as_text, loads

_AGENTS = re.compile(rb'\A\{\s*"agents"\s*:\s*\[')
_SAYS = "send_message"
"""The tool through which older agents answer; their own text is what they think."""
_V1 = "letta_v1_agent"


def is_agent_file(head: Head) -> bool:
    """Whether it begins as an agent file does, of either shape."""
    if head.matches(_AGENTS):
        return head.has("agent_type", "messages") or head.has("agent_type", "system")
    return head.raw.startswith(b"{") and head.has("agent_type", "core_memory", "llm_config")


def read_agents(data: Source, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The conversation of each agent of the file."""
    is_listed = Head(data[:HEAD]).matches(_AGENTS)
    items = items_under("agents", data, problems) if is_listed else list_items(data, problems)
    agents = (as_record(loads(raw)) for _, raw in items)
    return [session for agent in agents if (session := _session(agent, unknown)) is not None]


def _session(agent: dict[str, Any], unknown: dict[str, int]) -> SessionEvents | None:
    reading = _Reading(as_text(agent.get("agent_type")) == _V1, unknown)
    for number, message in enumerate(as_records(agent.get("messages")), 1):
        reading.take(number, message)
    first = next((event for event in reading.events if event.kind is EventKind.PROMPT), None)
    if first is None:
        return None
    name = clean(as_text(agent.get("name")))
    return SessionEvents(
        f"{name} {first.id}".strip(),
        "letta",
        name,
        started=first.timestamp,
        model=clean(as_text(as_record(agent.get("llm_config")).get("model"))),
        joins_replies=False,
        events=reading.events,
    )


class _Reading:
    """One pass over an agent's messages."""

    def __init__(self, speaks: bool, unknown: dict[str, int]) -> None:
        self.events: list[Event] = []
        self._speaks = speaks  # its text is an answer, rather than a thought
        self._unknown = unknown
        self._tools: dict[str, str] = {}
        self._said: set[str] = set()

    def take(self, number: int, message: dict[str, Any]) -> None:
        """One message; `number` is its place in the list."""
        role, stamp = as_text(message.get("role")), clean(as_text(message.get("created_at")))
        key = stamp or f"message-{number}"
        if role == "user":
            self.events += asked(number, key, stamp, words_in(message.get("content")))
        elif role == "assistant" or role == "approval":
            self._assistant(number, key, stamp, message)
        elif role == "tool":
            self._tool(number, stamp, message)
        elif role == "system":
            text = clean(words_in(message.get("content"))[:KEEP])
            self.events.append(Event(EventKind.SYSTEM, text, number, key, timestamp=stamp))
        elif role == "summary":
            self.events.append(Event(EventKind.COMPACTION, "", number, key, timestamp=stamp))
            self.events.append(dropped("summary", words_in(message.get("content")), number, key, stamp))
        else:
            self._unknown[role] = self._unknown.get(role, 0) + 1

    def _assistant(self, number: int, key: str, stamp: str, message: dict[str, Any]) -> None:
        calls = [_plain(call) for call in as_records(message.get("tool_calls"))]
        for part in as_records(message.get("content")):
            if thought := as_text(part.get("reasoning")):
                self.events.append(Event(EventKind.THINKING, clean(thought), number, key, "", key, stamp))
        if (text := words_in(message.get("content"))).strip():
            kind = EventKind.REPLY_TEXT if self._speaks or not calls else EventKind.THINKING
            self.events.append(Event(kind, clean(text), number, key, "", key, stamp))
        for call in calls:
            said = as_record(decode_arguments(as_text(call["arguments"]))).get("message")
            if call["name"] == _SAYS and isinstance(said, str):
                self._said.add(call["tool_call_id"])
                self.events.append(Event(EventKind.REPLY_TEXT, clean(said), number, key, "", key, stamp))
            else:
                self.events.append(called(number, key, stamp, call, self._tools))

    def _tool(self, number: int, stamp: str, message: dict[str, Any]) -> None:
        returns = as_records(message.get("tool_returns"))
        text = words_in(message.get("content"))
        for one in returns or [{}]:
            call = as_text(one.get("tool_call_id")) or as_text(message.get("tool_call_id"))
            result = {
                "tool_call_id": call,
                "tool_return": one.get("func_response") or text,
                "status": one.get("status"),
            }
            if call not in self._said:  # of an answer, that it was delivered
                self.events.append(returned(number, stamp, result, self._tools))


def _plain(call: dict[str, Any]) -> dict[str, str]:
    """A call in OpenAI's shape, as the API's messages have it."""
    function = as_record(call.get("function"))
    return {
        "tool_call_id": as_text(call.get("id")),
        "name": as_text(function.get("name")),
        "arguments": as_text(function.get("arguments")),
    }
