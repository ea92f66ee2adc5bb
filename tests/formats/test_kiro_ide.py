"""Kiro's editor: its events of today, the chats and the logs of before, and the file that only points to them."""

from __future__ import annotations

import json

import pytest
from seeds import FOLDER

from curator.core.exchange import EventKind
from curator.formats.head import HEAD, Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff
from curator.ingest.names import is_transcript_name


@pytest.mark.parametrize("seed", ["kiro-ide.jsonl", "kiro-ide.chat.json", "kiro-ide.log.json"])
def test_each_way_of_keeping_it_gives_the_prompt_and_what_was_said_last(seed: str) -> None:
    found = read_transcript((FOLDER / seed).read_bytes(), "messages.jsonl")
    assert (found.format, found.problems) == ("kiro-ide", ())
    [session] = found.sessions
    [one] = session.exchanges
    assert (one.prompt, one.response) == ("Which port?", "Port 8080.")
    [result] = [step for step in one.steps if step.kind is EventKind.TOOL_RESULT]
    assert result.text == "PORT = 8080"


def test_the_file_of_a_session_says_where_its_answers_are_instead_of_giving_a_nod_for_them() -> None:
    history = [
        {"message": {"role": "user", "content": "Which port?", "id": "m1"}, "contextItems": []},
        {"message": {"role": "assistant", "content": "On it.", "id": "m2"}, "executionId": "x2"},
    ]
    data = json.dumps({"sessionId": "s1", "title": "Port", "workspaceDirectory": "/shop", "history": history}).encode()
    found = read_transcript(data, "s1.json")
    assert (found.format, found.sessions) == ("kiro-ide", ())
    assert [problem.reason for problem in found.problems] == [
        "Its answers lie in the logs beside “workspace-sessions”: import the folder “kiro.kiroagent”."
    ]


def test_what_failed_is_said_and_a_long_log_is_known_by_its_beginning() -> None:
    log = json.loads((FOLDER / "kiro-ide.log.json").read_bytes())
    log["actions"][2:] = [{"actionType": "displayError", "actionId": "a9", "errorMessage": "Too many requests."}]
    log["actions"][1]["output"]["message"] = "word " * HEAD
    data = json.dumps(log).encode()
    [session] = read_transcript(data).sessions
    [one] = session.exchanges
    assert "api_error" in {hit.name for hit in one.signals}
    assert sniff(Head(data[:HEAD])) == "kiro-ide"


def test_its_logs_have_no_ending_and_are_looked_at_all_the_same() -> None:
    assert is_transcript_name("414d1636299d2b9e4ce7e17fb11f63e9") and is_transcript_name("a1.chat")
    assert is_transcript_name("019b9d03-62e3-772f-9780-3e637f90eaec")
    assert not is_transcript_name("Makefile") and not is_transcript_name("deadbeef")
