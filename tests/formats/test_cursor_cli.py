"""The databases of Cursor's agent in the terminal: their messages in the order in which the root names them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from seeds import FOLDER, bytes_of, read_any

from curator.core.exchange import Exchange, Transcript
from curator.core.query import ExchangeQuery
from curator.ingest.importer import import_files
from curator.library.library import Library

ID = "0199c0de-0000-7000-8000-00000000000b"


def field(number: int, held: bytes) -> bytes:
    """A field of a protobuf message, its bytes shorter than 128."""
    return bytes([number << 3 | 2, len(held)]) + held


def stored(*messages: Any, root: bytes | None = None, **about: Any) -> Transcript:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(
            "CREATE TABLE blobs (id TEXT PRIMARY KEY, data BLOB); CREATE TABLE meta (key TEXT, value TEXT);"
        )
        ids = [bytes([number]) * 32 for number in range(len(messages), 0, -1)]  # not in the order of the rows
        for id, message in zip(ids, messages, strict=True):
            data = message if isinstance(message, bytes) else json.dumps(message).encode()
            db.execute("INSERT INTO blobs VALUES (?, ?)", (id.hex(), data))
        if root is None:
            root = b"\x08\x96\x01" + b"".join(field(1, id) for id in ids) + field(9, b"file:///home/dev/shop")
        db.execute("INSERT INTO blobs VALUES ('root', ?)", (root,))
        meta = json.dumps({"agentId": ID, "latestRootBlobId": "root", **about})
        db.execute("INSERT INTO meta VALUES ('0', ?)", (meta.encode().hex(),))
        db.commit()
        return read_any(db.serialize())


def exchanges(*messages: Any, **more: Any) -> list[Exchange]:
    found = stored(*messages, **more)
    assert (found.format, found.problems) == ("cursor-cli", ())
    return [exchange for session in found.sessions for exchange in session.exchanges]


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": f"<user_query>\n{text}\n</user_query>"}]}


def agent(*content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "text", "text": c} if isinstance(c, str) else c for c in content]}


def test_a_conversation_is_told_with_its_tools() -> None:
    [found] = read_any(bytes_of(FOLDER / "cursor-cli.sql")).sessions
    assert (found.key, found.format, found.title) == (ID, "cursor", "The port of the shop")
    assert (found.project, found.model, found.started) == ("/home/dev/shop", "model-a", "2026-03-01T08:00:00.000Z")
    [one] = found.exchanges
    assert (one.prompt, one.response) == ("Which port does the shop listen on?", "Port 8080.")
    told = [(step.kind, step.name, step.text) for step in one.steps if step.kind not in ("meta", "system")]
    assert told == [
        ("thinking", "", "Look."),
        ("reply_text", "", "I look."),
        ("tool_call", "Grep", "PORT"),
        ("tool_result", "Grep", "settings.py:PORT = 8080"),
    ]


def test_messages_come_in_the_order_in_which_the_root_names_them() -> None:
    told = exchanges(user("One?"), agent("One."), user("Two?"), agent("Two."))
    assert [(one.prompt, one.response) for one in told] == [("One?", "One."), ("Two?", "Two.")]


def test_the_folder_of_the_root_is_taken_where_no_message_names_one() -> None:
    [found] = stored(user("Why?"), agent("So.")).sessions
    assert found.project == "/home/dev/shop"


def test_a_failed_tool_is_told() -> None:
    call = {"type": "tool-call", "toolCallId": "c1", "toolName": "Shell", "args": {"command": "ls"}}
    result = {
        "role": "tool",
        "content": [{"type": "tool-result", "toolCallId": "c1", "result": {"exitCode": 1}}],
        "providerOptions": {"cursor": {"highLevelToolCallResult": {"isError": True}}},
    }
    [one] = exchanges(user("Why?"), agent(call), result, agent("So."))
    assert [(step.name, step.text, step.flags) for step in one.steps[1:]] == [
        ("Shell", '{"exitCode":1}', frozenset({"is_error"}))
    ]


def test_a_message_that_is_gone_costs_no_other() -> None:
    [one] = exchanges(user("Why?"), b"\x00 no json", agent("So."))
    assert (one.prompt, one.response) == ("Why?", "So.")


@pytest.mark.parametrize("root", [b"", b"\xff" * 40, field(1, b"\x01" * 32)[:20], b"\x0b", b"\x0a\xff\xff\xff\xff\x0f"])
def test_a_root_that_cannot_be_read_names_nothing(root: bytes) -> None:
    assert stored(user("Why?"), agent("So."), root=root).sessions == ()


def test_a_conversation_whose_messages_nobody_can_read_is_told() -> None:
    found = stored(b"\x01 packed", b"\x02 packed")
    assert found.sessions == ()
    [problem] = found.problems
    assert problem.reason == "The conversation is kept in a way that Curator does not know."


def test_what_nobody_knows_is_counted() -> None:
    found = stored(user("Why?"), agent("So.", {"type": "song"}), {"role": "robot", "content": ""})
    assert found.unknown == {"block song": 1, "robot": 1}


def test_the_transcript_of_the_same_conversation_makes_no_second_exchange(library: Library, tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(bytes_of(FOLDER / "cursor-cli.sql"))
    asked = "<user_query>\nWhich port does the shop listen on?\n</user_query>"
    lines = [
        {"role": "user", "message": {"content": [{"type": "text", "text": asked}]}},
        {"role": "assistant", "message": {"content": [{"type": "text", "text": "Port 8080."}]}},
    ]
    (tmp_path / f"{ID}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    import_files(library, [tmp_path / "store.db"])
    import_files(library, [tmp_path / f"{ID}.jsonl"])
    assert len(library.exchange_ids(ExchangeQuery())) == 1
