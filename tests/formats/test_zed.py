"""Zed's threads: of today, packed, and as they were before version 0.3.0."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
import zstandard
from seeds import FOLDER, bytes_of, read_any

from curator.core.exchange import EventKind, Origin, Session, Transcript


def stored(thread: Any, kind: str = "zstd", **columns: str) -> Transcript:
    """A database with this thread in place of the seed's."""
    data = thread if isinstance(thread, bytes) else json.dumps(thread).encode()
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript((FOLDER / "zed.sql").read_text(encoding="utf-8"))
        packed = zstandard.compress(data) if kind == "zstd" and not isinstance(thread, bytes) else data
        db.execute("UPDATE threads SET data = ?, data_type = ?", (packed, kind))
        for column, value in columns.items():
            db.execute(f"UPDATE threads SET {column} = ?", (value,))
        db.commit()
        return read_any(db.serialize())


def session(*messages: Any, **columns: str) -> Session:
    found = stored({"version": "0.3.0", "messages": list(messages)}, **columns)
    assert found.problems == ()
    [one] = found.sessions
    return one


def user(text: str) -> dict[str, Any]:
    return {"User": {"id": f"id of {text}", "content": [{"Text": text}]}}


def agent(*content: Any, **results: Any) -> dict[str, Any]:
    return {"Agent": {"content": list(content), "tool_results": results}}


def test_a_thread_is_told_with_its_tools_and_what_was_mentioned() -> None:
    [found] = read_any(bytes_of(FOLDER / "zed.sql")).sessions
    assert (found.title, found.project, found.model) == ("The port of the shop", "/home/dev/shop", "model-a")
    assert (found.key, found.started, found.origin) == ("5b6e-1", "2026-03-01T08:00:00Z", Origin.HUMAN)
    [one] = found.exchanges
    assert (one.key, one.prompt, one.response) == ("u1", "Which port is in @settings.py?", "Port 8080.")
    told = [(step.kind, step.name, step.text) for step in one.steps]
    assert told == [
        ("meta", "context", "PORT = 8080"),
        ("thinking", "", "Look."),
        ("reply_text", "", "I look."),
        ("tool_call", "grep", "PORT"),
        ("tool_result", "grep", "settings.py:PORT = 8080"),
    ]


def test_a_packed_thread_is_unpacked() -> None:
    [one] = session(user("Why?"), agent({"Text": "So."})).exchanges
    assert (one.prompt, one.response) == ("Why?", "So.")


def test_a_thread_of_before_is_told_too() -> None:
    messages = [
        {"id": 0, "role": "user", "segments": [{"type": "text", "text": "Why?"}]},
        {
            "id": 1,
            "role": "assistant",
            "segments": [{"type": "thinking", "text": "Hm."}, {"type": "text", "text": "I look."}],
            "tool_uses": [{"id": "c1", "name": "grep", "input": {"pattern": "x"}}],
            "tool_results": [{"tool_use_id": "c1", "is_error": True, "content": "Nothing."}],
        },
        {"id": 2, "role": "assistant", "segments": [{"type": "text", "text": "So."}]},
    ]
    [found] = stored({"version": "0.2.0", "summary": "Why", "messages": messages}, "json").sessions
    [one] = found.exchanges
    assert (one.prompt, one.response) == ("Why?", "So.")
    [result] = [step for step in one.steps if step.kind is EventKind.TOOL_RESULT]
    assert (result.name, result.text, result.flags) == ("grep", "Nothing.", {"is_error"})


def test_words_beside_a_call_are_no_answer() -> None:
    call = {"ToolUse": {"id": "c1", "name": "grep", "input": {}}}
    result = {"tool_use_id": "c1", "content": {"type": "text", "text": "found"}}
    [one] = session(user("Why?"), agent(call, {"Text": "I look."}, c1=result)).exchanges
    assert (one.response, {hit.name for hit in one.signals} >= {"no_answer"}) == ("", True)
    assert one.steps[-1].text == "found"


def test_a_picture_alone_is_a_prompt() -> None:
    picture = {"User": {"id": "u", "content": [{"Image": {"source": ""}}]}}
    [one] = session(picture, agent({"Text": "A cat."})).exchanges
    assert (one.prompt, "image" in {hit.name for hit in one.signals}) == ("", True)


@pytest.mark.parametrize("columns", [{"parent_id": "5b6e-0"}, {}])
def test_a_subagents_thread_names_its_parent(columns: dict[str, str]) -> None:
    thread = {"messages": [user("Find it."), agent({"Text": "Here."})], "subagent_context": None}
    if not columns:
        thread["subagent_context"] = {"parent_thread_id": "5b6e-0", "depth": 1}
    [found] = stored(thread, **columns).sessions
    assert (found.origin, found.parent_key) == (Origin.AGENT, "5b6e-0")


@pytest.mark.parametrize(
    ("data", "kind"), [(b"\x28\xb5\x2f\xfd broken", "zstd"), (b"no json", "json"), (b"[]", "json")]
)
def test_a_thread_that_cannot_be_read_is_told(data: bytes, kind: str) -> None:
    found = stored(data, kind)
    assert found.sessions == ()
    assert [problem.reason for problem in found.problems] == ["The thread “The port of the shop” is not readable."]


def test_parts_that_nobody_knows_are_counted() -> None:
    found = stored({"messages": [user("Why?"), agent({"Text": "So."}, {"Song": "La."}), {"Robot": {}}]})
    assert found.unknown == {"part Song": 1, "Robot": 1}
