"""Open WebUI's database, `webui.db`: a row for each chat, the chat itself as JSON, as it is exported."""

from __future__ import annotations

from collections.abc import Iterator

from curator.core.exchange import Problem
from curator.formats.adapters.open_webui import chat_session
from curator.formats.database import Database, chosen
from curator.formats.events import SessionEvents, clean
from curator.formats.head import Head
from curator.formats.loose import as_record, as_text, loads


def recognises(head: Head) -> bool:
    """Whether it has Open WebUI's table of chats."""
    return {"id", "user_id", "chat"} <= head.tables.get("chat", frozenset())


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Every chat of the database, under the same keys as its exports."""
    columns = chosen(db, "chat", "id", "title", "created_at", "chat")
    for number, (id, title, created, raw) in enumerate(db.rows(f"SELECT {columns} FROM chat ORDER BY rowid"), 1):
        chat = as_record(loads(raw)) if isinstance(raw, str | bytes) else {}
        if not chat:
            problems.append(Problem(0, f"The chat “{clean(as_text(title))}” is not readable."))
            continue
        head = {"id": id, "title": title, "created_at": created}
        session = chat_session(head, chat, clean(f"{name}-{number}"), unknown)
        if session.events:
            yield session
