"""Claude Code: what a person typed, what the harness said, and which way was left."""

from __future__ import annotations

import json
from typing import Any

import pytest
from claude_lines import asked, gave, line, said, used

from curator.core.dropped import DROPPED
from curator.core.exchange import EventKind, Exchange, Origin
from curator.formats.adapters.claude_branches import abandoned_prompts
from curator.formats.adapters.claude_prompts import rejection, take_apart
from curator.formats.exchanges import KEEP_THOUGHT
from curator.formats.reader import read_events, read_transcript


def exchanges(data: bytes) -> list[Exchange]:
    return [e for s in read_transcript(data).sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Fix the login", "prompt", "Fix the login"),
        ("<system-reminder>Be brief</system-reminder>\nFix it", "prompt", "Fix it"),
        ("<ide_opened_file>The user opened a.py</ide_opened_file>\nWhat is this?", "prompt", "What is this?"),
        ("<ide_selection>1: x</ide_selection>", "noise", ""),
        ("<task-notification>done</task-notification>", "noise", "<task-notification>done</task-notification>"),
        ("<bash-input>ls</bash-input>", "noise", "<bash-input>ls</bash-input>"),
        ("[Request interrupted by user for tool use]", "interrupt", "[Request interrupted by user for tool use]"),
        (
            "<command-name>/review</command-name><command-message/><command-args>12 34</command-args>",
            "command",
            "/review 12 34",
        ),
        (
            "<command-message>init is analyzing</command-message>\n<command-name>/init</command-name>",
            "command",
            "/init",
        ),
        ("Why does <b>this</b> work?", "prompt", "Why does <b>this</b> work?"),
    ],
)
def test_a_user_text_is_told_for_what_it_is(text: str, kind: str, words: str) -> None:
    taken = take_apart(text)
    assert (taken.kind, taken.text) == (kind, words)


REJECTED = "The user doesn't want to proceed with this tool use. The tool use was rejected. "
SAID = "To tell you how to proceed, the user said:\n"
NOTE = "\n\nNote: The user's next message may contain a correction or preference. Pay close attention."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ran well", None),
        (f"{REJECTED}STOP what you are doing.", ""),
        (f"{REJECTED}STOP what you are doing.{NOTE}", ""),
        (f"{REJECTED}{SAID}Use rg.", "Use rg."),
        (f"{REJECTED}{SAID}Use rg.\n\nAnd be quick.{NOTE}", "Use rg.\n\nAnd be quick."),
        (f"{REJECTED}{SAID}The user wants to clarify these questions.\n    This means they may…{NOTE}", ""),
    ],
)
def test_of_a_rejected_tool_only_what_the_person_said_is_theirs(text: str, said: str | None) -> None:
    assert rejection(text) == said


def test_a_command_is_an_exchange_and_its_expansion_stays_to_be_read() -> None:
    data = (
        asked("c", "<command-name>/review</command-name><command-args>12</command-args>")
        + asked("x", "Review pull request 12 with care.", "c", isMeta=True)
        + said("a", "It looks right.", "x")
    )
    [only] = exchanges(data)
    assert (only.prompt, only.response) == ("/review 12", "It looks right.")
    assert "slash_command" in signals(only)
    assert [s.text for s in only.steps] == ["Review pull request 12 with care."]


def test_the_answer_is_what_was_said_after_the_last_tool() -> None:
    data = (
        asked("p", "Why does it fail?")
        + said("a", "Let me look.", "p", "m1")
        + used("b", "Read", {"file_path": "/shop/cart.py"}, "a", "m1", "t")
        + gave("r", "t", "code", "b")
        + said("c", "The total is never set.", "r", "m2")
    )
    [only] = exchanges(data)
    assert only.response == "The total is never set."
    assert [s.kind.value for s in only.steps] == ["reply_text", "tool_call", "tool_result"]
    assert (only.key, only.first_line, only.last_line) == ("p", 1, 5)


