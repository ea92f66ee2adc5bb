"""Cursor: the question in its envelope, blocks, text with marks, keys without ids, and the database."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import Exchange, Origin, Transcript
from curator.formats.adapters.cursor_changes import mark_of
from curator.formats.reader import open_transcript, read_transcript
from curator.library import foreign

ID = "0199c0de-0000-7000-8000-00000000000a"


def line(role: str, *blocks: dict[str, Any] | str) -> dict[str, Any]:
    content = [{"type": "text", "text": block} if isinstance(block, str) else block for block in blocks]
    return {"role": role, "message": {"content": content}}


def lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def exchanges(data: bytes, name: str = f"{ID}.jsonl") -> list[Exchange]:
    found = read_transcript(data, name)
    assert found.format == "cursor"
    return [e for s in found.sessions for e in s.exchanges]


def test_the_question_is_taken_out_of_what_the_editor_puts_around_it() -> None:
    around = "<open_files>\ntea.md\n</open_files>\n<user_query>\nHow long?\n</user_query>"
    [only] = exchanges(lines(line("user", around), line("assistant", "Two minutes.")))
    assert (only.prompt, only.response) == ("How long?", "Two minutes.")
    assert [(s.name, s.text) for s in only.steps] == [("context", "<open_files>\ntea.md\n</open_files>")]


def test_blocks_are_steps_and_the_words_after_them_the_answer() -> None:
    call = {"type": "tool_use", "id": "c1", "name": "shell", "input": {"command": "false"}}
    result = {"type": "tool_result", "tool_use_id": "c1", "content": "failed", "is_error": True}
    [only] = exchanges(
        lines(
            line("user", "Run it"),
            line("assistant", {"type": "thinking", "thinking": "Hm."}, "I run it.", call),
            line("user", result),
            line("assistant", "It failed."),
        )
    )
    assert only.response == "It failed."
    assert [(str(s.kind), s.name, s.text, sorted(s.flags)) for s in only.steps] == [
        ("thinking", "", "Hm.", []),
        ("reply_text", "", "I run it.", []),
        ("tool_call", "shell", "false", []),
        ("tool_result", "shell", "failed", ["is_error"]),
    ]


def test_a_prompt_tells_its_minute_and_a_turn_how_it_ended() -> None:
    stamp = "<timestamp>Friday, Sep 4, 2026, 2:21 AM (UTC+8)</timestamp>\n"
    stopped, failed, well = exchanges(
        lines(
            line("user", "<dynamic_tools><tool>Context for the model</tool></dynamic_tools>"),
            line("user", f"{stamp}<user_query>\nHow long?\n</user_query>\n[Image]\n[File: tea.pdf]"),
            line("assistant", "I look.\n\n[REDACTED]"),
            {"type": "turn_ended", "status": "aborted", "error": "User aborted/interrupted manually."},
            line("user", "<timestamp>Friday, Sep 4, 2026, 2:25 AM (UTC+8)</timestamp>"),
            line("user", "<user_query>Again.</user_query>"),
            line("assistant", "[REDACTED]"),
            {"type": "turn_ended", "status": "error", "error": "The provider could not finish."},
            line(
                "user", "<timestamp>Friday, Sep 4, 2026, 9:05 PM (UTC-3:30)</timestamp>\n<user_query>Hot?</user_query>"
            ),
            line("assistant", "Quite."),
            {"type": "turn_ended", "status": "success"},
        )
    )
    assert (stopped.prompt, stopped.response, stopped.started) == ("How long?", "I look.", "2026-09-03T18:21:00Z")
    assert {"image", "attachment", "interrupted"} <= {hit.name for hit in stopped.signals}
    assert (failed.prompt, failed.response) == ("Again.", "")
    assert "api_error" in {hit.name for hit in failed.signals}
    assert (well.response, well.started) == ("Quite.", "2026-09-05T00:35:00Z")


@pytest.mark.parametrize(
    "text",
    ["<rules></rules>" * 40 + "x", "<timestamp>Monday, Mai 4, 2026, 2:21 AM (UTC+8)</timestamp> hi", "<rules> Why?"],
)
def test_what_only_begins_as_the_editors_words_is_the_persons(text: str) -> None:
    [only] = exchanges(lines(line("user", text), line("assistant", "So.")))
    assert (only.prompt, only.started) == (text, "")


def test_what_a_subagent_was_asked_was_asked_by_an_agent() -> None:
    data = lines(line("user", "<user_query>Look.</user_query>"), line("assistant", "Seen."))
    other = "0199c0de-0000-7000-8000-00000000000b"
    [session] = read_transcript(data, f"{ID}/subagents/{other}.jsonl").sessions
    assert (session.key, session.parent_key, session.origin) == (other, ID, Origin.AGENT)
    assert read_transcript(data, f"{ID}.jsonl").sessions[0].origin is Origin.HUMAN


def test_the_file_names_the_session() -> None:
    data = lines(line("user", "How long?"), line("assistant", "Two."))
    [session] = read_transcript(data, f"{ID.upper()}.jsonl").sessions
    assert session.key == ID
    other = lines(line("user", "How hot?"), line("assistant", "80°."))
    keys = {read_transcript(d, "transcript.jsonl").sessions[0].key for d in (data, other)}
    assert len(keys) == 2


def test_keys_stay_while_the_transcript_grows() -> None:
    records = [
        line("user", "How long?"),
        line("assistant", "Two."),
        line("user", "And black?"),
        line("assistant", "Four."),
    ]
    grown = [e.key for e in exchanges(lines(*records))]
    assert [e.key for e in exchanges(lines(*records[:2]))] == grown[:1]
    assert [e.key for e in exchanges(lines(*records[:3]))] == grown


TEXT = """user:
<user_query>
How long?
</user_query>

