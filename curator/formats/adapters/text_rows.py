"""Rows of one `text` in which a chat template has marked the turns; plain text without such marks has no exchange."""

from __future__ import annotations

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.rows import records_of, session_of
from curator.formats.adapters.templates import turns_of
from curator.formats.adapters.turns import prompt, reply
from curator.formats.events import KEEP, SessionEvents, clean, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source


class _Row(msgspec.Struct, gc=False):
    text: str | None = None


_ROW = msgspec.json.Decoder(_Row)


def recognises(head: Head) -> bool:
    """Whether most of its first rows hold a text with the marks of a chat template."""
    texts = [record["text"] for record in head.records if isinstance(record.get("text"), str)]
    return bool(texts) and 2 * sum(bool(turns_of(text)) for text in texts) > len(head.records)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """One session for each row whose turns can be told apart."""
    found = []
    times: dict[str, int] = {}
    for line, row in records_of(data, _ROW, problems):
        events = [event for role, words in turns_of(row.text or "") for event in _events(role, words, line)]
        if any(e.kind is EventKind.PROMPT for e in events):
            found.append(session_of(events, "text-rows", times))
        else:
            unknown["row without a prompt"] = unknown.get("row without a prompt", 0) + 1
    return found


def _events(role: str, words: str, line: int) -> list[Event]:
    if role == "user":
        return [prompt(words, line)]
    if role == "assistant":
        return reply(words, line)
    if role == "thought":
        return [Event(EventKind.THINKING, clean(words), line)]
    if role == "tool":
        return [tool_result(words, line, "", "", "")]
    return [Event(EventKind.SYSTEM, clean(words[:KEEP]), line)]
