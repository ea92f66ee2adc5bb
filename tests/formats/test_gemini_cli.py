"""Gemini CLI: old documents, new logs that grow, rewind and check themselves, and the notices of the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import Event, EventKind, Exchange, Origin, Transcript
from curator.formats.reader import read_events, read_transcript

ABOUT = {"sessionId": "s", "projectHash": "h", "startTime": "2026-01-01T00:00:00Z", "lastUpdated": "x"}


def user(id: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"id": id, "timestamp": "2026-01-01T00:00:01Z", "type": "user", "content": content, **more}


def gemini(id: str, content: Any = "", **more: Any) -> dict[str, Any]:
    return {"id": id, "timestamp": "2026-01-01T00:00:02Z", "type": "gemini", "content": content, "model": "g", **more}


def notice(id: str, type: str, content: str) -> dict[str, Any]:
    return {"id": id, "timestamp": "2026-01-01T00:00:03Z", "type": type, "content": content}


def log(*records: Any) -> bytes:
    return b"".join(json.dumps(r).encode() + b"\n" for r in (ABOUT, *records))


def document(*messages: Any) -> bytes:
    return json.dumps({**ABOUT, "messages": messages}, indent=2).encode()


def read(data: bytes) -> Transcript:
    transcript = read_transcript(data, "session-x")
    assert transcript.format == "gemini-cli" and transcript.problems == ()
    return transcript


def exchanges(data: bytes) -> list[Exchange]:
    return [e for s in read(data).sessions for e in s.exchanges]


def events(data: bytes) -> list[Event]:
    return [e for s in read_events(data).sessions for e in s.events]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


TOLD = (user("u1", [{"text": "Green?"}]), gemini("a1", "Yes."), user("u2", "Hot?"), gemini("a2", "Eighty."))


@pytest.mark.parametrize("make", [document, log])
def test_a_document_and_a_log_tell_the_same(make: Any) -> None:
    [session] = read(make(*TOLD)).sessions
    assert (session.key, session.started, session.model) == ("s", "2026-01-01T00:00:00Z", "g")
    assert [(e.key, e.prompt, e.response) for e in session.exchanges] == [
        ("u1", "Green?", "Yes."),
        ("u2", "Hot?", "Eighty."),
    ]


def test_a_message_that_is_written_again_replaces_itself() -> None:
    call = {"id": "t", "name": "read_file", "args": {"file_path": "tea.md"}, "status": "executing"}
    done = {**call, "status": "success", "result": [{"functionResponse": {"response": {"output": "2 min"}}}]}
    [only] = exchanges(
        log(
            user("u", "How long?"),
            gemini("a", "I look.", toolCalls=[call]),
            {"$set": {"lastUpdated": "y"}},
            gemini("a", "I look.", toolCalls=[done]),
            gemini("b", "Two minutes."),
        )
    )
    assert only.response == "Two minutes."
    assert [(s.kind, s.text) for s in only.steps] == [
        (EventKind.REPLY_TEXT, "I look."),
        (EventKind.TOOL_CALL, "tea.md"),
        (EventKind.TOOL_RESULT, "2 min"),
    ]


def test_what_is_rewound_stays_as_an_abandoned_branch_at_the_end() -> None:
    found = exchanges(log(*TOLD, {"$rewindTo": "u2"}, user("u3", "How hot?"), gemini("a3", "Quite.")))
    assert [(e.key, e.response, "abandoned_branch" in signals(e)) for e in found] == [
        ("u1", "Yes.", False),
        ("u3", "Quite.", False),
        ("u2", "Eighty.", True),
    ]


def test_a_rewind_to_an_id_that_nobody_has_takes_back_everything() -> None:
    found = exchanges(log(*TOLD, {"$rewindTo": "gone"}, user("u3", "Again?"), gemini("a3", "Again.")))
    assert [(e.key, "abandoned_branch" in signals(e)) for e in found] == [("u3", False), ("u1", True), ("u2", True)]


def test_a_compressed_history_keeps_what_was_said_and_marks_what_comes_after() -> None:
    checked = [
        user("env", [{"text": "<session_context>\nThis is the Gemini CLI."}]),
        user("sum", [{"text": "<state_snapshot>tea</state_snapshot>"}]),
        gemini("ok", [{"text": "Got it. Thanks for the additional context!"}]),
        user("u2", [{"text": "Hot? [masked]"}]),
        gemini("copy", [{"text": "Eighty."}]),
    ]
    data = log(*TOLD, {"$set": {"messages": checked}}, user("u3", "And white?"), gemini("a3", "Seventy."))
    found = exchanges(data)
    assert [(e.key, e.prompt, e.response) for e in found] == [
        ("u1", "Green?", "Yes."),
        ("u2", "Hot?", "Eighty."),
        ("u3", "And white?", "Seventy."),
    ]
    assert "after_compaction" in signals(found[2]) and "after_compaction" not in signals(found[1])
    assert [e.name for e in events(data) if e.kind is EventKind.META] == ["context", "summary", "harness"]


def test_notices_are_left_out_errors_and_a_cancelled_request_are_told() -> None:
    data = document(
        notice("i", "info", "Update available"),
        user("u1", "Hi?"),
        notice("w", "warning", "Slow"),
        notice("e", "error", "[API Error: quota]"),
        user("u2", "Hi again?"),
        gemini("a", "Hel"),
        notice("c", "info", "Request cancelled."),
        {"id": "t", "type": "telemetry", "content": "x"},
    )
    first, second = exchanges(data)
    assert {"api_error", "no_answer"} <= signals(first)
    assert "interrupted" in signals(second)
    assert [(e.text, e.name, e.line) for e in events(data) if e.kind is EventKind.META] == [
        ("Update available", "status", 1),
        ("Slow", "status", 3),
    ]
    assert read(data).unknown == {"telemetry": 1}


def test_the_prompt_is_what_was_shown_without_the_files_that_were_read_into_it() -> None:
    expanded = [{"text": "Sum up @tea.md"}, {"text": "\n--- Content from referenced files ---"}, {"text": "Tea is…"}]
    shown = user("u2", [{"text": "Sum up, with everything expanded"}], displayContent="Sum up")
    data = log(user("u1", expanded), gemini("a1", "A drink."), shown, gemini("a2", "Still."))
    assert [e.prompt for e in exchanges(data)] == ["Sum up @tea.md", "Sum up"]
    assert [e.name for e in events(data) if e.kind is EventKind.META] == ["context", "context"]


def test_tools_that_failed_or_were_refused_and_pictures_are_flagged() -> None:
    bad = {"id": "1", "name": "shell", "args": {"command": "rm"}, "status": "error"}
    bad["result"] = [{"functionResponse": {"response": {"error": "no such file"}}}]
    refused = {"id": "2", "name": "shell", "args": {"command": "rm -r"}, "status": "cancelled"}
    picture = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    [only] = exchanges(document(user("u", [picture, {"text": "Clean up"}]), gemini("a", toolCalls=[bad, refused])))
    assert [(s.text, set(s.flags)) for s in only.steps if s.kind is EventKind.TOOL_RESULT] == [
        ("no such file", {"is_error"}),
        ("", {"rejected_tool"}),
    ]
    assert {"image", "no_answer", "corrected_midstream"} <= signals(only)


def test_a_subagent_is_told_by_its_kind_and_a_title_by_the_summary() -> None:
    about = {"$set": {"kind": "subagent", "summary": "Tea", "directories": ["/home/me/tea"]}}
    [session] = read(log(about, *TOLD)).sessions
    assert (session.origin, session.title, session.project) == (Origin.AGENT, "Tea", "/home/me/tea")


def test_a_document_that_breaks_off_says_so_and_a_log_being_written_does_not() -> None:
    broken = read_transcript(document(*TOLD)[:-30])
    assert (broken.format, len(broken.sessions), len(broken.problems)) == ("gemini-cli", 0, 1)
    whole = log(*TOLD)
    for end in range(len(whole)):
        part = read_transcript(whole[:end], "session-x")
        assert part.problems == () or part.format == ""
        keys = [e.key for s in part.sessions for e in s.exchanges]
        assert keys == ["u1", "u2"][: len(keys)]


def test_fields_of_the_wrong_type_cost_only_themselves() -> None:
    found = exchanges(document(user("u", "Hi?"), gemini("a", "Hello.", thoughts="none", toolCalls=[7]), {"id": 7}))
    assert [(e.prompt, e.response) for e in found] == [("Hi?", "Hello.")]


@pytest.mark.corpus
def test_the_published_files_give_their_prompts(corpus: Path) -> None:
    found = {
        file.name: [(e.prompt, e.response) for s in read(file.read_bytes()).sessions for e in s.exchanges]
        for file in sorted((corpus / "gemini-cli").glob("*.json"))
    }
    assert found["agentsview-standard_session.json"] == [
        ("Fix the login bug", "Looking at the auth module..."),
        ("That looks right", "Applied the fix."),
    ]
    assert found["agentsview-system_messages.json"] == []
    assert found["letta-tool-calls.json"] == [("Read the project overview.", "")]
    assert len(found) == 7
