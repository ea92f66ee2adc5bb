"""Open WebUI's database, `webui.db`: a row for each chat, the chat itself as JSON, as it is exported."""

from __future__ import annotations

from curator.core.errors import UnreadableFileError
from curator.core.exchange import Problem
from curator.formats.adapters.open_webui import chat_session
from curator.formats.database import Database, chosen
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.loose import as_record, loads


def recognises(head: Head) -> bool:
    """Whether it has Open WebUI's table of chats."""
    return {"id", "user_id", "chat"} <= head.tables.get("chat", frozenset())


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """Every chat of the database, under the same keys as its exports."""
    found: list[SessionEvents] = []
    columns = chosen(db, "chat", "id", "title", "created_at", "chat")
    try:
        for id, title, created, raw in db.rows(f"SELECT {columns} FROM chat ORDER BY rowid"):
            chat = as_record(loads(raw)) if isinstance(raw, str | bytes) else {}
            if not chat:
                problems.append(Problem(0, f"The chat “{title}” is not readable."))
                continue
            head = {"id": id, "title": title, "created_at": created}
            session = chat_session(head, chat, f"{name}-{len(found) + 1}", unknown)
            if session.events:
                found.append(session)
    except UnreadableFileError as error:
        problems.append(Problem(0, error.message))
    return found
