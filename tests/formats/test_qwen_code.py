"""Qwen Code: linked records, rewinds, lost records, what is typed at work, agents' records in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import EventKind, Exchange, Origin
from curator.formats.head import Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff


def record(n: int, kind: str, *parts: str | dict[str, Any], parent: int | None = None, **more: Any) -> dict[str, Any]:
    """A record as the program writes it; without `parent` it follows the one before."""
    above = n - 1 if parent is None else parent
    found: dict[str, Any] = {
        "uuid": f"u{n}",
        "parentUuid": f"u{above}" if above else None,
        "sessionId": "s-1",
        "timestamp": f"2026-03-01T08:00:{n:02}.000Z",
        "type": kind,
        "cwd": "/home/dev/shop",
        "version": "0.21.0",
    }
    if parts:
        said = [{"text": part} if isinstance(part, str) else part for part in parts]
        found["message"] = {"role": "model" if kind == "assistant" else "user", "parts": said}
    return found | more


def noted(n: int, subtype: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
    return record(n, "system", subtype=subtype, systemPayload=payload, **more)


def lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in records)


def exchanges(*records: dict[str, Any]) -> list[Exchange]:
    transcript = read_transcript(lines(*records))
    assert (transcript.format, transcript.problems, dict(transcript.unknown)) == ("qwen-code", (), {})
    return [e for s in transcript.sessions for e in s.exchanges]


def told(exchange: Exchange) -> list[tuple[str, str]]:
    return [(e.name, e.text) for e in exchange.steps if e.kind is EventKind.META]


def test_a_prompt_its_thoughts_tools_and_answer_are_told() -> None:
    call = {"functionCall": {"id": "c1", "name": "read_file", "args": {"path": "settings.py"}}}
    answer = {"functionResponse": {"id": "c1", "name": "read_file", "response": {"error": "No such file"}}}
    [only] = exchanges(
        record(1, "user", "Which port?"),
        record(2, "assistant", {"text": "I look.", "thought": True}, call, model="qwen3-coder"),
        record(3, "tool_result", answer, toolCallResult={"status": "error"}),
        record(4, "assistant", "Port 8080.", model="qwen3-coder"),
    )
    assert (only.key, only.prompt, only.response) == ("u1", "Which port?", "Port 8080.")
    assert [(e.kind, e.text) for e in only.steps] == [
        (EventKind.THINKING, "I look."),
        (EventKind.TOOL_CALL, "settings.py"),
        (EventKind.TOOL_RESULT, "No such file"),
    ]
    assert only.steps[-1].flags == {"is_error"}


def test_what_was_rewound_is_abandoned_and_the_last_way_stands() -> None:
    found = exchanges(
        record(1, "user", "One?"),
        record(2, "assistant", "1"),
        record(3, "user", "Two?"),
        record(4, "assistant", "2"),
        noted(5, "rewind", {"truncatedCount": 2}, parent=2),
        record(6, "user", "Three?"),
        record(7, "assistant", "3"),
    )
    assert [(e.prompt, e.response) for e in found] == [("One?", "1"), ("Three?", "3"), ("Two?", "2")]
    assert [any(hit.name == "abandoned_branch" for hit in e.signals) for e in found] == [False, False, True]


def test_records_whose_link_was_lost_follow_what_was_written_before() -> None:
    found = exchanges(
        record(1, "user", "One?"),
        record(2, "assistant", "1"),
        record(9, "user", "Two?", parent=8),
        record(10, "assistant", "2"),
    )
    assert [(e.prompt, e.response) for e in found] == [("One?", "1"), ("Two?", "2")]
    assert not any(hit.name == "abandoned_branch" for e in found for hit in e.signals)


def test_what_the_program_adds_is_no_part_of_the_prompt() -> None:
    [one, two] = exchanges(
        record(1, "user", "Look @a.py", "\n--- Content from referenced files ---", "\nPORT = 8080"),
        record(2, "assistant", "8080"),
        record(3, "user", "Go on\n<hook>ctx</hook>", systemPayload={"displayText": "Go on", "hookContext": "ctx"}),
        record(4, "assistant", "Done"),
    )
    assert (one.prompt, told(one)) == ("Look @a.py", [("context", "\nPORT = 8080")])
    assert (two.prompt, told(two)) == ("Go on", [("context", "Go on\n<hook>ctx</hook>")])


def test_words_in_the_name_of_the_user_are_no_prompts() -> None:
    [only] = exchanges(
        record(1, "user", "Which port?"),
        record(2, "user", "And the host?", subtype="mid_turn_user_message"),
        record(3, "assistant", "It listens on port 8080."),
        record(4, "user", "<task-notification/>", subtype="notification", provenance="system"),
        record(5, "assistant", "The task has ended."),
        record(6, "user", "Look for mail.", subtype="cron", provenance="system"),
    )
    assert (only.prompt, only.response) == ("Which port?", "It listens on port 8080.")
    assert [e.text for e in only.steps if e.kind is EventKind.STEERING] == ["And the host?"]
    assert [name for name, _ in told(only)] == ["notification", "heartbeat"]


def test_titles_parents_compactions_and_stops_are_read() -> None:
    summary = {"compressedHistory": [{"role": "user", "parts": [{"text": "They asked."}]}]}
    data = lines(
        noted(1, "parent_session", {"parentSessionId": "s-0"}),
        record(2, "user", "Which port?"),
        record(3, "assistant", "Port 8080."),
        noted(4, "custom_title", {"customTitle": "The port"}),
        noted(5, "chat_compression", summary),
        record(6, "user", "Sure?"),
        noted(7, "turn_result", {"promptId": "p", "state": "cancelled"}),
    )
    [session] = read_transcript(data).sessions
    assert (session.key, session.title, session.project) == ("s-1", "The port", "/home/dev/shop")
    first, second = session.exchanges
    assert ("summary", "They asked.") in told(first) + told(second)
    assert "interrupted" in {hit.name for hit in second.signals}


def test_the_records_of_an_agent_are_a_session_of_their_own() -> None:
    agent = {"isSidechain": True, "agentId": "explore-1"}
    main, side = read_transcript(
        lines(
            record(1, "user", "Which port?"),
            record(11, "user", "Find the port.", parent=0, subtype="agent_launch_prompt", **agent),
            record(12, "assistant", "8080", **agent),
            record(2, "assistant", "Port 8080.", parent=1),
        )
    ).sessions
    assert (main.origin, [e.response for e in main.exchanges]) == (Origin.HUMAN, ["Port 8080."])
    assert (side.key, side.origin, [e.response for e in side.exchanges]) == ("s-1/explore-1", Origin.AGENT, ["8080"])


@pytest.mark.parametrize("size", [90, 200])
def test_a_start_that_is_still_written_is_not_taken_for_claudes(size: int) -> None:
    whole = lines(record(1, "user", "Which port?" * 100))
    assert sniff(Head(whole)) == "qwen-code"
    assert sniff(Head(whole[:size])) in (None, "qwen-code")


@pytest.mark.corpus
def test_claudes_files_stay_claudes(corpus: Path) -> None:
    files = sorted((corpus / "claude-code").glob("*.jsonl"))[:20]
    assert files
    assert "qwen-code" not in {read_transcript(file.read_bytes(), file.name).format for file in files}