def test_an_exchange_that_ends_on_a_tool_has_no_answer() -> None:
    data = asked("p", "Look") + said("a", "Let me look.", "p", "m") + used("b", "Read", {"file_path": "x"}, "a", "m")
    [only] = exchanges(data)
    assert only.response == ""
    assert "no_answer" in signals(only)


def test_a_tool_call_says_in_one_line_what_was_asked_for() -> None:
    calls = [
        ("Read", {"file_path": "/shop/cart.py"}, "/shop/cart.py"),
        ("Bash", {"command": "make test", "description": "Run the tests"}, "make test"),
        ("Grep", {"pattern": "def total", "path": "/shop"}, "def total"),
        ("TodoWrite", {"todos": [{"content": "x"}]}, 'todos: [{"content":"x"}]'),
    ]
    data = asked("p", "Work") + b"".join(used(f"a{n}", name, given) for n, (name, given, _) in enumerate(calls))
    [only] = exchanges(data)
    assert [(s.name, s.text.split("\n")[0]) for s in only.steps] == [(name, line) for name, _, line in calls]
    assert only.steps[0].text == "/shop/cart.py"
    assert "description: Run the tests" in only.steps[1].text


def test_long_arguments_are_shortened_and_their_length_is_kept() -> None:
    [only] = exchanges(asked("p", "Write") + used("a", "Write", {"file_path": "x.py", "content": "y" * 9_000}, "p"))
    [call] = only.steps
    assert call.text.startswith("x.py\n")
    assert len(call.text) < 2_100
    assert call.length > 9_000


def test_a_failed_tool_carries_its_name_and_its_failure() -> None:
    data = asked("p", "Run") + used("a", "Bash", {"command": "false"}, "p", call="t")
    [only] = exchanges(data + gave("r", "t", "exit 1", "a", is_error=True))
    result = only.steps[-1]
    assert (result.name, result.parent, result.text) == ("Bash", "t", "exit 1")
    assert "is_error" in result.flags


def test_an_interrupt_closes_the_exchange_as_stopped() -> None:
    data = (
        asked("p", "Do it all")
        + said("a", "Starting.", "p")
        + asked("i", [{"type": "text", "text": "[Request interrupted by user]"}], "a")
        + asked("q", "Only the first, please", "i")
        + said("b", "The first is done.", "q")
    )
    first, second = exchanges(data)
    assert "interrupted" in signals(first)
    assert second.response == "The first is done."
    assert "interrupted" not in signals(second)


def test_an_answer_that_is_an_error_of_the_service_is_none() -> None:
    data = asked("p", "Hello there, friend") + said("a", "API Error: 529 Overloaded", "p", isApiErrorMessage=True)
    [only] = exchanges(data)
    assert only.response == ""
    assert {"no_answer", "api_error"} <= signals(only)


def test_an_error_that_was_got_over_is_no_gate() -> None:
    error = json.dumps({"type": "system", "subtype": "api_error", "uuid": "e", "content": "529"}).encode() + b"\n"
    [only] = exchanges(asked("p", "Hello there, friend") + error + said("a", "Hello again.", "p"))
    assert only.response == "Hello again."
    assert "api_error" not in signals(only)


def test_a_reply_that_reached_its_limit_is_cut_off() -> None:
    [only] = exchanges(asked("p", "Tell me all of it") + said("a", "It began", "p", m_stop_reason="max_tokens"))
    assert "truncated" in signals(only)


def test_the_first_exchange_after_a_compaction_says_so() -> None:
    boundary = json.dumps({"type": "system", "subtype": "compact_boundary", "uuid": "k", "logicalParentUuid": "a"})
    data = (
        asked("p", "Question one?")
        + said("a", "Answer one.", "p")
        + boundary.encode()
        + b"\n"
        + asked("s", "This session is being continued from …", "k", isCompactSummary=True)
        + asked("q", "Question two?", "s")
        + said("b", "Answer two.", "q")
        + asked("r", "Question three?", "b")
        + said("c", "Answer three.", "r")
    )
    assert [("after_compaction" in signals(e)) for e in exchanges(data)] == [False, True, False]


