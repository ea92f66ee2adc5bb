"""How a worker tells what it does: one JSON line for each event, flushed at once, so that it can be followed live."""

from __future__ import annotations

import errno
import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curator.core.job import EVENTS_FILE

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system answers where a disk, a quota or a file is full."""
_MAX_PENDING = 4 << 20


class Teller:
    """Writes `events.jsonl` of a job. JSON knows no NaN: a figure that is not finite is written as null.

    A full disk does not end the work: lines that found no room are kept, and written as soon as there is some.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listeners: list[Callable[[str, dict[str, Any]], None]] = []  # each hears what is told, after it is
        self._pending = b""
        self._descriptor = os.open(folder / EVENTS_FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._end_torn_line()

    def emit(self, kind: str, **figures: Any) -> None:
        """Write one event. The line goes out in one piece, so a reader never sees two lines mixed."""
        record = {"event": kind, "t": round(time.time(), 3), **{name: _plain(v) for name, v in figures.items()}}
        self._pending += json.dumps(record, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        self._write()
        for listen in self.listeners:
            listen(kind, figures)

    def note(self, text: str) -> None:
        """Tell the person something worth knowing that is no failure."""
        self.emit("note", text=text)

    def settle(self) -> None:
        """Have on the disk what has been told so far: a checkpoint must not know more than its events."""
        if not self._pending:
            os.fsync(self._descriptor)

    def close(self) -> None:
        """Nothing more will be told."""
        self._write()
        os.close(self._descriptor)

    def _write(self) -> None:
        try:
            while self._pending:
                self._pending = self._pending[os.write(self._descriptor, self._pending) :]
        except OSError as error:
            if error.errno not in NO_ROOM or len(self._pending) > _MAX_PENDING:
                raise

    def _end_torn_line(self) -> None:
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            self._pending = b"\n"
            self._write()


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
