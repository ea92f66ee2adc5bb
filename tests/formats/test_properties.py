"""Whatever the bytes are: reading never raises, gives text that can be written, and gives the same again."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from claude_lines import asked, gave, said, used
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curator.core.exchange import Transcript
from curator.formats import FORMATS
from curator.formats.reader import read_events, read_transcript
from curator.screening import screen_session

CHATGPT = [
    {
        "title": "Tea",
        "current_node": "c",
        "mapping": {
            "a": {"id": "a", "children": ["b"]},
            "b": {
                "id": "b",
                "parent": "a",
                "children": ["c"],
                "message": {
                    "id": "b",
                    "author": {"role": "user"},
                    "content": {"content_type": "text", "parts": ["Hi"]},
                },
            },
            "c": {
                "id": "c",
                "parent": "b",
                "children": [],
                "message": {
                    "id": "c",
                    "author": {"role": "assistant"},
                    "create_time": 1.0,
                    "content": {"content_type": "text", "parts": ["Hello"]},
                },
            },
        },
    }
]
SEEDS: dict[str, bytes] = {
    "claude-code": asked("p", "Fix \ud83d it")
    + used("a", "Bash", {"command": "make"}, "p", call="t")
    + gave("r", "t", [{"type": "text", "text": "ok"}], "a", is_error=True)
    + said("b", "Fixed.", "r"),
    "codex": b"".join(
        json.dumps({"timestamp": "2026-01-01T00:00:00Z", "type": kind, "payload": payload}).encode() + b"\n"
        for kind, payload in (
            ("session_meta", {"id": "s", "cwd": "/x"}),
            ("event_msg", {"type": "user_message", "message": "Do it"}),
            ("response_item", {"type": "function_call", "name": "shell", "call_id": "1", "arguments": '{"cmd":"ls"}'}),
            (
                "response_item",
                {"type": "function_call_output", "call_id": "1", "output": '{"output":"x","metadata":{}}'},
            ),
            (
                "response_item",
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Ok"}]},
            ),
            ("event_msg", {"type": "thread_rolled_back", "num_turns": 1}),
        )
    ),
    "chatgpt": json.dumps(CHATGPT).encode(),
    "openai-messages": b'{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text",'
    b'"text":"Hello"}],"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}}]}]}\n{"prompt":"a","completion":"b"}\n',
    "sharegpt": b'[{"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"<think>x</think>Hello"}]}]',
    "text": "## User\n\nWhat is it?\n\n## Assistant\n\nA café.\n\n```\nUser: no\n```\n".encode(),
}


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if is_dataclass(value):
        return [t for f in fields(value) for t in texts(getattr(value, f.name))]
    if isinstance(value, dict):
        return [t for pair in value.items() for part in pair for t in texts(part)]
    if isinstance(value, tuple | list | frozenset):
        return [t for part in value for t in texts(part)]
    return []


def holds(data: bytes) -> Transcript:
    transcript = read_transcript(data, "name")
    assert not [p.reason for p in transcript.problems if "could not be read (" in p.reason]
    for text in texts(transcript):
        text.encode()
    for session in transcript.sessions:
        assert len({e.key for e in session.exchanges}) == len(session.exchanges)
        screened = screen_session(session)
        for text in texts(screened):
            text.encode()
        assert [e.key for e in screened.exchanges] == [e.key for e in session.exchanges]
    assert read_transcript(data, "name") == transcript
    return transcript


def test_there_is_a_seed_for_every_format() -> None:
    assert {name: read_events(seed).format for name, seed in SEEDS.items()} == {name: name for name in FORMATS}


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(SEEDS[draw(st.sampled_from(sorted(SEEDS)))])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["cut", "byte", "insert", "double", "end", "crlf", "bom"]))
        if kind == "cut":
            del data[at : at + draw(st.integers(1, 60))]
        elif kind == "byte" and at < len(data):
            data[at] = draw(st.integers(0, 255))
        elif kind == "insert":
            pieces = [
                b"\x00",
                b"\xff",
                b"\\ud83d",
                b"NaN",
                b'"',
                b"{",
                b"[",
                b"\n",
                b"null,",
                b"1e999",
                b"\\u0000",
                b"}",
            ]
            data[at:at] = draw(st.sampled_from(pieces))
        elif kind == "double":
            data += data[at:]
        elif kind == "end":
            del data[at:]
        elif kind == "crlf":
            data = bytearray(bytes(data).replace(b"\n", b"\r\n"))
        else:
            data[:0] = b"\xef\xbb\xbf"
    return bytes(data)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_mutated_bytes_never_raise(data: bytes) -> None:
    holds(data)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = sorted(
    {"type", "uuid", "parentUuid", "sessionId", "message", "content", "role", "payload", "text", "id", "name", "input"}
    | {
        "tool_use_id",
        "is_error",
        "isMeta",
        "timestamp",
        "messages",
        "conversations",
        "from",
        "value",
        "mapping",
        "parts",
    }
    | {"author", "parent", "children", "current_node", "arguments", "output", "prompt", "completion", "attachment"}
)
WORDS = st.sampled_from(
    [
        "user",
        "assistant",
        "text",
        "tool_use",
        "tool_result",
        "thinking",
        "response_item",
        "event_msg",
        "message",
        "system",
        "user_message",
        "function_call",
        "attachment",
        "queued_command",
        "summary",
        "u1",
        "u2",
        "reasoning",
        "human",
        "gpt",
    ]
)
shaped = st.recursive(
    anything | WORDS,
    lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, max_size=6) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SEEDS)), st.lists(shaped, max_size=3))
def test_records_with_the_right_keys_and_the_wrong_types_never_raise(name: str, records: list[Any]) -> None:
    seed = SEEDS[name]
    if seed.startswith(b"["):
        holds(json.dumps([*json.loads(seed), *records]).encode())
    else:
        holds(seed + b"".join(json.dumps(r).encode() + b"\n" for r in records))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_never_raise(data: bytes) -> None:
    holds(data)


@pytest.mark.parametrize("name", ["claude-code", "codex", "openai-messages"])
def test_keys_stay_the_same_at_every_length_of_a_growing_file(name: str) -> None:
    data = SEEDS[name]
    final = [(s.key, [e.key for e in s.exchanges]) for s in read_transcript(data).sessions]
    for end in range(len(data)):
        for (key, keys), (last_key, last_keys) in zip(
            [(s.key, [e.key for e in s.exchanges]) for s in read_transcript(data[:end]).sessions], final, strict=False
        ):
            assert (key, keys) == (last_key, last_keys[: len(keys)])
