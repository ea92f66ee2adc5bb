"""OpenHands: events of the SDK, pages of the API, trajectories of version 0."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curator.core.exchange import EventKind, Exchange
from curator.formats.reader import read_transcript


def text(words: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": words}]


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind} | fields


def asked(words: str, **more: Any) -> dict[str, Any]:
    return event("MessageEvent", source="user", llm_message={"role": "user", "content": text(words)} | more)


def said(words: str, **more: Any) -> dict[str, Any]:
    return event("MessageEvent", source="agent", llm_message={"role": "assistant", "content": text(words)} | more)


def acted(call: str = "c1", **more: Any) -> dict[str, Any]:
    tool = {"arguments": '{"command": "pwd"}'}
    return event("ActionEvent", source="agent", tool_name="terminal", tool_call_id=call, tool_call=tool) | more


def saw(action: str, words: str, **more: Any) -> dict[str, Any]:
    return event("ObservationEvent", action_id=action, observation={"content": text(words)} | more)


def events(*told: dict[str, Any]) -> bytes:
    stamped = [{"id": f"e{n}", "timestamp": f"2026-03-01T08:00:{n:02}"} | one for n, one in enumerate(told)]
    return json.dumps(stamped, indent=1).encode()


def exchanges(data: bytes) -> list[Exchange]:
    transcript = read_transcript(data, "events")
    assert transcript.format == "openhands"
    return [e for s in transcript.sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def left_out(exchange: Exchange) -> list[tuple[str, str]]:
    return [(e.name, e.text) for e in exchange.steps if e.kind is EventKind.META]


def test_a_prompt_its_actions_and_the_last_words_make_one_exchange() -> None:
    data = events(
        event("SystemPromptEvent", system_prompt={"text": "You are OpenHands."}),
        asked("Which port?"),
        acted(thought=text("I look."), reasoning_content="Look."),
        saw("e2", "8080"),
        said("Port 8080."),
    )
    [only] = exchanges(data)
    assert (only.key, only.prompt, only.response) == ("e1", "Which port?", "Port 8080.")
    assert [(s.kind, s.text) for s in only.steps] == [
        (EventKind.SYSTEM, "You are OpenHands."),
        (EventKind.THINKING, "Look."),
        (EventKind.THINKING, "I look."),
        (EventKind.TOOL_CALL, "pwd"),
        (EventKind.TOOL_RESULT, "8080"),
    ]


def test_what_the_agent_finishes_with_is_its_answer() -> None:
    finish = acted("c2", tool_name="finish", action={"kind": "FinishAction", "message": "Port 8080."})
    data = events(asked("Which port?"), finish, saw("e1", "Port 8080.", kind="FinishObservation"))
    [only] = exchanges(data)
    assert (only.response, left_out(only)) == ("Port 8080.", [("status", "Port 8080.")])


def test_an_observation_may_stand_before_its_action_and_one_without_is_context() -> None:
    data = events(asked("Which port?"), saw("e2", "8080"), acted(), saw("", "Environment ready."), said("Port 8080."))
    [only] = exchanges(data)
    assert left_out(only) == [("context", "Environment ready.")]
    assert [s.name for s in only.steps if s.kind is EventKind.TOOL_RESULT] == ["terminal"]


def test_failures_and_refused_actions_are_marked() -> None:
    data = events(
        asked("Which port?"),
        acted("c1"), event("AgentErrorEvent", tool_call_id="c1", error="Sandbox failed."),
        acted("c2"), event("UserRejectObservation", action_id="e3", rejection_reason="Not that file."),
        acted("c3", tool_call={"arguments": "[]"}, action={"kind": "X", "path": "a.py"}),
        saw("e5", "no", is_error=True),
        said("I cannot."),
    )  # fmt: skip
    [only] = exchanges(data)
    results = [(s.text, s.flags) for s in only.steps if s.kind is EventKind.TOOL_RESULT]
    assert results == [
        ("Sandbox failed.", frozenset({"is_error"})),
        ("Not that file.", frozenset({"rejected_tool"})),
        ("no", frozenset({"is_error"})),
    ]
    assert signals(only) == {"corrected_midstream"}
    assert [s.text for s in only.steps if s.kind is EventKind.TOOL_CALL][-1] == "a.py"


def test_a_pause_an_error_a_condensation_and_pictures_are_told() -> None:
    image = [*text("What is this?"), {"type": "image", "image_urls": ["data:,"]}]
    data = events(
        asked("", content=image), event("PauseEvent"),
        asked("Two?"), event("ConversationErrorEvent", code="X", detail="Out of budget"),
        event("Condensation", summary="They looked.", forgotten_event_ids=["e0"]),
        asked("Three?") | {"extended_content": text("Repository notes")}, said("3"),
    )  # fmt: skip
    shown, failed, after = exchanges(data)
    assert signals(shown) == {"image", "no_answer", "interrupted"}
    assert signals(failed) == {"no_answer", "api_error"}
    assert signals(after) == {"after_compaction"}
    assert left_out(failed) == [("summary", "They looked.")]
    assert left_out(after) == [("context", "Repository notes")]


def test_a_page_of_the_api_is_read_and_what_is_unknown_counted() -> None:
    page = {
        "items": [
            None,
            asked("Which?") | {"id": "a"},
            event("NewEvent", id="b"),
            said("x"),
            said("This.") | {"id": "c"},
        ]
    }
    data = json.dumps(page).encode()
    [only] = exchanges(data)
    assert (only.response, only.first_line) == ("This.", 2)
    assert read_transcript(data).unknown == {"NewEvent": 1, "event without an id": 1}


def test_thoughts_come_from_wherever_the_model_left_them() -> None:
    blocks = [{"type": "thinking", "thinking": "First."}, {"type": "redacted_thinking"}]
    data = events(asked("Which?"), said("This.", thinking_blocks=blocks), event("MessageEvent", source="environment"))
    [only] = exchanges(data)
    assert [s.text for s in only.steps] == ["First."]


def test_two_conversations_are_two_though_their_events_are_numbered_alike() -> None:
    first = events(asked("Which port?"), said("8080."))
    [one] = read_transcript(first, "events").sessions
    [other] = read_transcript(first.replace(b"2026-03-01", b"2026-03-02"), "events").sessions
    assert one.key != other.key


def test_one_event_in_a_file_of_its_own_is_no_conversation_and_a_message_says_so() -> None:
    message, action = (json.dumps({"id": "e1"} | one).encode() for one in (asked("Which port?"), acted()))
    alone = read_transcript(message)
    assert alone.sessions == ()
    assert [p.reason for p in alone.problems] == [
        "It is one message of an OpenHands conversation. Import the folder that it lies in."
    ]
    assert read_transcript(action).problems == ()


def step(id: int, **fields: Any) -> dict[str, Any]:
    return {"id": id, "timestamp": f"2025-03-01T08:00:{id:02}.000000"} | fields


def test_a_trajectory_of_version_0() -> None:
    data = json.dumps([
        step(0, source="agent", action="system", args={"content": "You are OpenHands."}),
        step(1, source="user", action="message", args={"content": "Which port?", "image_urls": ["x"]}),
        step(2, source="user", action="recall", args={"query": "port"}),
        step(3, source="agent", observation="recall", cause=2, content="Notes", extras={}),
        step(4, source="agent", action="think", args={"thought": "Hm."}),
        step(5, source="agent", action="run", args={"command": "pwd", "thought": "I look."}),
        step(6, source="agent", observation="run", cause=5, content="no", extras={"metadata": {"exit_code": 2}}),
        step(7, source="environment", observation="agent_state_changed", content="", extras={}),
        step(8, source="agent", action="condensation", args={}),
        step(9, source="agent", action="finish", args={"final_thought": "Port 8080.", "outputs": {}}),
        step(10, source="user", action="message", args={"content": "Thanks"}),
        step(11, source="agent", message="Bye.", action="message", args={"content": "Bye."}),
    ]).encode()  # fmt: skip
    first, second = exchanges(data)
    assert (first.key, first.prompt, first.response) == ("1", "Which port?", "Port 8080.")
    assert signals(first) == {"image", "after_compaction"}
    assert left_out(first) == [("context", "Notes")]
    assert [(s.text, s.flags) for s in first.steps if s.kind is EventKind.TOOL_RESULT] == [
        ("no", frozenset({"is_error"}))
    ]
    assert [s.text for s in first.steps if s.kind is EventKind.THINKING] == ["Hm.", "I look."]
    assert (second.prompt, second.response) == ("Thanks", "Bye.")


@pytest.mark.parametrize("broken", [b"[", b'{"items": 5}', b'[{"kind": "MessageEvent", "id": 5, "llm_message": []}]'])
def test_what_holds_no_conversation_gives_none(broken: bytes) -> None:
    assert read_transcript(broken).sessions == ()
