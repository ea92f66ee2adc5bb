"""The reader: one file's bytes in, its sessions and exchanges out, whatever the bytes are."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

from curator.core.exchange import Problem, Transcript
from curator.formats.events import SessionEvents
from curator.formats.exchanges import build
from curator.formats.jsonlines import Source
from curator.formats.sniff import HEAD, sniff

_Adapter = Callable[[Source, str, list[Problem], dict[str, int]], list[SessionEvents]]

_LONG_HEAD = 4 << 20
"""Bytes looked at when the first ones do not tell: a first record can be long."""


@dataclass(slots=True)
class Reading:
    """What a file gave before it was cut into exchanges: for tests, and for who wants every event."""

    format: str
    sessions: list[SessionEvents] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)


def read_events(data: bytes | bytearray | memoryview | mmap.mmap, name: str = "") -> Reading:
    """The events of each session, as the file's adapter found them. Never raises."""
    source: Source = bytes(data) if isinstance(data, bytearray | memoryview) else data
    if not source[:HEAD].strip():
        return Reading("")
    format = sniff(source[:HEAD], name)
    if format is None and len(source) > HEAD:
        format = sniff(source[:_LONG_HEAD], name)
    if format is None:
        return Reading("", problems=[Problem(0, "No transcript format that Curator knows.")])
    reading = Reading(format)
    try:
        reading.sessions = _adapter(format)(source, name, reading.problems, reading.unknown)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, MemoryError) as error:
        # The bytes come from anywhere: whatever an adapter missed costs this file, never the import.
        reading.problems.append(Problem(0, f"The file could not be read ({type(error).__name__})."))
    return reading


def _adapter(format: str) -> _Adapter:
    """The reader of a format; loaded when its first file comes, since a parser process mostly meets one format."""
    read: _Adapter = import_module(f"curator.formats.adapters.{format.replace('-', '_')}").read
    return read


def read_transcript(data: bytes | bytearray | memoryview | mmap.mmap, name: str = "") -> Transcript:
    """Everything the file gave. Never raises: what could not be read is a problem with its line number.

    `name` is the file's name; only formats whose records carry no session id fall back on it.
    """
    reading = read_events(data, name)
    sessions = tuple(session for found in reading.sessions if (session := build(found)).exchanges)
    return Transcript(reading.format, sessions, tuple(reading.problems), reading.unknown)
