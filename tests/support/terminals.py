"""A process at a terminal of its own, with a person who reads what it draws and presses keys."""

from __future__ import annotations

import fcntl
import os
import re
import select
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""What colours the letters of a terminal and moves its cursor."""


class AtTerminal:
    """A running program: its standard error and its keys are the terminal, its standard output a pipe."""

    def __init__(self, process: subprocess.Popen[str], terminal: int) -> None:
        self._process = process
        self._terminal = terminal
        self._raw = b""
        self.drawn = ""

    def wait_for(self, pattern: str, seconds: float = 60.0) -> None:
        """Return when the terminal has shown it; fails when the program ends or takes too long."""
        until = time.monotonic() + seconds
        while not re.search(pattern, self.drawn):
            assert self._read(until - time.monotonic()), f"“{pattern}” was not shown: {self.drawn}"

    def press(self, keys: str) -> None:
        """Press them; “\\x03” is ^C."""
        os.write(self._terminal, keys.encode())

    def ended(self, seconds: float = 60.0) -> tuple[int, str]:
        """Wait for the end: the exit code and what was written to standard output."""
        until = time.monotonic() + seconds
        while self._read(until - time.monotonic()):
            pass
        out, _ = self._process.communicate(timeout=seconds)
        return self._process.returncode, out

    def _read(self, seconds: float) -> bool:
        """Take what is drawn next; whether there was something before the end, or the time."""
        if not select.select([self._terminal], [], [], max(0.0, seconds))[0]:
            return False
        try:
            more = os.read(self._terminal, 1 << 16)
        except OSError:  # the last program at this terminal has ended
            return False
        self._raw += more
        self.drawn = _MOVES.sub("", self._raw.decode(errors="replace"))
        return bool(more)


@contextmanager
def at_terminal(command: Sequence[str | Path]) -> Iterator[AtTerminal]:
    """Start the command at a terminal; it is ended where it still runs."""
    ours, its = os.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(its, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [*map(str, command)],
        stdin=its,
        stdout=subprocess.PIPE,
        stderr=its,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=take_terminal,
    )
    os.close(its)
    try:
        yield AtTerminal(process, ours)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        os.close(ours)
