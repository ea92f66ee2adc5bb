"""A screen of our own: Xvfb on a number that nobody else has."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterable

from smoke.account import SmokeError

_NUMBERS = range(1_000, 50_000)
"""Where no other screen is. A server that looks for a free number takes the lowest, which is the one that another gives
up at that moment: that one takes the name of the socket away as it leaves, under the new server's feet."""
_TRIES = 5


def screen(size: str, numbers: Iterable[int] | None = None) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server on the first of some numbers that is free (five by chance where none are given). Returns it, to be
    ended, and its DISPLAY, once it answers. `size` is widthxheightxdepth. Raises SmokeError where none started."""
    for number in random.SystemRandom().sample(_NUMBERS, _TRIES) if numbers is None else numbers:
        read, write = os.pipe()
        words = ["Xvfb", f":{number}", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
        quiet = subprocess.DEVNULL
        server = subprocess.Popen(words, pass_fds=[write], stdout=quiet, stderr=quiet)
        os.close(write)
        with os.fdopen(read) as told:
            if told.readline().strip():
                return server, f":{number}"
        server.wait(timeout=10)  # it ended at once, as on a number that is taken
    raise SmokeError("Xvfb did not start")
