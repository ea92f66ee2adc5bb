"""The log that a worker's output goes into, kept from growing without end in a run that lasts for days.

The window puts a full log aside when it starts a worker; only the worker itself is there while it runs. The file is
emptied where it lies, since the processes of the run have it open, and all of them append.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

LIMIT = 10_000_000  # bytes
_KEPT = 1_000_000  # bytes of its end, which are put aside: as much as the window keeps of a log


def shorten(log: Path, limit: int = LIMIT) -> bool:
    """Where the log is full, put its end aside under the name of the newest older one, and begin it anew. Returns
    whether it was full; a log that cannot be moved grows on."""
    aside = log.with_name(f"{log.stem}.1{log.suffix}")
    scratch = aside.with_name(f"{aside.name}.new")
    try:
        size = log.stat().st_size
        if size < limit:
            return False
        with log.open("rb") as stream:
            stream.seek(size - min(size, _KEPT))
            end = stream.read()
        scratch.write_bytes(end.partition(b"\n")[2])
        scratch.replace(aside)
        os.truncate(log, 0)
    except OSError:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)  # what a full disk took of it
        return False
    return True
