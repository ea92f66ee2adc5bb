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
        (
            {"messages": [{"role": t["role"], "content": [{"type": "text", "text": t["content"]}]} for t in TALK]},
            "openai-messages",
        ),
        (
            {
                "contents": [
                    {"role": r, "parts": [{"text": t["content"]}]} for r, t in zip(("user", "model"), TALK, strict=True)
                ]
            },
            "openai-messages",
        ),
        ({"prompt": TALK[:1], "completion": TALK[1:]}, "openai-messages"),
        ({"prompt": "What is tea?", "completion": "A drink."}, "prompt-completion"),
        ({"prompt": "What is tea?\n\n###\n\n", "completion": "A drink. END"}, "prompt-completion"),
        ({"question": "What is tea?", "answer": "A drink."}, "prompt-completion"),
        ({"question": "What is tea?", "output": ["A drink.", "A leaf."]}, "prompt-completion"),
        ({"input": "What is tea?", "output": {"output": "A drink.", "source": {}}}, "prompt-completion"),
        ({"instruction": "What is tea?", "input": "", "output": "A drink."}, "alpaca"),
        ({"instruction": "What is tea?", "response": "A drink.", "category": "open_qa"}, "alpaca"),
        ({"prompt": "What is tea?", "chosen": "A drink.", "rejected": "A bird."}, "preference"),
        ({"prompt": TALK[:1], "chosen": TALK[1:], "rejected": [{"role": "assistant", "content": "No"}]}, "preference"),
        ({"prompt": "What is tea?", "chosen": TALK, "rejected": TALK}, "preference"),
        ({"chosen": TALK, "rejected": TALK}, "preference"),
        (
            {
                "conversations": [{"from": "human", "value": "What is tea?"}],
                "chosen": {"from": "gpt", "value": "A drink."},
                "rejected": {"from": "gpt", "value": "A bird."},
            },
            "preference",
        ),
        (
            {"conversations": [{"from": "human", "value": "What is tea?"}, {"from": "gpt", "value": "A drink."}]},
            "sharegpt",
        ),
    ],
)
def test_every_shape_of_row_gives_the_same_exchange(row: dict[str, Any], format: str) -> None:
    for data in (lines(row), json.dumps([row]).encode(), json.dumps([row], indent=2).encode()):
        transcript = read_transcript(data)
        assert transcript.problems == ()
        [only] = [e for s in transcript.sessions for e in s.exchanges]
        assert (only.prompt, only.response) == ("What is tea?", "A drink.")
        assert transcript.format == format
        assert transcript.sessions[0].origin is Origin.DATASET


def test_a_pretty_printed_object_is_one_row() -> None:
    [session] = sessions(json.dumps({"messages": TALK}, indent=2).encode())
    assert session.exchanges[0].response == "A drink."


def test_a_document_that_is_one_list_of_messages_is_one_conversation() -> None:
    [session] = sessions(json.dumps(TALK * 2).encode())
    assert [e.response for e in session.exchanges] == ["A drink.", "A drink."]


def test_a_thread_of_messages_whose_texts_have_notes_is_one_conversation() -> None:
    thread = b"".join(
        json.dumps({"role": role, "content": [{"type": "text", "text": {"value": words, "annotations": []}}]}).encode()
        + b"\n"
        for role, words in (("user", "Why?"), ("assistant", "Because it rains."))
    )
    [session] = read_transcript(thread).sessions
    assert [(e.prompt, e.response) for e in session.exchanges] == [("Why?", "Because it rains.")]


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


def test_what_was_not_preferred_is_left_out_and_can_be_seen() -> None:
    liked, disliked = (
        read_transcript(lines(row)).sessions[0].exchanges[0]
        for row in (
            {"prompt": "What is tea?", "chosen": "A drink.", "rejected": "A bird."},
            {"prompt": "What is tea?", "completion": "A bird.", "label": False},
        )
    )
    assert [(e.name, e.text) for e in liked.steps] == [("rejected", "A bird.")]
    assert disliked.response == ""
    assert [(e.name, e.text) for e in disliked.steps] == [("rejected", "A bird.")]


def test_what_stands_beside_an_instruction_belongs_to_the_prompt_and_earlier_turns_come_first() -> None:
    row = {
        "system": "Be brief.",
        "instruction": "Translate",
        "input": "tea",
        "output": "Tee",
        "history": [["Hello", "Hi."]],
    }
    [session] = sessions(lines(row))
    assert [(e.prompt, e.response) for e in session.exchanges] == [("Hello", "Hi."), ("Translate\n\ntea", "Tee")]
    assert session.exchanges[0].steps[0].text == "Be brief."


@pytest.mark.parametrize("name", ["reasoning", "cot", "chain_of_thought", "reasoning_content", "analysis"])
def test_a_thought_in_a_column_of_its_own_is_a_step(name: str) -> None:
    [session] = sessions(lines({"input": "What is tea?", "output": "A drink.", name: "Leaves."}))
    [only] = session.exchanges
    assert [(s.kind, s.text) for s in only.steps] == [(EventKind.THINKING, "Leaves.")]


def test_the_system_instruction_of_geminis_rows_is_kept() -> None:
    row = {
        "systemInstruction": {"role": "system", "parts": [{"text": "Be brief."}]},
        "contents": [{"role": "user", "parts": [{"text": "Tea?"}]}, {"role": "model", "parts": [{"text": "Yes."}]}],
    }
    [session] = sessions(lines(row))
    [only] = session.exchanges
    assert (only.prompt, only.response, only.steps[0].text) == ("Tea?", "Yes.", "Be brief.")
