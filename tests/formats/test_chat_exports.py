"""The exports of DeepSeek and Grok: trees of messages, read along the way that was kept."""

from __future__ import annotations

import json

import pytest
from seeds import FOLDER

from curator.core.exchange import EventKind, Exchange
from curator.formats.head import HEAD, Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def test_deepseeks_export_is_no_empty_one_of_chatgpts() -> None:
    found = read_transcript((FOLDER / "deepseek.json").read_bytes(), "conversations.json")
    assert (found.format, found.problems, found.unknown) == ("deepseek", (), {})
    [session] = found.sessions
    first, second, left = session.exchanges
    assert (session.key, session.title, session.started[:10]) == ("d1", "Tea", "2025-02-01")
    assert (first.prompt, first.response) == ("Is green tea green?", "The leaf is; the cup is yellow.")
    assert [(step.kind, step.name) for step in first.steps] == [
        (EventKind.THINKING, "deepseek-reasoner"),
        (EventKind.TOOL_RESULT, "search"),
    ]
    assert second.prompt == "And this one?" and {"attachment", "refusal"} <= signals(second)
    assert (left.response, "abandoned_branch" in signals(left)) == ("It is.", True)


def test_deepseeks_messages_of_before_had_a_role_and_a_thought() -> None:
    node = {"1": {"parent": None, "message": {"role": "USER", "content": "Hi?"}}}
    answer = {"role": "ASSISTANT", "content": "Hello.", "reasoning_content": "A greeting."}
    tree = {"id": "d", "inserted_at": "2025", "mapping": {**node, "2": {"parent": "1", "message": answer}, "3": None}}
    [session] = read_transcript(json.dumps([tree]).encode()).sessions
    assert [(e.prompt, e.response) for e in session.exchanges] == [("Hi?", "Hello.")]


def test_groks_export_is_read_along_the_way_to_its_leaf() -> None:
    found = read_transcript((FOLDER / "grok.json").read_bytes(), "prod-grok-backend.json")
    assert (found.format, found.problems, found.unknown) == ("grok", (), {})
    [session] = found.sessions
    kept, left = session.exchanges
    assert (kept.prompt, kept.response, kept.model) == ("Is green tea green?", "The leaf is.", "grok-4")
    assert kept.started == "2025-05-01T10:00:00.000Z"
    assert (left.response, "abandoned_branch" in signals(left)) == ("It is.", True)


def test_groks_responses_that_name_no_parent_follow_each_other() -> None:
    responses = [
        {"response": {"message": text, "sender": sender}}
        for sender, text in (("human", "One?"), ("assistant", "1."), ("human", "Two?"), ("assistant", "2."))
    ]
    document = {"conversations": [{"conversation": {"id": "g"}, "responses": responses}, 7]}
    found = read_transcript(json.dumps(document).encode())
    assert [(e.prompt, e.response) for e in found.sessions[0].exchanges] == [("One?", "1."), ("Two?", "2.")]
    assert [problem.line for problem in found.problems] == [2]


@pytest.mark.parametrize("seed", ["deepseek", "grok"])
def test_a_long_export_is_known_by_its_beginning(seed: str) -> None:
    text = (FOLDER / f"{seed}.json").read_text(encoding="utf-8").replace("It is.", "word " * HEAD)
    assert sniff(Head(text.encode()[:HEAD])) == seed
