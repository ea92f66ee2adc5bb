"""ATIF and SWE-agent: one document a run, whose steps say who did what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import EventKind, Origin, Transcript
from curator.formats.reader import read_transcript


def atif(*steps: dict[str, Any], **more: Any) -> Transcript:
    return read_transcript(json.dumps({"schema_version": "ATIF-v1.7", "steps": list(steps), **more}).encode(), "run")


def by_user(text: str, **more: Any) -> dict[str, Any]:
    return {"source": "user", "message": text, **more}


def by_agent(text: str, **more: Any) -> dict[str, Any]:
    return {"source": "agent", "message": text, **more}


CALL = {"tool_call_id": "c", "function_name": "look", "arguments": {"path": "well"}}


def test_the_answer_of_a_trajectory_comes_after_its_last_tool() -> None:
    result = {"results": [{"source_call_id": "c", "content": [{"type": "text", "text": "3 m"}]}]}
    transcript = atif(
        {"source": "system", "message": "Be brief."},
        by_user("How deep?", step_id=2),
        by_agent("I look.", tool_calls=[CALL], observation=result, reasoning_content="A file may tell."),
        by_agent("Three metres.", model_name="other"),
        agent={"model_name": "mine"},
    )
    [session] = transcript.sessions
    [only] = session.exchanges
    assert (only.prompt, only.response, only.key, only.model) == ("How deep?", "Three metres.", "step-2", "other")
    assert [(s.kind.value, s.name) for s in only.steps] == [
        ("system", ""),
        ("thinking", ""),
        ("reply_text", "mine"),
        ("tool_call", "look"),
        ("tool_result", "look"),
    ]
    assert (session.key, session.model) == ("run", "mine")


def test_copied_context_is_left_out_and_steps_of_unknown_kinds_are_counted() -> None:
    transcript = atif(by_user("Old", is_copied_context=True), by_user("New"), by_agent("Yes."), {"source": "moon"})
    [only] = transcript.sessions[0].exchanges
    assert only.prompt == "New"
    assert [(s.name, s.text) for s in only.steps] == [("repeated", "Old")]
    assert transcript.unknown == {"moon": 1}


def test_the_trajectories_of_subagents_are_sessions_of_their_own() -> None:
    inner = {"trajectory_id": "t", "steps": [by_user("Look"), by_agent("Looked.")]}
    transcript = atif(by_user("Do"), by_agent("Done."), session_id="s", subagent_trajectories=[inner])
    assert [(s.key, s.parent_key, s.origin) for s in transcript.sessions] == [
        ("s", "", Origin.HUMAN),
        ("s/t", "s", Origin.AGENT),
    ]


@pytest.mark.parametrize("steps", [None, 3, [1, None], [{"source": 3, "message": {}}], [by_user("x", step_id=[1])]])
def test_wrong_types_cost_only_what_is_wrong(steps: Any) -> None:
    transcript = read_transcript(json.dumps({"schema_version": "ATIF-v1.8", "steps": steps}).encode())
    assert transcript.format == "atif" and transcript.problems == ()


def swe(*messages: dict[str, Any], **more: Any) -> Transcript:
    history = [{"role": "system", "content": "Work.", "agent": "main"}, *messages]
    return read_transcript(json.dumps({"history": history, **more}).encode())


def test_what_a_command_printed_is_no_prompt_and_the_end_of_the_run_no_tool() -> None:
    [session] = swe(
        {"role": "user", "content": "Fix it"},
        {"role": "assistant", "content": "I list.", "action": "ls\n"},
        {"role": "user", "content": "well.py"},
        {"role": "assistant", "content": "It is fixed.", "action": "submit"},
    ).sessions
    [only] = session.exchanges
    assert (only.prompt, only.response) == ("Fix it", "It is fixed.")
    assert [(s.kind.value, s.text) for s in only.steps] == [
        ("system", "Work."),
        ("reply_text", "I list."),
        ("tool_call", "ls"),
        ("tool_result", "well.py"),
        ("meta", "submit"),
    ]


def test_a_demonstration_is_left_out_and_a_run_that_never_ends_has_no_answer() -> None:
    [session] = swe(
        {"role": "user", "content": "An example", "is_demo": True},
        {"role": "user", "content": "Fix it"},
        {"role": "assistant", "content": "I list.", "tool_calls": [{"id": "1", "function": {"name": "ls"}}]},
        {"role": "tool", "content": "well.py", "tool_call_ids": ["1"]},
    ).sessions
    [only] = session.exchanges
    assert (only.prompt, only.response) == ("Fix it", "")
    assert [(s.kind.value, s.name) for s in only.steps][1:3] == [("meta", "instructions"), ("reply_text", "")]
    assert only.steps[-1].parent == only.steps[-2].id == "1"


def test_mini_swe_agents_commands_stand_in_its_words() -> None:
    document = {
        "trajectory_format": "mini-swe-agent-1.1",
        "messages": [
            {"role": "system", "content": "Work."},
            {"role": "user", "content": "Fix it"},
            {"role": "assistant", "content": "I list.\n\n```bash\nls\n```"},
            {"role": "user", "content": "well.py"},
            {"role": "assistant", "content": "Done."},
        ],
    }
    transcript = read_transcript(json.dumps(document).encode())
    [only] = transcript.sessions[0].exchanges
    assert (transcript.format, only.prompt, only.response) == ("swe-agent", "Fix it", "Done.")
    assert only.steps[2].text == "ls"


@pytest.mark.corpus
def test_real_trajectories_have_one_task_and_an_answer(corpus: Path) -> None:
    for file in sorted((corpus / "swe-agent-traj").iterdir()):
        transcript = read_transcript(file.read_bytes(), file.stem)
        [only] = [e for s in transcript.sessions for e in s.exchanges]
        commands = sum(s.kind is EventKind.TOOL_CALL for s in only.steps)
        history = json.loads(file.read_text())["history"]
        assert only.prompt == history[1]["content"].strip()
        assert only.response == next(m["content"] for m in reversed(history) if m["role"] == "assistant").strip()
        assert commands == sum(m["role"] == "assistant" for m in history) - 1
        assert transcript.format == "swe-agent" and not transcript.problems


@pytest.mark.corpus
@pytest.mark.parametrize("case", ["tool-calls", "cleanup"])
def test_the_published_pairs_of_atif_agree(corpus: Path, case: str) -> None:
    folder = corpus / "trajectory-fixtures" / "atif" / case
    records = json.loads((folder / "expected.json").read_text())["records"]
    session = read_transcript((folder / "input.json").read_bytes()).sessions[0]
    prompts = [r["content"].replace("\n[image]", "") for r in records if r["role"] == "user"]
    assert [e.prompt for e in session.exchanges] == prompts
    assert session.exchanges[-1].response == [r["content"] for r in records if r["role"] == "assistant"][-1]
    names = [call["name"] for r in records for call in r.get("tool_calls", ())]
    assert [s.name for e in session.exchanges for s in e.steps if s.kind is EventKind.TOOL_CALL] == names
