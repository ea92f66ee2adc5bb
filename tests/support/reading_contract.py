"""What reading promises over any bytes whatever: the one contract that properties are tried on and that is fuzzed."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import Any

from seeds import read_any

from curator.core.dropped import DROPPED
from curator.core.exchange import EventKind, Session, Transcript
from curator.screening import screen_session

GROWING = frozenset(
    {
        "claude-code",
        "codex",
        "copilot-cli",
        "cursor",
        "droid",
        "hermes",
        "kimi",
        "kiro",
        "letta",
        "omp",
        "openclaw",
        "pi",
    }
    | {"openai-messages", "preference", "prompt-completion", "text-rows"}
)
"""Formats whose files grow by whole lines, of which none takes back what an earlier one said; a line of VS Code's log
may set any part of the chat anew."""
BRANCHING = frozenset({"omp", "openclaw", "pi"})
"""Those of them whose later lines may go back to an earlier prompt, and answer it."""


def texts(value: Any) -> list[str]:
    """Every string in a value."""
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
    """Read the bytes and assert that nothing is raised, that all of it can be written and that it is so again."""
    transcript = read_any(data)
    assert not [p.reason for p in transcript.problems if "could not be read (" in p.reason], transcript.problems
    for text in texts(transcript):
        text.encode()
        assert "\x00" not in text
    for session in transcript.sessions:
        assert len({e.key for e in session.exchanges}) == len(session.exchanges)
        dropped = {step.name for e in session.exchanges for step in e.steps if step.kind is EventKind.META}
        assert dropped <= DROPPED.keys() | {""}, dropped - DROPPED.keys()
        screened = screen_session(session)
        for text in texts(screened):
            text.encode()
        assert [e.key for e in screened.exchanges] == [e.key for e in session.exchanges]
    assert read_any(data) == transcript
    return transcript


def is_lines(data: bytes) -> bool:
    """Whether the first line is a record of its own."""
    try:
        return isinstance(json.loads(data.lstrip(b"\xef\xbb\xbf \r\n").split(b"\n", 1)[0]), dict)
    except (ValueError, RecursionError):
        return False


def grows(data: bytes, at: int, after: Transcript) -> None:
    """Assert that a file read when it was `at` bytes long gave what it gives whole, but for its last exchange."""
    begun, _, _ = data[at:].partition(b"\n")
    if begun.strip() and is_lines(data[data.rfind(b"\n", 0, at) + 1 : at]):
        return  # nobody writes on behind a record that is whole
    before = read_any(data[:at])
    if not is_lines(data) or before.format != after.format or after.format not in GROWING:
        return
    final = {session.key: session for session in after.sessions}
    has_answers = after.format not in BRANCHING
    for session in before.sessions:
        assert session.key in final, f"the session {session.key} is another one at {at} bytes"
        now = _finished(session, len(session.exchanges), has_answers)
        assert now == _finished(final[session.key], len(session.exchanges), has_answers), f"at {at} bytes"


def keeps(data: bytes) -> None:
    """The whole contract, with the place of a split taken from the last two bytes, so that a fuzzer may choose it."""
    transcript = holds(data)
    if transcript.sessions and len(data) > 2:
        grows(data, int.from_bytes(data[-2:], "little") % len(data), transcript)


def _finished(session: Session, count: int, has_answers: bool) -> list[tuple[str, str, str]]:
    """What the lines so far settle: all of an exchange that another one follows, of the last its key alone."""
    exchanges = session.exchanges[:count]
    told = [(e.key, e.prompt, e.response if has_answers else "") for e in exchanges[:-1]]
    return [*told, *[(e.key, "", "") for e in exchanges[-1:]]]
