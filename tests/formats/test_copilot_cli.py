"""Copilot CLI: events, prompts that are told twice, rewinds, subagents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from growth import keeps_its_keys

from curator.core.exchange import EventKind, Exchange
from curator.formats.reader import read_transcript

START = (
    "session.start",
    {"sessionId": "s-1", "startTime": "2026-03-01T07:59:59Z", "context": {"cwd": "/home/dev/shop"}},
)


def events(*told: tuple[str, dict[str, Any]]) -> bytes:
    return b"".join(
        json.dumps({"id": f"e{n}", "type": kind, "timestamp": f"2026-03-01T08:00:{n:02}Z", "data": data}).encode()
        + b"\n"
        for n, (kind, data) in enumerate((START, *told))
    )


def hooked(words: str) -> tuple[str, dict[str, Any]]:
    return "hook.start", {"hookType": "userPromptSubmitted", "input": {"prompt": words, "sessionId": "s-1"}}


def typed(words: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "user.message", {"content": words} | more


def said(words: str, *calls: str, **more: Any) -> tuple[str, dict[str, Any]]:
    requests = [{"toolCallId": call, "name": "view", "arguments": {"path": "settings.py"}} for call in calls]
    return "assistant.message", {"content": words, "toolRequests": requests} | more


def done(call: str, output: str = "PORT = 8080", **more: Any) -> tuple[str, dict[str, Any]]:
    return "tool.execution_complete", {"toolCallId": call, "success": True, "result": {"content": output}} | more


def exchanges(data: bytes) -> list[Exchange]:
    transcript = read_transcript(data)
    assert transcript.format == "copilot-cli"
    return [e for s in transcript.sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def left_out(exchange: Exchange) -> list[tuple[str, str]]:
    return [(e.name, e.text) for e in exchange.steps if e.kind is EventKind.META]


def test_a_prompt_told_by_the_hook_and_as_a_message_is_one() -> None:
    for told in ((hooked("Which port?"), typed("Which port?")), (typed("Which port?"), hooked("Which port?"))):
        [only] = exchanges(events(*told, said("Port 8080.")))
        assert (only.key, only.prompt, only.response) == ("e1", "Which port?", "Port 8080.")
    assert [e.prompt for e in exchanges(events(hooked("One?"), said("1"), typed("Two?"), said("2")))] == [
        "One?",
        "Two?",
    ]


def test_the_same_words_typed_again_are_another_prompt() -> None:
    found = exchanges(events(hooked("Go on"), typed("Go on"), said("1"), hooked("Go on"), typed("Go on"), said("2")))
    assert [(e.key, e.response) for e in found] == [("e1", "1"), ("e4", "2")]


def test_a_tool_that_no_message_asked_for_is_told_at_its_start() -> None:
    start = {"toolCallId": "c1", "toolName": "view", "arguments": {"path": "settings.py"}}
    [only] = exchanges(
        events(typed("Which port?"), ("tool.execution_start", start), done("c1"), said("Port 8080.", messageId="m1"))
    )
    assert [(e.kind, e.name) for e in only.steps if e.kind is EventKind.TOOL_CALL] == [(EventKind.TOOL_CALL, "view")]
    assert only.response == "Port 8080."


def test_tools_thoughts_and_the_model_are_told() -> None:
    data = events(
        ("session.model_change", {"newModel": "model-a"}),
        typed("Which port?"),
        said("I look.", "c1", reasoningText="Look.", messageId="m1"),
        ("tool.execution_start", {"toolCallId": "c1", "toolName": "view"}),
        done("c1"),
        said("Port 8080.", messageId="m2"),
    )
    [only] = exchanges(data)
    assert (only.response, only.model) == ("Port 8080.", "model-a")
    assert [s.kind for s in only.steps] == [
        EventKind.THINKING,
        EventKind.REPLY_TEXT,
        EventKind.TOOL_CALL,
        EventKind.TOOL_RESULT,
    ]
    [session] = read_transcript(data).sessions
    assert (session.key, session.project, session.started) == ("s-1", "/home/dev/shop", "2026-03-01T07:59:59Z")


def test_a_tool_that_failed_says_why() -> None:
    failed = ("tool.execution_complete", {"toolCallId": "c1", "success": False, "error": {"message": "no such file"}})
    [only] = exchanges(events(typed("Which port?"), said("", "c1"), failed, said("I cannot see it.")))
    [result] = [s for s in only.steps if s.kind is EventKind.TOOL_RESULT]
    assert (result.text, result.flags) == ("no such file", frozenset({"is_error"}))


def test_what_was_rewound_is_marked_and_what_came_before_is_not() -> None:
    data = events(
        typed("One?"), said("1"), typed("Two?"), said("2"),
        ("session.snapshot_rewind", {"upToEventId": "e3", "eventsRemoved": 2}),
        typed("Two, please?"), said("II"),
    )  # fmt: skip
    assert [(e.prompt, signals(e)) for e in exchanges(data)] == [
        ("One?", set()),
        ("Two?", {"abandoned_branch"}),
        ("Two, please?", set()),
    ]


def test_a_stop_an_error_and_a_compaction_are_told() -> None:
    data = events(
        typed("One?"), said("Well"), ("abort", {"reason": "user initiated"}),
        typed("Two?"), ("session.error", {"errorType": "quota", "message": "You've hit your limit"}),
        ("session.compaction_complete", {"success": True, "summaryContent": "They counted."}),
        typed("Three?"), said("3"),
    )  # fmt: skip
    stopped, failed, after = exchanges(data)
    assert signals(stopped) == {"interrupted"}
    assert signals(failed) == {"no_answer", "api_error"}
    assert left_out(failed) == [("summary", "They counted.")]
    assert signals(after) == {"after_compaction"}


def test_what_a_skill_or_a_subagent_says_is_neither_prompt_nor_answer() -> None:
    data = events(
        typed("Which port?"),
        typed("The skill's long text", source="skill-ports"),
        said("", "c1"),
        said("I am the subagent", parentToolCallId="c1"),
        done("c1", "8080"),
        said("Port 8080."),
    )
    [only] = exchanges(data)
    assert (only.prompt, only.response) == ("Which port?", "Port 8080.")
    assert left_out(only) == [("instructions", "The skill's long text"), ("relay", "I am the subagent")]


def test_the_source_of_a_message_says_who_asks() -> None:
    data = events(
        typed("/review", source="command"), said("Fine."),
        typed("Keep going", isAutopilotContinuation=True), said("Done."),
        typed("Keep going", source="autopilot"), said("Really done."),
        typed("A background agent has ended", source="system"), said("Noted."),
        typed("ls", agentMode="shell"),
        typed("Which port?", source="user"), said("", "c1"), typed("Quick!", source="immediate-prompt"), said("8080."),
    )  # fmt: skip
    found = exchanges(data)
    assert [(e.prompt, e.response, signals(e)) for e in found] == [
        ("/review", "Really done.", {"slash_command"}),
        ("A background agent has ended", "Noted.", {"not_human"}),
        ("Which port?", "8080.", {"corrected_midstream"}),
    ]
    assert found[2].steering == ("Quick!",)
    assert left_out(found[1]) == [("command-output", "ls")]


def test_unknown_events_are_counted_and_a_stray_result_is_left_out() -> None:
    data = events(typed("One?"), said("1"), done("gone", "stale"), ("future.event", {}))
    [only] = exchanges(data)
    assert (only.response, left_out(only)) == ("1", [("orphan", "stale")])
    assert read_transcript(data).unknown == {"future.event": 1}


def test_what_a_shorter_file_gave_stays_where_it_is() -> None:
    assert keeps_its_keys((Path(__file__).parent / "seeds" / "copilot-cli.jsonl").read_bytes())


def test_newer_events_of_the_programs_own_are_known_and_a_failed_call_is_an_error() -> None:
    beside = ("mcp.oauth_required", "session.skills_loaded", "session.schedule_created", "user_input.requested")
    failed = "model.call_failure", {"errorMessage": "unavailable", "failureKind": "error"}
    data = events(typed("Which port?"), *((kind, {}) for kind in beside), failed)
    assert read_transcript(data).unknown == {}
    [only] = exchanges(data)
    assert "api_error" in signals(only)
    [answered] = exchanges(data + events(said("Port 8080.")).split(b"\n", 1)[1])
    assert (answered.response, "api_error" in signals(answered)) == ("Port 8080.", False)
