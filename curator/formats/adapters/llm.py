"""`llm`'s database, `logs.db`: responses of conversations (until 0.35), and threads of messages (since 0.36).

New versions write only the new tables and keep the old ones; a conversation that goes on becomes a thread of the same
id, which repeats its history (llm/logs.py and migrations.py of 0.36).
"""

from __future__ import annotations

from collections.abc import Iterator

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.llm_threads import threads
from curator.formats.database import Database, chosen
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.loose import as_text
from curator.formats.thoughts import split_thought

_NONE: frozenset[str] = frozenset()


def recognises(head: Head) -> bool:
    """Whether it has the table of responses or those of threads."""
    tables = head.tables
    return {"id", "prompt", "response", "model"} <= tables.get("responses", frozenset()) or (
        {"id", "tip_message_hash"} <= tables.get("threads", frozenset()) and "turns" in tables
    )


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Every conversation, of the old tables and the new; one that is in both once."""
    ids: set[str] = set()
    if "threads" in db.tables:
        ids = {clean(as_text(id)) for (id,) in db.rows(f"SELECT {chosen(db, 'threads', 'id')} FROM threads")}
    earlier: dict[str, SessionEvents] = {}
    for session in conversations(db):
        if session.key in ids:
            earlier[session.key] = session
        else:
            yield session
    for thread in threads(db, unknown):
        before = earlier.pop(thread.key, None)
        yield thread if before is None else continued(before, thread) if thread.events else before


def continued(before: SessionEvents, thread: SessionEvents) -> SessionEvents:
    """The thread, its first prompts under the names that they had before, as far as the words are the same."""
    old = [event for event in before.events if event.kind is EventKind.PROMPT]
    prompts = [at for at, event in enumerate(thread.events) if event.kind is EventKind.PROMPT]
    for event, at in zip(old, prompts, strict=False):
        if event.text != thread.events[at].text:
            break
        thread.events[at] = event._replace(line=thread.events[at].line)
    thread.started, thread.title = before.started or thread.started, before.title or thread.title
    return thread


def conversations(db: Database) -> Iterator[SessionEvents]:
    """The conversations of the old tables, each response with its prompt; without a conversation, one by itself."""
    if "responses" not in db.tables:
        return
    titles: dict[object, str] = {}
    if "conversations" in db.tables:
        titles = {
            id: as_text(title)
            for id, title in db.rows(f"SELECT {chosen(db, 'conversations', 'id', 'name')} FROM conversations")
        }
    columns = chosen(
        db,
        "responses",
        *(
            "id",
            "conversation_id",
            "model",
            "resolved_model",
            "datetime_utc",
            "system",
            "prompt",
            "response",
            "reasoning",
        ),
    )
    reading = _Responses(db)
    session: SessionEvents | None = None
    line = 0
    order = "conversation_id, datetime_utc, id" if "conversation_id" in db.tables["responses"] else "id"
    for row in db.rows(f"SELECT {columns} FROM responses ORDER BY {order}"):
        id, conversation = as_text(row[0]), as_text(row[1])
        key = clean(conversation or id)
        if session is None or session.key != key:
            if session is not None:
                yield session
            session = SessionEvents(key, "llm", clean(titles.get(conversation, "")), started=clean(as_text(row[4])))
            reading.system = reading.asked = ""
            line = 0
        session.model = clean(as_text(row[3]) or as_text(row[2])) or session.model
        line += 1
        session.events += reading.response(line, id, session.model, clean(as_text(row[4])), *map(as_text, row[5:]))
    if session is not None:
        yield session


class _Responses:
    """The events of one response after another."""

    def __init__(self, db: Database) -> None:
        self.system = ""
        self.asked = ""
        self._db = db

    def response(
        self, line: int, id: str, model: str, stamp: str, system: str, prompt: str, response: str, reasoning: str
    ) -> Iterator[Event]:
        """What tools gave to it, its prompt unless that is the one before, then thoughts, words and calls."""
        key = clean(id)
        fragments = list(self._fragments("prompt_fragments", id))
        text = clean("\n".join([*fragments, *([prompt] if prompt else [])]).strip())
        results = list(self._rows("tool_results", id, "tool_call_id", "name", "output", "exception"))
        has_image = any(as_text(kind).startswith("image/") for kind in self._attached(id))
        for call, name, output, exception in results:
            is_error = frozenset({"is_error"}) if exception else _NONE
            said = as_text(output) or as_text(exception)
            yield tool_result(said, line, clean(as_text(call)), stamp, clean(as_text(name)), is_error)
        if (text or has_image) and not (results and text == self.asked):
            self.asked = text
            flags = frozenset({"image"}) if has_image else _NONE
            yield Event(EventKind.PROMPT, text, line, key, "", "", stamp, "", 0, flags)
        told = "\n".join([*self._fragments("system_fragments", id), *([system] if system else [])])
        if told and told != self.system:
            self.system = told
            yield Event(EventKind.SYSTEM, clean(told[:KEEP]), line, timestamp=stamp)
        thought, words = split_thought(clean(response))
        for text in filter(None, (clean(reasoning), thought)):
            yield Event(EventKind.THINKING, text, line, "", "", key, stamp, model)
        if words.strip():
            yield Event(EventKind.REPLY_TEXT, words, line, key, "", key, stamp, model)
        for call, name, arguments in self._rows("tool_calls", id, "tool_call_id", "name", "arguments"):
            asked = decode_arguments(as_text(arguments))
            yield tool_call(as_text(name), asked, line, clean(as_text(call)), key, stamp)

    def _rows(self, table: str, response: str, *columns: str) -> Iterator[tuple[object, ...]]:
        if "response_id" in self._db.tables.get(table, ()):
            named = chosen(self._db, table, *columns)
            yield from self._db.rows(f'SELECT {named} FROM "{table}" WHERE response_id = ? ORDER BY rowid', response)

    def _fragments(self, table: str, response: str) -> Iterator[str]:
        if "response_id" in self._db.tables.get(table, ()) and "fragments" in self._db.tables:
            query = (
                f'SELECT f.content FROM "{table}" l JOIN fragments f ON f.id = l.fragment_id'
                ' WHERE l.response_id = ? ORDER BY l."order"'
            )
            yield from (as_text(row[0]) for row in self._db.rows(query, response))

    def _attached(self, response: str) -> Iterator[str]:
        if {"prompt_attachments", "attachments"} <= self._db.tables.keys():
            query = (
                "SELECT a.type FROM prompt_attachments l JOIN attachments a ON a.id = l.attachment_id"
                " WHERE l.response_id = ?"
            )
            yield from (as_text(row[0]) for row in self._db.rows(query, response))
