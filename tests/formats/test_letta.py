"""Letta: the terminal's transcripts, the API's messages, agent files, the local store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from growth import keeps_its_keys

from curator.core.exchange import EventKind, Exchange
from curator.formats.reader import read_transcript


def lines(*rows: dict[str, Any]) -> bytes:
    stamped = (
        {"captured_at": f"2026-03-01T08:00:{n:02}.000Z", "source_line_id": f"l{n}"} | r for n, r in enumerate(rows)
    )
    return b"".join(json.dumps(row).encode() + b"\n" for row in stamped)


def messages(*rows: dict[str, Any]) -> bytes:
    return json.dumps(
        [{"id": f"m{n}", "date": f"2026-03-01T08:00:{n:02}Z", "seq_id": n} | r for n, r in enumerate(rows)]
    ).encode()


def api(kind: str, **fields: Any) -> dict[str, Any]:
    return {"message_type": f"{kind}_message"} | fields


def exchanges(data: bytes) -> list[Exchange]:
    transcript = read_transcript(data)
    assert transcript.format == "letta"
    return [e for s in transcript.sessions for e in s.exchanges]


def left_out(exchange: Exchange) -> list[tuple[str, str]]:
    return [(e.name, e.text) for e in exchange.steps if e.kind is EventKind.META]


def test_a_transcript_of_the_terminal() -> None:
    data = lines(
        {"kind": "user", "text": "<system-reminder>x</system-reminder>\nWhich port?"},
        {"kind": "reasoning", "text": "Look."},
        {"kind": "assistant", "text": "I look."},
        {"kind": "tool_call", "name": "Read", "argsText": '{"file_path":"a"}', "resultText": "no", "resultOk": False},
        {"kind": "error", "text": "stream warning"},
        {"kind": "tool_call", "name": "Read", "argsText": '{"file_path":"b"}'},
        {"kind": "assistant", "text": "Port 8080."},
        {"kind": "status", "text": "idle"},
        {"kind": "next_year", "text": ""},
        {"kind": "user", "text": "Thanks."},
    )
    asked, thanked = exchanges(data)
    assert (asked.key, asked.prompt, asked.response) == ("l0", "Which port?", "Port 8080.")
    assert [s.flags for s in asked.steps if s.kind is EventKind.TOOL_RESULT] == [frozenset({"is_error"})]
    assert [hit.name for hit in asked.signals] == []
    assert left_out(asked) == [("reminder", "<system-reminder>x</system-reminder>\n"), ("status", "idle")]
    assert [hit.name for hit in thanked.signals] == ["no_answer"]
    assert read_transcript(data).unknown == {"next_year": 1}


def test_two_transcripts_of_the_terminal_are_two_sessions_though_files_and_ids_are_called_alike() -> None:
    first = lines({"kind": "user", "text": "One?"}, {"kind": "assistant", "text": "1"})
    second = first.replace(b"2026-03-01", b"2026-03-02")
    keys = {read_transcript(data, "transcript").sessions[0].key for data in (first, second)}
    assert len(keys) == 2


def test_messages_of_the_api_are_read_in_their_own_order() -> None:
    rows = [
        api("system", content="You are Letta."),
        api("user", content=[{"type": "text", "text": "Which port?"}]),
        api("reasoning", reasoning="Look."),
        api("approval_request", tool_call={"name": "grep", "arguments": "not-json", "tool_call_id": "c1"}),
        api("approval_response"),
        api("tool_return", tool_return="PORT = 8080", status="error", tool_call_id="c1"),
        api("tool_return", tool_return="stale", status="success", tool_call_id="gone"),
        api("assistant", content="Port 8080."),
    ]
    data = messages(*rows)
    [only] = exchanges(data)
    assert (only.prompt, only.response) == ("Which port?", "Port 8080.")
    assert [s.flags for s in only.steps if s.kind is EventKind.TOOL_RESULT] == [frozenset({"is_error"})]
    assert left_out(only) == [("orphan", "stale")]
    newest_first = json.dumps(list(reversed(json.loads(data)))).encode()
    [again] = exchanges(newest_first)
    assert (again.key, again.response) == (only.key, only.response)
    undated = json.dumps([{k: v for k, v in m.items() if k != "seq_id"} for m in reversed(json.loads(data))]).encode()
    assert [e.response for e in exchanges(undated)] == ["Port 8080."]


def test_several_calls_of_one_message_each_get_their_result() -> None:
    calls = [{"name": "grep", "arguments": "{}", "tool_call_id": c} for c in "ab"]
    returns = [{"tool_call_id": c, "tool_return": c.upper(), "status": "success"} for c in "ab"]
    data = messages(
        api("user", content="Which?"), api("tool_call", tool_calls=calls), api("tool_return", tool_returns=returns),
        api("summary", summary="They asked."), api("assistant", content="Both."),
    )  # fmt: skip
    [only] = exchanges(data)
    assert [s.text for s in only.steps if s.kind is EventKind.TOOL_RESULT] == ["A", "B"]
    assert [hit.name for hit in only.signals] == ["after_compaction"]


def test_words_the_server_packed_are_unpacked_and_its_heartbeats_are_no_prompts() -> None:
    packed = json.dumps({"type": "user_message", "message": "Which port?", "time": "now"})
    beat = json.dumps({"type": "heartbeat", "reason": "Function executed"})
    data = messages(
        api("user", content=packed), api("user", content=beat), api("assistant", content="8080."),
        api("user", content='{"port": 80}'), api("assistant", content="That is JSON."),
    )  # fmt: skip
    assert [e.prompt for e in exchanges(data)] == ["Which port?", '{"port": 80}']


def test_the_local_store_is_told_from_a_session_of_pi() -> None:
    def entry(id: str, role: str, words: str, **inner: Any) -> dict[str, Any]:
        message = {"id": f"message-{id}", "role": role, "content": [{"type": "text", "text": words}]} | inner
        return {"type": "message", "id": id, "timestamp": "2026-03-01T08:00:00Z", "message": message}

    head = {"type": "session", "version": 3, "id": "conversation-1", "timestamp": "2026-03-01T08:00:00Z", "cwd": "/x"}
    summary = entry("c", "user", "They asked.") | {"type": "compaction", "summary": "They asked."}
    rows = [head, entry("a", "user", "Which port?"), summary, entry("b", "assistant", "8080.", model="letta/auto")]
    data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    [only] = exchanges(data)
    assert (only.prompt, only.response, only.model) == ("Which port?", "8080.", "letta/auto")
    assert [hit.name for hit in only.signals] == ["after_compaction"]


def test_an_agent_file_of_an_agent_that_answers_through_a_tool() -> None:
    data = (Path(__file__).parent / "seeds" / "letta.agent.json").read_bytes()
    [only] = exchanges(data)
    assert (only.prompt, only.response) == ("Which port is it?", "It is port 8080.")
    kinds = [EventKind.THINKING, EventKind.TOOL_CALL, EventKind.TOOL_RESULT, EventKind.THINKING]
    assert [s.kind for s in only.steps if s.kind in kinds] == kinds
    assert "PORT = 8080" in next(s.text for s in only.steps if s.kind is EventKind.TOOL_RESULT)
    anew = data.replace(b"message-", b"message-1")
    [again] = exchanges(anew)
    assert again.key == only.key, "ids are given anew with each export"
    assert read_transcript(anew).sessions[0].key == read_transcript(data).sessions[0].key


def test_agent_files_of_newer_agents_and_of_the_older_shape() -> None:
    said = [
        {"role": "user", "content": [{"type": "text", "text": "Which port?"}], "created_at": "2026-03-01T08:00:01Z"},
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "I look."}],
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "grep", "arguments": "{}"}}],
            "created_at": "2026-03-01T08:00:02Z",
        },
        {"role": "tool", "tool_returns": [{"tool_call_id": "c", "status": "error", "func_response": "no such file"}]},
        {"role": "assistant", "content": "Port 8080.", "created_at": "2026-03-01T08:00:04Z"},
    ]
    agent = {"name": "a", "agent_type": "letta_v1_agent", "llm_config": {"model": "m"}, "messages": said}
    [only] = exchanges(json.dumps({"agents": [agent, {"name": "b", "agent_type": "x", "messages": []}]}).encode())
    assert (only.prompt, only.response) == ("Which port?", "Port 8080.")
    assert [s.text for s in only.steps if s.kind is EventKind.REPLY_TEXT] == ["I look."]
    assert [s.flags for s in only.steps if s.kind is EventKind.TOOL_RESULT] == [frozenset({"is_error"})]
    older = {"agent_type": "memgpt_agent", "core_memory": [], "llm_config": {}, "messages": said[:1] + said[3:]}
    assert [e.response for e in exchanges(json.dumps(older, indent=2).encode())] == ["Port 8080."]


@pytest.mark.parametrize("indent", [None, 2])
def test_an_agent_that_remembers_much_is_told_by_what_comes_after(indent: int | None) -> None:
    agent = {
        "name": "a",
        "memory_blocks": [{"label": "human", "value": "Likes tea. " * 10_000}],
        "core_memory": [],
        "agent_type": "letta_v1_agent",
        "llm_config": {},
        "messages": [{"role": "user", "content": "Which port?"}, {"role": "assistant", "content": "8080."}],
    }
    for document in ({"agents": [agent]}, agent):
        assert [e.response for e in exchanges(json.dumps(document, indent=indent).encode())] == ["8080."]


def test_an_agent_file_that_breaks_off_gives_the_agents_before() -> None:
    said = [{"role": "user", "content": "Which port?"}, {"role": "assistant", "content": "8080."}]
    agents = [{"name": name, "agent_type": "letta_v1_agent", "messages": said} for name in "ab"]
    transcript = read_transcript(json.dumps({"agents": agents}).encode()[:-40])
    assert [(s.title, s.exchanges[0].response) for s in transcript.sessions] == [("a", "8080.")]
    assert "what comes before it was read" in transcript.problems[0].reason


@pytest.mark.parametrize("seed", ["letta.jsonl", "letta.local.jsonl"])
def test_what_a_shorter_file_gave_stays_where_it_is(seed: str) -> None:
    assert keeps_its_keys((Path(__file__).parent / "seeds" / seed).read_bytes())
