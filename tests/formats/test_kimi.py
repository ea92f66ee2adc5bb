"""Kimi's wire files: those of Kimi CLI and those of Kimi Code, told the same way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from seeds import FOLDER

from curator.core.exchange import Exchange, Origin, Session, Transcript
from curator.formats.reader import read_transcript


def read(*lines: Any) -> Transcript:
    data = "".join(json.dumps(line) + "\n" for line in ({"type": "metadata", "protocol_version": "1.5"}, *lines))
    found = read_transcript(data.encode(), "wire.jsonl")
    assert (found.format, found.problems) == ("kimi", ())
    return found


def session(*lines: Any) -> Session:
    [one] = read(*lines).sessions
    return one


def said(kind: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": 1767225600.0, "message": {"type": kind, "payload": payload}}


def cli(*between: Any) -> list[Exchange]:
    first = said("TurnBegin", user_input="Why?"), said("StepBegin", n=1)
    last = said("ContentPart", type="text", text="So."), said("TurnEnd")
    return list(session(*first, *between, *last).exchanges)


def turn(text: str, **origin: Any) -> dict[str, Any]:
    given = {"input": [{"type": "text", "text": text}], "origin": origin or {"kind": "user"}}
    return {"type": "turn.prompt", "time": 1782295301000, **given}


def message(text: str, role: str = "user", **origin: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    return {"type": "context.append_message", "message": {"role": role, "content": content, "origin": origin}}


def step(text: str, finish: str = "completed") -> list[dict[str, Any]]:
    events = [
        {"type": "step.begin", "uuid": f"step {text}"},
        {"type": "content.part", "part": {"type": "text", "text": text}},
        {"type": "step.end", "finishReason": finish},
    ]
    return [{"type": "context.append_loop_event", "event": event} for event in events]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


@pytest.mark.parametrize("seed", ["kimi.jsonl", "kimi.code.jsonl"])
def test_both_programs_tell_the_same_exchange(seed: str) -> None:
    [found] = read_transcript((FOLDER / seed).read_bytes(), "wire.jsonl").sessions
    first = found.exchanges[0]
    assert (first.prompt, first.response) == ("Which port does the shop listen on?", "Port 8080.")
    told = [(step.kind, step.text, step.name) for step in first.steps if step.kind in ("tool_call", "tool_result")]
    assert told == [("tool_call", "PORT", "Grep"), ("tool_result", "settings.py:PORT = 8080", "Grep")]


def test_the_folder_the_model_and_the_instructions_are_told() -> None:
    [found] = read_transcript((FOLDER / "kimi.code.jsonl").read_bytes(), "wire.jsonl").sessions
    assert (found.project, found.model) == ("/home/dev/shop", "kimi-code/k3")
    assert [step.text for step in found.exchanges[0].steps if step.kind == "system"] == ["You are Kimi."]


def test_a_picture_alone_is_a_prompt() -> None:
    picture = [{"type": "image_url", "image_url": {"url": "data:"}}]
    [one] = session(said("TurnBegin", user_input=picture), said("ContentPart", type="text", text="A cat.")).exchanges
    assert (one.prompt, one.response, signals(one) >= {"image"}) == ("", "A cat.", True)


def test_words_of_a_person_while_it_works_are_steering_in_both() -> None:
    [one] = cli(said("SteerInput", user_input="In short."))
    assert one.steering == ("In short.",)
    steer = {"type": "turn.steer", "input": [{"type": "text", "text": "In short."}], "origin": {"kind": "user"}}
    [other] = session(turn("Why?"), *step("Wait."), steer, message("In short."), *step("So.")).exchanges
    assert (other.steering, other.response) == (("In short.",), "So.")


def test_a_refused_call_and_the_reason_for_it_are_told() -> None:
    [one] = cli(
        said("ToolCall", id="c1", function={"name": "Shell", "arguments": '{"command": "rm x"}'}),
        said("ApprovalRequest", id="q1", tool_call_id="c1"),
        said("ApprovalResponse", request_id="q1", response="reject", feedback="Keep it."),
        said("ToolResult", tool_call_id="c1", return_value={"is_error": True, "output": "", "message": "Rejected."}),
    )
    [result] = [step for step in one.steps if step.kind == "tool_result"]
    assert (result.text, result.flags) == ("Rejected.", {"is_error", "rejected_tool"})
    assert (one.steering, one.response) == (("Keep it.",), "So.")


@pytest.mark.parametrize(
    "lines",
    [
        [said("TurnBegin", user_input="Why?"), said("StepInterrupted")],
        [turn("Why?"), {"type": "turn.cancel"}, {"type": "turn.ended", "reason": "cancelled"}],
        [turn("Why?"), {"type": "turn.step.interrupted", "reason": "aborted"}],
    ],
)
def test_an_interrupt_is_told_once(lines: list[dict[str, Any]]) -> None:
    [one] = session(*lines).exchanges
    assert signals(one) >= {"interrupted", "no_answer"}
    assert [step.kind for step in one.steps] == ["interrupt"]


def test_an_error_of_the_service_is_told() -> None:
    failed = {"type": "turn.ended", "reason": "failed", "error": {"message": "429 Too many requests"}}
    [one] = session(turn("Why?"), failed).exchanges
    assert "api_error" in signals(one)
    assert one.steps[-1].text == "429 Too many requests"


def test_an_answer_that_the_limit_cut_is_told() -> None:
    [one] = session(turn("Why?"), *step("Because of", "truncated")).exchanges
    assert "truncated" in signals(one)


def test_a_compaction_is_told_in_both() -> None:
    before = [turn("Why?"), *step("So.")]
    compacted = {"type": "context.apply_compaction", "summary": "They asked why.", "compactedCount": 2}
    [_, after] = session(*before, compacted, turn("And then?"), *step("Thus.")).exchanges
    assert "after_compaction" in signals(after)
    [one] = cli(said("CompactionBegin"), said("CompactionEnd"))
    assert "after_compaction" in signals(one)


def test_turns_that_were_taken_back_are_an_abandoned_branch() -> None:
    three = [each for word in ("One", "Two", "Three") for each in (turn(f"{word}?"), *step(f"{word}."))]
    undo = {"type": "context.undo", "count": 1}
    found = session(*three, undo, undo, turn("Four?"), *step("Four.")).exchanges
    assert ["abandoned_branch" in signals(one) for one in found] == [False, True, True, False]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("injection", "reminder"), ("hook_result", "hook"), ("task", "notification"), ("compaction_summary", "summary")],
)
def test_what_the_program_slips_in_is_dropped_and_told(kind: str, reason: str) -> None:
    [one] = session(turn("Why?"), message("Why?"), message("Words.", kind=kind), *step("So.")).exchanges
    assert [(step.kind, step.name, step.text) for step in one.steps] == [("meta", reason, "Words.")]


def test_messages_without_turns_are_prompts_and_answers() -> None:
    [one] = session(message("Why?"), message("So.", "assistant")).exchanges
    assert (one.prompt, one.response) == ("Why?", "So.")


def test_the_same_prompt_again_after_its_answer_is_another() -> None:
    once = [turn("Again."), message("Again."), *step("Done.")]
    assert len(session(*once, *once).exchanges) == 2


def test_a_command_of_a_person_is_told_as_it_was_typed() -> None:
    origin = {"kind": "skill_activation", "skillName": "review", "skillArgs": "main.py", "trigger": "user-slash"}
    long = "Review the file as follows: …"
    [one] = session(turn(long, **origin), message(long, **origin), *step("Fine.")).exchanges
    assert (one.prompt, one.response) == ("/review main.py", "Fine.")
    assert "slash_command" in signals(one)
    assert {(step.name, step.text) for step in one.steps} == {("instructions", long)}


def test_a_subagents_prompts_are_an_agents() -> None:
    found = session(turn("Find it.", kind="system_trigger", name="subagent"), *step("Here."))
    assert found.origin is Origin.AGENT


def test_a_turn_that_a_clock_began_is_nobodys() -> None:
    [first, second] = session(
        turn("Why?"), *step("So."), turn("It is noon.", kind="cron_job"), *step("Lunch.")
    ).exchanges
    assert "not_human" not in signals(first)
    assert "not_human" in signals(second)


def test_records_that_nobody_knows_are_counted() -> None:
    found = read(turn("Why?"), *step("So."), {"type": "moon.phase"}, {"type": "goal.create"}, said("MoonRise"))
    assert found.unknown == {"moon.phase": 1, "MoonRise": 1}
