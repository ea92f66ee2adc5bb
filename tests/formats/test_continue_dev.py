"""Continue: the sessions of the editor extension, with what came beside a prompt and what tools answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curator.core.exchange import EventKind, Exchange
from curator.formats.head import HEAD, Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff


def item(role: str, content: Any = "", /, message: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"message": {"role": role, "content": content, **(message or {})}, "contextItems": [], **more}


def session(*history: dict[str, Any], **more: Any) -> bytes:
    whole = {"sessionId": "s1", "title": "Tea", "workspaceDirectory": "file:///home/me/tea%20room", **more}
    return json.dumps({**whole, "history": history}).encode()


def exchanges(data: bytes) -> list[Exchange]:
    return [e for s in read_transcript(data).sessions for e in s.exchanges]


def call(id: str, status: str, *output: str) -> dict[str, Any]:
    function = {"name": "read_file", "arguments": '{"filepath": "tea.md"}'}
    return {
        "toolCallId": id,
        "toolCall": {"id": id, "type": "function", "function": function},
        "status": status,
        "output": [{"name": "", "content": text} for text in output],
    }


def test_a_session_gives_its_prompts_with_the_last_words_said_to_each() -> None:
    data = session(
        item("user", "How long?", {"id": "u1"}),
        item("assistant", "I look.", toolCallStates=[call("c1", "done", "Two minutes.")]),
        item("tool", "Two minutes.", {"toolCallId": "c1"}),
        item("assistant", "Two minutes."),
        item("user", "And black tea?"),
        item("assistant", "Four."),
        chatModelTitle="Qwen3",
    )
    [found] = read_transcript(data).sessions
    first, second = found.exchanges
    assert (found.key, found.title, found.project, found.model) == ("s1", "Tea", "/home/me/tea room", "Qwen3")
    assert (first.key, first.prompt, first.response) == ("u1", "How long?", "Two minutes.")
    assert [(step.kind, step.text) for step in first.steps] == [
        (EventKind.REPLY_TEXT, "I look."),
        (EventKind.TOOL_CALL, "filepath: tea.md"),
        (EventKind.TOOL_RESULT, "Two minutes."),
    ]
    assert (second.prompt, second.response) == ("And black tea?", "Four.")


def test_what_an_editor_adds_to_a_prompt_stands_beside_it() -> None:
    file = {"name": "tea.md", "description": "tea.md", "content": "Green tea"}
    [exchange] = exchanges(session(item("user", "How long?", contextItems=[file]), item("assistant", "Two.")))
    assert exchange.prompt == "How long?"
    assert [(step.kind, step.name, step.text) for step in exchange.steps] == [
        (EventKind.META, "context", "tea.md\nGreen tea")
    ]


def test_thoughts_are_told_from_words_wherever_they_stand() -> None:
    [exchange] = exchanges(
        session(
            item("user", "How long?"),
            item("thinking", "Hm."),
            item("assistant", "<think>It is green.</think>\nTwo.", reasoning={"text": "Green tea."}),
        )
    )
    assert exchange.response == "Two."
    assert [step.text for step in exchange.steps] == ["Hm.", "Green tea.", "It is green."]


def test_a_tool_that_was_not_allowed_is_a_correction() -> None:
    [exchange] = exchanges(
        session(
            item("user", "Delete it."),
            item("assistant", "", toolCallStates=[call("c1", "canceled")]),
            item("assistant", "I left it."),
        )
    )
    assert "corrected_midstream" in {hit.name for hit in exchange.signals}


def test_a_summary_says_that_the_assistant_forgot_what_was_before() -> None:
    data = session(
        item("user", "How long?"),
        item("assistant", "Two.", conversationSummary="They spoke of tea."),
        item("user", "And black tea?"),
        item("assistant", "Four."),
    )
    assert "after_compaction" in {hit.name for hit in exchanges(data)[1].signals}


@pytest.mark.parametrize("history", [[], [{"role": "user"}], "x", [{"message": "x"}]])
def test_other_histories_are_not_its_own(history: object) -> None:
    assert sniff(Head(json.dumps({"sessionId": "s", "history": history}).encode())) is None


def test_a_session_longer_than_the_head_is_told_by_its_start() -> None:
    data = session(item("user", "x" * 2 * HEAD), item("assistant", "Two."))
    assert read_transcript(data).format == "continue-dev"
    assert len(exchanges(data)) == 1
