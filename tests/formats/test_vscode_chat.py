"""VS Code's chat: words put together around references and edits, tools, ends, and the log played back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import Exchange, Transcript
from curator.formats.reader import read_transcript


def request(*parts: dict[str, Any], id: str = "request_1", text: str = "How long?", **more: Any) -> dict[str, Any]:
    return {"requestId": id, "message": {"text": text, "parts": []}, "response": list(parts), **more}


def chat(*requests: dict[str, Any], **more: Any) -> dict[str, Any]:
    head = {"version": 3, "responderUsername": "GitHub Copilot", "sessionId": "s1", "creationDate": 1767225600000}
    return {**head, "requests": list(requests), **more}


def log(*lines: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def exchanges(data: bytes) -> list[Exchange]:
    return [e for s in read_transcript(data).sessions for e in s.exchanges]


def only(*parts: dict[str, Any], **more: Any) -> Exchange:
    [found] = exchanges(json.dumps(chat(request(*parts, **more))).encode())
    return found


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def words(value: str) -> dict[str, Any]:
    return {"value": value}


def test_words_and_references_between_them_are_one_answer() -> None:
    found = only(
        words("Look at "),
        {"kind": "inlineReference", "inlineReference": {"$mid": 1, "path": "/tea/green.md"}},
        words(" and "),
        {"kind": "inlineReference", "name": "brew()", "inlineReference": {"location": {"uri": {"path": "/tea/a.py"}}}},
        words(" for the times."),
    )
    assert found.response == "Look at `green.md` and `brew()` for the times."
    assert (found.key, found.prompt) == ("request_1", "How long?")


def test_words_before_a_tool_are_a_step_and_words_after_it_the_answer() -> None:
    terminal = {
        "kind": "toolInvocationSerialized",
        "toolId": "run_in_terminal",
        "toolCallId": "t1",
        "isComplete": True,
        "toolSpecificData": {"kind": "terminal", "commandLine": {"original": "ls -a"}},
        "resultDetails": {"input": "ls", "output": [{"value": "a.md"}], "isError": False},
    }
    reading = {
        "kind": "toolInvocationSerialized",
        "toolId": "copilot_readFile",
        "toolCallId": "t2",
        "isConfirmed": {"type": 0},
        "invocationMessage": {"value": "Reading [](file:///tea/green.md)"},
    }
    found = only(
        words("I look."), {"kind": "thinking", "value": ["Hm", "Well"]}, terminal, reading, words("Two minutes.")
    )
    assert found.response == "Two minutes."
    assert [(str(s.kind), s.name, s.text, sorted(s.flags)) for s in found.steps] == [
        ("reply_text", "", "I look.", []),
        ("thinking", "", "Hm\n\nWell", []),
        ("tool_call", "run_in_terminal", "ls -a", []),
        ("tool_result", "run_in_terminal", "a.md", []),
        ("tool_call", "copilot_readFile", "Reading green.md", []),
        ("tool_result", "copilot_readFile", "", ["rejected_tool"]),
    ]


def test_what_a_subagent_was_asked_and_found_is_told_with_the_tool_that_started_it() -> None:
    started = {
        "kind": "toolInvocationSerialized",
        "toolId": "runSubagent",
        "toolCallId": "t1",
        "isComplete": True,
        "invocationMessage": "Running a subagent",
        "toolSpecificData": {"kind": "subagent", "agentName": "tea", "prompt": "Count the leaves", "result": "Nine."},
    }
    found = only(started, {"kind": "codeCitation", "value": "x"}, words("There are nine."))
    assert found.response == "There are nine."
    assert [(str(s.kind), s.text) for s in found.steps] == [("tool_call", "Count the leaves"), ("tool_result", "Nine.")]


def test_an_edit_is_a_step_and_leaves_no_empty_fence_behind() -> None:
    found = only(
        words("I mend it.\n\n```python\n"),
        {"kind": "codeblockUri", "uri": {"path": "/tea/a.py"}, "isEdit": True},
        {"kind": "textEditGroup", "uri": {"fsPath": "/tea/a.py"}, "edits": [[]], "done": True},
        words("\n```\n\nMended."),
    )
    assert found.response == "Mended."
    assert [(str(s.kind), s.text) for s in found.steps] == [("reply_text", "I mend it."), ("tool_call", "/tea/a.py")]


def test_what_the_program_shows_between_is_no_answer_and_new_parts_are_counted() -> None:
    data = json.dumps(
        chat(request(words("Two"), {"kind": "progressMessage"}, {"kind": "hologram"}, words(" minutes.")))
    ).encode()
    found = read_transcript(data)
    assert [e.response for e in exchanges(data)] == ["Two minutes."]
    assert found.unknown == {"part hologram": 1}


@pytest.mark.parametrize(
    ("more", "signal"),
    [
        ({"isCanceled": True}, "interrupted"),
        ({"modelState": {"value": 2}}, "interrupted"),
        ({"modelState": {"value": 3}, "response": []}, "api_error"),
        ({"result": {"errorDetails": {"message": "rate limited"}}, "response": []}, "api_error"),
        ({"result": {"errorDetails": {"message": "filtered", "responseIsFiltered": True}}}, "refusal"),
        ({"isHidden": True}, "abandoned_branch"),
        ({"shouldBeRemovedOnSend": {"afterUndoStop": "x"}}, "abandoned_branch"),
        ({"variableData": {"variables": [{"kind": "image", "name": "a.png"}]}}, "image"),
        ({"text": "/fix it", "slashCommand": {"name": "fix"}}, "slash_command"),
    ],
)
def test_what_happened_to_a_request_is_a_signal(more: dict[str, Any], signal: str) -> None:
    assert signal in signals(only(words("Two min"), **more))


def test_the_log_is_played_back() -> None:
    data = log(
        {"kind": 0, "v": chat()},
        {"kind": 1, "k": ["customTitle"], "v": "Tea"},
        {"kind": 2, "k": ["requests"], "v": [request()]},
        {"kind": 2, "k": ["requests", 0, "response"], "v": [words("Three"), words(" or so.")]},
        {"kind": 2, "k": ["requests", 0, "response"], "v": [words("Two minutes.")], "i": 0},
        {"kind": 2, "k": ["requests"], "v": [request(words("Four."), id="request_2", text="And black?")]},
        {"kind": 3, "k": ["customTitle"]},
        {"kind": 1, "k": ["requests", 1, "modelState"], "v": {"value": 2}},
    )
    found = read_transcript(data)
    assert (found.format, found.problems) == ("vscode-chat", ())
    [session] = found.sessions
    assert (session.key, session.title) == ("s1", "How long?")
    assert [(e.key, e.prompt, e.response) for e in session.exchanges] == [
        ("request_1", "How long?", "Two minutes."),
        ("request_2", "And black?", "Four."),
    ]
    assert "interrupted" in signals(session.exchanges[1])


def test_the_log_tells_what_the_document_tells() -> None:
    whole = chat(request(words("Two minutes.")))
    document = read_transcript(json.dumps(whole, indent=1).encode())
    assert read_transcript(log({"kind": 0, "v": whole})).sessions == document.sessions


def test_a_log_whose_last_line_is_half_written_is_read_up_to_it() -> None:
    data = log({"kind": 0, "v": chat(request(words("Two.")))}) + b'{"kind":2,"k":["requ'
    assert read_transcript(data).problems == ()
    assert [e.response for e in exchanges(data)] == ["Two."]


@pytest.mark.parametrize(
    "line",
    [
        {"kind": 1, "k": ["requests", 7, "response"], "v": []},
        {"kind": 2, "k": ["sessionId"], "v": [1]},
        {"kind": 1, "k": [], "v": 1},
        {"kind": 9, "k": ["requests"], "v": []},
        {"kind": 1, "k": ["requests", 10**9], "v": {}},
        {"kind": 1, "k": ["requests", -1], "v": {}},
    ],
)
def test_a_line_that_fits_nowhere_is_a_problem_and_costs_itself_only(line: dict[str, Any]) -> None:
    found: Transcript = read_transcript(log({"kind": 0, "v": chat(request(words("Two.")))}, line))
    assert [p.line for p in found.problems] == [2]
    assert [e.response for s in found.sessions for e in s.exchanges] == ["Two."]


@pytest.mark.corpus
def test_the_hand_made_session_reads_as_it_looks(corpus: Path) -> None:
    [found] = exchanges((corpus / "synthetic-by-schema" / "vscode-copilot-chatSession.json").read_bytes())
    assert (found.prompt, found.response, found.model) == ("Fix the auth bug", "`auth.py` was fixed.", "copilot/gpt-5")


def test_keys_and_answers_only_grow_at_every_length_of_a_log() -> None:
    data = log(
        {"kind": 0, "v": chat()},
        {"kind": 2, "k": ["requests"], "v": [request()]},
        {"kind": 2, "k": ["requests", 0, "response"], "v": [words("Two minutes.")]},
        {"kind": 2, "k": ["requests"], "v": [request(words("Four."), id="request_2", text="And black?")]},
    )
    final = [(e.key, e.response) for e in exchanges(data)]
    for end in range(len(data)):
        found = [(e.key, e.response) for e in exchanges(data[:end])]
        assert [key for key, _ in found] == [key for key, _ in final][: len(found)]
        assert all(now in ("", then) for (_, now), (_, then) in zip(found, final, strict=False))
