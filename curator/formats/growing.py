"""A transcript that is read again and again while it grows: what was read of it before is not read anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import xxhash

from curator.core.exchange import Problem, Session
from curator.formats.encodings import of_utf_16
from curator.formats.events import SessionEvents
from curator.formats.exchanges import Cut, build
from curator.formats.head import HEAD, Head
from curator.formats.jsonlines import Source, count_lines
from curator.formats.reader import OpenTranscript, guarded, open_transcript
from curator.formats.sniff import adapter, sniff


class Growing(Protocol):
    """What an adapter of a format of lines calls `Growing(problems, unknown)`: everything that a later line may be
    about is in it, and nothing in it changes when the sessions are asked for."""

    def take(self, data: Source, first: int = 1) -> None:
        """Read whole lines, of which the first has this number."""

    def sessions(self, name: str) -> list[SessionEvents]:
        """The conversations as far as they were read."""


class GrowingTranscript:
    """One file, however often it is read: `open` gives what `open_transcript` gives of the same bytes.

    What it knows it uses only where the bytes it knows are still the first ones of the file, told by their hash, and
    the last line is finished.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._format = self._name = ""
        self._known: Growing | None = None
        self._problems: list[Problem] = []
        self._unknown: dict[str, int] = {}
        self._size = self._lines = 0
        self._hash = b""
        self._cuts: dict[str, dict[str, Cut]] = {}

    def open(self, data: bytes, name: str = "") -> OpenTranscript:
        """The sessions of the file as it is now."""
        data = bytes(of_utf_16(data))
        format = sniff(Head(data[:HEAD], name))
        begin = getattr(adapter(format), "Growing", None) if format is not None else None
        if format is None or begin is None or not data.endswith(b"\n"):
            self._forget()
            return open_transcript(data, name)
        if not self._is_beginning_of(data, format, name):
            self._forget()
            self._format, self._name = format, name
            self._known = begin(self._problems, self._unknown)
        opened = OpenTranscript(format, build=self._build)
        opened.events = guarded(opened, lambda: self._read_on(data, opened))
        return opened

    def _is_beginning_of(self, data: bytes, format: str, name: str) -> bool:
        if self._known is None or (self._format, self._name) != (format, name) or self._size > len(data):
            return False
        return xxhash.xxh3_128_digest(memoryview(data)[: self._size]) == self._hash

    def _build(self, found: SessionEvents) -> Session:
        return build(found, self._cuts.setdefault(found.key, {}))

    def _read_on(self, data: bytes, opened: OpenTranscript) -> Iterator[SessionEvents]:
        known, problems, unknown = self._known, self._problems, self._unknown
        assert known is not None  # `open` made it
        added, first = data[self._size :], self._lines + 1
        self._known = None  # until all of it was read: an adapter that broke off knows half of it
        known.take(added, first)
        found = known.sessions(self._name)
        self._known = known
        self._size, self._lines = len(data), self._lines + count_lines(added)
        self._hash = xxhash.xxh3_128_digest(data)
        opened.problems += problems
        opened.unknown |= unknown
        yield from found