assistant:
[Thinking] Green.
I look.
[Tool call] read_file
  path: tea.md

[Tool result] read_file
  green: 2 min

Two minutes.

    Not a body: this is part of the answer.

user:
<user_query>
And black?
</user_query>
assistant:
Four.
"""


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("\n", "\r\n"), "\ufeff" + TEXT])
def test_text_is_taken_apart_at_its_marks(text: str) -> None:
    first, second = exchanges(text.encode(), f"{ID}.txt")
    assert first.response == "Two minutes.\n\n    Not a body: this is part of the answer."
    assert [(str(s.kind), s.name, s.text) for s in first.steps] == [
        ("thinking", "", "Green."),
        ("reply_text", "", "I look."),
        ("tool_call", "read_file", "path: tea.md"),
        ("tool_result", "read_file", "green: 2 min"),
    ]
    assert (second.prompt, second.response, second.first_line) == ("And black?", "Four.", 19)


def test_both_shapes_of_one_session_give_the_same_keys() -> None:
    as_lines = lines(line("user", "<user_query>How long?</user_query>"), line("assistant", "Two."))
    as_text = b"user:\n<user_query>\nHow long?\n</user_query>\nassistant:\nTwo.\n"
    assert [e.key for e in exchanges(as_lines)] == [e.key for e in exchanges(as_text, f"{ID}.txt")]


def test_text_with_the_same_labels_but_none_of_the_marks_is_somebody_elses() -> None:
    assert read_transcript(b"user:\nHow long?\n\nassistant:\nTwo.\n").format != "cursor"


@pytest.mark.corpus
@pytest.mark.parametrize("pair", ["tool-calls", "cleanup"])
def test_published_transcripts_read_as_their_pairs_say(corpus: Path, pair: str) -> None:
    folder = corpus / "trajectory-fixtures" / "cursor" / pair
    records = json.loads((folder / "expected.json").read_text())["records"]
    found = exchanges((folder / "input.jsonl").read_bytes(), "input.jsonl")
    assert [e.prompt for e in found] == [r["content"] for r in records if r["role"] == "user"]
    calls = [c["name"] for r in records for c in r.get("tool_calls", [])]
    assert [s.name for e in found for s in e.steps if str(s.kind) == "tool_call"] == calls
    assert found[-1].response == ""  # both end on a tool


def stored(path: Path, script: str = "") -> Path:
    """A `state.vscdb` as the seed makes it, and what `script` does to it."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript((Path(__file__).parent / "seeds" / "cursor-db.sql").read_text(encoding="utf-8") + script)
    return path


def read_file(path: Path) -> Transcript:
    with foreign.opened(str(path)) as db:
        return read_transcript(db, path.name)


