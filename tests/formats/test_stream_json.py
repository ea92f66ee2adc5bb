"""Captured output: Gemini's chunks become one answer, Claude Code's messages a session of its own format."""

from __future__ import annotations

import json
from typing import Any

from curator.core.exchange import Event, EventKind, Exchange, Origin, Transcript
from curator.formats.reader import read_events, read_transcript


def lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps({"timestamp": "2026-01-01T00:00:00Z", **r}).encode() + b"\n" for r in records)


def claude(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps({"session_id": "s", **r}).encode() + b"\n" for r in records)


def exchanges(transcript: Transcript) -> list[Exchange]:
    return [e for s in transcript.sessions for e in s.exchanges]


INIT = {"type": "init", "session_id": "g", "model": "gemini-x"}
ASKED = {"type": "message", "role": "user", "content": "How long?"}
STARTED = {"type": "system", "subtype": "init", "uuid": "i", "cwd": "/home/me/tea", "model": "claude-x"}
PROMPT = {"type": "user", "uuid": "u", "message": {"role": "user", "content": "How long?"}, "isReplay": True}


def part(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": text, "delta": True}


def answer(uuid: str, text: str, **more: Any) -> dict[str, Any]:
    message = {"id": f"m{uuid}", "role": "assistant", "model": "claude-x", "content": [{"type": "text", "text": text}]}
    return {"type": "assistant", "uuid": uuid, "message": message, "parent_tool_use_id": None, **more}


def test_chunks_of_gemini_are_one_answer_and_tools_stand_between() -> None:
    call = {"type": "tool_use", "tool_name": "read_file", "tool_id": "t", "parameters": {"file_path": "tea.md"}}
    result = {"type": "tool_result", "tool_id": "t", "status": "success", "output": "2 min"}
    data = lines(INIT, ASKED, part("I "), part("look."), call, result, part("Two "), part("minutes."))
    transcript = read_transcript(data)
    [session] = transcript.sessions
    assert (transcript.format, session.format, session.key, session.model) == (
        "stream-json",
        "gemini-cli",
        "g",
        "gemini-x",
    )
    [only] = session.exchanges
    assert (only.response, only.last_line) == ("Two minutes.", 7)
    assert [(s.text, s.name) for s in only.steps] == [
        ("I look.", "gemini-x"),
        ("tea.md", "read_file"),
        ("2 min", "read_file"),
    ]


def test_what_went_wrong_with_gemini_is_told() -> None:
    failed = {"type": "tool_result", "tool_id": "t", "status": "error", "error": {"type": "x", "message": "denied"}}
    warned = {"type": "error", "severity": "warning", "message": "loop detected"}
    ended = {"type": "result", "status": "error", "error": {"type": "quota", "message": "out of quota"}}
    data = lines(INIT, ASKED, failed, warned, ended, {"type": "novelty"})
    transcript = read_transcript(data)
    [only] = exchanges(transcript)
    assert {"api_error", "no_answer"} <= {hit.name for hit in only.signals}
    found: list[Event] = read_events(data).sessions[0].events
    assert [(e.kind, e.text) for e in found[1:]] == [
        (EventKind.TOOL_RESULT, "denied"),
        (EventKind.META, "loop detected"),
        (EventKind.API_ERROR, "out of quota"),
    ]
    assert transcript.unknown == {"novelty": 1}


def test_claudes_messages_are_a_session_of_claude_code_with_the_same_keys() -> None:
    ended = {"type": "result", "subtype": "success", "is_error": False, "result": "Two minutes."}
    partial = {"type": "stream_event", "event": {"type": "message_start"}}
    transcript = read_transcript(claude(STARTED, PROMPT, partial, answer("a", "Two minutes."), ended))
    [session] = transcript.sessions
    assert (transcript.format, session.format, session.key) == ("stream-json", "claude-code", "s")
    assert session.project == "/home/me/tea"
    [only] = session.exchanges
    assert (only.key, only.response, only.first_line, only.last_line) == ("u", "Two minutes.", 2, 4)
    assert transcript.problems == () and transcript.unknown == {}


def test_a_list_of_claudes_messages_is_read_too() -> None:
    data = json.dumps([{"session_id": "s", **r} for r in (STARTED, PROMPT, answer("a", "Two."))]).encode()
    assert [(e.key, e.response) for e in exchanges(read_transcript(data))] == [("u", "Two.")]


def test_a_subagents_messages_are_a_session_of_their_own() -> None:
    task = {"type": "user", "uuid": "t", "message": {"content": "Look it up"}, "parent_tool_use_id": "toolu_1"}
    data = claude(STARTED, PROMPT, task, answer("b", "Found.", parent_tool_use_id="toolu_1"), answer("a", "Two."))
    main, side = read_transcript(data).sessions
    assert (main.origin, main.exchanges[0].response) == (Origin.HUMAN, "Two.")
    assert (side.origin, side.key, side.exchanges[0].response) == (Origin.AGENT, "s/toolu_1", "Found.")


def test_a_capture_without_its_prompt_says_so() -> None:
    transcript = read_transcript(claude(STARTED, answer("a", "Two.")))
    assert transcript.sessions == ()
    assert "--replay-user-messages" in transcript.problems[0].reason


def test_a_turn_that_ended_in_an_error_is_one() -> None:
    ended = {"type": "result", "subtype": "error_max_turns", "is_error": True, "uuid": "r"}
    [only] = exchanges(read_transcript(claude(STARTED, PROMPT, ended)))
    assert {"api_error", "no_answer"} <= {hit.name for hit in only.signals}


def test_the_agent_sessions_of_claude_desktop_have_their_own_times() -> None:
    data = claude(
        {**PROMPT, "_audit_timestamp": "2026-01-13T10:39:52.333Z"},
        {**answer("a", "Two."), "session_id": "inner", "_audit_timestamp": "2026-01-13T10:39:55.000Z"},
    )
    [session] = read_transcript(data).sessions
    assert (session.key, session.started) == ("s", "2026-01-13T10:39:52.333Z")
    assert [(e.response, e.ended) for e in session.exchanges] == [("Two.", "2026-01-13T10:39:55.000Z")]
