"""Open WebUI's database, `webui.db`: a row for each chat, the chat itself as JSON, as it is exported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from curator.core.exchange import Problem
from curator.formats.adapters import session_marks
from curator.formats.adapters.open_webui import chat_session, messages_of
from curator.formats.database import Changed, Database, chosen
from curator.formats.events import SessionEvents, clean
from curator.formats.head import Head
from curator.formats.loose import as_record, as_text, loads

_CHAT = ("id", "title", "created_at", "current_message_id", "meta", "chat")
_MESSAGE = ("id", "parent_id", "role", "content", "output", "model_id", "done", "error", "created_at")


def recognises(head: Head) -> bool:
    """Whether it has Open WebUI's table of chats."""
    return {"id", "user_id", "chat"} <= head.tables.get("chat", frozenset())


def mark_of(db: Database) -> str:
    """Where the next reading can begin."""
    queries = [f"SELECT {chosen(db, 'chat', *_CHAT)} FROM chat"]
    if _has_messages(db):
        queries.append(f"SELECT {chosen(db, 'chat_message', 'chat_id', *_MESSAGE)} FROM chat_message")
    return session_marks.mark_of(db, *queries)


def read_changed(
    db: Database, name: str, since: str, now: str, problems: list[Problem], unknown: dict[str, int]
) -> Changed | None:
    """The chats that changed between two marks; None where that cannot be told."""
    return session_marks.changed_between(since, now, lambda ids: read_sessions(db, name, ids, problems, unknown))


def read_sessions(
    db: Database, name: str, keys: frozenset[str], problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    """The chats with these keys."""
    ids = enumerate(db.rows("SELECT rowid, id FROM chat ORDER BY rowid"), 1)
    rows = [(number, row) for number, (row, id) in ids if as_text(id) in keys]
    one = f"SELECT {chosen(db, 'chat', *_CHAT)} FROM chat WHERE rowid = ?"
    chats = ((number, chat) for number, row in rows for chat in db.rows(one, row))
    return _sessions(db, chats, name, problems, unknown)


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Every chat of the database, under the same keys as its exports."""
    rows = db.rows(f"SELECT {chosen(db, 'chat', *_CHAT)} FROM chat ORDER BY rowid")
    return _sessions(db, enumerate(rows, 1), name, problems, unknown)


def _sessions(
    db: Database,
    chats: Iterable[tuple[int, tuple[Any, ...]]],
    name: str,
    problems: list[Problem],
    unknown: dict[str, int],
) -> Iterator[SessionEvents]:
    for number, (id, title, created, current, meta, raw) in chats:
        chat = as_record(_json(raw))
        if not messages_of(chat) and (messages := _messages(db, as_text(id))):
            chat = {**chat, "history": {"messages": messages}}
        if not chat:
            problems.append(Problem(0, f"The chat “{clean(as_text(title))}” is not readable."))
            continue
        head = {"id": id, "title": title, "created_at": created, "current_message_id": current, "meta": _json(meta)}
        session = chat_session(head, chat, clean(f"{name}-{number}"), unknown)
        if session.events:
            yield session


def _messages(db: Database, chat: str) -> dict[str, dict[str, Any]]:
    """The messages of a chat that stand in a table of their own, as newer versions write them beside the chat."""
    if not _has_messages(db):
        return {}
    columns = chosen(db, "chat_message", *_MESSAGE)
    found = {}
    for row in db.rows(f"SELECT {columns} FROM chat_message WHERE chat_id = ? ORDER BY rowid", chat):
        told = dict(zip(_MESSAGE, row, strict=True))
        id = as_text(told["id"]).removeprefix(f"{chat}-")
        found[id] = {
            "id": id,
            "parentId": told["parent_id"],
            "role": told["role"],
            "content": _json(told["content"]),
            "output": _json(told["output"]),
            "model": told["model_id"],
            "done": told["done"] != 0,
            "error": _json(told["error"]),
            "timestamp": told["created_at"],
        }
    return found


def _has_messages(db: Database) -> bool:
    return {"id", "chat_id", "role", "content"} <= db.tables.get("chat_message", frozenset())


def _json(value: object) -> object:
    return loads(value) if isinstance(value, str | bytes) else None
