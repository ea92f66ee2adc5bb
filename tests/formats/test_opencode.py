"""OpenCode: answers that name their prompts, tools, steering, compaction, errors; the database tells the same."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import EventKind, Exchange, Origin, Session, Transcript
from curator.formats.reader import read_transcript
from curator.library import foreign

T = 1_767_225_600_000


def user(id: str, *parts: dict[str, Any], at: int = 0) -> dict[str, Any]:
    return {"info": {"id": id, "role": "user", "time": {"created": T + at}}, "parts": list(parts)}


def reply(id: str, to: str, *parts: dict[str, Any], at: int = 100, **info: Any) -> dict[str, Any]:
    time = {"created": T + at, "completed": T + at + 900}
    head = {"id": id, "role": "assistant", "parentID": to, "modelID": "m", "finish": "stop", "time": time, **info}
    return {"info": head, "parts": list(parts)}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def tool(name: str, **state: Any) -> dict[str, Any]:
    return {"type": "tool", "tool": name, "callID": f"call-{name}", "state": {"input": {"path": "a.md"}, **state}}


def export(*messages: dict[str, Any], **info: Any) -> bytes:
    return json.dumps({"info": {"id": "ses_1", "directory": "/tea", **info}, "messages": list(messages)}).encode()


def session(*messages: dict[str, Any], **info: Any) -> Session:
    [only] = read_transcript(export(*messages, **info)).sessions
    return only


def exchanges(*messages: dict[str, Any], **info: Any) -> tuple[Exchange, ...]:
    return session(*messages, **info).exchanges


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def test_steps_of_several_messages_lead_to_the_answer_of_the_last() -> None:
    [only] = exchanges(
        user("u1", text("How long?"), text("Called the Read tool", synthetic=True)),
        reply(
            "a1",
            "u1",
            {"type": "reasoning", "text": "Hm."},
            text("I look."),
            tool("read", status="completed", output="2"),
        ),
        reply("a2", "u1", text("Two minutes."), at=1000),
    )
    assert (only.key, only.prompt, only.response, only.model) == ("u1", "How long?", "Two minutes.", "m")
    assert [(str(s.kind), s.name, s.text) for s in only.steps] == [
        ("meta", "context", "Called the Read tool"),
        ("thinking", "", "Hm."),
        ("reply_text", "m", "I look."),
        ("tool_call", "read", "a.md"),
        ("tool_result", "read", "2"),
    ]


def test_the_session_is_told_by_its_head() -> None:
    found = session(user("u1", text("Hi")), reply("a1", "u1", text("Hello")), title="Tea", time={"created": T})
    assert (found.key, found.title, found.project, found.started) == (
        "ses_1",
        "Tea",
        "/tea",
        "2026-01-01T00:00:00.000Z",
    )
    untitled = session(user("u1", text("Hi")), title="New session - 2026-01-01T00:00:00.000Z")
    assert untitled.title == "Hi"


def test_an_answer_goes_to_the_prompt_it_names() -> None:
    first, second = exchanges(
        user("u1", text("One?")),
        user("u2", text("Two?"), at=5000),
        reply("a1", "u1", text("First."), at=10),
        reply("a2", "u2", text("Second."), at=6000),
    )
    assert (first.response, second.response) == ("First.", "Second.")


def test_what_is_typed_while_the_assistant_works_steers_it() -> None:
    [only] = exchanges(
        user("u1", text("Work")),
        reply("a1", "u1", tool("bash", status="completed", output="x"), at=100, finish="tool-calls"),
        user("u2", text("in Rust, please"), at=500),
        reply("a2", "u2", text("Done in Rust."), at=1200),
    )
    assert (only.steering, only.response) == (("in Rust, please",), "Done in Rust.")
    assert "corrected_midstream" in signals(only)


def test_what_is_typed_after_the_answer_opens_an_exchange() -> None:
    messages = (
        user("u1", text("Work")),
        reply("a1", "u1", text("Done."), at=100),
        user("u2", text("Thanks"), at=900),
        reply("a2", "u2", text("Welcome."), at=1200),
    )
    assert [e.prompt for e in exchanges(*messages)] == ["Work", "Thanks"]


def test_a_failed_tool_and_a_refused_one_are_told_apart() -> None:
    refusal = "The user rejected permission to use this specific tool call with the following feedback: use pnpm"
    [only] = exchanges(
        user("u1", text("Install")),
        reply(
            "a1", "u1", tool("read", status="error", error="no such file"), tool("bash", status="error", error=refusal)
        ),
    )
    results = [s for s in only.steps if s.kind is EventKind.TOOL_RESULT]
    assert [sorted(r.flags) for r in results] == [["is_error"], ["is_error", "rejected_tool"]]
    assert only.steering == ("use pnpm",)


@pytest.mark.parametrize(
    ("info", "signal"),
    [
        ({"error": {"name": "MessageAbortedError", "data": {"message": "aborted"}}}, "interrupted"),
        ({"error": {"name": "ProviderAuthError", "data": {"message": "no key"}}}, "api_error"),
        ({"error": {"name": "MessageOutputLengthError", "data": {}}}, "truncated"),
        ({"finish": "length"}, "truncated"),
        ({"finish": "content-filter"}, "refusal"),
    ],
)
def test_an_end_before_its_time_is_a_signal(info: dict[str, Any], signal: str) -> None:
    [only] = exchanges(user("u1", text("Hi")), reply("a1", "u1", text("Half an ans"), **info))
    assert signal in signals(only)


def test_a_summary_is_no_answer_and_the_work_goes_on_after_it() -> None:
    [only] = exchanges(
        user("u1", text("Work")),
        reply("a1", "u1", tool("read", status="completed", output="x"), finish="tool-calls"),
        user("u2", {"type": "compaction", "auto": True}, at=2000),
        reply("a2", "u2", text("So far: a lot."), at=2100, summary=True, mode="compaction"),
        user("u3", text("Continue if you have next steps", synthetic=True), at=3000),
        reply("a3", "u3", text("Finished."), at=3100),
    )
    assert only.response == "Finished."
    assert "after_compaction" in signals(only)
    assert [(s.name, s.text) for s in only.steps if s.kind is EventKind.META] == [
        ("summary", "So far: a lot."),
        ("context", "Continue if you have next steps"),
    ]


def test_a_command_and_a_picture_are_marked() -> None:
    command, picture = exchanges(
        user("u1", {"type": "subtask", "prompt": "Review it all", "command": "review", "agent": "general"}),
        reply("a1", "u1", text("Reviewed.")),
        user("u2", text("See"), {"type": "file", "mime": "image/png", "filename": "a.png"}, at=5000),
        reply("a2", "u2", text("Seen."), at=6000),
    )
    assert command.prompt == "/review"
    assert "slash_command" in signals(command)
    assert "image" in signals(picture)


def test_what_was_reverted_is_abandoned() -> None:
    messages = (
        user("u1", text("One?")),
        reply("a1", "u1", text("First.")),
        user("u2", text("Two?"), at=5000),
        reply("a2", "u2", text("Second."), at=6000),
    )
    first, second = exchanges(*messages, revert={"messageID": "u2"})
    assert "abandoned_branch" not in signals(first)
    assert "abandoned_branch" in signals(second)


def test_a_session_under_another_is_an_agents() -> None:
    found = session(user("u1", text("Look it up")), reply("a1", "u1", text("Found.")), parentID="ses_0")
    assert (found.origin, found.parent_key) == (Origin.AGENT, "ses_0")


def test_unknown_parts_are_counted_and_cost_nothing() -> None:
    found = read_transcript(export(user("u1", text("Hi")), reply("a1", "u1", {"type": "hologram"}, text("Hello"))))
    assert found.unknown == {"part hologram": 1}
    assert found.sessions[0].exchanges[0].response == "Hello"


def written(path: Path, *messages: dict[str, Any], **session: Any) -> Path:
    """A database as OpenCode 1.2 makes it."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "CREATE TABLE session (id text PRIMARY KEY, project_id text NOT NULL, parent_id text, slug text NOT NULL,"
            " directory text NOT NULL, title text NOT NULL, version text NOT NULL, revert text, time_created integer,"
            " time_updated integer);"
            "CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer, time_updated"
            " integer, data text NOT NULL);"
            "CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL, time_created"
            " integer, time_updated integer, data text NOT NULL);"
        )
        columns = {"id": "ses_1", "project_id": "p", "slug": "s", "directory": "/tea", "title": "", "version": "1.2"}
        columns |= session
        names = ", ".join(columns)
        db.execute(f"INSERT INTO session ({names}) VALUES ({','.join('?' * len(columns))})", list(columns.values()))
        for message in messages:
            info = dict(message["info"])
            id, made = info.pop("id"), info["time"]["created"]
            db.execute("INSERT INTO message VALUES (?, 'ses_1', ?, ?, ?)", (id, made, made, json.dumps(info)))
            for number, part in enumerate(message["parts"]):
                row = (f"prt_{id}_{number}", id, made, made, json.dumps(part))
                db.execute("INSERT INTO part VALUES (?, ?, 'ses_1', ?, ?, ?)", row)
        db.commit()
    return path


