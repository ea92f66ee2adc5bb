"""Open WebUI: the way that is shown, the siblings that are not, and what stands in `<details>`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import EventKind, Exchange, Transcript
from curator.formats.reader import read_transcript
from curator.library import foreign


def message(id: str, parent: str | None, role: str, content: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "parentId": parent, "childrenIds": [], "role": role, "content": content, **more}


def chat(current: str, *messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    history = {"messages": {m["id"]: m for m in messages}, "currentId": current}
    return {"models": ["llama3"], "history": history, "messages": [], **more}


def exported(current: str, *messages: dict[str, Any], **more: Any) -> bytes:
    whole = {
        "id": "c1",
        "user_id": "u",
        "title": "Tea",
        "chat": chat(current, *messages, **more),
        "created_at": 1767225600,
    }
    return json.dumps([whole]).encode()


def exchanges(data: bytes) -> list[Exchange]:
    return [e for s in read_transcript(data).sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


ASKED = message("u1", None, "user", "How long?", timestamp=1767225601)


def test_the_answer_that_is_shown_is_the_answer_and_its_sibling_stands_beside_it() -> None:
    data = exported("a2", ASKED, message("a1", "u1", "assistant", "One."), message("a2", "u1", "assistant", "Two."))
    shown, left = exchanges(data)
    assert (shown.key, shown.prompt, shown.response) == ("u1", "How long?", "Two.")
    assert (left.prompt, left.response) == ("How long?", "One.")
    assert (signals(shown), signals(left)) == (set(), {"abandoned_branch"})
    [session] = read_transcript(data).sessions
    assert (session.key, session.title, session.model) == ("c1", "Tea", "llama3")


def test_a_prompt_that_was_edited_is_abandoned_with_its_answer() -> None:
    data = exported(
        "a2",
        ASKED,
        message("a1", "u1", "assistant", "Two."),
        message("u2", None, "user", "How long, exactly?"),
        message("a2", "u2", "assistant", "120 s."),
    )
    shown, left = exchanges(data)
    assert (shown.prompt, left.prompt, left.response) == ("How long, exactly?", "How long?", "Two.")
    assert "abandoned_branch" in signals(left)


def test_thoughts_and_tools_are_taken_out_of_the_answer() -> None:
    content = (
        '<details type="reasoning" done="true" duration="2">\n<summary>Thought</summary>\n> It is &gt; 1.\n</details>\n'
        "I look.\n"
        '<details type="tool_calls" done="true" id="t1" name="clock" '
        'arguments="&quot;{\\&quot;zone\\&quot;: \\&quot;UTC\\&quot;}&quot;"'
        ' result="&quot;noon&quot;">\n<summary>Tool Executed</summary>\n</details>\n'
        "Two minutes."
    )
    [only] = exchanges(exported("a1", ASKED, message("a1", "u1", "assistant", content, model="m")))
    assert (only.response, only.model) == ("Two minutes.", "m")
    assert [(str(s.kind), s.name, s.text) for s in only.steps] == [
        ("thinking", "", "It is > 1."),
        ("reply_text", "m", "I look."),
        ("tool_call", "clock", "zone: UTC"),
        ("tool_result", "clock", "noon"),
    ]


@pytest.mark.parametrize(
    ("more", "signal"),
    [({"done": False}, "truncated"), ({"error": {"content": "no such model"}}, "api_error")],
)
def test_an_answer_that_broke_off_is_marked(more: dict[str, Any], signal: str) -> None:
    [only] = exchanges(exported("a1", ASKED, message("a1", "u1", "assistant", "Two min", **more)))
    assert signal in signals(only)


def test_files_and_pictures_of_a_prompt_are_told() -> None:
    files = [{"type": "image", "url": "data:…"}, {"type": "file", "name": "tea.md"}]
    [only] = exchanges(
        exported("a1", message("u1", None, "user", "See", files=files), message("a1", "u1", "assistant", "I do."))
    )
    assert "image" in signals(only)
    assert [(s.name, s.text) for s in only.steps] == [("context", "tea.md")]


def test_the_system_prompt_of_a_chat_is_kept() -> None:
    [only] = exchanges(exported("a1", ASKED, message("a1", "u1", "assistant", "Two."), params={"system": "Be brief."}))
    assert [(s.kind, s.text) for s in only.steps] == [(EventKind.SYSTEM, "Be brief.")]


def test_messages_in_a_ring_and_a_current_one_that_is_missing_end_the_walk() -> None:
    ring = (message("u1", "a1", "user", "Hi"), message("a1", "u1", "assistant", "Hello"))
    assert [e.prompt for e in exchanges(exported("gone", *ring))] == ["Hi"]


def test_the_database_tells_what_the_export_tells_under_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "webui.db"
    messages = (ASKED, message("a1", "u1", "assistant", "Two."))
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "CREATE TABLE chat (id TEXT, user_id TEXT, title TEXT, chat JSON, created_at BIGINT, updated_at BIGINT)"
        )
        db.execute("INSERT INTO chat VALUES ('c1', 'u', 'Tea', ?, 1767225600, 0)", (json.dumps(chat("a1", *messages)),))
        db.execute("INSERT INTO chat VALUES ('c2', 'u', 'Broken', '{', 1767225600, 0)")
        db.commit()
    with foreign.opened(str(path)) as opened:
        found = read_transcript(opened, path.name)
    assert found.format == "open-webui-db"
    assert found.sessions == read_transcript(exported("a1", *messages)).sessions
    assert [p.reason for p in found.problems] == ["The chat “Broken” is not readable."]


OUTPUT: list[dict[str, Any]] = [
    {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "It is green."}], "summary": []},
    {"type": "function_call", "call_id": "t1", "name": "clock", "arguments": '{"zone": "UTC"}'},
    {"type": "function_call_output", "call_id": "t1", "output": [{"type": "input_text", "text": "noon"}]},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Two."}]},
]


@pytest.mark.parametrize(("content", "answer"), [("", "Two."), ("Two, at most.", "Two, at most.")])
def test_what_newer_versions_write_beside_the_words_is_read_and_words_are_the_persons(
    content: str, answer: str
) -> None:
    [only] = exchanges(exported("a1", ASKED, message("a1", "u1", "assistant", content, output=OUTPUT)))
    assert only.response == answer
    assert [(step.kind, step.name, step.text) for step in only.steps] == [
        (EventKind.THINKING, "", "It is green."),
        (EventKind.TOOL_CALL, "clock", "zone: UTC"),
        (EventKind.TOOL_RESULT, "clock", "noon"),
    ]


def test_a_chat_from_before_there_was_a_history_is_read_by_its_list(tmp_path: Path) -> None:
    whole = {
        "history": {},
        "messages": [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "Two."}],
    }
    with stored(tmp_path, whole) as found:
        assert [(e.prompt, e.response) for s in found.sessions for e in s.exchanges] == [("How long?", "Two.")]


def test_messages_in_their_own_table_are_read_where_the_chat_holds_none(tmp_path: Path) -> None:
    more = """CREATE TABLE chat_message (id TEXT, chat_id TEXT, user_id TEXT, role TEXT, parent_id TEXT, content JSON,
            output JSON, model_id TEXT, done BOOLEAN, error JSON, created_at BIGINT);
        INSERT INTO chat_message VALUES
         ('c1-u1', 'c1', 'u', 'user', NULL, '"How long?"', NULL, NULL, 1, NULL, 1767225601),
         ('c1-a1', 'c1', 'u', 'assistant', 'u1', '"One."', NULL, 'm', 1, NULL, 1767225602),
         ('c1-a2', 'c1', 'u', 'assistant', 'u1', '"Two."', NULL, 'm', 0, NULL, 1767225603);
        ALTER TABLE chat ADD COLUMN current_message_id TEXT; ALTER TABLE chat ADD COLUMN meta JSON;
        UPDATE chat SET current_message_id = 'a1', meta = '{"internal": true, "parent_chat_id": "c0"}';"""
    with stored(tmp_path, {"title": "Tea"}, more) as found:
        [session] = found.sessions
    assert (session.key, session.origin, session.parent_key) == ("c1", "agent", "c0")
    shown, left = session.exchanges
    assert (shown.key, shown.prompt, shown.response, shown.model) == ("u1", "How long?", "One.", "m")
    assert (left.response, {"abandoned_branch", "truncated"} <= signals(left)) == ("Two.", True)


@contextmanager
def stored(folder: Path, chat: dict[str, Any], more: str = "") -> Iterator[Transcript]:
    path = folder / "webui.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE chat (id TEXT, user_id TEXT, title TEXT, chat JSON, created_at BIGINT)")
        db.execute("INSERT INTO chat VALUES ('c1', 'u', 'Tea', ?, 1767225600)", (json.dumps(chat),))
        db.executescript(more)
        db.commit()
    with foreign.opened(str(path)) as opened:
        yield read_transcript(opened, path.name)


@pytest.mark.corpus
def test_the_hand_made_export_reads_as_it_looks(corpus: Path) -> None:
    shown, left = exchanges((corpus / "synthetic-by-schema" / "open-webui-chat-export.json").read_bytes())
    assert (shown.prompt, shown.response) == ("Explain DNS", "Regenerated answer")
    assert left.response == "First try"
