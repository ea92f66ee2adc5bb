"""Training rows: every shape gives the same exchange, and its key stays wherever rows are added."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curator.core.exchange import EventKind, Origin, Session
from curator.formats.reader import read_transcript

TALK = [{"role": "user", "content": "What is tea?"}, {"role": "assistant", "content": "A drink."}]


def lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def sessions(data: bytes) -> tuple[Session, ...]:
    return read_transcript(data).sessions


@pytest.mark.parametrize(
    ("row", "format"),
    [
        ({"messages": TALK}, "openai-messages"),
        ({"conversations": TALK}, "openai-messages"),
        ({"messages": [{"role": t["role"], "content": [{"type": "text", "text": t["content"]}]} for t in TALK]}, None),
        ({"prompt": "What is tea?", "completion": "A drink."}, "openai-messages"),
        ({"prompt": "What is tea?\n\n###\n\n", "completion": "A drink. END"}, "openai-messages"),
        ({"prompt": TALK[:1], "completion": TALK[1:]}, "openai-messages"),
        ({"prompt": "What is tea?", "chosen": "A drink.", "rejected": "A bird."}, "openai-messages"),
        ({"question": "What is tea?", "answer": "A drink."}, "openai-messages"),
        ({"instruction": "What is tea?", "input": "", "output": "A drink."}, "openai-messages"),
        (
            {"conversations": [{"from": "human", "value": "What is tea?"}, {"from": "gpt", "value": "A drink."}]},
            "sharegpt",
        ),
    ],
)
def test_every_shape_of_row_gives_the_same_exchange(row: dict[str, Any], format: str | None) -> None:
    for data in (lines(row), json.dumps([row]).encode(), json.dumps([row], indent=2).encode()):
        transcript = read_transcript(data)
        assert transcript.problems == ()
        [only] = [e for s in transcript.sessions for e in s.exchanges]
        assert (only.prompt, only.response) == ("What is tea?", "A drink.")
        assert transcript.format == (format or "openai-messages")
        assert transcript.sessions[0].origin is Origin.DATASET


def test_a_pretty_printed_object_is_one_row() -> None:
    [session] = sessions(json.dumps({"messages": TALK}, indent=2).encode())
    assert session.exchanges[0].response == "A drink."


def test_a_document_that_is_one_list_of_messages_is_one_conversation() -> None:
    [session] = sessions(json.dumps(TALK * 2).encode())
    assert [e.response for e in session.exchanges] == ["A drink.", "A drink."]


def test_keys_stay_wherever_rows_are_added_and_equal_rows_are_counted() -> None:
    other = {"prompt": "What is coffee?", "completion": "Another drink."}
    before = [s.key for s in sessions(lines({"messages": TALK}, {"messages": TALK}))]
    after = [s.key for s in sessions(lines(other, {"messages": TALK}, other, {"messages": TALK}))]
    assert len(set(before)) == 2
    assert set(before) < set(after)


def test_tool_turns_and_thoughts_are_steps() -> None:
    row = {
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Weather?"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "1", "function": {"name": "w", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "1", "content": "Sunny"},
            {"role": "assistant", "content": "<think>Nice.</think>\n\nIt is sunny."},
        ]
    }
    [session] = sessions(lines(row))
    [only] = session.exchanges
    assert only.response == "It is sunny."
    assert [s.kind.value for s in only.steps] == ["system", "tool_call", "tool_result", "thinking"]


def test_a_row_of_several_turns_gives_several_exchanges_of_one_session() -> None:
    [session] = sessions(lines({"messages": [*TALK, {"role": "user", "content": "Hot?"}, TALK[1]]}))
    assert [e.prompt for e in session.exchanges] == ["What is tea?", "Hot?"]
    assert [e.key for e in session.exchanges] == [f"{session.key}/1", f"{session.key}/2"]


def test_an_image_mark_is_flagged() -> None:
    [session] = sessions(lines({"messages": [{"role": "user", "content": "<image>Who?"}, TALK[1]]}))
    assert any(hit.name == "image" for hit in session.exchanges[0].signals)


def test_a_bad_row_of_a_list_is_a_problem_and_the_rest_goes_on() -> None:
    transcript = read_transcript(json.dumps([{"messages": TALK}, "words", {"messages": TALK}]).encode())
    assert len(transcript.sessions) == 2
    assert [p.line for p in transcript.problems] == [2]


def test_rows_without_a_prompt_are_counted() -> None:
    transcript = read_transcript(lines({"messages": TALK}, {"messages": TALK[1:]}))
    assert transcript.unknown == {"row without a prompt": 1}
    assert transcript.sessions[0].exchanges[0].steps == ()
    assert all(e.kind is not EventKind.PROMPT for s in transcript.sessions for x in s.exchanges for e in x.steps)