def read_file(path: Path) -> Transcript:
    with foreign.opened(str(path)) as db:
        return read_transcript(db, path.name)


def told(found: Transcript) -> Iterable[tuple[str, str, str, str]]:
    return [(s.key, e.key, e.prompt, e.response) for s in found.sessions for e in s.exchanges]


def test_the_database_tells_what_the_export_tells_under_the_same_keys(tmp_path: Path) -> None:
    messages = (
        user("u1", text("How long?")),
        reply("a1", "u1", tool("read", status="completed", output="2"), finish="tool-calls"),
        reply("a2", "u1", text("Two minutes."), at=1000),
        user("u2", text("And black?"), at=5000),
        reply("a3", "u2", text("Four."), at=6000),
    )
    found = read_file(written(tmp_path / "opencode.db", *messages, revert='{"messageID": "u2"}'))
    assert found.format == "opencode-db"
    assert found.problems == ()
    assert told(found) == told(read_transcript(export(*messages)))
    assert [s.format for s in found.sessions] == ["opencode"]
    assert "abandoned_branch" in signals(found.sessions[0].exchanges[1])


def test_a_damaged_message_costs_itself_only(tmp_path: Path) -> None:
    path = written(tmp_path / "opencode.db", user("u1", text("Hi")), reply("a1", "u1", text("Hello")))
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO message VALUES ('zz', 'ses_1', 9, 9, 'no json')")
        db.commit()
    found = read_file(path)
    assert [e.response for s in found.sessions for e in s.exchanges] == ["Hello"]
    assert [p.reason for p in found.problems] == ["The message zz is not readable."]


