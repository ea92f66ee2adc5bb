"""Cursor's database, `state.vscdb`: composers and their bubbles as JSON under keys; older chats as tabs in one value.

Cursor publishes no schema; the keys are those that readers of it agree on (versions from 0.45 on, until 2026):
`composerData:<id>` holds the order of the bubbles, `bubbleId:<composer>:<bubble>` each of them, type 1 a person's and 2
the assistant's. The table `composerHeaders` of newer versions says the title and folder, and whether an agent asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import msgspec

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.cursor_changes import changed_since, mark_of, tabs_of
from curator.formats.adapters.cursor_records import Bubble, Composer, Heading, Tool
from curator.formats.database import Changed, Database, chosen
from curator.formats.events import SessionEvents, clean, decode_arguments, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.loose import as_moment, as_record, as_records, as_text, decoded, loads

__all__ = ["mark_of", "read_changed", "read_database", "read_sessions", "recognises"]

_NONE: frozenset[str] = frozenset()
_USER, _ASSISTANT = 1, 2
_SUMMARISED = 22
"""The `capabilityType` of the bubble that stands where the conversation so far was summarised."""
_STORES = ("cursorDiskKV", "ItemTable")


_HEADING = msgspec.json.Decoder(Heading)
_COMPOSER = msgspec.json.Decoder(Composer)
_BUBBLE = msgspec.json.Decoder(Bubble)


def recognises(head: Head) -> bool:
    """Whether it has Cursor's store beside that of VS Code."""
    return all({"key", "value"} <= head.tables.get(store, frozenset()) for store in _STORES)


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Every conversation of the database."""
    return _asked(chain(_sessions(db, _composers(db), problems, unknown), _tabs(db)))


def read_changed(
    db: Database, name: str, since: str, now: str, problems: list[Problem], unknown: dict[str, int]
) -> Changed | None:
    """The conversations that were written since `mark_of` gave this mark; None where that cannot be told."""
    changed = changed_since(db, since, now)
    if changed is None:
        return None
    ids, has_tabs, gone = changed
    found = _asked(chain(_sessions(db, _rows_of(db, ids), problems, unknown), _tabs(db) if has_tabs else ()))
    return Changed(found, frozenset(ids) | gone)


def read_sessions(
    db: Database, name: str, keys: frozenset[str], problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    """The conversations with these keys, and all of the older chats: those are one value."""
    return _asked(chain(_sessions(db, _rows_of(db, sorted(keys)), problems, unknown), _tabs(db)))


def _rows_of(db: Database, ids: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    one = "SELECT key, value FROM cursorDiskKV WHERE key = ?"
    return (row for id in ids for row in db.rows(one, f"composerData:{id}"))


def _asked(sessions: Iterable[SessionEvents]) -> Iterator[SessionEvents]:
    return (session for session in sessions if any(event.kind is EventKind.PROMPT for event in session.events))


def _composers(db: Database) -> Iterator[tuple[Any, ...]]:
    # ";" follows ":" in ASCII: everything that begins with the word and a colon, found by the index.
    query = "SELECT key, value FROM cursorDiskKV WHERE key >= 'composerData:' AND key < 'composerData;' ORDER BY rowid"
    return iter(list(db.rows(query)))


def _sessions(
    db: Database, composers: Iterable[tuple[Any, ...]], problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    headings = _headings(db)
    for key, raw in composers:
        id = as_text(key).partition(":")[2]
        if raw is None:
            continue  # deleted
        composer = decoded(_COMPOSER, raw if isinstance(raw, str | bytes) else None)
        if composer is None:
            problems.append(Problem(0, f"The conversation {clean(id)} is not readable."))
            continue
        model = composer.modelConfig.modelName if composer.modelConfig is not None else ""
        heading, is_agents = headings.get(id, (Heading(), False))
        subagent = heading.subagentInfo or composer.subagentInfo
        bubbles = _bubbles(db, id, composer)
        yield SessionEvents(
            clean(id),
            "cursor",
            clean(heading.name or composer.name or ""),
            clean(_folder(heading) or _folder(composer)),
            as_moment(composer.createdAt),
            Origin.AGENT if is_agents or subagent is not None else Origin.HUMAN,
            parent_key=clean(subagent.parentComposerId or "") if subagent is not None else "",
            model="" if model == "default" else clean(model or ""),
            events=[event for line, bubble in enumerate(bubbles, 1) for event in _events(bubble, line, unknown)],
        )


def _headings(db: Database) -> dict[str, tuple[Heading, bool]]:
    """By conversation, what stands in the table of headings, and whether another agent asked in it."""
    if "value" not in db.tables.get("composerHeaders", ()):
        return {}
    found = {}
    columns = chosen(db, "composerHeaders", "composerId", "isSubagent", "value")
    for id, is_agents, raw in db.rows(f"SELECT {columns} FROM composerHeaders"):
        heading = decoded(_HEADING, raw if isinstance(raw, str | bytes) else None)
        found[as_text(id)] = (heading or Heading(), bool(is_agents))
    return found


def _folder(heading: Heading) -> str:
    address = heading.workspaceIdentifier.uri if heading.workspaceIdentifier is not None else None
    return (address.fsPath or address.path or "") if address is not None else ""


def _bubbles(db: Database, composer: str, held: Composer) -> Iterator[Bubble]:
    """The bubbles in their order: each under its own key, or, in older versions, all inside the composer."""
    if held.conversation:
        yield from held.conversation
        return
    for header in held.fullConversationHeadersOnly or ():
        key = f"bubbleId:{composer}:{header.bubbleId}"
        for (raw,) in db.rows("SELECT value FROM cursorDiskKV WHERE key = ?", key):
            bubble = decoded(_BUBBLE, raw if isinstance(raw, str | bytes) else None)
            if bubble is not None:
                yield bubble


def _events(bubble: Bubble, line: int, unknown: dict[str, int]) -> Iterator[Event]:
    id, stamp = clean(bubble.bubbleId or ""), as_moment(bubble.createdAt)
    text = clean((bubble.text or "").strip())
    if bubble.type == _USER:
        flags = frozenset({"image"}) if bubble.images else _NONE
        if text or flags:
            yield Event(EventKind.PROMPT, text, line, id, "", "", stamp, "", 0, flags)
    elif bubble.type == _ASSISTANT:
        message = id or f"line-{line}"
        model = clean((bubble.modelInfo.modelName or "") if bubble.modelInfo is not None else "")
        told = loads(bubble.thinking)
        if thought := clean((as_text(told) or as_text(as_record(told).get("text"))).strip()):
            yield Event(EventKind.THINKING, thought, line, "", "", message, stamp, model)
        if text:
            yield Event(EventKind.REPLY_TEXT, text, line, id, "", message, stamp, model)
        if bubble.toolFormerData is not None and bubble.toolFormerData.name:
            yield from _tool(bubble.toolFormerData, bubble.toolFormerData.name, line, message, stamp)
        if bubble.capabilityType == _SUMMARISED:
            yield Event(EventKind.COMPACTION, "", line, id, timestamp=stamp)
        if error := as_record(loads(bubble.errorDetails)):
            words = as_text(error.get("message")) or as_text(error.get("detail")) or as_text(error.get("error"))
            yield Event(EventKind.API_ERROR, clean(words or "The model gave an error."), line, id, timestamp=stamp)
    else:
        unknown["bubble"] = unknown.get("bubble", 0) + 1


def _tool(tool: Tool, named: str, line: int, message: str, stamp: str) -> Iterator[Event]:
    name, call = clean(named), clean(tool.toolCallId or "")
    yield tool_call(name, _unwrapped(tool.rawArgs) or _unwrapped(tool.params), line, call, message, stamp)
    is_rejected = tool.userDecision == "rejected" or tool.status == "rejected"
    result = _unwrapped(tool.result) or _unwrapped(tool.error)
    if result is None and tool.status not in ("error", "cancelled") and not is_rejected:
        return
    told = as_record(result)
    text = next((t for key in ("output", "contents", "result", "error") if (t := as_text(told.get(key)))), "")
    if not text and result is not None:
        text = result if isinstance(result, str) else msgspec.json.encode(result).decode()
    flags = {"is_error"} if tool.status == "error" else set()
    flags |= {"rejected_tool"} if is_rejected else set()
    yield tool_result(text, line, call, stamp, name, frozenset(flags) if flags else _NONE)


def _unwrapped(raw: msgspec.Raw) -> object:
    """Arguments and results are strings of JSON, or objects."""
    value = decode_arguments(raw)
    return decode_arguments(value) if isinstance(value, str) and value[:1] in ("{", "[") else value or None


def _tabs(db: Database) -> Iterator[SessionEvents]:
    """Chats of versions before 0.45: one value with all tabs."""
    for key, tab in tabs_of(db):
        yield SessionEvents(
            key,
            "cursor",
            clean(as_text(tab.get("chatTitle"))),
            started=as_moment(tab.get("lastSendTime")),
            events=[e for line, one in enumerate(as_records(tab.get("bubbles")), 1) for e in _tab_events(one, line)],
        )


def _tab_events(bubble: dict[str, Any], line: int) -> Iterator[Event]:
    id = clean(as_text(bubble.get("id")))
    text = clean((as_text(bubble.get("text")) or as_text(bubble.get("rawText"))).strip())
    if not text:
        return
    if bubble.get("type") == "user":
        yield Event(EventKind.PROMPT, text, line, id)
    elif bubble.get("type") == "ai":
        yield Event(EventKind.REPLY_TEXT, text, line, id, "", id, "", clean(as_text(bubble.get("modelType"))))
