"""llm: the responses of the old tables, the threads of the new ones, and a conversation that is in both."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from curator.core.exchange import EventKind, Exchange, Transcript
from curator.formats.reader import read_transcript
from curator.library import foreign

OLD = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT, options_json TEXT,
 response TEXT, response_json TEXT, conversation_id TEXT, duration_ms INTEGER, datetime_utc TEXT, reasoning TEXT);
CREATE TABLE attachments (id TEXT PRIMARY KEY, type TEXT, path TEXT, url TEXT, content BLOB);
CREATE TABLE prompt_attachments (response_id TEXT, attachment_id TEXT, "order" INTEGER);
CREATE TABLE fragments (id INTEGER PRIMARY KEY, hash TEXT, content TEXT);
CREATE TABLE prompt_fragments (response_id TEXT, fragment_id INTEGER, "order" INTEGER);
CREATE TABLE tool_calls (id INTEGER PRIMARY KEY, response_id TEXT, name TEXT, arguments TEXT, tool_call_id TEXT);
CREATE TABLE tool_results (id INTEGER PRIMARY KEY, response_id TEXT, name TEXT, output TEXT, tool_call_id TEXT,
 exception TEXT);
"""
NEW = """
CREATE TABLE threads (id TEXT PRIMARY KEY, name TEXT, tip_message_hash TEXT, forked_from TEXT, datetime_utc TEXT);
CREATE TABLE turns (id TEXT PRIMARY KEY, thread_id TEXT, parent_message_hash TEXT, tip_message_hash TEXT, model TEXT,
 resolved_model TEXT, datetime_utc TEXT);
CREATE TABLE messages (hash TEXT PRIMARY KEY, parent_hash TEXT, role TEXT, provider_metadata TEXT);
CREATE TABLE parts (id INTEGER PRIMARY KEY, message_hash TEXT, position INTEGER, type TEXT, tool_name TEXT, text TEXT,
 payload TEXT);
CREATE TABLE part_attachments (part_id INTEGER, attachment_id TEXT, "order" INTEGER);
"""