@pytest.mark.corpus
@pytest.mark.parametrize("pair", ["tool-calls", "cleanup"])
def test_published_exports_read_as_their_pairs_say(corpus: Path, pair: str) -> None:
    folder = corpus / "trajectory-fixtures" / "opencode" / pair
    records = json.loads((folder / "expected.json").read_text())["records"]
    [only] = read_transcript((folder / "input.json").read_bytes()).sessions
    assert [e.prompt for e in only.exchanges] == [r["content"] for r in records if r["role"] == "user"]
    assert only.exchanges[-1].response == records[-1]["content"]
    assert only.project == records[0]["cwd"]


def second(*messages: tuple[str, dict[str, Any]], **info: Any) -> tuple[Exchange, ...]:
    """An export of version 2: messages with their types and what else they hold."""
    told = [
        {"id": f"m{at}", "type": kind, "time": {"created": T + at, "completed": T + at + 1}, **held}
        for at, (kind, held) in enumerate(messages, 1)
    ]
    [only] = read_transcript(json.dumps({"info": {"id": "ses_1", **info}, "messages": told}).encode()).sessions
    return only.exchanges


def answered(*words: str, finish: str = "stop", **more: Any) -> tuple[str, dict[str, Any]]:
    content = [{"type": "text", "text": said} for said in words]
    return "assistant", {"model": {"id": "m"}, "finish": finish, "content": content, **more}


