"""Who has the library open, and whether the last one left in order: a locked file beside it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

_OPEN = b"open"
_LEFT = b"left"
"""As long as the other, and never shorter: a full disk has no room for a file that was emptied."""


class Presence:
    """Holds `library.open`. `is_alone` says that no other process has the library open; `was_cut_off` that whoever had
    it open last was killed or lost power. Raises `OSError` where the folder cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "library.open", os.O_RDWR | os.O_CREAT, 0o600)
        self.is_alone = self._lock(alone=True)
        if not self.is_alone:
            self._lock(alone=False)
        self.was_cut_off = self.is_alone and os.read(self._file, len(_OPEN)) == _OPEN

    def settle(self) -> None:
        """The library is open and in order: let others in."""
        self._write(_OPEN)
        self._lock(alone=False)

    def leave(self) -> None:
        """Say that all is in order, if nobody else is in, and let go."""
        if self._lock(alone=True):
            self._write(_LEFT)
        self.abandon()

    def abandon(self) -> None:
        """Let go without a word: opening failed."""
        os.close(self._file)

    def _write(self, word: bytes) -> None:
        with suppress(OSError):  # a full disk keeps nobody out: a kill goes unnoticed then, or none is looked into
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, word)

    def _lock(self, *, alone: bool) -> bool:
        """Lock the file for oneself (at once or not at all) or together with others (waits for one who is alone)."""
        if sys.platform == "win32":
            return alone  # no shared locks: the check after a kill may come once too often, never too rarely
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        except BlockingIOError:
            return False
        except OSError:
            return alone  # a disk without locks: SQLite's own will tell
        return True
