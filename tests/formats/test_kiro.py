"""Kiro CLI's sessions: prompts, answers, what tools gave, and keys that come from the file's name."""

from __future__ import annotations

import json
from typing import Any

from seeds import FOLDER

from curator.core.exchange import Exchange, Transcript
from curator.formats.reader import read_transcript

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
