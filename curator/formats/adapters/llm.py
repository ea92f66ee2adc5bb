"""`llm`'s database, `logs.db`: responses of conversations (until 0.35), and threads of messages (since 0.36).

New versions write only the new tables and keep the old ones; a conversation that goes on becomes a thread of the same
id, which repeats its history (llm/logs.py and migrations.py of 0.36).
"""

from __future__ import annotations

from collections.abc import Iterator

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters import session_marks
from curator.formats.adapters.llm_threads import THREAD, TURN, threads
from curator.formats.database import Changed, Database, chosen
from curator.formats.events import SessionEvents, clean, decode_arguments, system_text, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.loose import as_text
from curator.formats.thoughts import split_thought

_NONE: frozenset[str] = frozenset()
_RESPONSE = ("id", "conversation_id", "model", "resolved_model", "datetime_utc", "system", "prompt", "response",
             "reasoning")  # fmt: skip
_BESIDE = ("tool_results", "tool_calls", "prompt_fragments", "system_fragments", "prompt_attachments")
"""Tables whose rows belong to a response."""


def recognises(head: Head) -> bool:
    """Whether it has the table of responses or those of threads."""
    tables = head.tables
    return {"id", "prompt", "response", "model"} <= tables.get("responses", frozenset()) or (
        {"id", "tip_message_hash"} <= tables.get("threads", frozenset()) and "turns" in tables
    )


def mark_of(db: Database) -> str:
    """Where the next reading can begin.

    What belongs to a response is written after it, row by row. A message and its parts are written at once and never
    change, since a hash over them names them (`LogStore._ensure_message`): the turns that lead to it tell enough.
    """
    queries = []
    if "responses" in db.tables:
        has_name = "conversation_id" in db.tables["responses"]
        key = "COALESCE(NULLIF(r.conversation_id, ''), r.id)" if has_name else "r.id"
        queries.append(f"SELECT {key}, {chosen(db, 'responses', *_RESPONSE)} FROM responses r")
        beside = [table for table in _BESIDE if "response_id" in db.tables.get(table, ())]
        queries += [f'SELECT {key}, t.* FROM "{each}" t JOIN responses r ON r.id = t.response_id' for each in beside]
    columns = {"conversations": ("id", "name"), "threads": THREAD, "turns": ("thread_id", "id", *TURN)}
    queries += [f"SELECT {chosen(db, each, *columns[each])} FROM {each}" for each in columns if each in db.tables]
    return session_marks.mark_of(db, *queries)


def read_changed(
    db: Database, name: str, since: str, now: str, problems: list[Problem], unknown: dict[str, int]
) -> Changed | None:
    """The conversations that changed between two marks; None where that cannot be told."""
    return session_marks.changed_between(since, now, lambda ids: _read(db, unknown, ids))


def read_sessions(
    db: Database, name: str, keys: frozenset[str], problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    """The conversations with these keys."""
    return _read(db, unknown, keys)


def read_database(db: Database, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Every conversation, of the old tables and the new; one that is in both once."""
    return _read(db, unknown)


def _read(db: Database, unknown: dict[str, int], only: frozenset[str] | None = None) -> Iterator[SessionEvents]:
    ids: set[str] = set()
    if "threads" in db.tables:
        ids = {clean(as_text(id)) for (id,) in db.rows(f"SELECT {chosen(db, 'threads', 'id')} FROM threads")}
    earlier: dict[str, SessionEvents] = {}
    for session in conversations(db, only):
        if session.key in ids:
            earlier[session.key] = session
        else:
            yield session
    for thread in threads(db, unknown, only):
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


def conversations(db: Database, only: frozenset[str] | None = None) -> Iterator[SessionEvents]:
    """The conversations of the old tables, each response with its prompt; without a conversation, one by itself."""
    if "responses" not in db.tables:
        return
    titles: dict[object, str] = {}
    if "conversations" in db.tables:
        titles = {
            id: as_text(title)
            for id, title in db.rows(f"SELECT {chosen(db, 'conversations', 'id', 'name')} FROM conversations")
        }
    columns = chosen(db, "responses", *_RESPONSE)
    reading = _Responses(db)
    session: SessionEvents | None = None
    line = 0
    order = "conversation_id, datetime_utc, id" if "conversation_id" in db.tables["responses"] else "id"
    for row in db.rows(f"SELECT {columns} FROM responses ORDER BY {order}"):
        id, conversation = as_text(row[0]), as_text(row[1])
        if only is not None and (conversation or id) not in only:
            continue
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
            yield Event(EventKind.SYSTEM, system_text(told), line, timestamp=stamp)
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
