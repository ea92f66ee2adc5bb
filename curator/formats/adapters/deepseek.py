"""DeepSeek's data export: `conversations.json`, a list of trees like ChatGPT's, whose messages are made of fragments.

DeepSeek publishes no schema; the kinds of fragments are those that readers of the export and of the service agree on.
Nothing says which way was kept: it is the one that was written last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.documents import list_records
from curator.formats.events import SessionEvents, clean, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_record, as_records, as_text
from curator.formats.trees import branching_events, leaves

_START = re.compile(rb'"inserted_at"\s*:.{0,400}?"mapping"\s*:\s*\{', re.S)
_SAID = ("RESPONSE", "TEMPLATE_RESPONSE")
_REFUSED = "TEMPLATE_RESPONSE"
"""What the service says in place of an answer that it took back."""
_BESIDE = frozenset({"TIP"})
_NONE: frozenset[str] = frozenset()


def recognises(head: Head) -> bool:
    """Whether its conversations are trees, with the time at which they were inserted."""
    if head.records:
        first = head.records[0]
        return isinstance(first.get("mapping"), dict) and "inserted_at" in first
    return head.is_json and head.matches(_START)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Each conversation of the export. A problem's line is the number of its conversation."""
    for number, conversation in list_records("Conversation {number}", data, problems):
        nodes = {key: one for key, one in as_record(conversation.get("mapping")).items() if isinstance(one, dict)}
        if nodes:
            yield _session(conversation, nodes, number, unknown)


def _session(
    conversation: dict[str, Any], nodes: dict[str, dict[str, Any]], number: int, unknown: dict[str, int]
) -> SessionEvents:
    order = {key: at for at, key in enumerate(nodes, 1)}
    parents = {key: as_text(node.get("parent")) for key, node in nodes.items()}

    @cache
    def events_of(key: str) -> list[Event]:
        return list(_events(as_record(nodes[key].get("message")), key, order[key], unknown))

    def moment(key: str) -> tuple[str, int]:
        return as_moment(as_record(nodes[key].get("message")).get("inserted_at")), order[key]

    leaf = max(leaves(parents) or list(nodes), key=moment)
    return SessionEvents(
        clean(as_text(conversation.get("id")) or f"conversation-{number}"),
        "deepseek",
        clean(as_text(conversation.get("title"))),
        started=as_moment(conversation.get("inserted_at")),
        events=branching_events(parents, leaf, events_of),
    )


def _events(message: dict[str, Any], key: str, line: int, unknown: dict[str, int]) -> Iterator[Event]:
    stamp, model = as_moment(message.get("inserted_at")), clean(as_text(message.get("model")))
    id = clean(key)
    for fragment in as_records(message.get("fragments")) or _as_before(message):
        kind, text = as_text(fragment.get("type")), clean(as_text(fragment.get("content")))
        if kind == "REQUEST":
            flags = frozenset({"attachment"}) if as_records(message.get("files")) else _NONE
            if text.strip() or flags:
                yield Event(EventKind.PROMPT, text.strip(), line, id, "", "", stamp, "", 0, flags)
        elif kind == "THINK":
            if text.strip():
                yield Event(EventKind.THINKING, text, line, id, "", id, stamp, model)
        elif kind in _SAID:
            flags = frozenset({"refusal"}) if kind == _REFUSED else _NONE
            if text.strip():
                yield Event(EventKind.REPLY_TEXT, text, line, id, "", id, stamp, model, 0, flags)
        elif text.strip() and kind not in _BESIDE:
            yield tool_result(text, line, "", stamp, clean(kind.lower()))
        elif kind not in _BESIDE:
            unknown[f"{clean(kind)} fragment"] = unknown.get(f"{clean(kind)} fragment", 0) + 1


def _as_before(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The fragments of a message from before there were any: a role, a text, and a thought."""
    if as_text(message.get("role")).upper() == "USER":
        return [{"type": "REQUEST", "content": message.get("content")}]
    told = (("THINK", message.get("reasoning_content")), ("RESPONSE", message.get("content")))
    return [{"type": kind, "content": text} for kind, text in told if isinstance(text, str) and text]
