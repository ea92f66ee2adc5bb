"""Claude.ai's export: its two shapes, its trees, and what lies beside the words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import EventKind, Exchange
from curator.formats.reader import read_transcript

ROOT = "00000000-0000-4000-8000-000000000000"


def said(uuid: str, sender: str, text: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    message = {"uuid": uuid, "sender": sender, "text": text, "created_at": "2026-01-01T00:00:00Z", **more}
    return message if parent is None else {**message, "parent_message_uuid": parent}


def chat(*messages: Any, **more: Any) -> dict[str, Any]:
    return {"uuid": "c1", "name": "Tea", "created_at": "2026-01-01T00:00:00Z", "chat_messages": messages, **more}


def exchanges(document: Any) -> list[Exchange]:
    transcript = read_transcript(json.dumps(document).encode())
    assert transcript.format == "claude-ai" and transcript.problems == ()
    return [e for s in transcript.sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


LINEAR = chat(said("h", "human", "Green?"), said("a", "assistant", "Yes."), said("h2", "human", "Hot?"))


@pytest.mark.parametrize("document", [[LINEAR], {"conversations": [LINEAR]}, LINEAR], ids=["list", "wrapped", "one"])
def test_every_shape_of_an_export_is_read(document: Any) -> None:
    assert [(e.key, e.prompt, e.response) for e in exchanges(document)] == [("h", "Green?", "Yes."), ("h2", "Hot?", "")]


def test_the_way_to_the_current_leaf_is_kept_and_edits_and_regenerations_are_abandoned() -> None:
    tree = chat(
        said("h", "human", "Green?", ROOT),
        said("a", "assistant", "Yes.", "h"),
        said("b", "assistant", "Certainly.", "h"),
        said("h2", "human", "Hot?", "a"),
        said("a2", "assistant", "Quite.", "h2"),
        said("h3", "human", "How hot?", "a"),
        said("a3", "assistant", "Eighty.", "h3"),
        current_leaf_message_uuid="a2",
    )
    assert [(e.key, e.prompt, e.response, "abandoned_branch" in signals(e)) for e in exchanges([tree])] == [
        ("h", "Green?", "Yes.", False),
        ("h2", "Hot?", "Quite.", False),
        ("h~b", "Green?", "Certainly.", True),
        ("h3", "How hot?", "Eighty.", True),
    ]


def test_without_a_current_leaf_the_newest_message_is_kept() -> None:
    tree = chat(
        said("h", "human", "Green?", ROOT),
        said("a", "assistant", "Yes.", "h"),
        said("b", "assistant", "Certainly.", "h"),
    )
    kept, left = exchanges([tree])
    assert (kept.response, left.response) == ("Certainly.", "Yes.")


def test_pasted_text_is_part_of_the_prompt_and_missing_files_are_flagged() -> None:
    paste = {"file_name": "paste.txt", "file_type": "txt", "extracted_content": "Tea is a drink."}
    notes = {"file_name": "notes.md", "extracted_content": "# Notes"}
    files = [{"file_name": "a.png", "file_kind": "image"}, {"file_name": "b.pdf", "file_kind": "document"}]
    [only] = exchanges([chat(said("h", "human", "Sum up.", attachments=[paste, notes], files=files))])
    assert only.prompt == "Sum up.\n\nTea is a drink.\n\nnotes.md:\n\n# Notes"
    assert {"image", "attachment"} <= signals(only)


def test_blocks_are_told_apart_and_an_artifact_is_said() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Short."},
        {"type": "text", "text": "I write it down.", "citations": []},
        {"type": "tool_use", "id": "t", "name": "artifacts", "input": {"title": "Tea", "content": "# Tea"}},
        {"type": "tool_result", "tool_use_id": "t", "name": "artifacts", "content": [{"type": "text", "text": "OK"}]},
        {"type": "token_budget"},
        {"type": "text", "text": "Here it is."},
        {"type": "hologram"},
    ]
    whole = "I write it down.\n\n```\nThis block is not supported on your current device yet.\n```\n\nHere it is."
    document = [chat(said("h", "human", "Write."), said("a", "assistant", whole, content=blocks))]
    [only] = exchanges(document)
    assert only.response == "Here it is."
    assert [s.kind for s in only.steps] == [
        EventKind.THINKING,
        EventKind.REPLY_TEXT,
        EventKind.TOOL_CALL,
        EventKind.TOOL_RESULT,
    ]
    assert "answer_in_artifact" in signals(only)
    assert read_transcript(json.dumps(document).encode()).unknown == {"hologram block": 1}


def test_a_hidden_thought_leaves_its_summaries_and_a_published_page_is_an_artifact() -> None:
    blocks = [
        {"type": "thinking", "thinking": "", "summaries": [{"summary": "A short page."}], "thinking_hidden": True},
        {"type": "tool_use", "id": "t", "name": "Artifact", "input": {"action": "publish", "title": "Tea"}},
        {"type": "text", "text": "It is published."},
    ]
    [only] = exchanges([chat(said("h", "human", "Write."), said("a", "assistant", "", content=blocks))])
    assert (only.steps[0].kind, only.steps[0].text) == (EventKind.THINKING, "A short page.")
    assert only.response == "It is published." and "answer_in_artifact" in signals(only)


def test_text_alone_is_read_without_the_words_for_blocks_that_were_not_shown() -> None:
    whole = "One.\n\n```\nThis block is not supported on your current device yet.\n```\n\nTwo."
    [only] = exchanges([chat(said("h", "human", "Count."), said("a", "assistant", whole))])
    assert only.response == "One.\n\nTwo."


def test_a_voice_note_is_a_prompt_and_a_stopped_or_cut_answer_is_said() -> None:
    note = [{"type": "voice_note", "title": "", "text": "What is tea?"}]
    cut, stopped = exchanges(
        [
            chat(
                said("h", "human", "", content=note),
                said("a", "assistant", "A dr", stop_reason="max_tokens"),
                said("h2", "human", "Go on."),
                said("a2", "assistant", "Well", stop_reason="user_canceled"),
            )
        ]
    )
    assert cut.prompt == "What is tea?" and "truncated" in signals(cut)
    assert "interrupted" in signals(stopped)


def test_one_broken_conversation_costs_only_itself() -> None:
    good = chat(said("h", "human", "Hi?"), said("a", "assistant", "Hello."))
    odd = {**good, "uuid": "c2", "created_at": 7, "chat_messages": [*good["chat_messages"], 9]}
    transcript = read_transcript(json.dumps([good, 7, odd, {**good, "chat_messages": []}]).encode())
    assert [(s.key, len(s.exchanges)) for s in transcript.sessions] == [("c1", 1), ("c2", 1)]
    assert [p.line for p in transcript.problems] == [2]
    assert transcript.unknown == {"conversation without messages": 1}


@pytest.mark.parametrize(
    "wrap", [lambda c: [c, {**c, "uuid": "c2"}], lambda c: {"conversations": [c, {**c, "uuid": 2}]}]
)
def test_an_export_that_breaks_off_gives_what_comes_before(wrap: Any) -> None:
    good = chat(said("h", "human", "Hi?"), said("a", "assistant", "Hello \ud83d."))
    transcript = read_transcript(json.dumps(wrap(good)).encode()[:-30])
    assert [(s.key, s.exchanges[0].response) for s in transcript.sessions] == [("c1", "Hello \ufffd.")]
    assert "breaks off" in transcript.problems[0].reason


def test_conversations_under_one_id_are_told_apart_also_from_one_that_is_called_so() -> None:
    chats = [{**LINEAR, "uuid": uuid} for uuid in ("c1", "c1", "c1#2", "c1", "c1#2")]
    keys = [s.key for s in read_transcript(json.dumps(chats).encode()).sessions]
    assert keys[:2] == ["c1", "c1#2"] and len(set(keys)) == 5


def test_a_chat_of_the_design_canvas_is_a_conversation_and_no_training_row() -> None:
    asked = {
        "content": "A page about tea.",
        "attachments": [{"name": "brief.md", "content": "Green."}, {"name": "a.png"}],
    }
    blocks = [
        {"type": "thinking", "text": "Short."},
        {"type": "text", "text": "I begin."},
        {"type": "tool_call", "toolCall": {"name": "write_file", "input": {"path": "tea.html"}}},
        {"type": "user_interjection", "message": {"content": "In red, please."}},
        {"type": "text", "text": "It is red."},
        {"type": "hologram"},
    ]
    document = {
        "uuid": "d1",
        "title": "Tea",
        "project": {"name": "Shop"},
        "created_at": "2026-05-01T00:00:00Z",
        "messages": [
            {"uuid": "m1", "role": "user", "content": asked, "created_at": "2026-05-01T00:00:01Z"},
            {"uuid": "m2", "role": "assistant", "content": {"contentBlocks": blocks}},
            {"role": "user", "content": {"content": "Thanks. And a foot?", "contentBlocks": []}},
            {"role": "assistant", "content": {"contentBlocks": [{"type": "error", "message": "Overloaded."}]}},
        ],
    }
    [first, second] = exchanges(document)
    assert (first.prompt, first.response) == ("A page about tea.\n\nbrief.md:\n\nGreen.", "It is red.")
    assert first.steering == ("In red, please.",) and "attachment" in signals(first)
    assert (second.prompt, second.response) == ("Thanks. And a foot?", "") and "api_error" in signals(second)
    [session] = read_transcript(json.dumps(document).encode()).sessions
    assert (session.key, session.title, session.project) == ("d1", "Tea", "Shop")
    long = {**document, "messages": [{**document["messages"][0], "content": {"content": "x" * 100_000}}]}
    assert read_transcript(json.dumps(long).encode()).format == "claude-ai"


@pytest.mark.corpus
def test_the_published_exports_give_every_prompt(corpus: Path) -> None:
    counts = {}
    for file in sorted((corpus / "claude-ai-export").glob("*.json")):
        transcript = read_transcript(file.read_bytes(), file.stem)
        assert transcript.format == "claude-ai" and not transcript.problems and not transcript.unknown
        counts[file.stem] = (
            [sum(map(bool, (e.response for e in s.exchanges))) for s in transcript.sessions],
            [len(s.exchanges) for s in transcript.sessions],
        )
    assert counts == {"bot-knows": ([2], [2]), "chatlectify": ([2], [8])}
