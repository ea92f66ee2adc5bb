"""Copies of sessions that lie in another program's database, made in a parser process: they can be gigabytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from curator.core.errors import LibraryError, UnreadableFileError
from curator.formats.adapters import curator_session
from curator.formats.chosen_sessions import open_sessions
from curator.formats.database import MAGIC
from curator.formats.events import kept_whole
from curator.formats.versions import version_of
from curator.ingest.answers import Given
from curator.ingest.files import opened
from curator.ingest.parser import Answer, Copied, CopyRequest, Failed, Parsed, ParseRequest
from curator.ingest.pool import ParserPool
from curator.ingest.whole import content
from curator.library import foreign
from curator.library.archive_files import CopyStoppedError, PackedFile, put
from curator.library.foreign import ForeignDatabase
from curator.library.packed import PackedTranscript, SourceFile

_LOOK_UP_SECONDS = 0.1
_AT_ONCE = 64
"""Sessions that one process is asked for at a time: those of a request that fails are all asked for again."""


class SessionCopier:
    """Has sessions copied by a process of its own, which it starts when it is first asked. Used by one thread."""

    def __init__(self) -> None:
        self._pool: ParserPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.close()

    def copies(
        self,
        path: str,
        size: int,
        sessions: Mapping[str, tuple[int, ...]],
        folder: Path,
        cancel: threading.Event | None = None,
    ) -> Iterator[tuple[str, PackedFile]]:
        """Each of these sessions (by their keys, with the sizes of the copies that there are) of the database at `path`
        of about so many bytes, as it lies packed in `folder` now. Sessions that the database does not hold are left
        out.

        Raises UnreadableFileError where the database cannot be read, LibraryError where a copy cannot be stored, and
        CopyStoppedError when `cancel` is set.
        """
        keys = list(sessions)
        for at in range(0, len(keys), _AT_ONCE):
            wanted = {key: list(sessions[key]) for key in keys[at : at + _AT_ONCE]}
            answer = self._ask(ParseRequest(path, copies=CopyRequest(str(folder), wanted)), size, cancel)
            if isinstance(answer, Failed):
                raise UnreadableFileError(answer.reason)
            assert isinstance(answer, Parsed)  # it tells of copies, and holds no sessions
            for one in answer.copies:
                yield one.key, PackedFile(one.sha256, one.size, one.packed, dict(one.begins))
            if answer.refused:
                raise LibraryError(*answer.refused)

    def _ask(self, request: ParseRequest, size: int, cancel: threading.Event | None) -> Given:
        self._pool = self._pool or ParserPool(1)
        asked = self._pool.submit([(request, size)])
        while cancel is None or not cancel.is_set():
            with suppress(TimeoutError):
                return asked.result(timeout=_LOOK_UP_SECONDS if cancel is not None else None)[0]
        pool, self._pool = self._pool, None
        pool.close()
        raise CopyStoppedError("The copy was stopped.", "It is made when Curator runs next.")


def copy_sessions(path: str, request: CopyRequest) -> Answer:
    """In the parser process: read each session whole and pack it. What was packed before the disk refused one is told.

    Raises UnreadableFileError for what keeps the database from being read.
    """
    try:
        return _copied(path, request)
    except OSError as error:
        raise UnreadableFileError(f"It cannot be read: {(error.strerror or str(error)).lower()}.") from error


def _copied(path: str, request: CopyRequest) -> Answer:
    done: list[Copied] = []
    refused: tuple[str, str] | None = None
    with _database(path) as db, kept_whole():
        found = open_sessions(db, Path(path).name, frozenset(request.sessions))
        if not found.format:
            raise UnreadableFileError("It is no database that Curator knows any more.")
        for session in found.events:
            lines = _Lines(curator_session.written(session, found.format, version_of(found.format)))
            try:
                packed = put(Path(request.folder), lines, request.sessions[session.key])
            except LibraryError as error:
                refused = (error.message, error.hint)
                break
            done.append(Copied(session.key, packed.sha256, packed.size, packed.packed, list(packed.begins.items())))
    if found.is_partial and not (done or refused):
        raise UnreadableFileError(found.problems[-1].reason if found.problems else "It cannot be read.")
    return Parsed(SourceFile(path, 0, 0, 0, b"", b""), PackedTranscript(found.format, []), done, refused)


@contextmanager
def _database(path: str) -> Iterator[ForeignDatabase]:
    """The database at a path as the library knows it: also one inside a zip."""
    if Path(path).is_file():
        with opened(path) as (file, _):
            begin = file.read(len(MAGIC))
        if begin != MAGIC:
            raise UnreadableFileError("It is no database any more.")
        with foreign.opened(path) as db:
            yield db
    else:
        with content(path) as held:
            data = held.read()
        with foreign.from_bytes(data) as db:
            yield db


class _Lines:
    """Lines that are read like a file."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines

    def read(self, size: int) -> bytes:
        """As many lines as make so many bytes."""
        pieces: list[bytes] = []
        length = 0
        for line in self._lines:
            pieces.append(line)
            length += len(line)
            if length >= size:
                break
        return b"".join(pieces)
