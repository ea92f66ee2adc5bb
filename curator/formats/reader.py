"""The reader: one file's bytes in, its sessions and exchanges out, whatever the bytes are."""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field

from curator.core.errors import UnreadableFileError
from curator.core.exchange import Problem, Transcript
from curator.formats.database import MAGIC, Database
from curator.formats.events import SessionEvents
from curator.formats.exchanges import build
from curator.formats.head import HEAD, LONG_HEAD, Head
from curator.formats.jsonlines import Source
from curator.formats.sniff import adapter, sniff

Bytes = bytes | bytearray | memoryview | mmap.mmap
Data = Bytes | Database
"""What can be read: the bytes of a file, or the database that a file is."""


@dataclass(slots=True)
class Reading:
    """What a file gave before it was cut into exchanges: for tests, and for who wants every event."""

    format: str
    sessions: list[SessionEvents] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)


def read_events(data: Data, name: str = "") -> Reading:
    """The events of each session, as the file's adapter found them. Never raises."""
    if not isinstance(data, Bytes):
        return _read_database(data, name)
    source: Source = bytes(data) if isinstance(data, bytearray | memoryview) else data
    if not source[:HEAD].strip():
        return Reading("")
    format = sniff(Head(source[:HEAD], name))
    if format is None and len(source) > HEAD:
        format = sniff(Head(source[:LONG_HEAD], name))
    if format is None:
        return Reading("", problems=[Problem(0, "No transcript format that Curator knows.")])
    reading = Reading(format)
    try:
        reading.sessions = adapter(format).read(source, name, reading.problems, reading.unknown)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, MemoryError) as error:
        # The bytes come from anywhere: whatever an adapter missed costs this file, never the import.
        reading.problems.append(Problem(0, f"The file could not be read ({type(error).__name__})."))
    return reading


def read_transcript(data: Data, name: str = "") -> Transcript:
    """Everything the file gave. Never raises: what could not be read is a problem with its line number.

    `name` is the file's name; only formats whose records carry no session id fall back on it.
    """
    reading = read_events(data, name)
    sessions = tuple(session for found in reading.sessions if (session := build(found)).exchanges)
    return Transcript(reading.format, sessions, tuple(reading.problems), reading.unknown)


def _read_database(db: Database, name: str) -> Reading:
    reading = Reading("")
    try:
        format = sniff(Head(MAGIC, name, db.tables))
        if format is None:
            reading.problems.append(Problem(0, "A database of a program that Curator does not know."))
            return reading
        reading.format = format
        reading.sessions = adapter(format).read_database(db, name, reading.problems, reading.unknown)
    except UnreadableFileError as error:
        reading.problems.append(Problem(0, error.message))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, MemoryError) as error:
        reading.problems.append(Problem(0, f"The database could not be read ({type(error).__name__})."))
    return reading
