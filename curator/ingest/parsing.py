"""Where files are parsed: a few small ones here at once; large ones and many in processes, ahead of the writer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from curator.ingest.answers import Given
from curator.ingest.found import Found
from curator.ingest.parser import ParseRequest, parse
from curator.ingest.pool import ParserPool
from curator.ingest.zips import OpenZip

if TYPE_CHECKING:
    from curator.ingest.growing import GrowingFiles

SMALL_FILE = 2 << 20
SMALL_JOB = 4 << 20
_AHEAD = 8  # files, or handfuls of small ones, that a parser process may be ahead of the writer: bounds memory
_AHEAD_BYTES = 64 << 20
_MOST_GROWING = 32 << 20  # bytes of a file that a parser process holds as long as it grows
_TOGETHER, _MANY = 1 << 20, 16  # bytes of files, and files, that a parser process is asked for at once
_LOOK_UP_SECONDS = 0.1  # how soon an import that waits for a parser hears that it is to stop


class Parsing:
    """Asks for files, and starts the processes that parse when it first needs them. Used by one thread at a time."""

    def __init__(self, patience: float, command: Sequence[str] | None) -> None:
        self._patience = patience
        self._command = command
        self._pool: ParserPool | None = None

    @cached_property
    def _growing(self) -> GrowingFiles:
        """The small files that were read last, mostly those that assistants add to. Imported when the first is read
        here: readers and screening take 60 ms, and where everything is parsed in processes nobody else needs them."""
        from curator.ingest.growing import GrowingFiles

        return GrowingFiles()

    def close(self) -> None:
        """End the processes; the next large job starts others."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def answers(
        self, work: Sequence[tuple[Found, ParseRequest]], cancel: threading.Event | None
    ) -> Iterator[tuple[Found, Given]]:
        """Every file with its answer, in the order of `work`, whoever parses it; until `cancel` is set."""
        is_large_job = sum([found.weight for found, _ in work]) > SMALL_JOB
        ahead: deque[tuple[list[Found], Future[list[Given]] | ParseRequest]] = deque()
        ahead_bytes = 0
        pending = deque(work)
        with OpenZip() as archive:
            while cancel is None or not cancel.is_set():
                limit = _AHEAD * (self._pool.count if self._pool is not None else 1)
                while pending and len(ahead) < limit and (not ahead or ahead_bytes < _AHEAD_BYTES):
                    if is_large_job or pending[0][0].weight > SMALL_FILE:
                        files, requests = _together(pending)
                        ahead.append((files, self._submit(files, requests)))
                    else:
                        found, request = pending.popleft()
                        files = [found]
                        ahead.append((files, request))
                    ahead_bytes += sum([found.weight for found in files])
                if not ahead:
                    return
                files, asked = ahead.popleft()
                ahead_bytes -= sum([found.weight for found in files])
                if isinstance(asked, ParseRequest):
                    answers: list[Given] | None = [parse(asked, archive=archive, growing=self._growing)]
                else:
                    answers = _result(asked, cancel)
                for answered in zip(files, answers, strict=True) if answers is not None else ():
                    yield answered
                    if cancel is not None and cancel.is_set():
                        return

    def _submit(self, files: Sequence[Found], requests: Sequence[ParseRequest]) -> Future[list[Given]]:
        if self._pool is None:
            self._pool = ParserPool(patience=self._patience, command=self._command)
        return self._pool.submit([(request, found.weight) for found, request in zip(files, requests, strict=True)])


def _together(pending: deque[tuple[Found, ParseRequest]]) -> tuple[list[Found], list[ParseRequest]]:
    """The next file; where it is small, with those after it that are small, too. A file that grows stays alone: it is
    asked of the process that read it before."""
    found, request = pending.popleft()
    if request.grows and found.weight > _MOST_GROWING:
        request = msgspec.structs.replace(request, grows=False)
    files, requests, size = [found], [request], found.weight
    while pending and len(files) < _MANY and not requests[-1].grows:
        found, request = pending[0]
        size += found.weight
        if request.grows or size > _TOGETHER:
            break
        pending.popleft()
        files.append(found)
        requests.append(request)
    return files, requests


def _result(asked: Future[list[Given]], cancel: threading.Event | None) -> list[Given] | None:
    """The answers of a parser process; None when the import is to stop first."""
    while cancel is None or not cancel.is_set():
        with suppress(TimeoutError):
            return asked.result(timeout=_LOOK_UP_SECONDS if cancel is not None else None)
    return None
