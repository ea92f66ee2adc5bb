"""Antigravity's logs: a step a line, the request in an envelope, and what the program says between."""

from __future__ import annotations

import json
from typing import Any

from seeds import FOLDER

from curator.core.exchange import Exchange
from curator.formats.reader import read_transcript

SEED = (FOLDER / "antigravity.jsonl").read_bytes()


def told(exchange: Exchange) -> list[tuple[str, str, str]]:
    return [(step.kind, step.name, step.text) for step in exchange.steps]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def step(index: int, kind: str, source: str = "MODEL", **more: Any) -> bytes:
    return json.dumps({"step_index": index, "source": source, "type": kind, **more}).encode() + b"\n"


def test_a_log_is_told_with_its_tools_and_without_what_stands_around_a_request() -> None:
    found = read_transcript(SEED, "brain/6f-1/.system_generated/logs/transcript_full.jsonl")
    assert (found.format, found.problems, found.unknown) == ("antigravity", (), {})
    [session] = found.sessions
    assert (session.key, session.started) == ("6f-1", "2026-07-01T20:19:30Z")
    first, second = session.exchanges
    assert (first.key, first.prompt, first.response) == ("step-0", "Which port does the shop listen on?", "Port 8080.")
    assert [name for kind, name, _ in told(first) if kind == "meta"] == ["context", "status", "summary"]
    assert [step for step in told(first) if step[0] != "meta"] == [
        ("thinking", "", "Look."),
        ("reply_text", "", "I look."),
        ("tool_call", "grep_search", "Query: PORT"),
        ("tool_result", "grep_search", "settings.py:PORT = 8080"),
        ("compaction", "", ""),
    ]
    assert (second.prompt, second.response) == ("And the other one?", "It is")
    assert {"interrupted", "after_compaction"} <= signals(second)
    assert "is_error" in second.steps[0].flags


def test_the_log_that_is_cut_short_never_stands_for_the_whole_one() -> None:
    [whole] = read_transcript(SEED, "transcript_full.jsonl").sessions
    [short] = read_transcript(SEED.replace(b"Port 8080.", b"Po<truncated 8 bytes>"), "transcript.jsonl").sessions
    assert short.key == f"{whole.key} cut short"
    assert [e.key for e in whole.exchanges] == [e.key for e in short.exchanges]
    assert ["truncated" in signals(e) for e in (*whole.exchanges, *short.exchanges)] == [False, False, True, False]


def test_an_answer_to_a_prompt_that_was_cut_short_is_marked_as_cut() -> None:
    asked = step(0, "USER_INPUT", "USER_EXPLICIT", content="Mend this: a = <truncated 7734 bytes>")
    [only] = read_transcript(asked + step(1, "PLANNER_RESPONSE", content="Mended.")).sessions[0].exchanges
    assert "truncated" in signals(only)


def test_a_step_that_is_written_again_stands_as_it_was_written_last() -> None:
    asked = step(0, "USER_INPUT", "USER_EXPLICIT", content="Hi?")
    data = asked + step(1, "PLANNER_RESPONSE", content="He") + step(1, "PLANNER_RESPONSE", content="Hello.")
    [only] = read_transcript(data).sessions[0].exchanges
    assert (only.prompt, only.response) == ("Hi?", "Hello.")


def test_what_another_than_the_person_asks_is_no_prompt() -> None:
    data = step(0, "USER_INPUT", "SYSTEM", content="Go on.") + step(1, "PLANNER_RESPONSE", content="I do.")
    found = read_transcript(data)
    assert (found.format, found.sessions) == ("antigravity", ())
