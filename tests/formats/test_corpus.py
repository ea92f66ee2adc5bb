"""The published transcripts: the counts on which independent parsers agree, and every file read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import Event, EventKind, Origin
from curator.formats.reader import read_events, read_transcript

pytestmark = pytest.mark.corpus

REPLIES = (EventKind.REPLY_TEXT, EventKind.THINKING, EventKind.TOOL_CALL)


def expected(corpus: Path, folder: str) -> dict[str, dict[str, Any]]:
    counts = json.loads((corpus / "expected.json").read_text(encoding="utf-8"))
    return {name: figures for name, figures in counts.items() if name.startswith(folder)}


def people_events(data: bytes, name: str) -> list[Event]:
    return [e for s in read_events(data, name).sessions if s.origin is Origin.HUMAN for e in s.events]


def count(events: list[Event], kind: EventKind) -> int:
    return sum(e.kind is kind for e in events)


def people_exchanges(data: bytes, name: str) -> int:
    return sum(len(s.exchanges) for s in read_transcript(data, name).sessions if s.origin is Origin.HUMAN)


def answered_by_the_program(data: bytes, name: str) -> int:
    """Commands that are told as dropped: /context and the like, to which no assistant said anything."""
    steps = [s for x in read_transcript(data, name).sessions for e in x.exchanges for s in e.steps]
    return sum(step.kind is EventKind.META and step.name == "command" and step.text.startswith("/") for step in steps)


def test_claude_code_counts_equal_those_on_which_independent_parsers_agree(corpus: Path) -> None:
    wrong = {}
    checked = 0
    for name, figures in expected(corpus, "claude-code").items():
        if figures.get("confidence") != "high":
            continue
        data = (corpus / name).read_bytes()
        events = people_events(data, Path(name).stem)
        commands = sum("slash_command" in e.flags for e in events)
        queued = count(events, EventKind.STEERING)
        found = {
            "user_prompts": count(events, EventKind.PROMPT) - commands,
            "slash_commands": commands,
            "interrupts": count(events, EventKind.INTERRUPT),
            "compactions": count(events, EventKind.COMPACTION),
            "api_error_or_synthetic": count(events, EventKind.API_ERROR),
            "assistant_replies": len({e.message_id for e in events if e.message_id and e.kind in REPLIES}),
            "assistant_replies_with_text": len({e.message_id for e in events if e.kind is EventKind.REPLY_TEXT}),
            "exchanges": people_exchanges(data, Path(name).stem),
        }
        wanted = {key: figures[key] for key in found if key != "exchanges"}
        total = figures["user_prompts"] + figures["slash_commands"] - answered_by_the_program(data, Path(name).stem)
        differences = {key: (found[key], wanted[key]) for key in wanted if found[key] != wanted[key]}
        if not total <= found["exchanges"] <= total + queued:
            differences["exchanges"] = (found["exchanges"], total)
        if differences:
            wrong[name] = differences
        checked += 1
    assert wrong == {}
    assert checked >= 70


def test_codex_counts_equal_those_on_which_independent_parsers_agree(corpus: Path) -> None:
    for name, figures in expected(corpus, "codex").items():
        data = (corpus / name).read_bytes()
        events = people_events(data, name)
        assert count(events, EventKind.PROMPT) == figures["user_prompts"]
        assert count(events, EventKind.REPLY_TEXT) == figures["assistant_messages"]
        assert count(events, EventKind.INTERRUPT) == figures["turns_aborted"]
        assert people_exchanges(data, name) == figures["user_prompts"]


def test_every_chatgpt_prompt_becomes_an_exchange(corpus: Path) -> None:
    for name, figures in expected(corpus, "chatgpt-export").items():
        transcript = read_transcript((corpus / name).read_bytes(), name)
        assert transcript.format == "chatgpt"
        assert len(transcript.sessions) == figures["conversations"], name
        assert sum(len(s.exchanges) for s in transcript.sessions) == figures["user"], name
        assert transcript.problems == ()


@pytest.mark.parametrize("folder", ["openai-messages", "prompt-completion", "alpaca", "sharegpt"])
def test_every_row_of_a_training_file_is_a_session_of_its_own(corpus: Path, folder: str) -> None:
    for name, figures in expected(corpus, folder).items():
        transcript = read_transcript((corpus / name).read_bytes(), name)
        assert len(transcript.sessions) == figures["rows"], name
        prompts = figures.get("roles", {}).get("user") or figures.get("turns", {}).get("human") or figures["rows"]
        assert sum(len(s.exchanges) for s in transcript.sessions) == prompts, name
        assert all(s.origin is Origin.DATASET for s in transcript.sessions)
        assert len({s.key for s in transcript.sessions}) == figures["rows"], name
        silent = [e for s in transcript.sessions for e in s.exchanges if not e.response]
        # Some rows teach the call itself and end on it.
        assert all(e.steps[-1].kind is EventKind.TOOL_CALL for e in silent), name


def test_hand_made_samples_read_as_they_look(corpus: Path) -> None:
    folder = corpus / "synthetic-by-schema"
    found = {}
    for file in sorted(folder.iterdir()):
        transcript = read_transcript(file.read_bytes(), file.stem)
        found[file.name] = (transcript.format, [e.prompt for s in transcript.sessions for e in s.exchanges])
    assert found["bold-labels.md"] == ("text", ["What is DNS?", "continue"])
    assert found["plain-headings.md"] == ("text", ["What is DNS?", "thanks"])
    assert found["plain-labels.txt"] == ("text", ["What is DNS?", "And DHCP?"])
    assert found["bom-crlf.jsonl"] == ("openai-messages", ["hi"])
    assert found["llm-logs.db"] == ("", [])


def test_exported_markdown_keeps_the_harness_out_of_the_prompts(corpus: Path) -> None:
    for name, figures in expected(corpus, "specstory-md").items():
        transcript = read_transcript((corpus / name).read_bytes(), name)
        exchanges = [e for s in transcript.sessions for e in s.exchanges]
        assert 0 < len(exchanges) <= figures["user_blocks"]
        assert not [e for e in exchanges if e.prompt.startswith(("<local-command", "<command-", "Caveat:"))]


def test_every_published_file_is_read_without_an_error_and_can_be_written_as_utf_8(corpus: Path) -> None:
    for file in sorted(p for p in corpus.rglob("*") if p.is_file()):
        transcript = read_transcript(file.read_bytes(), file.stem)
        assert not [p for p in transcript.problems if "could not be read" in p.reason], file
        repr_of_all = "".join(e.prompt + e.response for s in transcript.sessions for e in s.exchanges)
        assert repr_of_all.encode() is not None


def told(record: dict[str, Any]) -> list[tuple[str, str]]:
    """What a record of the fixtures says, in our words."""
    role, content = record["role"], record.get("content")
    if role == "user":
        return [("prompt", content)]
    if role == "reasoning":
        return [("thinking", content)]
    if role == "tool":
        return [("tool_result", content)]
    if role == "assistant":
        said = [("reply_text", content)] if content else []
        return said + [("tool_call", call["name"]) for call in record.get("tool_calls", [])]
    return []


@pytest.mark.parametrize(
    ("pair", "dropped"),
    [
        ("claude-code/tool-call", set()),
        ("claude-code/cleanup", set()),
        ("claude-code/subagent", set()),
        ("codex/tool-calls", set()),
        # They drop a result without a call; here everything recorded stays to be read.
        ("codex/cleanup", {("tool_result", "duplicate"), ("tool_result", "orphan")}),
    ],
)
def test_fixture_pairs_tell_the_same_story(corpus: Path, pair: str, dropped: set[tuple[str, str]]) -> None:
    folder = corpus / "trajectory-fixtures" / pair
    wanted = [t for r in json.loads((folder / "expected.json").read_text())["records"] for t in told(r)]
    sessions = read_events((folder / "input.jsonl").read_bytes()).sessions
    kinds = {"prompt", "thinking", "tool_result", "reply_text", "tool_call"}
    found = [
        (str(e.kind), e.name if e.kind is EventKind.TOOL_CALL else e.text)
        for e in sessions[0].events
        if str(e.kind) in kinds
    ]
    assert [t for t in found if t not in dropped] == wanted
