"""Other programs that want the very processor this process works on."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

only_linux_tells = pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux tells")
"""For a test of how long a process waits for a processor, and of a process kept to one."""


@contextmanager
def crowded(others: int) -> Iterator[None]:
    """This thread shares one processor with so many processes that never rest, until it is left."""
    this = psutil.Process(threading.get_native_id())
    before = this.cpu_affinity()
    this.cpu_affinity(before[:1])
    hogs = [
        subprocess.Popen([sys.executable, "-c", "print(flush=True)\nwhile True: pass"], stdout=-1)
        for _ in range(others)
    ]
    try:
        for hog in hogs:
            assert hog.stdout is not None
            hog.stdout.readline()  # it has begun
        yield
    finally:
        this.cpu_affinity(before)
        for hog in hogs:
            hog.kill()
            hog.communicate()


def work_for(seconds: float) -> None:
    """Compute, for so long by the clock."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))
