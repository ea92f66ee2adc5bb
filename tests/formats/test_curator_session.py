"""A copy of a session out of a database gives what the database gave, to the last character, and holds all of it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds import FOLDER, SEEDS, bytes_of

from curator.core.exchange import Event, EventKind, Origin
from curator.formats.adapters import curator_session
from curator.formats.chosen_sessions import open_sessions
from curator.formats.database import MAGIC
from curator.formats.events import (
    KEEP,
    SessionEvents,
    dropped,
    kept_whole,
    shortened,
    system_text,
    tool_call,
    tool_result,
)
from curator.formats.exchanges import build
from curator.formats.reader import open_transcript, read_events
from curator.library.foreign import from_bytes
from curator.screening import screen_session

STORES = [(name, data) for name, data in SEEDS if data.startswith(MAGIC)]
LONG = "".join(f"line {number} of what came out\n" for number in range(90))


def copied(data: bytes) -> dict[str, bytes]:
    """A copy of each session of a database, by its key."""
    with from_bytes(data) as db:
        keys = frozenset(session.key for session in read_events(db, "store.db").sessions)
        with kept_whole():
            opened = open_sessions(db, "store.db", keys)
            found = {one.key: b"".join(curator_session.written(one, opened.format, 7)) for one in opened.events}
    assert found.keys() == keys
    return found


def with_long_tool(data: bytes) -> bytes:
    """OpenCode's seed, with a tool in its first session whose input and output are longer than what is shown."""
    part = {
        "type": "tool",
        "callID": "call_1",
        "tool": "bash",
        "state": {"status": "completed", "input": {"command": "make", "why": LONG}, "output": LONG},
    }
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.deserialize(data)
        message = "SELECT id FROM message WHERE json_extract(data, '$.role') = 'assistant' ORDER BY id LIMIT 1"
        session = f"SELECT session_id FROM message WHERE id = ({message})"
        db.execute(
            f"INSERT INTO part (id, message_id, session_id, data) VALUES ('prt_0', ({message}), ({session}), ?)",
            (json.dumps(part),),
        )
        return db.serialize()


@pytest.mark.parametrize(("format", "data"), STORES, ids=[name for name, _ in STORES])
def test_the_copy_of_a_session_gives_what_its_database_gave(format: str, data: bytes) -> None:
    with from_bytes(data) as db:
        sessions = read_events(db, "store.db").sessions
    copies = copied(data)
    for session in sessions:
        opened = open_transcript(copies[session.key], "any name")
        (back,) = opened.events
        assert (opened.format, opened.problems, opened.unknown) == ("curator-session", [], {})
        assert back == session
        assert screen_session(build(back)) == screen_session(build(session))
        heading = json.loads(copies[session.key].split(b"\n")[0])
        assert (heading["from"], heading["reader"], heading["key"]) == (format, 7, session.key)


def test_what_a_tool_gave_is_in_the_copy_as_long_as_it_was() -> None:
    data = with_long_tool(bytes_of(FOLDER / "opencode-db.sql"))
    with from_bytes(data) as db:
        session = read_events(db, "store.db").sessions[0]
    copy = copied(data)[session.key]
    texts = [json.loads(line).get("text", "") for line in copy.splitlines()]
    assert LONG in texts and any(f"why: {LONG}" in text for text in texts)
    shown = [event.text for event in session.events if event.kind is EventKind.TOOL_RESULT]
    assert shown and LONG not in shown
    (back,) = open_transcript(copy).events
    assert back == session


WORDS = st.one_of(
    st.text(max_size=40),
    st.tuples(st.text(max_size=9), st.integers(0, 900)).map(lambda drawn: drawn[0] * drawn[1]),
    st.integers(KEEP - 3, KEEP + 3).map(lambda count: "x" * count),
    st.integers(KEEP - 3, KEEP + 3).map(lambda count: "x" + " " * count),
)
ARGUMENTS = st.one_of(
    st.none(), WORDS, st.dictionaries(st.sampled_from(["command", "path", "why", "a b"]), WORDS | st.integers())
)


def events_of(words: str, arguments: object) -> list[Event]:
    return [
        tool_call("bash", arguments, 3, "c1", "m1", "2026-01-01"),
        tool_result(words, 4, "c1", "2026-01-01", "bash", frozenset({"is_error"}), "r1"),
        dropped("context", words, 5, "d1", "2026-01-01"),
        Event(EventKind.SYSTEM, system_text(words), 6),
        Event(EventKind.REPLY_TEXT, words.replace("\x00", ""), 7),
    ]


@settings(max_examples=300)
@given(WORDS, ARGUMENTS)
def test_whatever_is_shortened_is_shortened_alike_when_it_is_read_from_a_copy(words: str, arguments: object) -> None:
    plain = events_of(words, arguments)
    with kept_whole():
        whole = events_of(words, arguments)
    assert list(map(shortened, whole)) == plain
    assert len(whole[1].text) == len(words)
    copy = b"".join(curator_session.written(SessionEvents("k", "zed", events=whole), "zed", 1))
    (back,) = open_transcript(copy).events
    assert back.events == plain


def test_a_session_keeps_all_that_is_known_of_it() -> None:
    session = SessionEvents(
        "k", "llm", "Title", "/home", "2026-01-01", Origin.AGENT, "m", "above", False, [Event(EventKind.PROMPT, "Why?")]
    )
    (back,) = open_transcript(b"".join(curator_session.written(session, "llm", 1))).events
    assert back == session


def test_two_copies_in_one_file_are_two_sessions_and_nothing_foreign_becomes_an_event(tmp_path: Path) -> None:
    one = b"".join(curator_session.written(SessionEvents("k", "zed", events=[Event(EventKind.PROMPT, "1?")]), "zed", 1))
    told = (
        one
        + one
        + b'{"kind":"gossip","text":"?"}\n'
        + b'{"curator_session":1,"key":"x","format":"nobody\'s","origin":"?"}\n'
        + b'{"kind":"meta","name":"gossip","line":-1}\n'
    )
    opened = open_transcript(told)
    first, second, third = opened.events
    assert (first.events, first.key, second.key) == (second.events, "k", "k#2")
    assert (third.format, third.origin, third.events) == ("curator-session", Origin.HUMAN, [Event(EventKind.META)])
    assert opened.unknown == {"gossip": 1}


def test_sessions_are_found_by_keys_that_are_no_ids() -> None:
    """Of a folder's conversation in Kiro's older table, the id is the folder; others were not asked for."""
    data = bytes_of(FOLDER / "kiro.sql")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.deserialize(data)
        value = json.dumps(
            {
                "conversation_id": "own-id",
                "history": [
                    {
                        "user": {"content": {"Prompt": {"prompt": "Why?"}}},
                        "assistant": {"Response": {"content": "So."}},
                    }
                ],
            }
        )
        db.execute("CREATE TABLE IF NOT EXISTS conversations (key TEXT PRIMARY KEY, value TEXT)")
        db.execute("INSERT INTO conversations VALUES ('/home/ada', ?)", (value,))
        data = db.serialize()
    with from_bytes(data) as db:
        opened = open_sessions(db, "data.sqlite3", frozenset({"own-id", "nobody's"}))
        assert [session.key for session in opened.events] == ["own-id"]
