"""How a worker tells what it does: one JSON line for each event, flushed at once, so that it can be followed live."""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path
from typing import Any

from curator.core.job import EVENTS_FILE


class Teller:
    """Writes `events.jsonl` of a job. JSON knows no NaN: a figure that is not finite is written as null."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._descriptor = os.open(folder / EVENTS_FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._end_torn_line()

    def emit(self, kind: str, **figures: Any) -> None:
        """Write one event. The line goes out in one piece, so a reader never sees two lines mixed."""
        record = {"event": kind, "t": round(time.time(), 3), **{name: _plain(v) for name, v in figures.items()}}
        os.write(self._descriptor, json.dumps(record, ensure_ascii=False, allow_nan=False).encode() + b"\n")

    def note(self, text: str) -> None:
        """Tell the person something worth knowing that is no failure."""
        self.emit("note", text=text)

    def close(self) -> None:
        """Nothing more will be told."""
        os.close(self._descriptor)

    def _end_torn_line(self) -> None:
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.write(self._descriptor, b"\n")


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
