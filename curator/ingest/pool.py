"""The parent's side of the parser processes: they may die or hang on a file, and the import goes on."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from curator import paths
from curator.ingest.answers import Given, NoRoomError
from curator.ingest.parser import Failed, ParseRequest
from curator.ingest.parser_process import KILLED, Asked, ParserLostError, ParserProcess, ParserSlowError

PATIENCE = 30.0
"""Seconds a file may take, and one more for every MB of it: of rows of a hundred bytes no more are read in one."""
TRIES, _TIMES = 2, "twice"
_BYTES_A_SECOND = 1 << 20

_ENDED = "The system ended the program that reads it, perhaps for want of memory"
_DIED = "The program that reads it broke down over it"


class ParserPool:
    """A few parser processes and a thread for each. A file on which two of them are lost gets a reason instead."""

    def __init__(self, count: int = 0, *, patience: float = PATIENCE, command: Sequence[str] | None = None) -> None:
        self.count = count or max(1, min(4, (os.cpu_count() or 2) - 1))
        self._patience = patience
        chosen = list(command) if command is not None else [*paths.program(), "--parser"]
        self._parsers = [ParserProcess(chosen) for _ in range(self.count)]
        self._idle = list(self._parsers)  # as many as there are threads: one that works always finds one
        self._choosing = threading.Lock()
        self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="curator-parser")
        self._closing = threading.Event()
        self._guard = threading.Thread(target=self._watch_deadlines, name="curator-parser-guard", daemon=True)
        self._guard.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes that run."""
        return tuple(parser.pid for parser in self._parsers if parser.pid)

    def submit(self, files: Sequence[tuple[ParseRequest, int]]) -> Future[list[Given]]:
        """Have files parsed, each with its size in bytes, one after the other by the same process; the future gives
        what came of each and raises only when closed."""
        asked = [Asked(request, self._patience + size / _BYTES_A_SECOND) for request, size in files]
        return self._threads.submit(self._work, asked)

    def close(self) -> None:
        """End every process at once, also in the middle of a file."""
        self._closing.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        for parser in self._parsers:
            parser.dismiss()
        self._threads.shutdown(wait=True)
        for parser in self._parsers:
            parser.close()
        self._guard.join()

    def _work(self, asked: Sequence[Asked]) -> list[Given]:
        parser = self._chosen(asked[0].request)
        given: list[Given] = []
        tries = 0  # over the next file
        try:
            while (rest := asked[len(given) :]) and not self._closing.is_set():
                known = len(given)
                try:
                    given.extend(parser.ask(rest))  # what came before it was lost stays
                except (ParserLostError, NoRoomError, OSError) as error:
                    tries = tries + 1 if len(given) == known else 1
                    failed = _failed(parser, error, is_last=tries == TRIES)
                    if failed is not None:
                        given.append(failed)
                        tries = 0
            return [*given, *[Failed("The import was stopped.")] * len(rest)]
        finally:
            with self._choosing:
                self._idle.append(parser)

    def _chosen(self, request: ParseRequest) -> ParserProcess:
        """An idle process; for a file that grows the one that read it last, if it is idle."""
        with self._choosing:
            parser = next((one for one in self._idle if request.path in one.remembers), self._idle[0])
            self._idle.remove(parser)
        if request.grows and request.path not in parser.remembers:
            parser.remembers.append(request.path)
        return parser

    def _watch_deadlines(self) -> None:
        while not self._closing.wait(min(0.25, self._patience / 4)):
            for parser in self._parsers:
                parser.check()


def _failed(parser: ParserProcess, error: ParserLostError | NoRoomError | OSError, *, is_last: bool) -> Failed | None:
    """What is said of a file over which this came about; None where another process is to try. What the parser was
    asked for beside it is lost with its process."""
    if isinstance(error, OSError):  # no room for a process, or the program was moved: it is not the file
        reason = (error.strerror or str(error)).lower()
        return Failed(f"The process that reads it could not be started: {reason}.")
    was_ended = parser.close() == KILLED
    if isinstance(error, NoRoomError):  # for what it answers: that it reads on helps nobody
        return Failed(error.message)
    if not is_last:
        return None
    if isinstance(error, ParserSlowError):
        why = f"Reading it came to no end in {error.seconds:,.0f} seconds"
    else:
        why = _ENDED if was_ended else _DIED
    return Failed(f"{why}, {_TIMES}. It is left out until it changes or is imported by itself.", is_quarantined=True)
