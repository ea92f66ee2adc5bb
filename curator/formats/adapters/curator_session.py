"""Curator's own copy of a session that lies among others in another program's database: JSON Lines, nothing left out.

The first line says whose session it is: `curator_session` is the version of this format, `reader` the way in which
the database was read (see `formats.versions`), `from` the format of that, and the rest is what `SessionEvents` knows.
Each line after it is one `Event`, without the fields that are empty. Texts are as long as they were recorded; where
Curator shows less of one, `length` is its length, and reading the copy shortens it in the same way. So a copy gives the
very exchanges, steps and signals that the database gave. A line that begins as the first one does begins another
session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from curator.core.dropped import DROPPED
from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.core.format import FORMATS
from curator.formats.events import SessionEvents, clean, shortened
from curator.formats.head import Head
from curator.formats.jsonlines import Source, read_records

VERSION = 1
FORMAT = "curator-session"
_BEGINS = re.compile(rb'\{\s*"curator_session"\s*:')
_MOST = 1 << 53
"""Above this JSON's numbers are no whole ones any more; lines and lengths end far below."""
_encoder = msgspec.json.Encoder()


class _Heading(msgspec.Struct):
    curator_session: int
    reader: int
    from_: str = msgspec.field(name="from")
    key: str
    format: str
    title: str
    project: str
    started: str
    origin: str
    model: str
    parent_key: str
    joins_replies: bool


class _Event(msgspec.Struct, omit_defaults=True):
    kind: str = ""
    text: str = ""
    line: int = 0
    id: str = ""
    parent: str = ""
    message_id: str = ""
    timestamp: str = ""
    name: str = ""
    length: int = 0
    flags: list[str] = []


class _Line(_Event):
    """Either of the two, as it may come from anywhere."""

    curator_session: int = 0
    key: str = ""
    format: str = ""
    title: str = ""
    project: str = ""
    started: str = ""
    origin: str = ""
    model: str = ""
    parent_key: str = ""
    joins_replies: bool = True


_LINE = msgspec.json.Decoder(_Line)
_KINDS = {str(kind): kind for kind in EventKind}
_ORIGINS = {str(origin): origin for origin in Origin}


def recognises(head: Head) -> bool:
    """Whether its first line is the head of such a copy."""
    return _BEGINS.match(head.raw) is not None


def written(session: SessionEvents, origin: str, reader: int) -> Iterator[bytes]:
    """The lines of a copy; `origin` is the format of the database, `reader` the way it was read in. The events have to
    be read while `events.kept_whole` holds. The same session gives the same bytes."""
    yield _line(
        _Heading(
            VERSION,
            reader,
            origin,
            session.key,
            session.format,
            session.title,
            session.project,
            session.started,
            str(session.origin),
            session.model,
            session.parent_key,
            session.joins_replies,
        )
    )
    for e in session.events:
        named = (e.id, e.parent, e.message_id, e.timestamp, e.name)
        yield _line(_Event(str(e.kind), e.text, e.line, *named, e.length, sorted(e.flags)))


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The session of a copy; of copies that were put together, each."""
    sessions: list[SessionEvents] = []
    for _, line in read_records(data, _LINE, problems):
        if line.curator_session:
            sessions.append(_session(line, clean(line.key or name)))
        elif (kind := _KINDS.get(line.kind)) is None:
            unknown[clean(line.kind)] = unknown.get(clean(line.kind), 0) + 1
        elif sessions:
            sessions[-1].events.append(_event(kind, line))
    return sessions


def _session(line: _Line, key: str) -> SessionEvents:
    return SessionEvents(
        key,
        line.format if line.format in FORMATS else FORMAT,
        clean(line.title),
        clean(line.project),
        clean(line.started),
        _ORIGINS.get(line.origin, Origin.HUMAN),
        clean(line.model),
        clean(line.parent_key),
        line.joins_replies,
    )


def _event(kind: EventKind, line: _Line) -> Event:
    name = clean(line.name)
    return shortened(
        Event(
            kind,
            clean(line.text),
            _number(line.line),
            clean(line.id),
            clean(line.parent),
            clean(line.message_id),
            clean(line.timestamp),
            name if kind is not EventKind.META or name in DROPPED else "",
            _number(line.length),
            frozenset(map(clean, line.flags)),
        )
    )


def _number(value: int) -> int:
    return value if 0 <= value < _MOST else 0


def _line(record: msgspec.Struct) -> bytes:
    return _encoder.encode(record) + b"\n"