def test_the_database_is_read_in_the_order_of_its_headers(tmp_path: Path) -> None:
    found = read_file(stored(tmp_path / "state.vscdb"))
    composer, tab = found.sessions
    assert (found.format, found.problems, composer.format) == ("cursor-db", (), "cursor")
    assert (composer.key, composer.title, composer.model) == ("s1", "Tea", "m")
    [only] = composer.exchanges
    assert (only.key, only.prompt, only.response) == ("b1", "How long?", "Two minutes.")
    assert [(str(s.kind), s.name, s.text) for s in only.steps] == [
        ("thinking", "", "Green."),
        ("tool_call", "read_file", "tea.md"),
        ("tool_result", "read_file", "2 min"),
    ]
    assert [(e.prompt, e.response) for e in tab.exchanges] == [("How hot?", "80 degrees.")]


def test_a_deleted_composer_is_passed_over_and_a_damaged_one_is_a_problem(tmp_path: Path) -> None:
    script = "INSERT INTO cursorDiskKV VALUES ('composerData:s2', NULL), ('composerData:s3', '{');"
    found = read_file(stored(tmp_path / "state.vscdb", script))
    assert [s.key for s in found.sessions] == ["s1", "t1"]
    assert [p.reason for p in found.problems] == ["The conversation s3 is not readable."]


def test_bubbles_inside_the_composer_and_refused_tools_are_read(tmp_path: Path) -> None:
    refused = {"name": "run_terminal_cmd", "rawArgs": {"command": "rm a"}, "status": "rejected"}
    bubbles = [{"type": 1, "bubbleId": "b1", "text": "Go"}, {"type": 2, "bubbleId": "b2", "toolFormerData": refused}]
    composer = json.dumps({"composerId": "s4", "conversation": bubbles})
    script = f"DELETE FROM cursorDiskKV; INSERT INTO cursorDiskKV VALUES ('composerData:s4', '{composer}');"
    [exchange] = read_file(stored(tmp_path / "state.vscdb", script)).sessions[0].exchanges
    assert [(str(s.kind), s.text, sorted(s.flags)) for s in exchange.steps] == [
        ("tool_call", "rm a", []),
        ("tool_result", "", ["rejected_tool"]),
    ]
    assert "corrected_midstream" in {hit.name for hit in exchange.signals}


HEADERS = """CREATE TABLE composerHeaders (composerId TEXT PRIMARY KEY, workspaceId TEXT, createdAt INTEGER,
    lastUpdatedAt INTEGER, isArchived INTEGER, isSubagent INTEGER, recency INTEGER, checkpointAt INTEGER, value TEXT);
INSERT INTO composerHeaders (composerId, isSubagent, value) VALUES
 ('s1', 0, '{"name": "Tea, at last", "workspaceIdentifier": {"id": "w", "uri": {"fsPath": "/home/me/tea"}}}'),
 ('s2', 1, '{"name": "Look it up", "subagentInfo": {"parentComposerId": "s1", "subagentTypeName": "explore"}}');
INSERT INTO cursorDiskKV VALUES
 ('composerData:s2', '{"composerId": "s2", "fullConversationHeadersOnly": [{"bubbleId": "b1"}, {"bubbleId": "b2"}]}'),
 ('bubbleId:s2:b1', '{"type": 1, "bubbleId": "b1", "text": "Find it."}'),
 ('bubbleId:s2:b2', '{"type": 2, "bubbleId": "b2", "text": "Found.", "thinking": "In the attic?"}');
"""


def test_the_headings_tell_the_title_the_folder_and_whose_prompts_they_are(tmp_path: Path) -> None:
    first, agents, _ = read_file(stored(tmp_path / "state.vscdb", HEADERS)).sessions
    assert (first.title, first.project, first.origin) == ("Tea, at last", "/home/me/tea", "human")
    assert (agents.title, agents.origin, agents.parent_key) == ("Look it up", "agent", "s1")
    assert [step.text for step in agents.exchanges[0].steps] == ["In the attic?"]


@pytest.mark.parametrize(
    ("change", "bubble", "signal"),
    [
        ("'$.capabilityType', 22", "b2", "after_compaction"),
        ("""'$.text', '', '$.errorDetails', json('{"message": "Too many requests"}')""", "b3", "api_error"),
    ],
)
def test_a_summary_and_an_error_are_told(tmp_path: Path, change: str, bubble: str, signal: str) -> None:
    more = f"UPDATE cursorDiskKV SET value = json_set(value, {change}) WHERE key = 'bubbleId:s1:{bubble}';"
    session = read_file(stored(tmp_path / "state.vscdb", more)).sessions[0]
    assert signal in {hit.name for hit in session.exchanges[0].signals}


