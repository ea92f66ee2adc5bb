"""Grok's data export: `prod-grok-backend.json`, conversations with their responses, which form trees.

xAI publishes no schema; the shape is the one that readers of real exports agree on (2025 and 2026): each response
stands in a wrapper of its own, and says which one it answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.documents import as_object, items_under
from curator.formats.events import SessionEvents, clean
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_record, as_records, as_text
from curator.formats.trees import branching_events

_START = re.compile(rb'"responses"\s*:\s*\[\s*\{\s*"response"\s*:\s*\{')
_CARD = re.compile(r"<grok:render\b.*?</grok:render>", re.S)
"""What stands for a source or a card in an answer."""
_NONE: frozenset[str] = frozenset()


def recognises(head: Head) -> bool:
    """Whether its conversations hold wrapped responses."""
    if head.records:
        held = as_records(head.records[0].get("conversations"))
        return any("responses" in one and "conversation" in one for one in held[:5])
    return head.is_json and not head.is_list and head.matches(_START)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Each conversation of the export. A problem's line is the number of its conversation."""
    for number, raw in items_under("conversations", data, problems):
        held = as_object(raw)
        if held is None:
            problems.append(Problem(number, f"Conversation {number} is not readable."))
            continue
        responses = [as_record(one.get("response")) for one in as_records(held.get("responses"))]
        if responses:
            yield _session(as_record(held.get("conversation")), responses, number, unknown)


def _session(
    conversation: dict[str, Any], responses: list[dict[str, Any]], number: int, unknown: dict[str, int]
) -> SessionEvents:
    keys = [as_text(one.get("_id")) or f"#{place}" for place, one in enumerate(responses, 1)]
    by_key = {key: (place, one) for place, (key, one) in enumerate(zip(keys, responses, strict=True), 1)}
    parents = {key: as_text(one.get("parent_response_id")) for key, (_, one) in by_key.items()}
    if not any(parents.values()):  # none says what it answers: each answers the one before it
        parents = dict(zip(keys, ["", *keys], strict=False))

    @cache
    def events_of(key: str) -> list[Event]:
        place, response = by_key[key]
        return list(_events(response, key, place, unknown))

    leaf = as_text(conversation.get("leaf_response_id"))
    return SessionEvents(
        clean(as_text(conversation.get("id")) or f"conversation-{number}"),
        "grok",
        clean(as_text(conversation.get("title"))),
        started=as_moment(conversation.get("create_time")),
        events=branching_events(parents, leaf if leaf in parents else keys[-1], events_of),
    )


def _events(response: dict[str, Any], key: str, line: int, unknown: dict[str, int]) -> Iterator[Event]:
    sender, stamp = as_text(response.get("sender")).lower(), _moment(response.get("create_time"))
    id, text = clean(key), clean(as_text(response.get("message")))
    model = clean(as_text(response.get("model")))
    if sender in ("human", "user"):
        flags = frozenset({"attachment"}) if response.get("file_attachments") else _NONE
        if text.strip() or flags:
            yield Event(EventKind.PROMPT, text.strip(), line, id, "", "", stamp, "", 0, flags)
    elif sender == "assistant":
        if (thought := clean(as_text(response.get("thinking_trace")))).strip():
            yield Event(EventKind.THINKING, thought, line, id, "", id, stamp, model)
        if words := _CARD.sub("", text).strip():
            cut = frozenset({"truncated"}) if response.get("partial") is True else _NONE
            yield Event(EventKind.REPLY_TEXT, words, line, id, "", id, stamp, model, 0, cut)
        if error := as_text(response.get("error")):
            yield Event(EventKind.API_ERROR, clean(error), line, id, timestamp=stamp)
    else:
        unknown[f"message of {clean(sender)}"] = unknown.get(f"message of {clean(sender)}", 0) + 1


def _moment(value: object) -> str:
    """A time as it stands there, or as MongoDB writes its own: milliseconds in two wrappers."""
    if isinstance(value, dict):
        inner = value.get("$date")
        number = as_text(inner.get("$numberLong")) if isinstance(inner, dict) else ""
        return as_moment(int(number)) if number.isdecimal() and len(number) < 16 else as_moment(inner)
    return as_moment(value)
