"""pi: a tree of entries, steering, interrupts, and the first version, which has no ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from growth import keeps_its_keys
from pi_lines import HEAD, Session

from curator.core.exchange import EventKind, Exchange
from curator.formats.reader import read_events, read_transcript


def exchanges(data: bytes) -> list[Exchange]:
    transcript = read_transcript(data)
    assert transcript.format == "pi"
    return [e for s in transcript.sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def left_out(exchange: Exchange) -> list[tuple[str, str]]:
    return [(e.name, e.text) for e in exchange.steps if e.kind is EventKind.META]


def test_a_prompt_its_tools_and_the_last_words_make_one_exchange() -> None:
    session = Session()
    session.asked("Which port?")
    session.said([{"type": "thinking", "thinking": "Look."}, {"type": "text", "text": "I look."}], stopReason="toolUse")
    session.used("bash", "PORT = 8080")
    session.said("Port 8080.")
    [only] = exchanges(session.data)
    assert (only.prompt, only.response, only.model) == ("Which port?", "Port 8080.", "m")
    kinds = [step.kind for step in only.steps]
    assert kinds == [EventKind.THINKING, EventKind.REPLY_TEXT, EventKind.TOOL_CALL, EventKind.TOOL_RESULT]
    assert signals(only) == set()


def test_the_session_says_where_and_what_it_is_about() -> None:
    session = Session(parentSession="/x/2026-03-01T07-00-00_019c0de0-aaaa.jsonl")
    session.entry("session_info", name="Ports of the shop")
    session.entry("model_change", provider="p", modelId="model-a")
    session.asked("Hi")
    session.said("Hello.", model="model-b")
    [found] = read_transcript(session.data).sessions
    assert (found.key, found.title, found.project) == (HEAD["id"], "Ports of the shop", "/home/dev/shop")
    assert (found.model, found.parent_key, found.started) == ("model-b", "019c0de0-aaaa", HEAD["timestamp"])


def test_a_branch_that_was_left_keeps_its_own_answer_and_is_marked() -> None:
    session = Session()
    session.asked("Which port?", "u1")
    session.said("Port 8080.", "a1")
    session.asked("Change it to 9000.", "u2")
    session.said("It is 9000 now.", "a2")
    session.asked("Change it to 7000.", "u3", parent="a1")
    session.said("It is 7000 now.", "a3")
    found = exchanges(session.data)
    assert [(e.prompt, e.response) for e in found] == [
        ("Which port?", "Port 8080."),
        ("Change it to 9000.", "It is 9000 now."),
        ("Change it to 7000.", "It is 7000 now."),
    ]
    assert [signals(e) for e in found] == [set(), {"abandoned_branch"}, set()]


def test_who_goes_back_to_a_branch_and_asks_on_leaves_the_other_one() -> None:
    session = Session()
    session.asked("One?", "u1")
    session.said("1", "a1")
    session.asked("Two?", "u2")
    session.said("2", "a2")
    session.asked("Two, please?", "u3", parent="a1")
    session.said("II", "a3")
    session.asked("Three?", "u4", parent="a2")
    session.said("3", "a4")
    found = exchanges(session.data)
    assert [(e.key, e.response) for e in found] == [("u1", "1"), ("u2", "2"), ("u3", "II"), ("u4", "3")]
    assert [e.key for e in found if "abandoned_branch" in signals(e)] == ["u3"]


def test_what_goes_on_in_a_branch_belongs_to_the_prompt_of_that_branch() -> None:
    session = Session()
    session.asked("One?", "u1")
    session.said("A first try", "a1", stopReason="toolUse")
    session.asked("Two?", "u2", parent=None)
    session.said("2", "a2")
    session.said("1", "a3", parent="a1")
    found = exchanges(session.data)
    assert [(e.prompt, e.response) for e in found] == [("One?", "1"), ("Two?", "2")]


def test_the_first_prompt_can_be_asked_anew() -> None:
    session = Session()
    session.asked("Hi", "u1")
    session.said("Hello.")
    session.asked("Hello", "u2", parent=None)
    session.said("Hi.")
    first, second = exchanges(session.data)
    assert signals(first) == {"abandoned_branch"}
    assert signals(second) == set()


def test_side_entries_that_hang_on_an_older_entry_are_no_branch() -> None:
    session = Session()
    asked = session.asked("Which port?")
    session.entry("custom_message", parent=asked, customType="todos", content="Reminder", display=False)
    session.said("Port 8080.", parent=asked)
    session.entry("custom", parent=asked, customType="x")
    [only] = exchanges(session.data)
    assert (only.response, signals(only)) == ("Port 8080.", set())
    assert left_out(only) == [("hidden", "Reminder")]


def test_a_damaged_line_in_the_chain_does_not_cut_the_conversation() -> None:
    session = Session()
    session.asked("One?", "u1")
    session.said("1", "a1")
    session.asked("Two?", "u2")
    session.said("2", "a2")
    lines = session.data.splitlines(keepends=True)
    lines[2] = lines[2][:40] + b"\n"
    found = exchanges(b"".join(lines))
    assert [(e.prompt, signals(e)) for e in found] == [("One?", {"no_answer"}), ("Two?", set())]


def test_words_typed_while_a_tool_was_running_are_steering() -> None:
    session = Session()
    session.asked("Tidy up.", "u1")
    session.used("bash", "ok")
    typed = 1772352001500  # between the prompt and the tool's result
    session.asked("But keep the tests.", "u2", timestamp=typed)
    session.said("Done, with the tests.")
    [only] = exchanges(session.data)
    assert only.steering == ("But keep the tests.",)
    assert (only.response, signals(only)) == ("Done, with the tests.", {"corrected_midstream"})


def test_a_prompt_after_a_session_that_ended_on_a_tool_opens_an_exchange() -> None:
    session = Session()
    session.asked("Tidy up.", "u1")
    session.used("bash", "ok")
    session.asked("Where were we?", "u2", timestamp=1772360000000)
    session.said("Tidying up.")
    assert [e.prompt for e in exchanges(session.data)] == ["Tidy up.", "Where were we?"]


def test_a_stopped_reply_an_error_and_a_cut_one_are_told_apart() -> None:
    session = Session()
    session.asked("One?")
    session.said([{"type": "text", "text": "Well"}], stopReason="aborted", errorMessage="Request was aborted.")
    session.asked("Two?")
    session.said([], stopReason="error", errorMessage='400 {"type":"error"}')
    session.asked("Three?")
    session.said("A long answer that is c", stopReason="length")
    stopped, failed, cut = exchanges(session.data)
    assert signals(stopped) == {"interrupted"}
    assert signals(failed) == {"no_answer", "api_error"}
    assert signals(cut) == {"truncated"}


def test_an_error_that_was_tried_again_is_no_error_of_the_answer() -> None:
    session = Session()
    session.asked("One?")
    session.said([], stopReason="error", errorMessage="overloaded")
    session.said("1")
    [only] = exchanges(session.data)
    assert (only.response, signals(only)) == ("1", set())


def test_a_compaction_after_a_way_was_left_is_told_of_the_way_that_was_kept() -> None:
    session = Session()
    session.asked("Which port?", "u1")
    session.said("Port 8080.", "a1")
    session.asked("Change it to 9000.", "u2")
    session.said("It is 9000 now.", "a2")
    session.entry("compaction", "c1", parent="a1", summary="Ports.", firstKeptEntryId="u1", tokensBefore=1000)
    session.asked("Change it to 7000.", "u3", parent="c1")
    session.said("It is 7000 now.", "a3")
    found = exchanges(session.data)
    assert [signals(e) for e in found] == [set(), {"abandoned_branch"}, {"after_compaction"}]


def test_compaction_is_a_boundary_and_its_summary_no_prompt() -> None:
    session = Session()
    session.asked("One?")
    session.said("1")
    session.entry("compaction", summary="They counted.", firstKeptEntryId="e1", tokensBefore=1000)
    session.asked("Two?")
    session.said("2")
    session.message("compactionSummary", [], summary="They counted on.")
    session.asked("Three?")
    session.said("3")
    assert [(e.prompt, signals(e)) for e in exchanges(session.data)] == [
        ("One?", set()),
        ("Two?", {"after_compaction"}),
        ("Three?", {"after_compaction"}),
    ]


def test_commands_typed_with_a_bang_and_what_extensions_add_are_left_out() -> None:
    session = Session()
    session.asked("One?")
    session.entry("message", message={"role": "bashExecution", "command": "ls", "output": "a.py"})
    session.entry("message", message={"role": "custom", "content": "Seen", "display": True})
    session.entry("branch_summary", summary="They went another way.")
    session.said("1")
    [only] = exchanges(session.data)
    assert left_out(only) == [
        ("command-output", "ls\na.py"),
        ("context", "Seen"),
        ("summary", "They went another way."),
    ]
    assert only.response == "1"


def test_a_result_whose_call_is_not_recorded_is_left_out_and_hides_no_answer() -> None:
    session = Session()
    session.asked("One?")
    session.said("1")
    session.message("toolResult", "stale", toolCallId="gone", toolName="bash")
    [only] = exchanges(session.data)
    assert (only.response, left_out(only)) == ("1", [("orphan", "stale")])


def test_a_skill_is_a_command_with_the_words_that_were_typed() -> None:
    session = Session()
    session.asked('<skill name="brave" location="/x">\nSearch the web.\n</skill>\n\nthe weather')
    session.said("Sunny.")
    [only] = exchanges(session.data)
    assert (only.prompt, signals(only)) == ("/skill:brave the weather", {"slash_command"})
    assert [reason for reason, _ in left_out(only)] == ["context"]


def test_a_picture_alone_is_a_prompt_and_a_failed_tool_is_marked() -> None:
    session = Session()
    session.asked([{"type": "image", "data": "AAAA", "mimeType": "image/png"}])
    session.used("read", "no such file", isError=True)
    session.said("I cannot see it.")
    [only] = exchanges(session.data)
    assert (only.prompt, signals(only)) == ("", {"image"})
    assert [step.flags for step in only.steps if step.kind is EventKind.TOOL_RESULT] == [frozenset({"is_error"})]


def test_an_entry_that_is_written_twice_counts_once() -> None:
    session = Session()
    session.asked("One?", "u1")
    session.said("1", "a1")
    session.lines += session.lines[1:]
    [only] = exchanges(session.data)
    assert left_out(only) == [("repeated", "One?"), ("repeated", "1")]


def test_unknown_entries_are_counted() -> None:
    session = Session()
    session.asked("One?")
    session.entry("next_years_entry")
    session.message("oracle", "hm")
    session.said("1")
    assert read_transcript(session.data).unknown == {"next_years_entry": 1, "oracle": 1}


def test_the_first_version_has_no_ids_and_is_keyed_by_when_a_prompt_was_typed() -> None:
    session = Session()
    session.asked("One?", timestamp=1772352000500)
    session.said("1")
    session.asked("Two?", timestamp=1772352009500)
    session.said("2")
    for line in session.lines[1:]:
        del line["id"], line["parentId"]
    found = exchanges(session.data)
    assert [(e.prompt, e.response) for e in found] == [("One?", "1"), ("Two?", "2")]
    assert [e.key for e in found] == ["2026-03-01T08:00:00.500Z", "2026-03-01T08:00:09.500Z"]


@pytest.mark.parametrize("seed", ["pi.jsonl", "pi.first-version.jsonl", "omp.jsonl", "openclaw.jsonl"])
def test_what_a_shorter_file_gave_stays_where_it_is(seed: str) -> None:
    assert keeps_its_keys((Path(__file__).parent / "seeds" / seed).read_bytes())


def test_fields_of_the_wrong_type_cost_only_themselves() -> None:
    session = Session()
    session.asked("One?", timestamp={"not": "a time"})
    session.said("1", usage=[1], model=7)
    session.lines.append({"type": "message", "id": 5, "parentId": 7, "message": "text"})
    session.lines.append({"type": ["message"], "id": "x", "parentId": {}, "timestamp": True})
    assert [(e.prompt, e.response) for e in exchanges(session.data)] == [("One?", "1")]


@pytest.mark.corpus
def test_a_long_published_session_is_read_as_its_counts_say(corpus: Path) -> None:
    name = "pi/pi-before-compaction.jsonl"
    figures = json.loads((corpus / "expected.json").read_text(encoding="utf-8"))[name]
    [session] = read_events((corpus / name).read_bytes(), name).sessions
    counted = {kind: sum(e.kind is kind for e in session.events) for kind in EventKind}
    assert counted[EventKind.PROMPT] + counted[EventKind.STEERING] == figures["user"]
    assert counted[EventKind.STEERING] == 3  # typed while a tool was running
    assert counted[EventKind.TOOL_RESULT] == figures["toolResult"]
    assert counted[EventKind.INTERRUPT] == figures["stop_aborted"]
    assert counted[EventKind.API_ERROR] == figures["stop_error"]
    assert counted[EventKind.COMPACTION] == figures["type_compaction"]
    assert len({e.message_id for e in session.events if e.kind is EventKind.REPLY_TEXT}) == figures["assistant_text"]
    assert sum(e.name == "command-output" for e in session.events) == figures["bashExecution"]
    assert (session.project, session.model) == ("/Users/badlogic/workspaces/pi-mono", "claude-opus-4-5")
