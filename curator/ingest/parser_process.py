"""One parser process, as its parent sees it: asked, waited for, and ended where it takes too long."""

from __future__ import annotations

import subprocess
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple

import msgspec
import psutil

from curator.ingest.answers import Given, read_answer
from curator.ingest.parser import KEPT, TELL_WHERE, ParseRequest, encode, write_frame
from curator.last_words import LastWords

_AT_ONCE = 3_000  # bytes of questions: both sides would wait for the other where more than a pipe holds is unread
_REST = 30.0
"""Seconds in which a process that does nothing at all is taken to hang, however long its file may take."""
_GRACE = 10.0  # seconds after which a file that other programs keep from being read is looked at again
_OWN = 0.75  # of a file's seconds, after which nobody else is to blame
_AT_WORK = 0.01  # CPU seconds a second, from which a process is at work
KILLED = -9
"""The exit code of a process that was killed, as Popen tells it."""


class ParserLostError(Exception):
    """The process died, hung, or said something that is no answer."""


class ParserSlowError(ParserLostError):
    """It came to no end in these seconds, or did nothing in them, and was ended."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds


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
        self._late_after = 0.0  # the seconds that ran out
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
        self._late_after = 0.0
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
            raise (ParserSlowError(self._late_after) if self._late_after else ParserLostError()) from error
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
        self._late_after = self._seconds if time.monotonic() > deadline else _REST
        if self._is_asked or TELL_WHERE is None:
            self.kill()
        else:
            self._is_asked = True
            process.send_signal(TELL_WHERE)

    def _is_over(self, process: subprocess.Popen[bytes], deadline: float) -> bool:
        """Whether the file that is to be answered by then had its time: on a computer that is busy with other things,
        a large one is read for longer. A process that waits for something has none left, and one that does nothing
        at all for a while needs none: a slow disk would show as work."""
        now = time.monotonic()
        if deadline == float("inf"):
            return False
        if self._watched.deadline != deadline:  # another file than when this was asked last
            used = _cpu_seconds(process.pid)
            self._watched = _Watched(deadline, min(deadline, now + _REST), used + self._seconds * _OWN, used)
        watched = self._watched
        if now <= watched.until:
            return False
        used = _cpu_seconds(process.pid)
        if now <= deadline:
            if self._is_asked or used <= watched.used:
                return True
            self._watched = watched._replace(until=min(deadline, now + _REST), used=used)
            return False
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
        was_dismissed = self._is_dismissed and process.returncode == KILLED
        self._words.end(0 if was_dismissed else process.returncode)
        return process.returncode


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
