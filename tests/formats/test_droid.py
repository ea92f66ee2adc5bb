"""Factory droid: messages in the shape of Anthropic's API, reminders beside the prompt, compaction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from growth import keeps_its_keys

from curator.core.exchange import EventKind, Exchange, Origin
from curator.formats.reader import read_transcript

START = {"type": "session_start", "id": "s-1", "title": "Port", "owner": "dev", "version": 2, "cwd": "/home/dev/shop"}


def message(role: str, *blocks: Any, id: str = "", **more: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": b} if isinstance(b, str) else b for b in blocks]
    record = {"type": "message", "timestamp": "2026-03-01T08:00:00.000Z", "message": {"role": role, "content": content}}
    return record | ({"id": id} if id else {}) | more


def use(call: str = "c1") -> dict[str, Any]:
    return {"type": "tool_use", "id": call, "name": "Read", "input": {"file_path": "settings.py"}}


def result(output: Any, call: str = "c1", **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call, "content": output} | more


def lines(*records: Any) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in (START, *records))


def exchanges(data: bytes) -> list[Exchange]:
    transcript = read_transcript(data)
    assert transcript.format == "droid"
    return [e for s in transcript.sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def test_a_prompt_its_tools_and_the_last_words_make_one_exchange() -> None:
    data = lines(
        message("user", "<system-reminder>It is Sunday.</system-reminder>", "Which port?", id="u1"),
        message("assistant", {"type": "thinking", "thinking": "Look."}, "I look.", use(), id="a1"),
        message("user", result("PORT = 8080"), id="r1"),
        message("assistant", "Port 8080.", id="a2"),
    )
    [only] = exchanges(data)
    assert (only.key, only.prompt, only.response) == ("u1", "Which port?", "Port 8080.")
    assert [(s.kind, s.name) for s in only.steps] == [
        (EventKind.META, "reminder"),
        (EventKind.THINKING, ""),
        (EventKind.REPLY_TEXT, ""),
        (EventKind.TOOL_CALL, "Read"),
        (EventKind.TOOL_RESULT, "Read"),
    ]
    [session] = read_transcript(data).sessions
    assert (session.key, session.title, session.project) == ("s-1", "Port", "/home/dev/shop")


def test_a_reminder_alone_is_no_prompt() -> None:
    data = lines(
        message("user", "<system-reminder>x</system-reminder>"), message("user", "Hi"), message("assistant", "Hello.")
    )
    assert [e.prompt for e in exchanges(data)] == ["Hi"]


def test_words_beside_a_result_are_steering_and_a_failed_tool_is_marked() -> None:
    data = lines(
        message("user", "Which port?"),
        message("assistant", use()),
        message("user", result([{"type": "text", "text": "no such file"}], is_error=True), "Look in config.py"),
        message("assistant", "Port 8080."),
    )
    [only] = exchanges(data)
    assert (only.steering, signals(only)) == (("Look in config.py",), {"corrected_midstream"})
    assert [s.flags for s in only.steps if s.kind is EventKind.TOOL_RESULT] == [frozenset({"is_error"})]


def test_a_stopped_reply_a_cut_one_and_a_picture_are_told() -> None:
    data = lines(
        message("user", {"type": "image", "source": {}}),
        message("assistant", "A pl"),
        message("user", "[Request interrupted by user]"),
        message("user", "Go on"),
    )
    cut = message("assistant", "And on and")
    cut["message"]["stop_reason"] = "max_tokens"
    stopped, longer = exchanges(data + json.dumps(cut).encode() + b"\n")
    assert (stopped.prompt, signals(stopped)) == ("", {"image", "interrupted"})
    assert signals(longer) == {"truncated"}


def test_compaction_is_a_boundary() -> None:
    data = lines(
        message("user", "One?"),
        message("assistant", "1"),
        {"type": "compaction_state", "id": "c", "summaryText": "They counted.", "removedCount": 2},
        message("user", "Two?"),
        message("assistant", "2"),
    )
    assert [signals(e) for e in exchanges(data)] == [set(), {"after_compaction"}]


def test_what_a_droid_gives_to_another_is_asked_by_no_human() -> None:
    asked = message("user", "# Task Tool Invocation\nSubagent type: reviewer\nReview it.")
    [session] = read_transcript(lines(asked, message("assistant", "Fine."))).sessions
    assert session.origin is Origin.AGENT
    called = lines(message("user", "Review it."), message("assistant", "Fine.")).replace(
        b'"id": "s-1"', b'"id": "s-2", "callingSessionId": "s-1"'
    )
    [session] = read_transcript(called).sessions
    assert (session.origin, session.parent_key) == (Origin.AGENT, "s-1")


def test_a_result_without_a_call_and_unknown_records_are_left_out() -> None:
    data = lines(
        message("user", "Hi"), message("assistant", "Hello."), message("user", result("stale")), {"type": "next_year"}
    )
    [only] = exchanges(data)
    assert (only.response, [(s.name, s.text) for s in only.steps]) == ("Hello.", [("orphan", "stale")])
    assert read_transcript(data).unknown == {"next_year": 1}


def test_messages_without_a_record_around_them_are_read_too() -> None:
    bare = [
        {"role": role, "content": [{"type": "text", "text": t}]} for role, t in (("user", "Hi"), ("assistant", "Ho"))
    ]
    assert [(e.prompt, e.response) for e in exchanges(lines(*bare))] == [("Hi", "Ho")]


def test_what_a_shorter_file_gave_stays_where_it_is() -> None:
    assert keeps_its_keys((Path(__file__).parent / "seeds" / "droid.jsonl").read_bytes())
