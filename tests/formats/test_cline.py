"""Cline and Roo: what the editor shows of a task, the messages as they were sent, and the sessions of the kit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import Exchange, Origin
from curator.formats.reader import read_transcript


def task(*messages: tuple[str, str] | dict[str, Any]) -> bytes:
    """Messages as `say:what`, `ask:what` and text; one a second."""
    found = []
    for at, message in enumerate(messages):
        if isinstance(message, tuple):
            kind, _, what = message[0].partition(":")
            message = {"type": kind, kind: what, "text": message[1]}
        found.append({"ts": 1_767_225_600_000 + at * 1000, **message})
    return json.dumps(found).encode()


def exchanges(data: bytes) -> list[Exchange]:
    found = read_transcript(data, "ui_messages.json")
    assert found.format == "cline"
    assert found.problems == ()
    return [e for s in found.sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def steps(exchange: Exchange) -> list[tuple[str, str, str]]:
    return [(str(s.kind), s.name, s.text) for s in exchange.steps]


def test_a_task_is_asked_worked_on_and_completed() -> None:
    [only] = exchanges(
        task(
            ("say:text", "How long?"),
            ("say:api_req_started", '{"request": "…", "cost": 1}'),
            ("say:reasoning", "Green."),
            ("say:text", "I look."),
            ("ask:tool", '{"tool": "readFile", "path": "tea.md"}'),
            ("say:command", "grep green tea.md"),
            ("say:command_output", "2 min"),
            ("say:checkpoint_created", ""),
            ("say:completion_result", "Two minutes.HAS_CHANGES"),
            ("ask:completion_result", "Two minutes."),
        )
    )
    assert (only.key, only.prompt, only.response) == ("1767225600000", "How long?", "Two minutes.")
    assert steps(only) == [
        ("thinking", "", "Green."),
        ("reply_text", "", "I look."),
        ("tool_call", "readFile", "tea.md"),
        ("tool_call", "command", "grep green tea.md"),
        ("tool_result", "command", "2 min"),
    ]


def test_feedback_after_the_result_asks_again_and_feedback_before_it_steers() -> None:
    first, second = exchanges(
        task(
            ("say:task", "How long?"),
            ("ask:command", "rm tea.md"),
            ("say:user_feedback", "do not delete it"),
            ("say:completion_result", "Two minutes."),
            ("say:user_feedback", "And black?"),
            ("say:completion_result", "Four."),
        )
    )
    assert (first.steering, first.response) == (("do not delete it",), "Two minutes.")
    assert "corrected_midstream" in signals(first)
    assert (second.prompt, second.response) == ("And black?", "Four.")


def test_a_question_is_an_answer_and_what_is_answered_to_it_a_prompt() -> None:
    question = {"question": "Which one?", "options": ["Assam", "Ceylon"], "selected": "Assam"}
    first, second, third = exchanges(
        task(
            ("say:text", "How long?"),
            ("ask:followup", json.dumps(question)),
            ("say:text", "I see."),
            ("ask:plan_mode_respond", '{"response": "Shall I brew it?", "options": []}'),
            ("say:user_feedback", "Yes"),
            ("say:completion_result", "Four minutes."),
        )
    )
    assert [(e.prompt, e.response) for e in (first, second, third)] == [
        ("How long?", "Which one?"),
        ("Assam", "I see.\n\nShall I brew it?"),
        ("Yes", "Four minutes."),
    ]
    assert len({e.key for e in (first, second, third)}) == 3


@pytest.mark.parametrize(
    ("message", "signal"),
    [
        (("say:api_req_started", '{"cancelReason": "user_cancelled"}'), "interrupted"),
        (("say:api_req_started", '{"cancelReason": "streaming_failed", "streamingFailedMessage": "503"}'), "api_error"),
        (("ask:api_req_failed", "401 no key"), "api_error"),
        (("ask:mistake_limit_reached", "It failed thrice."), "api_error"),
    ],
)
def test_what_happened_to_a_task_is_a_signal(message: tuple[str, str], signal: str) -> None:
    [only] = exchanges(task(("say:text", "How long?"), message))
    assert signal in signals(only)


def test_an_answer_after_the_context_was_condensed_is_marked() -> None:
    [only] = exchanges(task(("say:text", "How long?"), ("say:condense_context", ""), ("say:completion_result", "Two.")))
    assert "after_compaction" in signals(only)


def test_a_message_that_is_still_written_is_left_out() -> None:
    half = {"type": "say", "say": "text", "text": "Two mi", "partial": True}
    [only] = exchanges(task(("say:text", "How long?"), half))
    assert (only.response, only.steps) == ("", ())


def test_a_picture_is_marked_and_an_unknown_message_counted() -> None:
    picture = {"type": "say", "say": "text", "text": "See", "images": ["data:image/png;base64,AA"]}
    data = task(picture, ("say:hologram", "x"))
    assert "image" in signals(exchanges(data)[0])
    assert read_transcript(data).unknown == {"message hologram": 1}


def history(*messages: tuple[str, list[dict[str, Any]] | str]) -> bytes:
    return json.dumps([{"role": role, "content": content} for role, content in messages]).encode()


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def test_what_was_sent_is_taken_out_of_its_tags() -> None:
    first, second = exchanges(
        history(
            (
                "user",
                [text("<task>\nHow long?\n</task>"), text("<environment_details>\ntea.md\n</environment_details>")],
            ),
            ("assistant", "<thinking>Green.</thinking>I look.\n<read_file>\n<path>tea.md</path>\n</read_file>"),
            ("user", [text("[read_file for 'tea.md'] Result:"), text("2 min")]),
            ("assistant", "<attempt_completion>\n<result>\nTwo minutes.\n</result>\n</attempt_completion>"),
            ("user", [text("[attempt_completion] Result:"), text("<feedback>\nAnd black?\n</feedback>")]),
            ("assistant", "<ask_followup_question><question>Which one?</question></ask_followup_question>"),
        )
    )
    assert (first.prompt, first.response) == ("How long?", "Two minutes.")
    assert steps(first) == [
        ("meta", "context", "<environment_details>\ntea.md\n</environment_details>"),
        ("thinking", "", "Green."),
        ("reply_text", "", "I look."),
        ("tool_call", "read_file", "tea.md"),
        ("tool_result", "read_file", "2 min"),
    ]
    assert (second.prompt, second.response) == ("And black?", "Which one?")


def test_tools_of_the_api_are_read_too_and_a_long_result_is_not_cut() -> None:
    result = "Two minutes. " * 500

    def use(id: str, name: str, **given: str) -> dict[str, Any]:
        return {"type": "tool_use", "id": id, "name": name, "input": given}

    def gave(id: str, told: str) -> dict[str, Any]:
        return {"type": "tool_result", "tool_use_id": id, "content": [text(told)]}

    first, second = exchanges(
        history(
            ("user", [text("<task>How long?</task>")]),
            ("assistant", [text("I look."), use("1", "execute_command", command="rm tea.md")]),
            ("user", [gave("1", "The user denied it.\n<feedback>\nread it only\n</feedback>")]),
            ("assistant", [use("2", "attempt_completion", result=result)]),
            ("user", [gave("2", "<feedback>\nAnd black?\n</feedback>")]),
            ("assistant", [text("Four.")]),
        )
    )
    assert (first.response, first.steering) == (result.strip(), ("read it only",))
    assert (second.prompt, second.response) == ("And black?", "Four.")


def test_histories_of_two_tasks_have_two_keys() -> None:
    keys = set()
    for asked in ("How long?", "How hot?"):
        data = history(("user", [text(f"<task>{asked}</task>")]), ("assistant", "Two."))
        keys |= {s.key for s in read_transcript(data, "api_conversation_history.json").sessions}
    assert len(keys) == 2


def test_a_list_of_messages_without_clines_tags_is_somebody_elses() -> None:
    assert read_transcript(history(("user", "Hi"), ("assistant", "Hello"))).format == "openai-messages"


@pytest.mark.parametrize(("agent", "origin"), [("lead", Origin.HUMAN), ("agent-2", Origin.AGENT)])
def test_what_an_agent_sent_to_another_agent_is_told_as_that(agent: str, origin: Origin) -> None:
    words = [{"type": "text", "text": "Which port?"}]
    message = {"id": "m1", "role": "user", "ts": 1767225600000, "content": words}
    answer = {"id": "m2", "role": "assistant", "content": [{"type": "text", "text": "Port 8080."}]}
    kit = {"version": 1, "sessionId": "s-1", "agent": agent, "messages": [message, answer]}
    [session] = read_transcript(json.dumps(kit).encode()).sessions
    assert [(e.prompt, e.response) for e in session.exchanges] == [("Which port?", "Port 8080.")]
    assert session.origin is origin


@pytest.mark.corpus
def test_a_published_session_of_the_kit_is_read(corpus: Path) -> None:
    data = (corpus / "cline" / "cline-sdk-session.messages.json").read_bytes()
    messages = json.loads(data)["messages"]
    typed = [m for m in messages if m["role"] == "user" and any(b["type"] == "text" for b in m["content"])]
    found = exchanges(data)
    assert [e.key for e in found] == [m["id"] for m in typed]
    assert [e.prompt for e in found] == [m["content"][0]["text"] for m in typed]
    last = [messages[messages.index(after) - 1] for after in typed[1:]] + [messages[-1]]
    assert [e.response for e in found] == [
        "\n\n".join(b["text"].strip() for b in m["content"] if b["type"] == "text") for m in last
    ]
    assert [s.title for s in read_transcript(data).sessions] != [""]
