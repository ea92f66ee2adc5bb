"""Goose and Crush: agents in the terminal that keep their sessions in a database; Goose in files before that."""

from __future__ import annotations

import json
from typing import Any

from seeds import FOLDER, bytes_of, read_any

from curator.core.exchange import Exchange, Origin
from curator.formats.reader import read_transcript


def told(exchange: Exchange) -> list[tuple[str, str, str]]:
    return [(step.kind, step.name, step.text) for step in exchange.steps]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def test_crushs_sessions_are_told_with_tools_pictures_and_summaries() -> None:
    found = read_any(bytes_of(FOLDER / "crush.sql"))
    assert (found.format, found.problems, found.unknown) == ("crush", (), {})
    session, searched = found.sessions
    assert (session.title, session.model, session.origin) == ("The port of the shop", "model-a", Origin.HUMAN)
    assert (searched.origin, searched.parent_key) == (Origin.AGENT, "shop")
    first, second = session.exchanges
    assert (first.prompt, first.response) == ("Which port does the shop listen on?", "Port 8080.")
    assert told(first) == [
        ("thinking", "model-a", "Look."),
        ("reply_text", "model-a", "I look."),
        ("tool_call", "grep", "PORT"),
        ("tool_result", "grep", "settings.py:PORT = 8080"),
        ("compaction", "", ""),
        ("meta", "summary", "They asked for the port."),
    ]
    assert (second.prompt, second.response) == ("And this one?", "It is")
    assert {"image", "interrupted", "after_compaction"} <= signals(second)


def test_gooses_sessions_are_told_without_what_it_says_in_the_persons_name() -> None:
    found = read_any(bytes_of(FOLDER / "goose.sql"))
    assert (found.format, found.problems, found.unknown) == ("goose", (), {})
    session, searched = found.sessions
    assert (session.key, session.title, session.project) == ("20260301_1", "The port of the shop", "/home/dev/shop")
    assert (session.model, session.started, searched.origin) == ("model-a", "2026-03-01T08:00:00", Origin.AGENT)
    first, second = session.exchanges
    assert (first.key, first.prompt, first.response) == ("m1", "Which port does the shop listen on?", "Port 8080.")
    assert told(first) == [
        ("meta", "context", "<info-msg>It is Sunday</info-msg>"),
        ("thinking", "", "Look."),
        ("reply_text", "", "I look."),
        ("tool_call", "developer__shell", "grep PORT"),
        ("tool_result", "", "settings.py:PORT = 8080"),
        ("compaction", "", ""),
    ]
    assert second.prompt == "And this one?" and {"image", "after_compaction"} <= signals(second)


def test_gooses_files_of_before_say_in_their_first_line_whose_they_are() -> None:
    found = read_transcript((FOLDER / "goose.jsonl").read_bytes(), "20250422_230706.jsonl")
    assert (found.format, found.problems) == ("goose", ())
    [session] = found.sessions
    assert (session.key, session.title) == ("20250422_230706", "The port of the shop")
    [only] = session.exchanges
    assert (only.prompt, only.response) == ("Which port does the shop listen on?", "Port 8080, I think.")
    failed = only.steps[-1]
    assert (failed.text, "is_error" in failed.flags) == ("not allowed", True)


def test_contents_of_gooses_that_nobody_knows_are_counted() -> None:
    first: dict[str, Any] = {"working_dir": "/x", "description": "", "message_count": 2}
    lines = [first, {"role": "user", "created": 1, "content": [{"type": "text", "text": "Hi?"}]}]
    lines.append(
        {"role": "assistant", "created": 2, "content": [{"type": "hologram"}, {"type": "text", "text": "Hi."}]}
    )
    found = read_transcript("\n".join(map(json.dumps, lines)).encode())
    assert found.unknown == {"content hologram": 1}
    [only] = found.sessions[0].exchanges
    assert (only.prompt, only.response) == ("Hi?", "Hi.")
