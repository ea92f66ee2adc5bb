"""The reader: one file's bytes in, its sessions and exchanges out, whatever the bytes are."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import ModuleType

from curator.core.errors import UnreadableFileError
from curator.core.exchange import Problem, Session, Transcript
from curator.formats.database import MAGIC, Database
from curator.formats.encodings import of_old_macs, of_utf_16
from curator.formats.events import SessionEvents, clean
from curator.formats.exchanges import build
from curator.formats.head import HEAD, LONG_HEAD, Head
from curator.formats.jsonlines import Source
from curator.formats.sniff import adapter, sniff

UNKNOWN = "No transcript format that Curator knows."
"""What is said of a file that no adapter recognises."""

PACKED = "It is packed. Unpack it, then import what is inside."
"""What is said of a file that a person packed, in a way that is not read here."""
_NO_TEXT = {
    b"PAR1": "It is a Parquet table, which Curator does not read. Save it as JSON Lines or CSV, then import that.",
    b"\x1f\x8b": PACKED,
    b"\x28\xb5\x2f\xfd": PACKED,
    b"BZh": PACKED,
    b"\xfd7zXZ": PACKED,
    b"7z\xbc\xaf": PACKED,
    b"{\\rtf": "It is rich text. Save it as plain text, with a name before each turn, and import that.",
    b"\xd0\xcf\x11\xe0": "It is a document of an older Office. Save it as plain text or CSV, and import that.",
    b"%PDF": "It is a PDF: pages and no turns. Save its text, with a name before each turn, and import that.",
}
"""What is said of files that are none of the formats and could be, by their first bytes."""
_CLOSED = {
    ".pb": "It is closed to other programs: Windsurf and Antigravity keep their chats so. Save the chat there as text, "
    "and import that.",
    ".db": "It is no SQLite database, or an encrypted one: Trae keeps its chats so.",
}
"""What is said of files that hold no text and tell nothing by their first bytes, by how their names end."""

Bytes = bytes | bytearray | memoryview | mmap.mmap
Data = Bytes | Database
"""What can be read: the bytes of a file, or the database that a file is."""

_TEXT = bytes([9, 10, 12, 13, *range(32, 127), *range(128, 256)])
_A_LOOK = 4_096

_MISSED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, MemoryError)
"""What an adapter may raise over bytes that come from anywhere: it costs this file, never the import."""


@dataclass(slots=True)
class Reading:
    """What a file gave before it was cut into exchanges: for tests, and for who wants every event."""

    format: str
    sessions: list[SessionEvents] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class OpenTranscript:
    """A file whose sessions are made as they are asked for, once: an export of thousands of conversations need not lie
    in memory. `problems` and `unknown` are complete after the last session, and `is_partial` then says that reading
    broke off: what was not read may be there all the same. `mark` is where the next reading of a database can begin,
    empty where it has to be read whole, and `is_store` says that it is one. `gone` are
    the keys of sessions that were in it at the time of that mark, and are no more."""

    format: str
    events: Iterable[SessionEvents] = ()
    problems: list[Problem] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    is_partial: bool = False
    mark: str = ""
    is_store: bool = False
    gone: list[str] = field(default_factory=list)
    build: Callable[[SessionEvents], Session] = build

    def sessions(self) -> Iterator[Session]:
        """The sessions, cut into exchanges; those without any are left out."""
        for found in self.events:
            session = self.build(found)
            if session.exchanges:
                yield session
            elif self.is_partial:
                self.gone.append(session.key)


def open_transcript(data: Data, name: str = "", since: str = "") -> OpenTranscript:
    """The sessions of a file, one after the other. Never raises: what could not be read is a problem with its line.

    `name` is the file's name; only formats whose records carry no session id fall back on it. `since` is the `mark` of
    an earlier reading of a database: what has not changed since then is left out, and the reading is a partial one.
    """
    if not isinstance(data, Bytes):
        return _open_database(data, name, since)
    source = of_old_macs(of_utf_16(bytes(data) if isinstance(data, bytearray | memoryview) else data))
    start = source[:HEAD]
    if not start or start.isspace():
        return OpenTranscript("")
    format = sniff(Head(start, name))
    if format is None and len(source) > HEAD:
        format = sniff(Head(source[:LONG_HEAD], name))
    if format is None:
        return OpenTranscript("", problems=[Problem(0, _why_unknown(source, name))])
    opened = OpenTranscript(format)
    opened.events = guarded(opened, lambda: adapter(format).read(source, name, opened.problems, opened.unknown))
    return opened


def _why_unknown(source: Source, name: str) -> str:
    """What is said of a file that no adapter takes."""
    for start, told in _NO_TEXT.items():
        if source[: len(start)] == start:
            return told
    is_text = not source[:_A_LOOK].translate(None, _TEXT)
    return UNKNOWN if is_text else _CLOSED.get(name[name.rfind(".") :].lower(), UNKNOWN)


def read_events(data: Data, name: str = "") -> Reading:
    """The same, with all sessions in a list: for tests, and for who wants every event."""
    opened = open_transcript(data, name)
    return Reading(opened.format, list(opened.events), opened.problems, opened.unknown)


def read_transcript(data: Data, name: str = "") -> Transcript:
    """Everything the file gave, at once."""
    opened = open_transcript(data, name)
    sessions = tuple(opened.sessions())
    return Transcript(opened.format, sessions, tuple(opened.problems), opened.unknown)


def _open_database(db: Database, name: str, since: str) -> OpenTranscript:
    opened = OpenTranscript("", is_store=True)
    try:
        format = sniff(Head(MAGIC, name, db.tables))
    except UnreadableFileError as error:
        opened.problems.append(Problem(0, error.message))
        return opened
    if format is None:
        opened.problems.append(Problem(0, "A database of a program that Curator does not know."))
        return opened
    opened.format = format
    opened.events = guarded(opened, lambda: _database_events(opened, db, name, since))
    return opened


def _database_events(opened: OpenTranscript, db: Database, name: str, since: str) -> Iterable[SessionEvents]:
    """What an adapter reads; where it can say what changed, and was asked to, that alone."""
    module = adapter(opened.format)
    if hasattr(module, "mark_of") and (now := _mark_of(module, db)):
        opened.mark = f"{opened.format} {now}"
        format, _, before = since.partition(" ")
        if format == opened.format:
            changed = module.read_changed(db, name, before, now, opened.problems, opened.unknown)
            if changed is not None:
                opened.is_partial = True
                left = set(changed.touched)
                for session in changed.sessions:
                    left.discard(session.key)
                    yield session
                opened.gone += sorted(left)
                return
    yield from module.read_database(db, name, opened.problems, opened.unknown)


def _mark_of(module: ModuleType, db: Database) -> str:
    """Asked for before anything is read: what is written meanwhile comes after it. Empty where the file is damaged,
    of which as much is read as can be."""
    try:
        return str(module.mark_of(db))
    except UnreadableFileError:
        return ""


def told_apart(sessions: Iterable[SessionEvents]) -> Iterator[SessionEvents]:
    """The sessions, each under a key of its own: what comes from anywhere may tell two under the same."""
    times: dict[str, int] = {}
    for session in sessions:
        key = told = clean(session.key)
        while told in times:  # also under the one that was made up
            times[key] += 1
            told = f"{key}#{times[key]}"
        times[told] = 1
        yield session if told == key else replace(session, key=told)


def guarded(opened: OpenTranscript, read: Callable[[], Iterable[SessionEvents]]) -> Iterator[SessionEvents]:
    """What an adapter reads; what it raises becomes a problem, and an end before the end."""
    try:
        yield from told_apart(read())
    except UnreadableFileError as error:
        opened.is_partial, opened.mark = True, ""
        opened.problems.append(Problem(0, error.message))
    except _MISSED as error:
        opened.is_partial, opened.mark = True, ""
        opened.problems.append(Problem(0, f"The file could not be read ({type(error).__name__})."))
    for kind in [kind for kind in opened.unknown if clean(kind) != kind]:
        opened.unknown[clean(kind)] = opened.unknown.pop(kind)
