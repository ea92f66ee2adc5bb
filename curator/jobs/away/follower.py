"""Hears what a job on another computer tells, and passes stop requests on, as long as the line holds."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

from curator.core.errors import JobError
from curator.jobs.away.line import Line, LineDownError, end

SILENCE = 45.0
"""Seconds without a sign of life after which the line counts as broken; there is one each 5 seconds."""
_BLOCK = 1 << 16
_PAUSE = 0.2
_FAREWELL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the other end: an event with the byte behind it, the end's state, or neither (a sign of life)."""

    event: bytes = b""
    offset: int = 0
    over: str = ""


class Follower:
    """Reads the running `follow` of the other end."""

    def __init__(self, line: Line, process: subprocess.Popen[bytes], silence: float = SILENCE) -> None:
        self._line, self._process, self._silence = line, process, silence

    def told(self) -> Iterator[Told | None]:
        """What comes, and None whenever nothing has come for a moment. Raises LineDownError where the line breaks."""
        output = self._process.stdout
        assert output is not None
        heard, rest = time.monotonic(), b""
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while True:
                if not selector.select(_PAUSE):
                    if time.monotonic() - heard > self._silence:
                        raise LineDownError(f"{self._line.name} is silent.", "Is it asleep, or out of the network?")
                    yield None
                    continue
                data = os.read(output.fileno(), _BLOCK)
                if not data:
                    raise self._failure()
                heard = time.monotonic()
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    if (told := _parsed(line)) is not None:
                        yield told

    def ask(self, word: str) -> None:
        """Pass a stop request on. Raises LineDownError."""
        given = self._process.stdin
        assert given is not None
        try:
            given.write(word.encode() + b"\n")
            given.flush()
        except OSError as error:
            raise self._failure() from error

    def close(self) -> None:
        """Let the line go; the job over there goes on."""
        end(self._process)

    def _failure(self) -> Exception:
        errors = self._process.stderr
        assert errors is not None
        try:
            code = self._process.wait(_FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        os.set_blocking(errors.fileno(), False)  # somebody that it started may never close it
        return self._line.failure(code or 255, (errors.read() or b"").decode(errors="replace"))


def _parsed(line: bytes) -> Told | None:
    """What a line tells; None for a greeting that the person's shell over there prints before anything else."""
    word, _, rest = line.partition(b" ")
    if word == b"over":
        return Told(over=rest.decode())
    if word == b"beat":
        return Told()
    if word.isdigit() and rest.startswith(b"{"):
        return Told(event=rest, offset=int(word))
    if line.startswith(b'{"message": '):
        answer = json.loads(line)
        raise JobError(str(answer["message"]), str(answer.get("hint", "")))
    return None