class Logs:
    """A logs.db that is being written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = sqlite3.connect(path)
        self.db.executescript(OLD + NEW)

    def response(self, id: str, prompt: str, response: str, conversation: str | None = "c1", **more: str) -> None:
        row = {"id": id, "model": "m", "prompt": prompt, "response": response, "conversation_id": conversation}
        row |= {"datetime_utc": f"2026-01-01T00:00:{id[-1:]}", **more}
        names = ", ".join(row)
        self.db.execute(f"INSERT INTO responses ({names}) VALUES ({','.join('?' * len(row))})", list(row.values()))

    def message(self, hash: str, parent: str | None, role: str, *parts: tuple[str, str | dict[str, object]]) -> None:
        self.db.execute("INSERT INTO messages VALUES (?, ?, ?, NULL)", (hash, parent, role))
        for position, (kind, said) in enumerate(parts):
            text = said if isinstance(said, str) else None
            payload = None if isinstance(said, str) else json.dumps(said)
            row = (hash, position, kind, text, payload)
            self.db.execute("INSERT INTO parts VALUES (NULL, ?, ?, ?, NULL, ?, ?)", row)

    def thread(self, id: str, tip: str, *turns: str) -> None:
        self.db.execute("INSERT INTO threads VALUES (?, 'Named', ?, NULL, '')", (id, tip))
        for number, turn in enumerate(turns):
            row = (f"{id}-{number}", id, turn, f"2026-02-0{number + 1}")
            self.db.execute("INSERT INTO turns VALUES (?, ?, NULL, ?, 'm2', NULL, ?)", row)

    def read(self) -> Transcript:
        self.db.commit()
        with foreign.opened(str(self.path)) as db:
            return read_transcript(db, self.path.name)

    def exchanges(self) -> list[Exchange]:
        found = self.read()
        assert found.problems == ()
        return [e for s in found.sessions for e in s.exchanges]


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Logs]:
    made = Logs(tmp_path / "logs.db")
    with closing(made.db):
        yield made


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def test_each_response_of_a_conversation_is_an_exchange(logs: Logs) -> None:
    logs.db.execute("INSERT INTO conversations VALUES ('c1', 'Tea', 'm')")
    logs.response("r2", "And black?", "Four.")
    logs.response("r1", "How long?", "Two.", system="Be brief.", reasoning="Green.")
    logs.response("r3", "Alone?", "Yes.", None)
    found = logs.read()
    assert [(s.key, s.title, [(e.key, e.prompt, e.response) for e in s.exchanges]) for s in found.sessions] == [
        ("r3", "Alone?", [("r3", "Alone?", "Yes.")]),
        ("c1", "Tea", [("r1", "How long?", "Two."), ("r2", "And black?", "Four.")]),
    ]
    assert [(str(s.kind), s.text) for s in found.sessions[1].exchanges[0].steps] == [
        ("system", "Be brief."),
        ("thinking", "Green."),
    ]


def test_what_tools_gave_leads_to_the_answer_of_the_same_exchange(logs: Logs) -> None:
    logs.response("r1", "What time is it?", "")
    logs.db.execute("INSERT INTO tool_calls VALUES (1, 'r1', 'clock', '{\"zone\": \"UTC\"}', 't1')")
    logs.response("r2", "", "Noon.")
    logs.db.execute("INSERT INTO tool_results VALUES (1, 'r2', 'clock', NULL, 't1', 'ValueError: no zone')")
    [only] = logs.exchanges()
    assert (only.prompt, only.response) == ("What time is it?", "Noon.")
    assert [(str(s.kind), s.name, s.text, sorted(s.flags)) for s in only.steps] == [
        ("tool_call", "clock", "zone: UTC", []),
        ("tool_result", "clock", "ValueError: no zone", ["is_error"]),
    ]


def test_fragments_are_part_of_the_prompt_and_pictures_are_marked(logs: Logs) -> None:
    logs.response("r1", "Short?", "Yes.")
    logs.db.execute("INSERT INTO fragments VALUES (1, 'h', 'A long tale.')")
    logs.db.execute("INSERT INTO prompt_fragments VALUES ('r1', 1, 0)")
    logs.db.execute("INSERT INTO attachments VALUES ('a', 'image/png', NULL, NULL, x'00')")
    logs.db.execute("INSERT INTO prompt_attachments VALUES ('r1', 'a', 0)")
    [only] = logs.exchanges()
    assert only.prompt == "A long tale.\nShort?"
    assert "image" in signals(only)


def test_a_thread_is_read_along_its_messages(logs: Logs) -> None:
    logs.db.execute("INSERT INTO fragments VALUES (1, 'h', 'A long tale.')")
    logs.message("m0", None, "system", ("text", "Be brief."))
    logs.message("m1", "m0", "user", ("text", {"text_ref": [{"fragment": 1}, {"literal": " Short?"}]}))
    call = {"name": "clock", "arguments": {"zone": "UTC"}, "tool_call_id": "t1"}
    logs.message("m2", "m1", "assistant", ("reasoning", "Hm."), ("tool_call", call))
    logs.message("m3", "m2", "tool", ("tool_result", {"name": "clock", "output": "noon", "tool_call_id": "t1"}))
    logs.message("m4", "m3", "assistant", ("text", "Yes."))
    logs.thread("t1", "m4", "m2", "m4")
    [session] = logs.read().sessions
    [only] = session.exchanges
    assert (session.key, session.title, session.model, session.started) == ("t1", "Named", "m2", "2026-02-01")
    assert (only.key, only.prompt, only.response) == ("m1", "A long tale. Short?", "Yes.")
    assert [(str(s.kind), s.text) for s in only.steps] == [
        ("system", "Be brief."),
        ("thinking", "Hm."),
        ("tool_call", "zone: UTC"),
        ("tool_result", "noon"),
    ]


def test_a_turn_that_the_thread_went_back_from_is_abandoned(logs: Logs) -> None:
    logs.message("m1", None, "user", ("text", "How long?"))
    logs.message("m2", "m1", "assistant", ("text", "One."))
    logs.message("m3", "m1", "assistant", ("text", "Two."))
    logs.thread("t1", "m3", "m2", "m3")
    kept, left = logs.exchanges()
    assert (kept.response, left.response) == ("Two.", "One.")
    assert (signals(kept), signals(left)) == (set(), {"abandoned_branch"})


def test_a_conversation_that_goes_on_as_a_thread_is_one_and_keeps_its_keys(logs: Logs) -> None:
    logs.response("r1", "How long?", "Two.")
    assert [e.key for e in logs.exchanges()] == ["r1"]
    logs.message("m1", None, "user", ("text", "How long?"))
    logs.message("m2", "m1", "assistant", ("text", "Two."))
    logs.message("m3", "m2", "user", ("text", "And black?"))
    logs.message("m4", "m3", "assistant", ("text", "Four."))
    logs.thread("c1", "m4", "m4")
    found = logs.read()
    assert [(s.key, [(e.key, e.response) for e in s.exchanges]) for s in found.sessions] == [
        ("c1", [("r1", "Two."), ("m3", "Four.")])
    ]


def test_messages_in_a_ring_end(logs: Logs) -> None:
    logs.message("m1", "m2", "user", ("text", "How long?"))
    logs.message("m2", "m1", "assistant", ("text", "Two."))
    logs.thread("t1", "m2", "m2")
    [only] = logs.exchanges()
    assert only.response == "Two."


def test_a_database_of_before_tools_and_fragments_is_read(tmp_path: Path) -> None:
    path = tmp_path / "logs.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE responses (id TEXT, model TEXT, prompt TEXT, system TEXT, response TEXT)")
        db.execute("INSERT INTO responses VALUES ('r1', 'm', 'How long?', NULL, 'Two.')")
        db.commit()
    with foreign.opened(str(path)) as opened:
        [session] = read_transcript(opened).sessions
    assert [(e.prompt, e.response, e.steps) for e in session.exchanges] == [("How long?", "Two.", ())]


@pytest.mark.corpus
def test_a_database_that_llm_itself_made_is_read(corpus: Path) -> None:
    path = corpus / "synthetic-by-schema" / "llm-logs.db"
    before = path.read_bytes()
    with foreign.opened(str(path)) as opened:
        found = read_transcript(opened, path.name)
    [session] = found.sessions
    assert found.format == "llm"
    assert [(e.prompt, e.response) for e in session.exchanges] == [
        ("What is the capital of France?", "Echo: What is the capital of France?"),
        ("And of Spain?", "Echo: And of Spain?"),
    ]
    assert [s.text for s in session.exchanges[0].steps if s.kind is EventKind.SYSTEM] == ["Be brief."]
    assert path.read_bytes() == before
