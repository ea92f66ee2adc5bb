"""On the disk itself: what was written, and the names it goes by, outlive a loss of power.

Windows is told by the flush alone: a folder cannot be opened there, and its file system keeps a journal of names.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    _FULL_FLUSH: int | None = None
else:
    import fcntl

    _FULL_FLUSH = getattr(fcntl, "F_FULLFSYNC", None)

_NOT_HERE = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOTTY})
"""What a file system answers that cannot do so: macOS's command on exFAT, or fsync of a folder over a network."""


def flush(descriptor: int) -> None:
    """Have on the disk what an open file was given. Raises OSError where the disk is full or does not answer."""
    if not _flush_drive(descriptor):
        os.fsync(descriptor)


def settle_folder(folder: Path) -> None:
    """Have the names in a folder on the disk: a rename that only the memory knows is lost with the power."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
    finally:
        os.close(descriptor)


def _flush_drive(descriptor: int) -> bool:
    """On macOS fsync leaves the data in the drive's own cache; this command does not. Whether it was done."""
    if sys.platform == "win32" or _FULL_FLUSH is None:
        return False
    try:
        fcntl.fcntl(descriptor, _FULL_FLUSH)
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
        return False
    return True
