"""The training device of this computer: one training at a time holds it, whatever its library or program."""

from __future__ import annotations

import fcntl
import math
import os
from pathlib import Path

from curator.core.waiting import wait_until
from curator.engine.stopping import StopRequest
from curator.engine.telling import Teller

_LOOK_EVERY = 0.5
_WAITS = "Another training is at work on this computer; this one waits for it."
_WAITS_HINT = "It begins by itself. To begin it now, stop the other one."


class Device:
    """The lock on the device. A process that is forked holds it too: it is free when the last of them has ended.

    It is the flock that `filelock.FileLock` takes on Unix, so both keep each other out; the class itself would let go
    in the forked child, which is the one that trains.
    """

    def __init__(self, lock: Path) -> None:
        self._lock = lock
        self._descriptor: int | None = None

    def take(self, teller: Teller, stop: StopRequest) -> None:
        """Wait until the device is free, and say so once. Raises StopRequestedError when asked to stop meanwhile.

        Where no lock can be had (a file system without locks, a cache folder that is read-only) it goes on without.
        """
        try:
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            teller.note(f"Other trainings on this computer are not waited for: {self._lock}: {error.strerror}.")
            return
        if not _is_taken(descriptor):
            teller.emit("waiting", message=_WAITS, hint=_WAITS_HINT)
            try:
                wait_until(lambda: _is_taken(descriptor), math.inf, stop.check, _LOOK_EVERY)
            except BaseException:
                os.close(descriptor)
                raise
            teller.emit("starting")  # a large model is a while in coming
        self._descriptor = descriptor

    def leave(self) -> None:
        """Let the next one have it, unless a forked process still holds it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # no locks here: nobody else can hold one either
    return True
