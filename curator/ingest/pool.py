"""The parent's side of the parser processes: they may die or hang on a file, and the import goes on."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, NamedTuple, Self

import msgspec
import psutil

from curator import paths
from curator.ingest.answers import Given, NoRoomError, read_answer
from curator.ingest.parser import KEPT, TELL_WHERE, Failed, ParseRequest, encode, write_frame
from curator.last_words import LastWords

PATIENCE = 30.0
"""Seconds a file may take, and one more for every 4 MB of it."""
TRIES, _TIMES = 2, "twice"
_BYTES_A_SECOND = 4 << 20
_AT_ONCE = 3_000  # bytes of questions: both sides would wait for the other where more than a pipe holds is unread
_GRACE = 10.0  # seconds after which a file that other programs keep from being read is looked at again
_OWN = 0.75  # of a file's seconds, after which nobody else is to blame
_AT_WORK = 0.01  # CPU seconds a second, from which a process is at work
_KILLED = -9  # as Popen tells it

_ENDED = "The system ended the program that reads it, perhaps for want of memory"
_DIED = "The program that reads it broke down over it"


class ParserLostError(Exception):
    """The process died, hung, or said something that is no answer."""


class ParserSlowError(ParserLostError):
    """It came to no end in its time, and was ended."""


class _Watched(NamedTuple):
    """A file that is being read: by when it was to be, until when it may be, and the CPU seconds of the process at
    which it is over and when it was last looked at."""

    deadline: float
    until: float
    most: float
    used: float


class Asked(NamedTuple):
    """A file to be parsed, and the seconds that it may take."""

    request: ParseRequest
    seconds: float


class ParserProcess:
    """One `curator --parser`, started when first asked. Used by one thread at a time; `kill` may come from any."""

    def __init__(self, command: Sequence[str]) -> None:
        self.remembers: deque[str] = deque(maxlen=KEPT)  # files that grow
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None
        self._words = LastWords("parser")
        self._deadline = float("inf")
        self._seconds = 0.0
        self._watched = _Watched(self._deadline, 0.0, 0.0, 0.0)
        self._is_asked = False
        self._is_late = False
        self._is_dismissed = False

    @property
    def pid(self) -> int:
        """The process's id; 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    def ask(self, asked: Sequence[Asked]) -> Iterator[Given]:
        """Have files parsed, one after the other: their answers in order. While it reads one it knows of the next:
        word to another process and back takes as long as a small file. Raises ParserLostError when an answer does not
        come in its seconds and somebody looks (`check`), when the process ends, and once it was dismissed; OSError when
        it cannot be started. Where other programs keep the processor, the seconds are its own."""
        process = self._process = self._process or self._words.start(self._command)
        if self._is_dismissed:  # looked at after the process can be seen: `dismiss` ends it, or this does
            self.kill()
            raise ParserLostError
        requests, answers = _pipes(process)
        self._is_late = False
        frames = [encode(one.request) for one in asked]
        told = unanswered = 0
        try:
            for number, one in enumerate(asked):
                self._give_time(one.seconds)
                while told < len(frames) and (told == number or unanswered + len(frames[told]) <= _AT_ONCE):
                    write_frame(requests, frames[told])
                    unanswered += len(frames[told])
                    told += 1
                unanswered -= len(frames[number])
                answer = read_answer(answers)
                if answer is None:
                    raise ParserLostError
                yield answer
        except (OSError, ValueError, msgspec.MsgspecError, ParserLostError) as error:
            raise (ParserSlowError if self._is_late else ParserLostError) from error
        finally:
            self._deadline = float("inf")

    def _give_time(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds

    def check(self) -> None:
        """End the process when its time is over, so that the thread that waits for it goes on: it is asked to write
        down where it stands, and killed the next time. Before that, what it says is kept from filling the disk."""
        process, deadline = self._process, self._deadline
        if process is None or not self._is_over(process, deadline):
            self._is_asked = False
            self._words.shorten()
            return
        self._is_late = True
        if self._is_asked or TELL_WHERE is None:
            self.kill()
        else:
            self._is_asked = True
            process.send_signal(TELL_WHERE)

    def _is_over(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        """Whether the file that is to be answered by then had its time: on a computer that is busy with other things,
        a large one is read for longer. A process that waits for something has none left."""
        now = time.monotonic()
        if deadline == float("inf"):
            return False
        if self._watched.deadline != deadline:  # another file than when this was asked last
            used = _cpu_seconds(process.pid)
            self._watched = _Watched(deadline, deadline, used + self._seconds * _OWN, used)
        watched = self._watched
        if now <= watched.until:
            return False
        used = _cpu_seconds(process.pid)
        grace = min(_GRACE, self._seconds)
        if self._is_asked or used >= watched.most or used - watched.used < grace * _AT_WORK:
            return True
        self._watched = _Watched(deadline, now + grace, watched.most, used)
        return False

    def kill(self) -> None:
        """End the process at once. The next `ask` in the same thread must come after `close`."""
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()

    def dismiss(self) -> None:
        """As `kill`, since nobody wants its answer any more: what it has said until now is no crash."""
        self._is_dismissed = True
        self.kill()

    def close(self) -> int:
        """End the process and forget it; the next `ask` starts another. Its exit code, negative for a signal."""
        process, self._process = self._process, None
        self.remembers.clear()
        if process is None:
            return 0
        requests, answers = _pipes(process)
        try:
            requests.close()
            process.wait(timeout=1.0)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
        answers.close()
        was_dismissed = self._is_dismissed and process.returncode == _KILLED
        self._words.end(0 if was_dismissed else process.returncode)
        return process.returncode


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
                    failed = _failed(parser, error, asked[len(given)].seconds, is_last=tries == TRIES)
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


def _failed(
    parser: ParserProcess, error: ParserLostError | NoRoomError | OSError, seconds: float, *, is_last: bool
) -> Failed | None:
    """What is said of a file over which this came about; None where another process is to try. What the parser was
    asked for beside it is lost with its process."""
    if isinstance(error, OSError):  # no room for a process, or the program was moved: it is not the file
        reason = (error.strerror or str(error)).lower()
        return Failed(f"The process that reads it could not be started: {reason}.")
    was_ended = parser.close() == _KILLED
    if isinstance(error, NoRoomError):  # for what it answers: that it reads on helps nobody
        return Failed(error.message)
    if not is_last:
        return None
    if isinstance(error, ParserSlowError):
        why = f"Reading it came to no end in {seconds:,.0f} seconds"
    else:
        why = _ENDED if was_ended else _DIED
    return Failed(f"{why}, {_TIMES}. It is left out until it changes.", is_quarantined=True)


def _cpu_seconds(pid: int) -> float:
    """What a process has used of the processor; infinite when nobody can tell."""
    try:
        used = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return float("inf")
    return float(used.user + used.system)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None and process.stdout is not None  # both were asked for
    return process.stdin, process.stdout
