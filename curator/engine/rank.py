"""One rank of a ring: a process that works in step with others, and ends with whoever started it."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from curator.engine.lean_start import start_lean
from curator.engine.worker import work


def work_as_rank(folder: Path) -> int:
    """Do this rank's part in this process. Whoever started it watches over all ranks."""
    start_lean()
    threading.Thread(target=_leave_with_the_starter, daemon=True).start()
    report = os.environ.get("CURATOR_REPORT")
    return work(folder, report=int(report) if report else None)


def _leave_with_the_starter() -> None:
    """Standard input is a pipe from the starter, and ends when it does, here as well as over ssh."""
    while os.read(sys.stdin.fileno(), 4096):
        continue
    os._exit(1)
