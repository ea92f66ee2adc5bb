"""Codex: one conversation told in two streams, turns, roll-backs and two shapes of file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curator.core.dropped import DROPPED
from curator.core.exchange import Event, EventKind, Exchange, Origin
from curator.formats.reader import read_transcript

META = ("session_meta", {"id": "s", "cwd": "/work", "timestamp": "2026-01-01T00:00:00Z"})


def rollout(*records: tuple[str, dict[str, Any]]) -> bytes:
    lines = [
        {"timestamp": f"2026-01-01T00:00:{n:02}Z", "type": kind, "payload": payload}
        for n, (kind, payload) in enumerate(records)
    ]
    return b"".join(json.dumps(record).encode() + b"\n" for record in lines)


def typed(words: str) -> tuple[str, dict[str, Any]]:
    return "event_msg", {"type": "user_message", "message": words}


def sent(words: str) -> tuple[str, dict[str, Any]]:
    content = [{"type": "input_text", "text": words}]
    return "response_item", {"type": "message", "role": "user", "content": content}


def said(words: str, phase: str | None = None) -> tuple[str, dict[str, Any]]:
    content = [{"type": "output_text", "text": words}]
    return "response_item", {"type": "message", "role": "assistant", "content": content, "phase": phase}


def event(kind: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "event_msg", {"type": kind, **more}


def exchanges(data: bytes) -> list[Exchange]:
    return [e for s in read_transcript(data).sessions for e in s.exchanges]


def steps(exchange: Exchange) -> list[Event]:
    """What happened between prompt and answer, without what was dropped."""
    return [step for step in exchange.steps if step.kind is not EventKind.META]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def test_words_told_by_both_streams_are_read_once() -> None:
    data = rollout(
        META, sent("Add a test"), typed("Add a test"), said("Added."), event("agent_message", message="Added.")
    )
    [only] = exchanges(data)
    assert (only.prompt, only.response) == ("Add a test", "Added.")
    assert steps(only) == []
    repeated = [(s.name, s.text, s.line) for s in only.steps if s.name == "repeated"]
    assert repeated == [("repeated", "Add a test", 2), ("repeated", "Added.", 5)]


def listed(kind: str, *words: str, turn: str = "t", **more: Any) -> tuple[str, dict[str, Any]]:
    content = [{"type": "text", "text": text, "text_elements": []} for text in words]
    item = {"type": kind, "id": f"item-{kind}", "content": content, **more}
    return event("item_completed", thread_id="s", turn_id=turn, item=item)


def test_what_a_newer_version_lists_as_items_is_read_once() -> None:
    asked, then = exchanges(
        rollout(
            META,
            sent("<environment_context>x</environment_context>"),
            sent("Add a test"),
            listed("UserMessage", "Add a test"),
            listed("Reasoning", summary_text=["Which one?"]),
            listed("CommandExecution", command="ls"),
            said("Added."),
            listed("AgentMessage", "Added.", phase="final_answer"),
            event("task_complete", turn_id="t"),
            listed("UserMessage", "And another", turn="u"),
            listed("AgentMessage", "Added too.", turn="u"),
        )
    )
    assert (asked.prompt, asked.response) == ("Add a test", "Added.")
    assert [step.text for step in steps(asked)] == ["Which one?"]
    assert then.prompt == "And another"


def test_the_items_alone_are_enough() -> None:
    [only] = exchanges(rollout(META, listed("UserMessage", "Add a test"), listed("AgentMessage", "Added.")))
    assert (only.prompt, only.response) == ("Add a test", "Added.")


def test_what_an_editor_puts_before_a_prompt_is_taken_off() -> None:
    around = "# Context from my IDE setup:\n\n## Open tabs:\n- tea.md"
    for heading in ("## My request for Codex:", "## My request:"):
        [only] = exchanges(rollout(META, typed(f"{around}\n\n{heading}\nAdd a test"), said("Added.")))
        assert only.prompt == "Add a test"
        assert ("context", f"{around}\n\n{heading}") in [(step.name, step.text) for step in only.steps]


def test_the_events_alone_are_enough() -> None:
    [only] = exchanges(rollout(META, typed("Add a test"), event("agent_message", message="Added.")))
    assert (only.prompt, only.response) == ("Add a test", "Added.")


def test_harness_texts_with_the_role_of_the_user_are_no_prompts() -> None:
    data = rollout(
        META,
        sent("# AGENTS.md instructions for /work"),
        sent("<environment_context><cwd>/work</cwd></environment_context>"),
        sent("<environment_context>x</environment_context>\n\nAdd a test"),
        said("Added."),
    )
    [only] = exchanges(data)
    assert only.prompt == "Add a test"


def test_the_final_answer_is_taken_and_the_commentary_is_a_step() -> None:
    data = rollout(META, typed("Add a test"), said("I will look.", "commentary"), said("Added.", "final_answer"))
    [only] = exchanges(data)
    assert only.response == "Added."
    assert [s.text for s in steps(only)] == ["I will look."]


def test_a_plan_is_read_without_its_tags() -> None:
    told = "Here it is:\n\n<proposed_plan>\n# Tea\n\n1. Boil\n</proposed_plan>\n"
    [only] = exchanges(rollout(META, typed("Plan it"), said(told), listed("Plan", "# Tea\n\n1. Boil")))
    assert only.response == "Here it is:\n\n# Tea\n\n1. Boil"
    assert [step.text for step in steps(only)] == []


def test_a_plan_that_only_its_item_tells_is_the_answer() -> None:
    plan = event("item_completed", item={"type": "Plan", "id": "p", "text": "1. Boil"})
    [only] = exchanges(rollout(META, typed("Plan it"), event("agent_message", message="I look."), plan))
    assert only.response == "1. Boil"
    assert [step.text for step in steps(only)] == ["I look."]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Done.\n\n<oai-mem-citation>\n<citation_entries>\nMEMORY.md:1-2|note=[x]\n</oai-mem-citation>", "Done."),
        ("Done.<oai-mem-citation>never closed", "Done."),
        ("Before<oai-mem-citation>x</oai-mem-citation> after", "Before after"),
        ('Done.\n\n::git-stage{cwd="/x"}\n::git-push{cwd="/x" branch="main"}\n', "Done."),
        ('Open:\n::created-thread{threadId="1"}\nthere.', "Open:\nthere."),
        ('It is so :codex-annotation{index="1"}.', "It is so."),
        ('Write\n```\n::git-stage{cwd="/x"}\n<proposed_plan>\n```\nthere.', None),
        ("Use `<proposed_plan>` tags, std::move{x} and ::git-stage{} in a line.", None),
        ('::code-comment{title="Off by one" body="Mend it" file="a.py"}', None),
    ],
)
def test_marks_that_codex_never_shows_are_no_part_of_an_answer(told: str, shown: str | None) -> None:
    [only] = exchanges(rollout(META, typed("Do it"), said(told)))
    assert only.response == (told if shown is None else shown)


def test_tools_of_every_kind_are_told_with_their_outputs() -> None:
    data = rollout(
        META,
        typed("Work"),
        ("response_item", {"type": "function_call", "name": "exec", "call_id": "1", "arguments": '{"cmd":"ls -a"}'}),
        ("response_item", {"type": "function_call_output", "call_id": "1", "output": "a.txt"}),
        ("response_item", {"type": "custom_tool_call", "name": "apply_patch", "call_id": "2", "input": "*** Begin"}),
        (
            "response_item",
            {
                "type": "custom_tool_call_output",
                "call_id": "2",
                "output": '{"output":"no such file","metadata":{"exit_code":1}}',
            },
        ),
        ("response_item", {"type": "local_shell_call", "call_id": "3", "action": {"command": ["ls"]}}),
        ("response_item", {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}),
        said("Done, all of it."),
    )
    [only] = exchanges(data)
    assert [(s.kind.value, s.name, s.text.split("\n")[0]) for s in steps(only)] == [
        ("tool_call", "exec", "ls -a"),
        ("tool_result", "exec", "a.txt"),
        ("tool_call", "apply_patch", "*** Begin"),
        ("tool_result", "apply_patch", "no such file"),
        ("tool_call", "local_shell", 'command: ["ls"]'),
        ("thinking", "", "Hm."),
    ]
    assert ["is_error" in s.flags for s in only.steps if s.kind is EventKind.TOOL_RESULT] == [False, True]


def test_turns_name_the_exchanges_and_words_inside_a_turn_steer() -> None:
    data = rollout(
        META,
        event("task_started", turn_id="t1"),
        typed("Write it"),
        said("Writing."),
        typed("in Rust, please"),
        said("Written in Rust."),
        event("task_complete", turn_id="t1"),
        event("task_started", turn_id="t2"),
        typed("And test it"),
        said("Tested."),
    )
    first, second = exchanges(data)
    assert (first.key, second.key) == ("t1", "t2")
    assert first.steering == ("in Rust, please",)
    assert first.response == "Writing.\n\nWritten in Rust."
    assert "corrected_midstream" in signals(first)


def test_without_turns_every_prompt_opens_an_exchange_named_by_its_time() -> None:
    found = exchanges(
        rollout(META, typed("Question one?"), said("Answer one."), typed("Question two?"), said("Answer two."))
    )
    assert [e.key for e in found] == ["2026-01-01T00:00:01Z", "2026-01-01T00:00:03Z"]


def test_turns_that_were_rolled_back_are_abandoned() -> None:
    data = rollout(
        META,
        typed("Question one?"),
        said("Answer one."),
        typed("Question two?"),
        said("Answer two."),
        event("thread_rolled_back", num_turns=1),
        typed("Question three?"),
        said("Answer three."),
    )
    assert [("abandoned_branch" in signals(e)) for e in exchanges(data)] == [False, True, False]


def test_a_turn_that_was_steered_is_rolled_back_whole() -> None:
    data = rollout(
        META,
        event("task_started", turn_id="1"),
        typed("Question one?"),
        said("Answer one."),
        event("task_complete"),
        event("task_started", turn_id="2"),
        typed("Question two?"),
        said("I look."),
        typed("Quickly."),
        said("Answer two."),
        event("task_complete"),
        event("thread_rolled_back", num_turns=1),
    )
    found = exchanges(data)
    assert [e.prompt for e in found] == ["Question one?", "Question two?"]
    assert [("abandoned_branch" in signals(e)) for e in found] == [False, True]


def test_an_aborted_turn_is_interrupted_and_a_compaction_is_remembered() -> None:
    data = rollout(
        META,
        typed("Question one?"),
        event("turn_aborted", reason="interrupted"),
        ("compacted", {"message": ""}),
        typed("Question two?"),
        said("Answer two."),
    )
    first, second = exchanges(data)
    assert {"interrupted", "no_answer"} <= signals(first)
    assert "after_compaction" in signals(second)


def test_what_agents_write_to_each_other_is_a_relay_and_their_activity_is_known() -> None:
    words = [{"type": "input_text", "text": "Look at the tests"}]
    relay = "response_item", {"type": "agent_message", "author": "a", "recipient": "b", "content": words}
    beside = "inter_agent_communication_metadata", {"trigger": "b"}
    data = rollout(META, typed("Do it"), relay, beside, event("sub_agent_activity"), said("Done."))
    transcript = read_transcript(data)
    [only] = transcript.sessions[0].exchanges
    assert (only.prompt, only.response, transcript.unknown) == ("Do it", "Done.", {})
    assert ("relay", "Look at the tests") in [(step.name, step.text) for step in only.steps]


def test_a_subagents_rollout_comes_from_an_agent() -> None:
    meta = ("session_meta", {"id": "s", "cwd": "/work", "source": {"subagent": "review"}, "forked_from_id": "parent"})
    [session] = read_transcript(rollout(meta, typed("Review it"), said("Fine."))).sessions
    assert (session.origin, session.parent_key) == (Origin.AGENT, "parent")


def test_the_old_shape_without_wrappers_is_read() -> None:
    lines: list[dict[str, Any]] = [
        {"id": "old", "timestamp": "2025-05-01T00:00:00Z", "instructions": "be kind", "git": {}},
        {"record_type": "state"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Add a test"}]},
        {"type": "reasoning", "summary": []},
        {"type": "function_call", "name": "shell", "call_id": "1", "arguments": '{"command":["ls"]}'},
        {"type": "function_call_output", "call_id": "1", "output": "a.txt"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Added."}]},
    ]
    transcript = read_transcript(b"".join(json.dumps(record).encode() + b"\n" for record in lines))
    [session] = transcript.sessions
    assert (transcript.format, session.key, session.started) == ("codex", "old", "2025-05-01T00:00:00Z")
    [only] = session.exchanges
    assert (only.prompt, only.response) == ("Add a test", "Added.")


def test_every_dropped_record_says_why_and_where() -> None:
    records: list[tuple[tuple[str, dict[str, Any]], str, str]] = [
        (META, "status", "session_meta"),
        (META, "repeated", "session_meta"),
        (sent("# AGENTS.md instructions for /work"), "instructions", "# AGENTS.md"),
        (sent("<environment_context>x</environment_context>"), "context", "<environment_context>"),
        (event("task_started", turn_id="t1"), "status", "task_started"),
        (("turn_context", {"turn_id": "t1", "model": "gpt"}), "context", "turn_context"),
        (sent("<environment_context>x</environment_context>\n\nAdd a test"), "context", "<environment_context>"),
        (("response_item", {"type": "reasoning", "summary": [], "encrypted_content": "x"}), "hidden", "reasoning"),
        (event("token_count", info=None), "status", "token_count"),
        (("response_item", {"type": "message", "role": "developer", "content": []}), "hidden", "developer"),
        (event("hologram"), "unknown", "hologram"),
        (("ether", {"type": "x"}), "unknown", "ether"),
        (("world_state", {}), "context", "world_state"),
        (said("Added."), "", ""),
        (event("task_complete"), "status", "task_complete"),
    ]
    transcript = read_transcript(rollout(*(record for record, _, _ in records)))
    [only] = transcript.sessions[0].exchanges
    assert (only.prompt, only.response, only.last_line) == ("Add a test", "Added.", 14)
    found = {step.line: step for step in only.steps if step.kind is EventKind.META}
    wanted = {at: (reason, text) for at, (_, reason, text) in enumerate(records, 1) if reason}
    assert {at: step.name for at, step in found.items()} == {at: reason for at, (reason, _) in wanted.items()}
    assert all(found[at].text.startswith(text) for at, (_, text) in wanted.items())
    assert all(reason in DROPPED for reason, _ in wanted.values())
    assert transcript.unknown == {"hologram": 1, "ether": 1}


def test_what_stands_around_a_prompt_is_told_with_it_and_not_with_the_one_before() -> None:
    data = rollout(
        META,
        typed("Question one?"),
        said("Answer one."),
        event("task_complete"),
        event("task_started"),
        ("turn_context", {"model": "gpt"}),
        sent("Question two?"),
        typed("Question two?"),
        said("Answer two."),
    )
    first, second = exchanges(data)
    assert [(s.name, s.line) for s in first.steps if s.line > 3] == [("status", 4), ("status", 5)]
    assert [(s.name, s.line) for s in second.steps] == [("context", 6), ("repeated", 7)]


def test_a_compaction_that_both_streams_tell_is_one() -> None:
    data = rollout(
        META, typed("Question one?"), said("Answer one."), ("compacted", {}), event("token_count"),
        event("context_compacted"), typed("Question two?"), said("Answer two."),
    )  # fmt: skip
    first, second = exchanges(data)
    kinds = [step.kind for step in (*first.steps, *second.steps)]
    assert kinds.count(EventKind.COMPACTION) == 1
    assert "after_compaction" in signals(second)


def added(*items: dict[str, Any], operation: str = "append") -> tuple[str, dict[str, Any]]:
    return "history_mutation", {"operation": operation, "items": list(items)}


def test_what_trae_adds_to_its_history_is_read() -> None:
    call = {"type": "custom_tool_call", "call_id": "c", "name": "exec", "input": "ls"}
    given = {"type": "custom_tool_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "a"}]}
    aside = {"type": "trae_extra_info", "extra_info": {}}
    read = read_transcript(
        rollout(
            META,
            added(sent("Look.")[1], said("I look.")[1], call, aside, given, said("Wait.")[1]),
            ("token_usage_record", {"usage": {}}),
            added(said("There is a.", "final_answer")[1]),
        )
    )
    [exchange] = read.sessions[0].exchanges
    assert (exchange.prompt, exchange.response, read.unknown) == ("Look.", "There is a.", {})
    assert [(step.kind, step.text) for step in exchange.steps if step.kind is not EventKind.META] == [
        (EventKind.REPLY_TEXT, "I look."),
        (EventKind.TOOL_CALL, "ls"),
        (EventKind.TOOL_RESULT, "a"),
        (EventKind.REPLY_TEXT, "Wait."),
    ]


def test_what_traes_history_repeats_or_replaces_is_read_once() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "exec", "arguments": "{}"}
    given = {"type": "function_call_output", "call_id": "c", "output": "a"}
    later = (typed("And now?"), said("Done."), added(sent("And now?")[1], said("Done.")[1]))
    read = read_transcript(
        rollout(
            META,
            typed("Look."),
            said("I look."),
            ("response_item", call),
            said("Done."),
            added(sent("Look.")[1], said("I look.")[1], call, given, said("Done.")[1]),
            added(said("Something shorter.")[1], operation="replace"),
            *later,
        )
    )
    first, second = read.sessions[0].exchanges
    assert [(one.prompt, one.response) for one in (first, second)] == [("Look.", "Done."), ("And now?", "Done.")]
    assert sum(step.kind is EventKind.TOOL_CALL for step in first.steps) == 1
