"""A screen for real windows: Xvfb on a number that nobody else has, gone when the test is."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

_NUMBERS = range(1_000, 50_000)
"""Where no other screen is. A server that looks for a free number takes the lowest, which is the one that another gives
up at that moment: that one takes the name of the socket away as it leaves, under the new server's feet."""
_TRIES = 5
_QUIETLY = ("-nolisten", "tcp", "-r")
"""No key repeats itself: where the program that presses it is held up before it lets go, one press became several."""


@contextmanager
def screen(size: str = "1440x900x24") -> Iterator[str]:
    """Start a screen and give its DISPLAY."""
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        pytest.skip("Xvfb and xdotool are not installed; packaging/prepare.py --dev installs them on Debian and Ubuntu")
    server, display = started(size)
    try:
        yield display
    finally:
        server.terminate()
        server.wait(timeout=120)


def started(size: str, *options: str) -> tuple[subprocess.Popen[bytes], str]:
    """A server, to be ended, and its DISPLAY; `options` are more of Xvfb's. Raises RuntimeError where none starts."""
    for _ in range(_TRIES):
        server, display = _start(size, options)
        if display:
            return server, display
        server.wait()
    raise RuntimeError("Xvfb did not start")


def _start(size: str, options: Sequence[str]) -> tuple[subprocess.Popen[bytes], str]:
    """A server and its display; an empty one where the server ended at once, as on a number that is taken."""
    number = random.SystemRandom().choice(_NUMBERS)  # a seeded one gives all workers the same
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", f":{number}", "-displayfd", str(write), "-screen", "0", size, *_QUIETLY, *options],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        return server, f":{number}" if told.readline().strip() else ""
