"""One worker a job: a lock on the job's folder that the starter takes and the worker inherits.

The kernel holds it as long as any process that inherited it lives, so that there is no moment in which two starters
could both believe that nobody is at work, and nothing is left behind by a process that died.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from curator.core.errors import JobError
from curator.jobs.locks import is_locked, lock

_CLAIM_FILE = "claim"
_LOOKS_SECONDS = 0.25  # somebody who only looks holds the lock for microseconds: try again this long


def claim(folder: Path) -> int | None:
    """The descriptor of the lock, to be handed to the worker and then closed; None while another has it.

    Raises JobError where the folder cannot be written.
    """
    try:
        descriptor = os.open(folder / _CLAIM_FILE, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise JobError(f"The job's folder cannot be written: {error.strerror}.", "Check the disk.") from error
    deadline = time.monotonic() + _LOOKS_SECONDS
    while not lock(descriptor):
        if time.monotonic() > deadline:
            os.close(descriptor)
            return None
        time.sleep(0.01)
    return descriptor


def is_claimed(folder: Path) -> bool:
    """Whether somebody starts this job or works at it, signed or not."""
    return is_locked(folder / _CLAIM_FILE)
