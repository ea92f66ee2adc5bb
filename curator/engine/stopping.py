"""Being stopped: by the stop file in the job's folder, or by SIGTERM; asked for at every step."""

from __future__ import annotations

import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Any

from curator.core.job import STOP_FILE

STOPPING = (signal.SIGTERM, signal.SIGINT)
"""The signals that are a wish to stop and keep."""


class StopKind(StrEnum):
    """What is to become of what was learned; the value is the text of the stop file."""

    KEEP = "keep"
    DISCARD = "discard"
    PAUSE = "pause"


class StopRequestedError(Exception):
    """Unwinds the work when someone asked for a stop."""

    def __init__(self, kind: StopKind = StopKind.KEEP) -> None:
        super().__init__("stop requested")
        self.kind = kind

    @property
    def is_discarded(self) -> bool:
        """Whether what was learned is not wanted."""
        return self.kind is StopKind.DISCARD


class StoppedError(Exception):
    """The work has ended before its time and has kept what it should; carries its last event: `stopped`, `paused`,
    or `segment` (it comes back by itself)."""

    def __init__(self, event: str = "stopped", **figures: Any) -> None:
        super().__init__(event)
        self.event = event
        self.figures = figures


class StopRequest:
    """The question whether to stop. Looking at the file costs some microseconds, so it is asked at every step."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / STOP_FILE
        self._is_signalled = False
        self._also: Callable[[int], None] | None = None

    def listen(self, also: Callable[[int], None] | None = None) -> None:
        """Take SIGTERM and SIGINT as a wish to stop and keep, and tell `also` of it; only the main thread can."""
        self._also = also
        for number in STOPPING:
            signal.signal(number, self._on_signal)

    def check(self) -> None:
        """Raise StopRequestedError if a stop was asked for."""
        if self._file.exists():
            try:
                text = self._file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                text = ""
            raise StopRequestedError(StopKind(text) if text in set(StopKind) else StopKind.KEEP)
        if self._is_signalled:
            raise StopRequestedError

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._is_signalled = True
        if self._also is not None:
            self._also(number)
