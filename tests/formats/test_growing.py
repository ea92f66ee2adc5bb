"""A file that grows: what is read of it bit by bit is what is read of it at once, whatever becomes of it meanwhile."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seeds import SEEDS

from curator.core.exchange import Transcript
from curator.formats.growing import GrowingTranscript
from curator.formats.reader import read_transcript

GROWING = [(name, seed) for name, seed in SEEDS if name in ("claude-code", "codex")]


def read(transcript: GrowingTranscript, data: bytes) -> Transcript:
    opened = transcript.open(data, "s.jsonl")
    sessions = tuple(opened.sessions())
    return Transcript(opened.format, sessions, tuple(opened.problems), opened.unknown)


@pytest.mark.parametrize("seed", [seed for _, seed in GROWING], ids=[name for name, _ in GROWING])
def test_line_by_line_gives_what_the_whole_file_gives(seed: bytes) -> None:
    growing = GrowingTranscript()
    lines = seed.splitlines(keepends=True)
    for count in range(1, len(lines) + 1):
        data = b"".join(lines[:count])
        assert read(growing, data) == read_transcript(data, "s.jsonl")


ODD = [
    b'{"type": "user", "uuid": "u1", "message": 3}\n',
    b"not json\n",
    b'{"type": "\\u0000odd"}\n',
    b"\xff\xfe\n",
    b"\n",
    b"[]\n",
    b"\xef\xbb\xbf{}\n",
    b'{"type": "user", "uuid": "u9", "parentUuid": "u1", "message": {"role": "user", "content": "Not yet fin',
]


@st.composite
def _states_of_a_file(draw: st.DrawFn) -> list[bytes]:
    lines = [*draw(st.sampled_from(GROWING))[1].splitlines(keepends=True), *ODD]
    data = b""
    states = []
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["grow", "grow", "grow", "cut", "other start", "half a line"]))
        if kind == "grow":
            data += b"".join(draw(st.lists(st.sampled_from(lines), max_size=6)))
        elif kind == "cut":
            data = data[: draw(st.integers(0, len(data)))]
        elif kind == "other start":
            data = draw(st.sampled_from(lines)) + data[draw(st.integers(0, len(data))) :]
        else:
            data += draw(st.sampled_from(lines))[:20]
        states.append(data)
    return states


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_states_of_a_file())
def test_whatever_becomes_of_a_file_it_is_read_as_if_for_the_first_time(states: list[bytes]) -> None:
    growing = GrowingTranscript()
    for data in states:
        assert read(growing, data) == read_transcript(data, "s.jsonl")


def test_what_was_read_before_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = import_module("curator.formats.adapters.claude_code")
    seed = dict(GROWING)["claude-code"]
    lines = seed.splitlines(keepends=True)
    taken: list[tuple[int, int]] = []
    take = adapter.Growing.take

    def counted(self: object, data: bytes, first: int = 1) -> None:
        taken.append((len(data), first))
        take(self, data, first)

    monkeypatch.setattr(adapter.Growing, "take", counted)
    growing = GrowingTranscript()
    read(growing, b"".join(lines[:-1]))
    read(growing, seed)
    assert taken == [(len(seed) - len(lines[-1]), 1), (len(lines[-1]), len(lines))]
