"""What a parser process answers, as the app takes it: held in memory, and of a large file on the disk, as it came.

A ChatGPT export of one gigabyte took 1.3 GB of the app's memory until it was whole. It has to be whole before any of it
is stored: a file over which its parser breaks down gives nothing.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from typing import IO, NamedTuple

from curator.core.errors import CuratorError
from curator.ingest.parser import Failed, Parsed, Piece, decode_answer, is_piece, read_frame, write_frame
from curator.ingest.slices import given_away
from curator.library.packed import PackedSession

HELD = 16 << 20
"""Bytes of a file's sessions that are held in memory; what comes after them goes to the disk."""


class NoRoomError(CuratorError):
    """The pieces of a large file could not be put down, or not be read again."""


class Spool:
    """Pieces of an answer in a file without a name, which goes with the last who knows of the spool, or the process."""

    def __init__(self) -> None:
        """Raises NoRoomError where no temporary file can be made."""
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 — closed when the spool is let go
        except OSError as error:
            raise _no_room(error) from error
        weakref.finalize(self, self._file.close)

    def add(self, body: bytes) -> None:
        """Put the body of a piece's frame behind the others; raises NoRoomError."""
        try:
            write_frame(self._file, body)
        except OSError as error:
            raise _no_room(error) from error

    def sessions(self) -> Iterator[PackedSession]:
        """All sessions in the order in which they came, one piece at a time; raises NoRoomError."""
        try:
            self._file.seek(0)
            while (body := read_frame(self._file)) is not None:
                piece = decode_answer(body)
                assert isinstance(piece, Piece)  # nothing else is put here
                yield from piece.sessions
        except OSError as error:
            raise _no_room(error) from error


class Long(NamedTuple):
    """A file that gave more than is held: its first sessions, those that lie on the disk, and how it ended, with its
    last."""

    first: list[PackedSession]
    spool: Spool
    parsed: Parsed

    def sessions(self) -> Iterator[PackedSession]:
        """All of them, in the order of the file; the first and the last are given away."""
        yield from given_away(self.first)
        yield from self.spool.sessions()
        yield from given_away(self.parsed.transcript.sessions)


Given = Parsed | Failed | Long
"""What comes of a file, wherever it was read."""


def read_answer(stream: IO[bytes]) -> Given | None:
    """The next answer of a parser, with its pieces; None when the other side is gone, also in the middle of one.
    Raises msgspec.MsgspecError on anything else, and NoRoomError."""
    first: list[PackedSession] = []
    spool: Spool | None = None
    held = 0
    while (body := read_frame(stream)) is not None:
        if spool is not None and is_piece(body):
            spool.add(body)
            continue
        answer = decode_answer(body)
        if isinstance(answer, Piece):
            first += answer.sessions
            held += len(body)
            if held > HELD:
                spool = Spool()
        elif isinstance(answer, Failed):
            return answer
        elif spool is not None:
            return Long(first, spool, answer)
        else:
            answer.transcript.sessions[:0] = first
            return answer
    return None


def _no_room(error: OSError) -> NoRoomError:
    reason = (error.strerror or str(error)).lower()
    return NoRoomError(f"What was read of it could not be put down in {tempfile.gettempdir()}: {reason}.")