def test_a_queued_prompt_steers_and_a_queued_notification_is_silent() -> None:
    def queued(mode: str, words: str) -> bytes:
        attachment = {"type": "queued_command", "prompt": words, "commandMode": mode}
        return json.dumps({"type": "attachment", "attachment": attachment}).encode() + b"\n"

    data = (
        asked("p", "Write the tests")
        + said("a", "Half of", "p", "m")
        + queued("prompt", "in Python, please")
        + queued("task-notification", "<task-notification>x</task-notification>")
        + said("b", "them is done.", "a", "m")
    )
    [only] = exchanges(data)
    assert only.steering == ("in Python, please",)
    assert only.response == "Half of\n\nthem is done."


NOTE = "<task-notification>\n<task-id>b1</task-id>\n<status>completed</status>\n</task-notification>"
LONG = "Steep it for two minutes: longer makes it bitter, and shorter leaves it thin."


@pytest.mark.parametrize("woken", [NOTE, "Stop hook feedback:\nName your sources.", "<teammate-message>idle"])
def test_a_remark_on_what_the_program_told_is_not_the_answer(woken: str) -> None:
    data = asked("p", "How long does tea steep?") + said("a", LONG, "p")
    data += asked("n", woken, "a") + said("b", "That was the kettle. Nothing to do.", "n")
    [only] = exchanges(data)
    assert only.response == LONG
    assert [step.text for step in only.steps if step.kind is EventKind.REPLY_TEXT] == [
        "That was the kettle. Nothing to do."
    ]


def test_what_sums_up_after_waiting_is_the_answer() -> None:
    data = asked("p", "Review it") + said("a", "Waiting for two of them.", "p")
    data += asked("n", NOTE, "a") + said("b", "One is in.", "n") + asked("o", NOTE, "b") + said("c", LONG, "o")
    [only] = exchanges(data)
    assert only.response == LONG


def test_work_that_a_notification_set_off_makes_its_end_the_answer() -> None:
    data = asked("p", "Run the tests") + said("a", LONG, "p") + asked("n", NOTE, "a")
    data += used("t", "Read", {"file_path": "out.log"}, "n", call="c1") + gave("r", "c1", "2 failed", "t")
    data += said("b", "Two of them fail.", "r")
    [only] = exchanges(data)
    assert only.response == "Two of them fail."


def test_a_subagent_is_a_session_of_its_own() -> None:
    data = (
        asked("p", "Research it")
        + asked("x", "Look for the file.", isSidechain=True, agentId="7f")
        + said("y", "Found it.", "x", isSidechain=True, agentId="7f")
        + said("a", "It is in the attic.", "p")
    )
    main, agent = read_transcript(data).sessions
    assert (main.origin, [e.response for e in main.exchanges]) == (Origin.HUMAN, ["It is in the attic."])
    assert (agent.origin, agent.key, agent.parent_key) == (Origin.AGENT, "s/7f", "s")
    assert "sidechain" in signals(agent.exchanges[0])


def test_a_short_way_that_was_left_is_abandoned_and_the_newest_is_not() -> None:
    data = (
        asked("p", "Start here, please")
        + said("a", "Started.", "p")
        + asked("q", "Go left then", "a")
        + said("b", "Left.", "q")
        + asked("r", "Go right then", "a")
        + said("c", "Right.", "r")
    )
    found = exchanges(data)
    assert [("abandoned_branch" in signals(e)) for e in found] == [False, True, False]


