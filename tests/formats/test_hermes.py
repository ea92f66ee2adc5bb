"""Hermes Agent: its database while it is written, its exports, its older session files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from foreign_stores import ForeignStore
from growth import keeps_its_keys

from curator.core.exchange import EventKind, Exchange, Origin, Transcript
from curator.formats.reader import read_transcript
from curator.library.foreign import opened

KEY = "20260301_080000_ab12cd34"
SEEDS = Path(__file__).parent / "seeds"


def row(id: int, role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "session_id": KEY,
        "role": role,
        "content": content,
        "timestamp": 1772352000.5 + id,
        "active": 1,
    } | more


def call(id: str = "c1", **more: Any) -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": "terminal", "arguments": '{"command": "pwd"}'}} | more


def rows(*messages: dict[str, Any]) -> bytes:
    return json.dumps(messages).encode()


def export(session: dict[str, Any], *messages: dict[str, Any]) -> bytes:
    about = {"id": KEY, "source": "cli", "started_at": 1772352000.0, "model": "model-a"} | session
    return json.dumps({"session": about, "messages": messages}, indent=1).encode()


def exchanges(data: bytes, name: str = "state") -> list[Exchange]:
    transcript = read_transcript(data, name)
    assert transcript.format == "hermes"
    return [e for s in transcript.sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def left_out(exchange: Exchange) -> list[tuple[str, str]]:
    return [(e.name, e.text) for e in exchange.steps if e.kind is EventKind.META]


def test_an_export_is_read_with_what_it_says_of_its_session() -> None:
    data = export(
        {"title": "Port", "cwd": "/home/dev/shop", "parent_session_id": "p", "system_prompt": "You are Hermes."},
        row(1, "user", "Which port?"),
        row(2, "assistant", "", reasoning="Look.", tool_calls=[call()], finish_reason="tool_calls"),
        row(3, "tool", "8080", tool_call_id="c1", tool_name="terminal"),
        row(4, "assistant", "Port 8080.", finish_reason="stop"),
    )
    [session] = read_transcript(data, "x").sessions
    assert (session.key, session.title, session.project, session.parent_key) == (KEY, "Port", "/home/dev/shop", "p")
    assert (session.started, session.origin) == ("2026-03-01T08:00:00.000Z", Origin.HUMAN)
    [only] = session.exchanges
    assert (only.key, only.prompt, only.response, only.model) == ("1", "Which port?", "Port 8080.", "model-a")
    kinds = [EventKind.SYSTEM, EventKind.THINKING, EventKind.TOOL_CALL, EventKind.TOOL_RESULT]
    assert [step.kind for step in only.steps] == kinds


def test_rows_are_read_in_the_order_in_which_they_were_recorded() -> None:
    data = rows(
        row(3, "tool", "8080", tool_call_id="c1"), row(4, "assistant", "Port 8080."),
        row(1, "user", "Which port?"), row(2, "assistant", "", tool_calls=json.dumps([call()])),
    )  # fmt: skip
    [only] = exchanges(data)
    assert (only.response, [s.text for s in only.steps]) == ("Port 8080.", ["pwd", "8080"])


def test_what_was_taken_back_is_marked_and_what_was_tried_again_left_out() -> None:
    data = rows(
        row(1, "user", "Which port?"), row(2, "assistant", "80.", active=0), row(3, "assistant", "8080."),
        row(4, "user", "No.", active=0), row(5, "assistant", "Yes.", active=0),
        row(6, "user", "Thanks."), row(7, "assistant", "Bye."),
    )  # fmt: skip
    asked, taken_back, thanked = exchanges(data)
    assert (asked.response, left_out(asked)) == ("8080.", [("rewound", "80.")])
    assert (taken_back.response, signals(taken_back)) == ("Yes.", {"abandoned_branch"})
    assert signals(thanked) == set()


def test_rows_that_were_only_summarised_away_are_still_the_conversation() -> None:
    data = rows(
        row(1, "user", "One?", active=0, compacted=1), row(2, "assistant", "1", active=0, compacted=1),
        row(3, "user", "[CONTEXT COMPACTION - REFERENCE ONLY] They counted."),
        row(4, "user", "Two?"), row(5, "assistant", "2"),
    )  # fmt: skip
    one, two = exchanges(data)
    assert (one.response, signals(one)) == ("1", set())
    assert (two.prompt, signals(two)) == ("Two?", {"after_compaction"})


def test_a_result_finds_a_call_without_an_id_by_its_tool_and_a_stray_one_is_left_out() -> None:
    nameless = [{"name": "terminal", "arguments": "{}"}]
    data = rows(
        row(1, "user", "Which port?"), row(2, "assistant", None, tool_calls=json.dumps(nameless)),
        row(3, "tool", "8080", tool_call_id="c9", tool_name="terminal"),
        row(4, "assistant", "Port 8080."), row(5, "tool", "stale", tool_call_id="c8", tool_name="terminal"),
    )  # fmt: skip
    [only] = exchanges(data)
    assert (only.response, left_out(only)) == ("Port 8080.", [("orphan", "stale")])


def test_parts_that_were_packed_into_text_are_unpacked() -> None:
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    [only] = exchanges(rows(row(1, "user", "\x00json:" + json.dumps(parts)), row(2, "assistant", "A plant.")))
    assert (only.prompt, signals(only)) == ("What is this?", {"image"})


@pytest.mark.parametrize(
    ("written", "prompt", "marks"),
    [
        (
            '[IMPORTANT: The user has invoked the "ports" skill]\n\nLong text.\n\nThe user has provided the following '
            "instruction alongside the skill invocation: the shop's\n\n[Runtime note: x]",
            "/ports the shop's",
            {"slash_command"},
        ),
        ('[SYSTEM: The user has invoked the "ports" skill]\n\nLong text.', "/ports", {"slash_command"}),
        ("[System note: your last turn was interrupted.]\n\nGo on with the port", "Go on with the port", set()),
        ("[System note: a process ended.]", "[System note: a process ended.]", {"not_human"}),
        ("Review the conversation above and consider saving to memory", None, {"not_human"}),
    ],
)
def test_what_the_program_puts_before_a_prompt_is_taken_off(written: str, prompt: str | None, marks: set[str]) -> None:
    [only] = exchanges(rows(row(1, "user", written), row(2, "assistant", "The shop's port is 8080.")))
    assert (only.prompt, signals(only)) == (prompt or written, marks)


def test_a_stop_an_error_and_a_cut_reply_are_told_apart() -> None:
    data = rows(
        row(1, "user", "One?"), row(2, "assistant", "Operation interrupted."),
        row(3, "user", "Two?"), row(4, "assistant", "API call failed after 3 retries: overloaded"),
        row(5, "user", "Three?"), row(6, "assistant", "And on and", finish_reason="length"),
    )  # fmt: skip
    stopped, failed, cut = exchanges(data)
    assert signals(stopped) == {"no_answer", "interrupted"}
    assert signals(failed) == {"no_answer", "api_error"}
    assert signals(cut) == {"truncated"}


def test_a_timer_is_not_human_a_delegate_is_no_person_and_a_group_is_only_heard() -> None:
    [timed] = exchanges(export({"source": "cron"}, row(1, "user", "Read my mail."), row(2, "assistant", "None.")))
    assert signals(timed) == {"not_human"}
    delegated = {"model_config": json.dumps({"_delegate_from": "x"})}
    data = export(delegated, row(1, "user", "Review."), row(2, "assistant", "Fine."))
    assert read_transcript(data).sessions[0].origin is Origin.AGENT
    heard = rows(row(1, "user", "Hi all", observed=1), row(2, "user", "@bot hi"), row(3, "assistant", "Hello."))
    [only] = exchanges(heard)
    assert only.prompt == "@bot hi"


def test_the_older_files_one_line_a_message_or_one_document() -> None:
    told = [
        {"role": "user", "content": "Which port?", "timestamp": "2026-03-01T08:00:01.000000"},
        {"role": "assistant", "content": "8080.", "finish_reason": "stop", "timestamp": "2026-03-01T08:00:02.000000"},
    ]
    head = {"role": "session_meta", "tools": [], "model": "model-a", "timestamp": "2026-03-01T08:00:00.000000"}
    lines = b"".join(json.dumps(record).encode() + b"\n" for record in [head, *told])
    document = {"session_id": KEY, "model": "model-a", "session_start": "2026-03-01T08:00:00", "messages": told}
    for data, name in ((lines, KEY), (json.dumps(document, indent=1).encode(), f"session_{KEY}")):
        [session] = read_transcript(data, name).sessions
        assert (session.format, session.key, session.model) == ("hermes", KEY, "model-a")
        assert [e.response for e in session.exchanges] == ["8080."]
    assert keeps_its_keys(lines)


def test_several_sessions_exported_one_a_line() -> None:
    about = {"id": "a", "source": "cli", "started_at": 1772352000.0}
    one = about | {"messages": [row(1, "user", "One?"), row(2, "assistant", "1")]}
    two = about | {"id": "b", "messages": [row(3, "user", "Two?"), row(4, "assistant", "2")]}
    data = b"".join(json.dumps(session).encode() + b"\n" for session in (one, two))
    assert [(s.key, s.exchanges[0].prompt) for s in read_transcript(data).sessions] == [("a", "One?"), ("b", "Two?")]


def _told(transcript: Transcript) -> list[tuple[str, str, str]]:
    return [(s.key, e.prompt, e.response) for s in transcript.sessions for e in s.exchanges]


def test_the_database_is_read_while_hermes_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with ForeignStore(path, (SEEDS / "hermes.sql").read_text(encoding="utf-8")) as store:
        asked = (KEY, "Which port does the shop listen on?", "Port 8080.")
        with opened(str(path)) as db:
            transcript = read_transcript(db, path.stem)
        assert (transcript.format, _told(transcript)) == ("hermes", [asked])
        store.write(
            "INSERT INTO messages (session_id, role, content, timestamp) VALUES"
            f" ('{KEY}', 'user', 'And the host?', 1772352010), ('{KEY}', 'assistant', 'All hosts.', 1772352011)"
        )
        with opened(str(path)) as db:
            again = read_transcript(db, path.stem)
        assert _told(again) == [asked, (KEY, "And the host?", "All hosts.")]
        assert again.sessions[0].exchanges[0] == transcript.sessions[0].exchanges[0]


def test_an_export_of_the_database_gives_the_same_session_and_keys(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with ForeignStore(path, (SEEDS / "hermes.sql").read_text(encoding="utf-8")), opened(str(path)) as db:
        [stored] = read_transcript(db, "state").sessions
    [exported] = read_transcript((SEEDS / "hermes.json").read_bytes(), "export").sessions
    assert (stored.key, stored.format) == (exported.key, exported.format)
    assert stored.exchanges[0].key == exported.exchanges[0].key
