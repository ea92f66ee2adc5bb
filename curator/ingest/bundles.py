"""Sessions that their program keeps in many small files: what stands for one, and its files as one document.

OpenHands writes an event a file into a folder `events`; OpenCode wrote, until it had a database, a session's head, its
messages and their parts into three trees beside each other (packages/opencode/src/storage/storage.ts, 2025). The folder
and the head stand for the session in the library: there is one source a session, as for everybody else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from curator.core.errors import UnreadableFileError
from curator.core.exchange import Problem
from curator.formats.jsonlines import UNREADABLE
from curator.ingest.files import opened
from curator.ingest.names import EVENTS, may_stand_for_many

_EVENT = re.compile(r"(?:event-)?(\d{1,9})(?:-[\w-]+)?\.json")
_PIECES = ("message", "part", "project", "session_diff", "session_share", "todo")
_MOST = 512 << 20
"""Bytes of one session; what is more is no conversation, and would have to be held whole."""


class Stamp(NamedTuple):
    """What tells that a session changed: the sum of its files' sizes, the newest of their times, and the inode of what
    stands for it."""

    size: int
    mtime_ns: int
    inode: int


class Gathered(NamedTuple):
    """A session's files as one document, with what could not be taken into it."""

    data: bytes
    stamp: Stamp
    problems: list[Problem]


def stands_for_many(path: str) -> bool:
    """Whether this path, of a folder or a file, stands for a session of many files."""
    if not path.endswith((EVENTS, ".json")) or not may_stand_for_many(path):
        return False
    place = Path(path)
    if place.name == EVENTS:
        return any(map(_EVENT.fullmatch, _names(place)))
    return _storage(place) is not None


def is_piece(folder: str, name: str) -> bool:
    """Whether a folder of this name in that one holds pieces of sessions, or what OpenCode keeps beside them."""
    return name in _PIECES and (Path(folder) / "session").is_dir() and (Path(folder) / "message").is_dir()


def standing_for(path: str) -> str:
    """What stands for the session of which the file at `path` is a piece; the path itself where it is none."""
    place = Path(path)
    if place.parent.name == EVENTS and _EVENT.fullmatch(place.name):
        return str(place.parent)
    if place.parent.parent.name == "message" and place.name.startswith("msg_"):
        heads = (place.parents[2] / "session").glob(f"*/{place.parent.name}.json")
        return str(next(heads, place))
    return path


def stamp_of(path: str) -> Stamp:
    """How the session at this path stands on the disk; of a session of OpenCode its head and its messages are looked
    at, since a message is written anew when it is done. Raises OSError."""
    place = Path(path)
    storage = _storage(place)
    if storage is None:
        return _stamp(place, _files(place))
    return _stamp(place, [place, *_files(storage / "message" / place.stem)])


def gathered(path: str) -> Gathered:
    """The files of the session at this path as the document that its program exports it as.

    A file that is half written or damaged is left out and named. Raises OSError, and UnreadableFileError for more than
    half a gigabyte.
    """
    place = Path(path)
    stamp = stamp_of(path)  # before they are read: what is written meanwhile shows in the next one
    reading = _Reading()
    storage = _storage(place)
    if storage is None:
        events = sorted(_files(place), key=_number)
        return Gathered(b"[" + b",\n".join(filter(None, map(reading.take, events))) + b"]", stamp, reading.problems)
    messages = []
    for file in sorted(_files(storage / "message" / place.stem)):
        if info := reading.take(file):
            parts = filter(None, map(reading.take, sorted(_files(storage / "part" / file.stem))))
            messages.append(b'{"info":' + info + b',"parts":[' + b",".join(parts) + b"]}")
    head = reading.take(place) or b"{}"
    data = b'{"info":' + head + b',"messages":[' + b",\n".join(messages) + b"]}"
    return Gathered(data, stamp, reading.problems)


class _Reading:
    """The files of one session as they are read."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._size = 0

    def take(self, file: Path) -> bytes:
        """What a file holds, if it is whole; else nothing."""
        try:
            with opened(str(file)) as (stream, info):
                self._size += info.st_size
                if self._size > _MOST:
                    raise UnreadableFileError(f"The session is larger than {_MOST >> 20} MB; it was left out.")
                data: bytes = stream.read()
            msgspec.json.decode(data, type=msgspec.Raw)
        except FileNotFoundError:
            return b""  # taken back while the others were read
        except UNREADABLE:
            self.problems.append(Problem(0, f"{file.name} is not readable; the rest of the session was read."))
            return b""
        return data.strip()


def _storage(head: Path) -> Path | None:
    """The folder with the three trees in which this is the head of a session; None for any other path."""
    if head.parent.parent.name != "session":
        return None
    storage = head.parent.parent.parent
    return storage if (storage / "message").is_dir() else None


def _files(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if entry.name.endswith(".json") and entry.is_file(follow_symlinks=False)
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _names(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry.name for entry in entries)
    except OSError:
        return


def _number(event: Path) -> tuple[int, str]:
    found = _EVENT.fullmatch(event.name)
    return (int(found[1]) if found is not None else 1 << 31, event.name)


def _stamp(place: Path, files: Iterable[Path]) -> Stamp:
    stats = [file.stat() for file in files]
    own = place.stat()
    size = sum(info.st_size for info in stats)
    return Stamp(size, max((info.st_mtime_ns for info in stats), default=own.st_mtime_ns), own.st_ino)
