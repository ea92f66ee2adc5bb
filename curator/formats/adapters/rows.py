"""Rows of training files: one conversation a row, in the shapes that fine-tuning tools write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
import xxhash

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.pairs import Pairs, pair_events, rejected_events
from curator.formats.adapters.turns import Turn, role_of, turn_events
from curator.formats.documents import list_items
from curator.formats.encodings import is_utf_8, of_windows
from curator.formats.events import KEEP, SessionEvents, clean
from curator.formats.jsonlines import BOM, UNREADABLE, Source, read_records
from curator.formats.loose import decoded
from curator.formats.tolerant import tolerant

Struct = TypeVar("Struct", bound=msgspec.Struct)


class Row(Pairs, gc=False):
    """A row in any of the shapes: a list of turns under one of its names, or a pair; `role` where the document is
    itself one list of turns."""

    messages: list[Turn] | None = None
    conversations: list[Turn] | None = None
    conversation: list[Turn] | None = None
    contents: list[Turn] | None = None
    instructions: Turn | None = msgspec.field(default=None, name="systemInstruction")
    role: str | None = None
    content: msgspec.Raw = msgspec.Raw()


_ROW = msgspec.json.Decoder(Row)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def row_of(record: dict[str, object]) -> Row:
    """The row that a record is which was no JSON before: of a table, or of fields put together."""
    try:
        return _ROW.decode(msgspec.json.encode(record))
    except UNREADABLE:
        return tolerant(Row, record)


def read_rows(data: Source, format: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """One session for each row of a JSON document or of JSON Lines."""
    if not is_utf_8(data):  # a row's words are decoded later than its line, and there nobody would tell of it
        data, said = of_windows(data[:])
        problems.append(Problem(0, said))
    return sessions_of(records_of(data, _ROW, problems), format, unknown)


def sessions_of(rows: Iterable[tuple[int, Row]], format: str, unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """One session for each row, made as they are asked for: a table may have a million. Its key is the hash of its
    words and how often they came before in this file, so that it stays the same wherever rows are added."""
    times: dict[str, int] = {}
    loose: list[Event] = []
    for line, row in rows:
        if row.role is not None and row.messages is None:
            # A document that is itself one list of messages.
            loose += turn_events(Turn(row.role, content=row.content), line)
            continue
        events = row_events(row, line)
        if not any(e.kind is EventKind.PROMPT for e in events):
            unknown["row without a prompt"] = unknown.get("row without a prompt", 0) + 1
            continue
        yield session_of(events, format, times)
    first = next((at for at, e in enumerate(loose) if e.kind is EventKind.PROMPT), None)
    if first is not None:
        # Such a file may grow while the conversation goes on: what it begins with names it.
        yield session_of(loose, format, times, loose[: first + 1])


def session_of(
    events: list[Event], format: str, times: dict[str, int], named_by: list[Event] | None = None
) -> SessionEvents:
    """The session that a row is; `times` counts how often a row of these words was met: all, or those of `named_by`."""
    words = "\0".join(f"{e.kind}\0{e.text}" for e in named_by or events)
    digest = xxhash.xxh3_64_hexdigest(words.encode("utf-8", "replace"))
    times[digest] = times.get(digest, 0) + 1
    key = f"{digest}-{times[digest]}"
    ordinal = 0
    for at, event in enumerate(events):
        if event.kind is EventKind.PROMPT:
            ordinal += 1
            events[at] = event._replace(id=f"{key}/{ordinal}")
    return SessionEvents(key, format, origin=Origin.DATASET, events=events)


def row_events(row: Row, line: int) -> list[Event]:
    """What one row says."""
    events: list[Event] = []
    if row.system:
        events.append(Event(EventKind.SYSTEM, clean(row.system[:KEEP]), line))
    if row.instructions is not None:
        row.instructions.role = "system"
        events += turn_events(row.instructions, line)
    turns = row.messages or row.conversations or row.conversation or row.contents
    if turns:
        for turn in turns:
            events += turn_events(turn, line)
        if role_of(turns[-1]) == "user":
            events += pair_events(row, line, is_answer_only=True)
    else:
        events += pair_events(row, line)
    return events + rejected_events(row, line)


def records_of(
    data: Source, decoder: msgspec.json.Decoder[Struct], problems: list[Problem]
) -> Iterator[tuple[int, Struct]]:
    """The rows of JSON Lines, or of a JSON document, each with its line or its number."""
    if is_lines(data):
        yield from read_records(data, decoder, problems)
        return
    for number, raw in list_items(data, problems):
        row = decoded(decoder, raw)
        if row is None:
            problems.append(Problem(number, f"Row {number} is not a record."))
        else:
            yield number, row


def is_lines(data: Source) -> bool:
    """Whether the file is JSON Lines rather than one document: it starts with an object that ends on its line."""
    start = len(BOM) if data[:3] == BOM else 0
    while start < len(data) and data[start] in b" \t\r\n":
        start += 1
    if data[start : start + 1] != b"{":
        return data[start : start + 1] != b"["
    newline = data.find(b"\n", start)
    if newline < 0:
        return True
    try:
        _OBJECT.decode(data[start:newline])
    except UNREADABLE:
        return data[start:newline].strip() != b"{" and data[start:newline].rstrip()[-1:] not in b",[{"
    return True
