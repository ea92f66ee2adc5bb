"""OMP: pi's shape with entries of its own."""

from __future__ import annotations

import json

from pi_lines import Session

from curator.core.exchange import EventKind, Origin
from curator.formats.reader import read_transcript


def test_entries_that_only_omp_writes_tell_the_format() -> None:
    session = Session()
    session.entry("session_init", cliVersion="1.0.0")
    session.entry("service_tier_change", tier="default")
    session.asked("Which port?")
    session.used("bash", "8080")
    session.entry("ttsr_injection")
    session.said("Port 8080.")
    transcript = read_transcript(session.data)
    assert (transcript.format, transcript.unknown) == ("omp", {})
    [exchange] = transcript.sessions[0].exchanges
    assert (exchange.prompt, exchange.response) == ("Which port?", "Port 8080.")


def test_the_title_may_stand_before_the_head_or_in_it_and_the_newest_counts() -> None:
    session = Session(title="Ports")
    session.asked("Which port?")
    session.said("8080.")
    session.entry("title_change", title="Ports of the shop")
    first = json.dumps({"type": "title", "title": "Untitled"}).encode() + b"\n"
    [found] = read_transcript(first + session.data).sessions
    assert (found.format, found.title) == ("omp", "Ports of the shop")


def test_a_session_that_a_parent_of_omp_began_is_told_by_its_place() -> None:
    session = Session(parentSession="/home/dev/.omp/agent/sessions/--x--/2026_ab.jsonl")
    session.asked("Hi")
    session.said("Hello.")
    [found] = read_transcript(session.data).sessions
    assert (found.format, found.parent_key) == ("omp", "ab")


def test_a_skill_the_person_called_is_a_prompt_and_one_the_agent_loaded_is_not() -> None:
    session = Session(title="Ports")
    details = {"name": "ports", "path": "/x", "args": "of the shop", "lineCount": 3}
    skill = {"customType": "skill-prompt", "content": "Long instructions.", "display": True, "details": details}
    session.entry("custom_message", **skill, attribution="user")
    session.said("Port 8080.")
    session.asked("And the host?")
    session.entry("custom_message", **skill, attribution="agent")
    session.said("All hosts.")
    called, asked = read_transcript(session.data).sessions[0].exchanges
    assert (called.prompt, called.response) == ("/skill:ports of the shop", "Port 8080.")
    assert [hit.name for hit in called.signals] == ["slash_command"]
    assert [(s.name, s.text) for s in called.steps] == [("instructions", "Long instructions.")]
    assert (asked.prompt, asked.response) == ("And the host?", "All hosts.")


def test_a_subagents_session_has_a_task_and_no_person() -> None:
    session = Session(parentSession="019c0de0-parent")
    session.entry("session_init", systemPrompt="You review.", task="Review it.", tools=["read"])
    session.entry("model_change", model="p/model-a", role="default")
    session.entry("model_change", model="p/small", role="smol")
    session.asked("Review it.", attribution="agent")
    session.said("Fine.", model=None)
    [found] = read_transcript(session.data).sessions
    assert (found.origin, found.parent_key, found.model) == (Origin.AGENT, "019c0de0-parent", "p/model-a")
    assert [s.text for s in found.exchanges[0].steps if s.kind is EventKind.SYSTEM] == ["You review."]
    assert {hit.name for hit in found.exchanges[0].signals} == {"sidechain", "not_human"}


def test_what_the_person_ran_and_mentioned_is_left_out() -> None:
    session = Session(title="Ports")
    session.asked("Which port?")
    session.entry("message", message={"role": "pythonExecution", "code": "print(1)", "output": "1"})
    session.message("developer", "Mind the todos.")
    session.said("8080.")
    [only] = read_transcript(session.data).sessions[0].exchanges
    assert [(s.name, s.text) for s in only.steps] == [("command-output", "print(1)\n1"), ("context", "Mind the todos.")]
