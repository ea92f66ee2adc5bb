"""The databases of other programs among the known files: polled, and left alone for a while after each reading.

Where each is read on stands in the library, beside what was read of it: a database of gigabytes is not read whole again
because Curator was started again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from curator.formats.versions import version_of
from curator.ingest.files import with_log
from curator.ingest.names import is_store_name
from curator.library.records import PRESENT, SourceRecord
from curator.library.stores import StoreMark

BYTES_A_SECOND = 2_500_000
"""How much of a database is read a second of the day at most, where each change of one means reading it whole."""
CHANGES_SECONDS = 5.0
"""How long a database rests at least of which no more than the changes is read."""
CHANGES_BYTES_A_SECOND = 200_000_000
"""How much of such a database is gone over a second of the day at most: finding what changed takes a second or two for
each gigabyte, of OpenCode's half a second, of Cursor's nothing to speak of."""
_WHOLE_AGAIN = 10
"""Times the rest of a database that is read whole, after which one with marks is read whole too: what was deleted."""


class _Mark(NamedTuple):
    """Where a database is read on, of which file, after what reading of it, and until when."""

    text: str
    inode: int
    content: bytes
    good_until: float


class Stores:
    """Databases that gave something, each with the time until which it rests."""

    def __init__(self) -> None:
        self._rests: dict[str, float] = {}
        self._marks: dict[str, _Mark] = {}

    def __contains__(self, path: object) -> bool:
        return path in self._rests

    def know(self, paths: Iterable[str], marks: Iterable[StoreMark]) -> None:
        """Take the databases among these files as read once, and rested; what the library says of where they are read
        on holds from now on."""
        for path in filter(is_store_name, paths):
            self._rests.setdefault(path, 0.0)
        self._marks = {one.path: _recalled(one) for one in marks if is_store_name(one.path)}

    def rest(self, path: str, size: int, mark: str = "", *, content: bytes = b"", is_partial: bool = False) -> None:
        """A file was read now: if it is a database it rests, the longer the larger it is. One that gave a mark rests
        shortly; `content` is the hash by which the library knows this reading once it has it, and `is_partial` says
        that only what changed since an earlier mark was read."""
        if not is_store_name(path):
            return
        now = time.monotonic()
        long = size / BYTES_A_SECOND
        if mark:
            known = self._marks.get(path)
            good_until = known.good_until if is_partial and known is not None else now + _WHOLE_AGAIN * long
            self._marks[path] = _Mark(mark, _inode(path), content, good_until)
            long = min(long, max(CHANGES_SECONDS, size / CHANGES_BYTES_A_SECOND))
        else:
            self._marks.pop(path, None)
        self._rests[path] = now + long

    def since(self, path: str, known: SourceRecord | None) -> str:
        """The mark from which a database is read on; empty where it has to be read whole, as another file has, and one
        whose last reading is not what the library has: it could not be written, or is an older one again."""
        mark = self._marks.get(path)
        if mark is None or known is None or (known.status, known.content_hash) != (PRESENT, mark.content):
            return ""
        if known.reader != version_of(known.format):  # it was read in another way
            return ""
        return mark.text if mark.good_until > time.monotonic() and mark.inode == _inode(path) else ""

    def read_whole(self, path: str) -> None:
        """Let the next reading of a database be one of the whole: this one failed, which is told until then."""
        self._marks.pop(path, None)

    def is_resting(self, path: str, now: float) -> bool:
        """Whether it is too early to read it again, at this time of the monotonic clock."""
        return self._rests.get(path, 0.0) > now

    def changed(self, known: Mapping[str, SourceRecord]) -> list[str]:
        """Those whose file or log is not what it was when they were read, and that have rested since."""
        now = time.monotonic()
        due = [path for path, rested in self._rests.items() if rested <= now and path in known]
        return [path for path in due if _has_changed(path, known[path])]


def _recalled(known: StoreMark) -> _Mark:
    """A mark out of the library. Of one that was made in the time to come by this computer's clock nothing is known."""
    age = time.time() - known.read
    rest = _WHOLE_AGAIN * known.size / BYTES_A_SECOND - age if age >= 0 else 0.0
    return _Mark(known.mark, known.inode, known.content, time.monotonic() + rest)


def _has_changed(path: str, record: SourceRecord) -> bool:
    try:
        info = Path(path).stat()
    except OSError:
        return False  # the next scan says that it is gone
    stamp = (*with_log(path, info.st_size, info.st_mtime_ns), info.st_ino)
    return stamp != (record.size, record.mtime_ns, record.inode)


def _inode(path: str) -> int:
    try:
        return Path(path).stat().st_ino
    except OSError:
        return 0  # the next scan says that it is gone