def test_a_long_way_that_was_left_is_work_in_its_own_right() -> None:
    parents = {"p": "", "a": "p", "q1": "a", "q2": "q1", "q3": "q2", "q4": "q3", "r": "a"}
    assert abandoned_prompts(parents, ["p", "q1", "q2", "q3", "q4", "r"]) == frozenset()
    assert abandoned_prompts(parents, ["p", "q1", "q2", "q3", "r"]) == {"q1", "q2", "q3"}


def test_a_way_that_was_come_back_to_is_the_active_one() -> None:
    parents = {"a": "", "q": "a", "r": "a", "s": "q"}
    assert abandoned_prompts(parents, ["q", "r", "s"]) == {"r"}


def test_a_chain_that_bites_its_tail_ends_the_walk() -> None:
    assert abandoned_prompts({"a": "c", "b": "a", "c": "b"}, ["a", "b", "c"]) == frozenset()


def test_title_project_model_and_start_come_from_the_records() -> None:
    title = b'{"type":"ai-title","aiTitle":"Repair the cart","sessionId":"s"}\n'
    foreign = b'{"type":"summary","summary":"Another session","leafUuid":"elsewhere"}\n'
    data = foreign + asked("p", "Repair the cart, please") + said("a", "Repaired.", "p", m_model="claude-x") + title
    [session] = read_transcript(data).sessions
    assert (session.title, session.project) == ("Repair the cart", "/home/dev/shop")
    assert (session.model, session.started) == ("claude-x", "2026-01-02T03:04:05.000Z")
    assert session.exchanges[0].model == "claude-x"
    [untitled] = read_transcript(foreign + asked("p", "Repair the cart, please")).sessions
    assert untitled.title == "Repair the cart, please"


def test_records_of_unknown_kinds_are_counted_and_never_a_problem() -> None:
    transcript = read_transcript(asked("p", "Hello there, friend") + line("hologram", "h", "?"))
    assert transcript.unknown == {"hologram": 1}
    assert transcript.problems == ()


def test_side_records_of_newer_versions_are_none_of_an_unknown_kind() -> None:
    kinds = ["bridge-session", "cost-state", "content-replacement", "marble-origami-commit", "relocated", "agent-color"]
    asides = b"".join(json.dumps({"type": kind, "sessionId": "s"}).encode() + b"\n" for kind in kinds)
    ref = json.dumps({"type": "fork-context-ref", "agentId": "a", "parentSessionId": "s"}).encode() + b"\n"
    transcript = read_transcript(ref + asked("p", "Hello there, friend") + asides + said("a", "Hello.", "p"))
    [only] = transcript.sessions[0].exchanges
    assert (only.prompt, only.response, transcript.unknown) == ("Hello there, friend", "Hello.", {})
    assert {step.name for step in only.steps} == {"status"}


@pytest.mark.parametrize(
    "text",
    [
        "[Image: source: /tmp/a b.png] [Image: source: /tmp/c.png]",
        'A session-scoped Stop hook is now active with condition: "ship it"',
        "Goal check-in: «ship it» is still active",
        "(Re-invocation of /release with the same arguments)",
    ],
)
def test_what_newer_versions_say_with_the_role_of_the_user_is_no_prompt(text: str) -> None:
    [only] = exchanges(asked("p", "Is this one right?") + asked("n", text, "p") + said("a", "It is.", "n"))
    assert (only.prompt, only.response) == ("Is this one right?", "It is.")
    assert [step.text for step in only.steps] == [text]


def test_where_a_picture_came_from_is_no_part_of_the_words_below_it() -> None:
    [only] = exchanges(asked("p", "[Image: source: /tmp/a.png]\nIs this one right?") + said("a", "It is.", "p"))
    assert only.prompt == "Is this one right?"


