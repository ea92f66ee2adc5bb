"""Claude Code on the web: the records of a session in one document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curator.core.exchange import EventKind
from curator.formats.head import Head
from curator.formats.reader import read_events, read_transcript
from curator.formats.sniff import sniff

ASKED = {"type": "user", "uuid": "u1", "sessionId": "s", "message": {"role": "user", "content": "Green?"}}
SAID = {"type": "assistant", "uuid": "a1", "sessionId": "s", "message": {"id": "m", "content": "Yes."}}


@pytest.mark.parametrize("indent", [None, 2])
def test_the_records_are_read_as_a_session_file_of_claude_code(indent: int | None) -> None:
    data = json.dumps({"title": "x", "loglines": [ASKED, SAID]}, indent=indent).encode()
    transcript = read_transcript(data)
    assert transcript.format == "claude-code-web" and transcript.problems == ()
    [session] = transcript.sessions
    assert (session.format, session.key) == ("claude-code", "s")
    assert [(e.key, e.response, e.first_line, e.last_line) for e in session.exchanges] == [("u1", "Yes.", 1, 2)]


def test_a_session_met_in_both_shapes_has_the_same_keys() -> None:
    lines = b"".join(json.dumps(r).encode() + b"\n" for r in (ASKED, SAID))
    document = json.dumps({"loglines": [ASKED, SAID]}).encode()
    one, other = read_transcript(lines).sessions, read_transcript(document).sessions
    assert one == other


def test_a_long_document_is_told_by_its_first_key() -> None:
    data = json.dumps({"id": "x", "loglines": [ASKED, {**SAID, "x": "y" * 100_000}]}).encode()
    assert sniff(Head(data[: 64 << 10])) == "claude-code-web"


def test_a_document_that_breaks_off_gives_the_records_before() -> None:
    data = json.dumps({"loglines": [ASKED, SAID, {**SAID, "uuid": "\ud83d"}]}).encode()
    transcript = read_transcript(data[:-20])
    assert [e.response for s in transcript.sessions for e in s.exchanges] == ["Yes."]
    assert "breaks off" in transcript.problems[0].reason
    assert len(read_events(data).sessions[0].events) == 2


@pytest.mark.corpus
def test_the_published_session_gives_its_prompts(corpus: Path) -> None:
    file = corpus / "claude-code-web" / "simonw-web-session.json"
    [session] = read_transcript(file.read_bytes(), file.stem).sessions
    assert [(e.prompt, bool(e.response)) for e in session.exchanges] == [
        ("Create a simple Python function to add two numbers", False),
        ("Now edit the file to add a subtract function", False),
        ("Run the tests again", True),
        ("Fix the issue and commit", True),
        ("Add a multiply function too", True),
    ]
    assert [h.name for h in session.exchanges[4].signals] == ["after_compaction"]
    kinds = [e.kind for e in read_events(file.read_bytes()).sessions[0].events]
    assert kinds.count(EventKind.TOOL_CALL) == kinds.count(EventKind.TOOL_RESULT) == 12
