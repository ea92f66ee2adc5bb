"""Amp's threads: tools with runs of their own, summaries and commands between the turns, and what was cut short."""

from __future__ import annotations

import json
from typing import Any

import pytest
from seeds import FOLDER

from curator.core.exchange import EventKind, Exchange, Origin, Session
from curator.formats.head import HEAD, Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff


def thread(*messages: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"v": 1, "id": "T-1", "created": 1772352000000, "messages": messages, **more}).encode()


def one(data: bytes) -> Session:
    found = read_transcript(data)
    assert (found.format, found.problems) == ("amp", ())
    [session] = found.sessions
    return session


def user(*content: Any, **more: Any) -> dict[str, Any]:
    blocks = [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
    return {"role": "user", "content": blocks, **more}


def said(*content: Any, **more: Any) -> dict[str, Any]:
    return {**user(*content, **more), "role": "assistant"}


def told(exchange: Exchange) -> list[tuple[EventKind, str, str]]:
    return [(step.kind, step.name, step.text) for step in exchange.steps]


def test_a_thread_gives_its_prompts_with_the_last_words_said_to_each() -> None:
    found = one((FOLDER / "amp.json").read_bytes())
    assert (found.title, found.project, found.model) == ("The port of the shop", "/home/dev/the shop", "model-a")
    assert (found.started, found.origin) == ("2026-03-01T08:00:00.000Z", Origin.HUMAN)
    first, second = found.exchanges
    assert (first.prompt, first.response) == ("Which port?", "Port 8080.")
    assert told(first) == [
        (EventKind.META, "hidden", "cwd: /home/dev/shop"),
        (EventKind.THINKING, "model-a", "Look."),
        (EventKind.REPLY_TEXT, "model-a", "I look."),
        (EventKind.TOOL_CALL, "Bash", "grep PORT settings.py"),
        (EventKind.TOOL_RESULT, "Bash", "PORT = 8080\n"),
        (EventKind.COMPACTION, "", ""),
        (EventKind.META, "summary", "They asked for a port."),
    ]
    assert (second.prompt, second.response) == ("And the host?", "The ho")
    assert {hit.name for hit in second.signals} >= {"interrupted", "after_compaction"}


@pytest.mark.parametrize(
    ("run", "text", "flags"),
    [
        ({"status": "done", "result": "text"}, "text", set()),
        ({"status": "done", "result": ["a:1", "b:2"]}, "a:1\nb:2", set()),
        ({"status": "done", "result": {"absolutePath": "/a", "content": "file"}}, "file", set()),
        ({"status": "done", "result": {"diff": "--- a"}}, "--- a", set()),
        ({"status": "done", "result": [{"file": "a", "line": 4}]}, '[{"file":"a","line":4}]', set()),
        ({"status": "done", "result": [{"type": "image", "data": "…"}]}, "", set()),
        ({"status": "done", "result": 0}, "0", set()),
        ({"status": "done", "result": {"success": False}}, '{"success":false}', {"is_error"}),
        ({"status": "error", "error": {"message": "no such file"}}, "no such file", {"is_error"}),
        ({"status": "rejected-by-user"}, "", {"rejected_tool"}),
        ({"status": "cancelled", "progress": {"output": "half"}}, "half", {"rejected_tool"}),
    ],
)
def test_what_a_tool_gave_is_told_however_it_is_wrapped(run: dict[str, Any], text: str, flags: set[str]) -> None:
    call = {"type": "tool_use", "id": "t1", "name": "Read", "input": {}}
    result = {"type": "tool_result", "toolUseID": "t1", "run": run}
    [exchange] = one(thread(user("Look."), said(call), user(result), said("Done so."))).exchanges
    [step] = [step for step in exchange.steps if step.kind is EventKind.TOOL_RESULT]
    assert (step.name, step.text, step.flags) == ("Read", text, flags)


def test_what_others_asked_and_what_stands_between_opens_no_exchange() -> None:
    command = {"type": "manual_bash_invocation", "args": {"cmd": "git status"}, "toolRun": {"result": {"output": "ok"}}}
    found = one(
        thread(
            user("One?"),
            said("1."),
            {"role": "info", "content": [command, {"type": "text", "text": "You are out of credits."}]},
            user("from another", meta={"fromExecutorThreadID": "T-9"}),
            said("Noted."),
            user("Two?", interrupted=False),
            said("2."),
        )
    )
    assert [(e.prompt, e.response) for e in found.exchanges][-1] == ("Two?", "2.")
    assert [e.prompt for e in found.exchanges] == ["One?", "Two?"]
    left = [(step.name, step.text) for e in found.exchanges for step in e.steps if step.kind is EventKind.META]
    assert ("command", "git status") in left and ("command-output", "ok") in left
    assert ("relay", "from another") in left and ("status", "You are out of credits.") in left


def test_a_thread_of_a_subagent_is_an_agents() -> None:
    found = one(thread(user("Look."), said("Seen."), mainThreadID="T-0"))
    assert (found.origin, found.parent_key) == (Origin.AGENT, "T-0")


def test_a_thread_is_told_from_chat_rows_also_where_its_head_is_cut() -> None:
    long = thread(user("word " * HEAD), said("Yes."))
    assert sniff(Head(long[:HEAD])) == "amp"
    rows = json.dumps({"messages": [user("a"), said("b")]}).encode()
    assert sniff(Head(rows)) == "openai-messages"
