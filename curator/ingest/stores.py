"""The databases of other programs among the known files: polled, and left alone for a while after each reading."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from curator.ingest.files import with_log
from curator.ingest.names import is_store_name
from curator.library.records import SourceRecord

BYTES_A_SECOND = 2_500_000
"""How much of a database is read a second of the day at most: each change of one means reading it whole.

No watermark for each session spares that. What a program says of a session's last change (OpenCode's `time_updated`)
need not move with each part of an answer that is still being written, and the hash that finds copies of a database is
over all of its bytes anyhow.
"""


class Stores:
    """Databases that gave something, each with the time until which it rests."""

    def __init__(self) -> None:
        self._rests: dict[str, float] = {}

    def __contains__(self, path: object) -> bool:
        return path in self._rests

    def know(self, paths: Iterable[str]) -> None:
        """Take the databases among these files as read once, and rested."""
        for path in filter(is_store_name, paths):
            self._rests.setdefault(path, 0.0)

    def rest(self, path: str, size: int) -> None:
        """A file was read now: if it is a database it rests, the longer the larger it is."""
        if is_store_name(path):
            self._rests[path] = time.monotonic() + size / BYTES_A_SECOND

    def is_resting(self, path: str, now: float) -> bool:
        """Whether it is too early to read it again, at this time of the monotonic clock."""
        return self._rests.get(path, 0.0) > now

    def changed(self, known: Mapping[str, SourceRecord]) -> list[str]:
        """Those whose file or log is not what it was when they were read, and that have rested since."""
        now = time.monotonic()
        due = [path for path, rested in self._rests.items() if rested <= now and path in known]
        return [path for path in due if _has_changed(path, known[path])]


def _has_changed(path: str, record: SourceRecord) -> bool:
    try:
        info = Path(path).stat()
    except OSError:
        return False  # the next scan says that it is gone
    stamp = (*with_log(path, info.st_size, info.st_mtime_ns), info.st_ino)
    return stamp != (record.size, record.mtime_ns, record.inode)