def test_a_table_that_does_not_replace_its_rows_gives_no_mark(tmp_path: Path) -> None:
    plain = "DROP TABLE ItemTable; CREATE TABLE ItemTable (key TEXT PRIMARY KEY, value BLOB);"
    for script, has_mark in (("", True), (plain, False)):
        with foreign.opened(str(stored(tmp_path / f"{has_mark}.vscdb", script))) as db:
            assert bool(mark_of(db)) is has_mark


def test_only_what_was_written_since_a_mark_is_read_again(tmp_path: Path) -> None:
    path = stored(tmp_path / "state.vscdb", HEADERS)
    with foreign.opened(str(path)) as db:
        before = open_transcript(db, path.name)
        assert len(list(before.sessions())) == 3
    with closing(sqlite3.connect(path)) as db:
        db.execute(
            "INSERT INTO cursorDiskKV VALUES ('bubbleId:s2:b2', ?)",
            (json.dumps({"type": 2, "bubbleId": "b2", "text": "Found it."}),),
        )
        db.commit()
    with foreign.opened(str(path)) as db:
        after = open_transcript(db, path.name, before.mark)
        [changed] = after.sessions()
    assert (changed.key, changed.exchanges[0].response, after.is_partial) == ("s2", "Found it.", True)
    assert after.mark != before.mark


def test_a_tab_of_old_that_was_closed_is_gone_at_the_next_look(tmp_path: Path) -> None:
    path = stored(tmp_path / "state.vscdb", HEADERS)
    tabs = "workbench.panel.aichat.view.aichat.chatdata"
    with closing(sqlite3.connect(path)) as owner:
        (value,) = owner.execute("SELECT value FROM ItemTable WHERE key = ?", [tabs]).fetchone()
        held = json.loads(value)
        more = {**held["tabs"][0], "tabId": "t2"}
        owner.execute("REPLACE INTO ItemTable VALUES (?, ?)", [tabs, json.dumps({"tabs": [*held["tabs"], more]})])
        owner.commit()
        with foreign.opened(str(path)) as db:
            before = open_transcript(db, path.name)
            assert {"t1", "t2"} <= {one.key for one in before.sessions()}
        owner.execute("REPLACE INTO ItemTable VALUES (?, ?)", [tabs, json.dumps({"tabs": [more]})])
        owner.commit()
    with foreign.opened(str(path)) as db:
        after = open_transcript(db, path.name, before.mark)
        assert [one.key for one in after.sessions()] == ["t2"]
    assert (after.gone, after.is_partial) == (["t1"], True)


def test_a_row_that_was_given_the_number_of_a_deleted_one_is_not_missed(tmp_path: Path) -> None:
    path = stored(tmp_path / "state.vscdb", HEADERS)
    told = json.dumps({"type": 2, "bubbleId": "b2", "text": "Found it."})
    with closing(sqlite3.connect(path)) as owner:
        with foreign.opened(str(path)) as db:
            mark = open_transcript(db, path.name)
            list(mark.sessions())
        (last,) = owner.execute("SELECT MAX(rowid) FROM cursorDiskKV").fetchone()
        assert owner.execute("DELETE FROM cursorDiskKV WHERE key = 'bubbleId:s2:b2'").rowcount == 1
        assert owner.execute("INSERT INTO cursorDiskKV VALUES ('bubbleId:s2:b2', ?)", [told]).lastrowid == last
        owner.commit()
        with foreign.opened(str(path)) as db:
            answers = [one.exchanges[0].response for one in open_transcript(db, path.name, mark.mark).sessions()]
    assert "Found it." in answers


def test_a_conversation_that_calls_itself_as_another_one_is_read_on_as_itself(tmp_path: Path) -> None:
    path = stored(tmp_path / "state.vscdb", HEADERS.replace('"composerId": "s2"', '"composerId": "s1"'))
    with foreign.opened(str(path)) as db:
        before = open_transcript(db, path.name)
        assert [one.key for one in before.sessions()] == ["s1", "s2", "t1"]
    with closing(sqlite3.connect(path)) as owner, owner:
        told = json.dumps({"type": 2, "bubbleId": "b2", "text": "Found it."})
        owner.execute("INSERT INTO cursorDiskKV VALUES ('bubbleId:s2:b2', ?)", [told])
    with foreign.opened(str(path)) as db:
        after = open_transcript(db, path.name, before.mark)
        assert [(one.key, one.exchanges[0].response) for one in after.sessions()] == [("s2", "Found it.")]
        assert after.gone == []