def test_thinking_and_images_in_results_stay_in_the_steps() -> None:
    thought = line("assistant", "a", [{"type": "thinking", "thinking": "Hm."}], "p", m_id="m")
    picture = [{"type": "image", "source": {"data": "A" * 5_000}}]
    data = asked("p", "Look at it") + thought + used("b", "Read", {"file_path": "x.png"}, "a", "m", "t")
    [only] = exchanges(data + gave("r", "t", picture, "b") + said("c", "A cat.", "r"))
    assert [s.kind for s in only.steps] == [EventKind.THINKING, EventKind.TOOL_CALL, EventKind.TOOL_RESULT]
    assert "image" in only.steps[-1].flags
    assert "image" not in signals(only)


def test_a_long_thought_is_shortened_and_its_length_is_kept() -> None:
    thought = line("assistant", "a", [{"type": "thinking", "thinking": "so " * 2_000}], "p", m_id="m")
    [only] = exchanges(asked("p", "Why?") + thought + said("b", "Because.", "a"))
    [kept] = only.steps
    assert (len(kept.text), kept.length) == (KEEP_THOUGHT, 6_000)


def test_many_envelopes_before_the_words_are_taken_off_in_one_walk() -> None:
    taken = take_apart("<system-reminder>x</system-reminder>" * 20_000 + "Hi")
    assert taken.text == "Hi"
    assert len(taken.wrapped) == 20_000 * len("<system-reminder>x</system-reminder>")


def test_every_dropped_record_says_why_and_where() -> None:
    """Nothing of a file disappears unsaid: what is no part of the exchange stands among its steps, with its line."""

    def aside(kind: str, **more: object) -> bytes:
        return json.dumps({"type": kind, "sessionId": "s", **more}).encode() + b"\n"

    def attached(kind: str, **more: object) -> bytes:
        return aside("attachment", uuid=f"at-{kind}", attachment={"type": kind, **more})

    lines = [
        (aside("summary", summary="The cart", leafUuid="l"), "summary", "The cart"),
        (aside("file-history-snapshot", messageId="m"), "status", "file-history-snapshot"),
        (asked("c", "Caveat: these were commands"), "harness", "Caveat: these were commands"),
        (asked("o", "<local-command-stdout>$1</local-command-stdout>"), "command-output", "<local-command-stdout>$1"),
        (asked("p", "<system-reminder>Be brief</system-reminder>Fix the cart"), "reminder", "<system-reminder>Be"),
        (asked("h", "An image was scaled", "p", isMeta=True), "hidden", "An image was scaled"),
        (aside("progress", uuid="g", parentUuid="p", data={}), "status", "progress"),
        (attached("hook_success", content="ok"), "harness", "hook_success: ok"),
        (attached("todo_reminder", content=[]), "reminder", "todo_reminder"),
        (attached("skill_listing", content="- pdf"), "context", "skill_listing: - pdf"),
        (
            attached("queued_command", prompt="<task-notification>", commandMode="task-notification"),
            "notification",
            "<",
        ),
        (aside("queue-operation", operation="enqueue", content="and hurry"), "queued", "and hurry"),
        (aside("queue-operation", operation="dequeue"), "queued", "dequeue"),
        (asked("t", "<teammate-message>hi</teammate-message>", "p"), "relay", "<teammate-message>"),
        (
            line("assistant", "r", [{"type": "redacted_thinking", "data": "x"}], "p", m_id="m"),
            "hidden",
            "redacted_thin",
        ),
        (said("a", "Fixed.", "p"), "", ""),
        (said("a", "Fixed.", "p"), "repeated", "assistant"),
        (aside("system", subtype="turn_duration", uuid="d"), "status", "turn_duration"),
        (aside("hologram"), "unknown", "hologram"),
    ]
    transcript = read_transcript(b"".join(data for data, _, _ in lines))
    [only] = transcript.sessions[0].exchanges
    assert (only.prompt, only.response, only.first_line, only.last_line) == ("Fix the cart", "Fixed.", 5, 16)
    found = {step.line: step for step in only.steps if step.kind is EventKind.META}
    wanted = {at: (reason, text) for at, (_, reason, text) in enumerate(lines, 1) if reason}
    assert {at: step.name for at, step in found.items()} == {at: reason for at, (reason, _) in wanted.items()}
    assert all(found[at].text.startswith(text) for at, (_, text) in wanted.items())
    assert all(reason in DROPPED for reason, _ in wanted.values())
    assert transcript.unknown == {"hologram": 1}


