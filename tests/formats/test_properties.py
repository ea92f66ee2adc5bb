"""Whatever the bytes are: reading never raises, gives text that can be written, and gives the same again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading_contract import GROWING, grows, holds, is_lines, keeps
from seeds import SEEDS, read_any

from curator.core.format import FORMATS


def test_there_is_a_seed_for_every_format() -> None:
    assert {name for name, _ in SEEDS} == set(FORMATS)
    for name, seed in SEEDS:
        found = read_any(seed)
        assert found.format == name and found.sessions and not found.problems


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SEEDS))[1])
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
@given(st.sampled_from(SEEDS), st.lists(shaped, max_size=3))
def test_records_with_the_right_keys_and_the_wrong_types_never_raise(
    named: tuple[str, bytes], records: list[Any]
) -> None:
    seed = named[1]
    if seed.startswith(b"["):
        holds(json.dumps([*json.loads(seed), *records]).encode())
    else:
        holds(seed + b"".join(json.dumps(r).encode() + b"\n" for r in records))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_of_any_kind_never_raise(data: bytes) -> None:
    holds(data)


FOUND = sorted(path for path in (Path(__file__).parents[1] / "fuzz" / "found").iterdir() if path.suffix != ".md")
"""Inputs that fuzzing found and that broke something."""
LINES = [(name, seed) for name, seed in SEEDS if name in GROWING and is_lines(seed)]


def test_every_growing_format_has_a_seed_of_lines() -> None:
    assert {name for name, _ in LINES} == GROWING


@pytest.mark.parametrize("data", [seed for _, seed in LINES], ids=[name for name, _ in LINES])
def test_what_is_finished_stays_the_same_at_every_length_of_a_growing_file(data: bytes) -> None:
    whole = read_any(data)
    ends = {at for at in range(len(data)) if at % 7 == 0 or b"\n" in data[max(0, at - 2) : at + 2]}
    for end in sorted(ends):
        grows(data, end, whole)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(LINES), st.lists(shaped, max_size=3), st.integers(0))
def test_a_growing_file_of_odd_records_may_be_cut_anywhere(
    named: tuple[str, bytes], records: list[Any], cut: int
) -> None:
    data = named[1] + b"".join(json.dumps(record).encode() + b"\n" for record in records) + named[1]
    grows(data, cut % len(data), read_any(data))


@pytest.mark.parametrize("path", FOUND, ids=[path.name for path in FOUND])
def test_what_once_broke_a_reader_breaks_none(path: Path) -> None:
    keeps(path.read_bytes())
