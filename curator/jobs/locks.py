"""A lock on an open file, taken at once or not at all; the system lets it go when its holder ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def lock(descriptor: int, *, is_shared: bool = False) -> bool:
    """Whether the lock on this file was to be had: alone, or `is_shared` with others who only look.

    Elsewhere than on Windows a process that inherits the descriptor holds it too. Windows has no shared locks here and
    hands none down: there a look takes it alone, and a worker is known by its signature only, as it is on a file system
    without locks (some shared folders and sticks), where everybody gets them.
    """
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock on this file. To look takes it for microseconds, shared, so that two who look at
    once are no holder to each other; whoever wants it alone tries again."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not lock(descriptor, is_shared=True)
    finally:
        os.close(descriptor)
