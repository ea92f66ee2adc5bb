"""Opening files that other programs write: regular files only, whatever stood there when they were listed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import xxhash

from curator.core.errors import UnreadableFileError

HEAD = 4096
"""Bytes at the start of a file that tell whether it is the same one, grown."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def opened(path: str) -> Iterator[tuple[IO[bytes], os.stat_result]]:
    """Open a regular file and nothing else: what was a file when it was listed may be a pipe or a link by now."""
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode):
            raise UnreadableFileError("It is not a file that holds text, but a pipe, a socket or a device.")
        yield file, info


def head_hash(path: str, size: int = HEAD) -> bytes:
    """The hash of the first 4 KB of a file as it was when it was `size` bytes long; empty when it cannot be read."""
    try:
        with opened(path) as (file, _):
            return xxhash.xxh3_128(file.read(min(size, HEAD))).digest()
    except (OSError, UnreadableFileError):
        return b""


def with_log(path: str, size: int, mtime_ns: int) -> tuple[int, int]:
    """Size and time of a database together with its write-ahead log: the file itself may stand still for days.

    An empty log counts for nothing, since reading a database is enough to make one.
    """
    try:
        log = Path(f"{path}-wal").stat()
    except OSError:
        return size, mtime_ns
    if not log.st_size or not stat.S_ISREG(log.st_mode):
        return size, mtime_ns
    return size + log.st_size, max(mtime_ns, log.st_mtime_ns)