def asks(words: str) -> tuple[str, dict[str, Any]]:
    return "user", {"text": words, "files": []}


def called(name: str, **state: Any) -> dict[str, Any]:
    return {"type": "tool", "id": f"call-{name}", "name": name, "state": {"input": {"path": "a.md"}, **state}}


def test_version_2_tells_the_same_in_its_own_words() -> None:
    looked = [{"type": "reasoning", "text": "I look."}, called("read", status="completed", content=[{"text": "2 min"}])]
    [first, then] = second(
        asks("How long?"),
        answered(finish="tool-calls", content=looked),
        answered("Two minutes."),
        ("idle", {"outcome": "succeeded"}),
        asks("And black?"),
        answered("Four."),
    )
    assert (first.key, first.prompt, first.response, first.model) == ("m1", "How long?", "Two minutes.", "m")
    assert [(step.kind, step.name, step.text) for step in first.steps] == [
        (EventKind.THINKING, "", "I look."),
        (EventKind.TOOL_CALL, "read", "a.md"),
        (EventKind.TOOL_RESULT, "read", "2 min"),
    ]
    assert (then.prompt, then.response) == ("And black?", "Four.")


def test_what_is_said_before_the_turn_ends_steers_it_in_version_2() -> None:
    [only] = second(
        asks("Fix it"),
        answered("I look.", finish="tool-calls"),
        asks("In Python, please"),
        answered("Done in Python."),
        ("idle", {"outcome": "succeeded"}),
    )
    assert (only.steering, only.response) == (("In Python, please",), "Done in Python.")


@pytest.mark.parametrize(
    ("message", "signal"),
    [
        (("idle", {"outcome": "interrupted"}), "interrupted"),
        (answered(error={"type": "provider.rate-limit", "message": "Too many requests"}), "api_error"),
        (answered(error={"type": "aborted", "message": "Stopped"}), "interrupted"),
        (answered("It is", finish="length"), "truncated"),
    ],
)
def test_how_a_turn_of_version_2_ended_is_told(message: tuple[str, dict[str, Any]], signal: str) -> None:
    [only] = second(asks("Why?"), message)
    assert signal in signals(only)


def test_what_the_program_says_in_version_2_is_no_prompt() -> None:
    first, second_ = second(
        ("system", {"text": "It is Monday."}),
        asks("How long?"),
        ("synthetic", {"text": "Read the file."}),
        answered("Two."),
        ("shell", {"command": "ls", "output": "a.md"}),
        ("compaction", {"status": "completed", "summary": "They spoke of tea.", "recent": ""}),
        asks("And black?"),
        answered("Four."),
    )
    assert (first.prompt, first.response, second_.response) == ("How long?", "Two.", "Four.")
    assert "after_compaction" in signals(second_)
    assert {step.text for step in first.steps if step.kind is EventKind.META} >= {"Read the file.", "ls\na.md"}


def test_a_database_of_both_versions_gives_each_session_once(tmp_path: Path) -> None:
    path = tmp_path / "opencode.db"
    seeds = Path(__file__).parent / "seeds"
    old = (seeds / "opencode-db.sql").read_text(encoding="utf-8")
    new = (seeds / "opencode-db.second-version.sql").read_text(encoding="utf-8")
    left = old[old.index("INSERT INTO session") :].replace("_1'", "_old'").replace("_2'", "_older'")
    left = left.replace('"msg_1"', '"msg_old"')
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            old + new.replace("CREATE TABLE project (id TEXT PRIMARY KEY, worktree TEXT NOT NULL);", "") + left
        )
        db.execute("INSERT INTO session_v2 (id, title) VALUES ('ses_old', 'Copied')")
        db.commit()
    with foreign.opened(str(path)) as opened:
        found = read_transcript(opened, path.name)
    assert [(session.key, [e.response for e in session.exchanges]) for session in found.sessions] == [
        ("ses_1", ["Two minutes."]),
        ("ses_old", ["Two minutes."]),
    ]
    assert found.sessions[0].exchanges[0].prompt == "How long does tea draw?"
    assert found.problems == ()