def test_what_a_command_stands_for_is_told_from_what_is_hidden() -> None:
    data = (
        asked("c", "<command-name>/review</command-name>")
        + asked("x", "Review it with care.", "c", isMeta=True)
        + said("a", "Fine.", "x")
        + asked("y", "A hint for the model.", "a", isMeta=True)
    )
    [only] = exchanges(data)
    assert [(e.name, e.line) for e in only.steps] == [("instructions", 2), ("hidden", 4)]


def test_a_compaction_with_harness_texts_in_between_is_one_compaction() -> None:
    boundary = json.dumps({"type": "system", "subtype": "compact_boundary", "uuid": "k"}).encode() + b"\n"
    hook = json.dumps({"type": "attachment", "uuid": "h", "attachment": {"type": "hook_success"}}).encode() + b"\n"
    data = asked("p", "Question one?") + said("a", "Answer one.", "p") + boundary + hook
    reading = read_events(data + asked("s", "This session is being continued …", "h", isCompactSummary=True))
    kinds = [e.kind for e in reading.sessions[0].events]
    assert kinds.count(EventKind.COMPACTION) == 1


def test_a_prompt_that_is_only_a_document_is_a_prompt() -> None:
    [only] = exchanges(asked("p", [{"type": "document", "source": {}}]) + said("a", "A bill.", "p"))
    assert (only.prompt, only.response) == ("", "A bill.")
    assert "image" in signals(only)


@pytest.mark.parametrize(
    ("more", "is_prompt", "flag"),
    [
        ({"promptSource": "typed"}, True, False),
        ({"promptSource": "system"}, True, True),
        ({"promptSource": "sdk", "entrypoint": "sdk-py"}, True, True),
        ({"promptSource": "sdk", "entrypoint": "claude-vscode"}, True, False),
        ({"promptSource": "sdk", "entrypoint": "sdk-ts", "origin": {"kind": "human"}}, True, False),
        ({"origin": {"kind": "a kind of tomorrow"}}, True, True),
        ({"origin": {"kind": "task-notification"}}, False, False),
        ({"origin": {"kind": "peer", "from": "uds:/tmp/x.sock"}}, False, False),
        ({"origin": 7}, True, False),
    ],
)
def test_what_set_a_prompt_off_tells_whether_a_person_did(more: dict[str, Any], is_prompt: bool, flag: bool) -> None:
    data = asked("p", "Question one?") + said("a", "Answer one.", "p") + asked("q", "Do it again", "a", **more)
    found = exchanges(data + said("b", "Done.", "q"))
    assert [e.prompt for e in found] == ["Question one?", "Do it again"][: 1 + is_prompt]
    assert ("not_human" in signals(found[-1])) is flag


def test_another_sessions_words_in_the_queue_are_a_relay() -> None:
    peer = {"type": "queued_command", "prompt": "Rebase", "commandMode": "prompt", "origin": {"kind": "peer"}}
    attachment = json.dumps({"type": "attachment", "uuid": "at", "attachment": peer}).encode() + b"\n"
    [only] = exchanges(asked("p", "Write the tests") + attachment + said("a", "Written.", "p"))
    assert (only.steering, [(e.name, e.text) for e in only.steps]) == ((), [("relay", "Rebase")])


def test_a_fork_names_the_session_it_came_from() -> None:
    fork = {"sessionId": "fork", "forkedFrom": {"sessionId": "s", "messageUuid": "p"}}
    [session] = read_transcript(asked("p", "Question one?", **fork) + said("a", "Answer one.", "p", **fork)).sessions
    assert (session.key, session.parent_key, session.origin) == ("fork", "s", Origin.HUMAN)
