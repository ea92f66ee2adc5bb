"""LM Studio: versions of a message, thoughts and tools in blocks, and how a generation stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import Exchange
from curator.formats.reader import read_transcript


def said(words: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "contentBlock",
        "stepIdentifier": "1767225600000-0.1",
        "content": [{"type": "text", "text": words}],
        **more,
    }


def asked(words: str, *more: dict[str, Any]) -> dict[str, Any]:
    return {"type": "singleStep", "role": "user", "content": [{"type": "text", "text": words}, *more]}


def answer(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"type": "multiStep", "role": "assistant", "senderInfo": {"senderName": "m"}, "steps": list(steps)}


def message(*versions: dict[str, Any], shown: int = 0) -> dict[str, Any]:
    return {"versions": list(versions), "currentlySelected": shown}


def chat(*messages: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"name": "Tea", "createdAt": 1767225600000, "messages": list(messages), **more}).encode()


def exchanges(*messages: dict[str, Any]) -> list[Exchange]:
    return [e for s in read_transcript(chat(*messages), "x.conversation.json").sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def test_the_version_that_is_shown_is_the_answer_and_the_others_stand_beside_it() -> None:
    first, left, second = exchanges(
        message(asked("How long?")),
        message(answer(said("One.")), answer(said("Two.")), shown=1),
        message(asked("And black?")),
        message(answer(said("Four."))),
    )
    assert (first.response, left.response, second.response) == ("Two.", "One.", "Four.")
    assert (left.prompt, signals(left)) == ("How long?", {"abandoned_branch"})
    assert not signals(first) | signals(second)


def test_a_prompt_that_was_edited_is_abandoned() -> None:
    first, second = exchanges(message(asked("How long"), asked("How long?"), shown=1), message(answer(said("Two."))))
    by_prompt = {e.prompt: e for e in (first, second)}
    assert by_prompt["How long?"].response == "Two."
    assert "abandoned_branch" in signals(by_prompt["How long"])


def test_the_moment_of_making_is_the_key_and_keys_stay_while_the_chat_grows() -> None:
    messages = (
        message(asked("One?")),
        message(answer(said("1."))),
        message(asked("Two?")),
        message(answer(said("2."))),
    )
    [session] = read_transcript(chat(*messages), "any name.json").sessions
    assert (session.key, session.started) == ("1767225600000", "2026-01-01T00:00:00.000Z")
    assert [e.key for e in exchanges(*messages[:2])] == [e.key for e in exchanges(*messages)][:1]


def test_thoughts_tools_and_results_are_steps() -> None:
    call = {"type": "toolCallRequest", "toolCallRequestId": "9", "name": "clock", "parameters": {"zone": "UTC"}}
    result = {"type": "toolCallResult", "toolCallId": "9", "content": '[{"type":"text","text":"noon"}]'}
    [only] = exchanges(
        message(asked("How long?")),
        message(
            answer(
                said("Green.", style={"type": "thinking"}),
                {"type": "contentBlock", "content": [call]},
                {"type": "toolStatus", "statusState": {"status": {"type": "toolCallSucceeded"}}},
                {"type": "contentBlock", "content": [result]},
                said("Two minutes."),
            )
        ),
    )
    assert only.response == "Two minutes."
    assert [(str(s.kind), s.text) for s in only.steps] == [
        ("thinking", "Green."),
        ("tool_call", "zone: UTC"),
        ("tool_result", "noon"),
    ]


def test_raw_channel_marks_are_taken_apart() -> None:
    raw = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Two minutes.<|return|>"
    [only] = exchanges(message(asked("How long?")), message(answer(said(raw))))
    assert only.response == "Two minutes."
    assert [(str(s.kind), s.text) for s in only.steps] == [("thinking", "Hm.")]


@pytest.mark.parametrize(
    ("reason", "signal"),
    [
        ("userStopped", "interrupted"),
        ("maxPredictedTokensReached", "truncated"),
        ("contextLengthReached", "truncated"),
        ("failed", "api_error"),
    ],
)
def test_how_a_generation_stopped_is_a_signal(reason: str, signal: str) -> None:
    made = {"indexedModelIdentifier": "org/m", "stats": {"stopReason": reason}}
    [only] = exchanges(message(asked("How long?")), message(answer(said("Two min", genInfo=made))))
    assert (only.model, signal in signals(only)) == ("org/m", True)


def test_a_prompt_may_be_kept_in_steps() -> None:
    prompt = {"role": "user", "type": "singleStep", "steps": [said("How long?")]}
    [only] = exchanges(message(prompt), message(answer(said("Two."))))
    assert (only.prompt, only.response) == ("How long?", "Two.")


def test_a_picture_in_a_prompt_is_marked() -> None:
    [only] = exchanges(
        message(asked("See", {"type": "file", "fileType": "image", "fileIdentifier": "a.png"})),
        message(answer(said("I do."))),
    )
    assert "image" in signals(only)


@pytest.mark.corpus
def test_the_hand_made_conversation_reads_as_it_looks(corpus: Path) -> None:
    [only] = read_transcript(
        (corpus / "synthetic-by-schema" / "lmstudio-1754424586190.conversation.json").read_bytes()
    ).sessions
    assert [(e.prompt, e.response) for e in only.exchanges] == [("Hello there", "Hi! How can I help?")]
    assert (only.key, only.model) == ("1754424586190", "openai/gpt-oss-120b")


def test_a_thought_left_in_the_text_is_taken_off_it() -> None:
    [only] = exchanges(message(asked("How long?")), message(answer(said("<think>\nGreen.\n</think>\n\nTwo minutes."))))
    assert only.response == "Two minutes."
    assert [(str(s.kind), s.text) for s in only.steps] == [("thinking", "Green.")]
