"""Kiro CLI's sessions: prompts, answers, what tools gave, and keys that come from the file's name."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from seeds import FOLDER, bytes_of, read_any

from curator.core.exchange import Exchange, Transcript
from curator.formats.reader import open_transcript, read_transcript
from curator.library.foreign import ForeignDatabase

ID = "11111111-2222-3333-4444-555555555555"


def line(kind: str, *content: Any, **more: Any) -> dict[str, Any]:
    parts = [{"kind": "text", "data": part} if isinstance(part, str) else part for part in content]
    return {"version": "v1", "kind": kind, "data": {"content": parts, **more}}


def read(*lines: Any, name: str = f"{ID}.jsonl") -> Transcript:
    found = read_transcript("".join(json.dumps(one) + "\n" for one in lines).encode(), name)
    assert (found.format, found.problems) == ("kiro", ())
    return found


def exchanges(*lines: Any) -> list[Exchange]:
    return [exchange for session in read(*lines).sessions for exchange in session.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def test_a_session_is_told_with_its_tools_and_times() -> None:
    [found] = read_transcript((FOLDER / "kiro.jsonl").read_bytes(), f"{ID}.jsonl").sessions
    assert (found.key, found.started) == (ID, "2026-03-01T08:00:01.000Z")
    first, second = found.exchanges
    assert (first.key, first.prompt, first.response) == ("p1", "Which port does the shop listen on?", "Port 8080.")
    assert [(step.kind, step.name, step.text) for step in first.steps] == [
        ("reply_text", "", "I look."),
        ("tool_call", "grep", "PORT"),
        ("tool_result", "grep", "settings.py:PORT = 8080"),
    ]
    assert (second.prompt, second.started) == ("And which host?", "2026-03-01T08:01:00.500Z")


def test_a_file_of_another_name_is_told_by_its_first_prompt() -> None:
    asked = line("Prompt", "Why?"), line("AssistantMessage", "So.")
    first, other = (read(*lines, name="old.jsonl") for lines in (asked, [line("Prompt", "How?"), asked[1]]))
    assert first.sessions[0].key != other.sessions[0].key
    assert first.sessions[0].key.startswith("old-")


def test_a_failed_tool_and_other_outputs_are_told() -> None:
    use = {"kind": "toolUse", "data": {"toolUseId": "c1", "name": "shell", "input": {"command": "ls"}}}
    outputs = [{"kind": "text", "data": "gone"}, {"kind": "json", "data": {"code": 1}}]
    result = {"kind": "toolResult", "data": {"toolUseId": "c1", "status": "error", "content": outputs}}
    [one] = exchanges(
        line("Prompt", "Why?"),
        line("AssistantMessage", use),
        line("ToolResults", result),
        line("AssistantMessage", "So."),
    )
    assert [(step.text, step.flags) for step in one.steps[1:]] == [('gone\n{"code":1}', frozenset({"is_error"}))]


def test_a_picture_alone_is_a_prompt_and_a_compaction_is_told() -> None:
    first, second = exchanges(
        line("Prompt", {"kind": "image", "data": {"format": "png"}}),
        line("AssistantMessage", "A cat."),
        line("Compaction", summary="They saw a cat."),
        line("Prompt", "And now?"),
        line("AssistantMessage", "A dog."),
    )
    assert (first.prompt, "image" in signals(first)) == ("", True)
    assert "after_compaction" in signals(second)
    assert [step.text for step in first.steps + second.steps if step.name == "summary"] == ["They saw a cat."]


def test_what_nobody_knows_is_counted() -> None:
    found = read(line("Prompt", "Why?"), line("AssistantMessage", "So.", {"kind": "song"}), line("Robot"))
    assert found.unknown == {"part song": 1, "Robot": 1}


def stored(*history: Any, table: str = "conversations_v2") -> Transcript:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript((FOLDER / "kiro.sql").read_text(encoding="utf-8") + "DELETE FROM conversations_v2;")
        value = json.dumps({"history": history})
        values = ("/home", "c1", value, 0, 0) if table == "conversations_v2" else ("/home", value)
        db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)
        db.commit()
        return read_any(db.serialize())


def entry(user: Any, assistant: Any) -> dict[str, Any]:
    return {"user": {"content": user}, "assistant": assistant}


def test_the_database_tells_the_same_exchange() -> None:
    [found] = read_any(bytes_of(FOLDER / "kiro.sql")).sessions
    assert (found.key, found.project) == ("33333333-dddd-eeee-ffff-444444444444", "/home/dev/shop")
    assert (found.model, found.started) == ("model-a", "2026-03-01T08:00:00.000Z")
    [one] = found.exchanges
    [first, _] = read_transcript((FOLDER / "kiro.jsonl").read_bytes(), f"{ID}.jsonl").sessions[0].exchanges
    assert (one.prompt, one.response) == (first.prompt, first.response)
    told, same = ([(step.kind, step.text) for step in each.steps] for each in (one, first))
    assert told == same


@pytest.mark.parametrize("table", ["conversations_v2", "conversations"])
def test_entries_of_the_first_versions_are_pairs(table: str) -> None:
    pair = [{"content": {"Prompt": {"prompt": "Why?"}}}, {"Response": {"content": "So."}}]
    [found] = stored(pair, table=table).sessions
    assert [(one.prompt, one.response) for one in found.exchanges] == [("Why?", "So.")]


def test_what_a_person_typed_instead_of_letting_a_tool_run_is_steering() -> None:
    use = {"ToolUse": {"content": "", "tool_uses": [{"id": "c1", "name": "shell", "args": {"command": "rm x"}}]}}
    result = {"tool_use_id": "c1", "status": "Error", "content": [{"Json": {"said": "no"}}]}
    cancelled = {"CancelledToolUses": {"prompt": "Keep it.", "tool_use_results": [result]}}
    history = [entry({"Prompt": {"prompt": "Tidy"}}, use), entry(cancelled, {"Response": {"content": "It stays."}})]
    [found] = stored(*history).sessions
    [one] = found.exchanges
    assert (one.steering, one.response) == (("Keep it.",), "It stays.")
    [given] = [step for step in one.steps if step.kind == "tool_result"]
    assert (given.text, given.flags) == ('{"said":"no"}', {"is_error", "rejected_tool"})


def test_a_conversation_of_the_database_that_nobody_can_read_is_told() -> None:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript((FOLDER / "kiro.sql").read_text(encoding="utf-8"))
        db.execute("UPDATE conversations_v2 SET value = 'no json'")
        db.commit()
        found = read_any(db.serialize())
    assert found.sessions == ()
    [problem] = found.problems
    assert problem.reason.endswith("is not readable.")


def test_a_change_in_the_table_of_before_does_not_bring_back_what_the_newer_one_tells() -> None:
    def told(words: str) -> str:
        prompt = {"user": {"content": {"Prompt": {"prompt": "Why?"}}}, "assistant": {"Response": {"content": words}}}
        return json.dumps({"conversation_id": "c", "history": [prompt]})

    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript((FOLDER / "kiro.sql").read_text(encoding="utf-8"))
        db.execute("INSERT INTO conversations_v2 VALUES ('/home', 'c', ?, 0, 0)", [told("So.")])
        db.execute("INSERT INTO conversations VALUES ('/home', ?)", [told("Once.")])
        before = open_transcript(ForeignDatabase(db), "data.sqlite3")
        assert "So." in {one.exchanges[0].response for one in before.sessions()}
        db.execute("UPDATE conversations SET value = ?", [told("Long ago.")])
        after = open_transcript(ForeignDatabase(db), "data.sqlite3", before.mark)
        assert list(after.sessions()) == []
        assert after.is_partial
