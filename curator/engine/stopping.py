"""Being stopped: by the stop file in the job's folder, or by SIGTERM; asked for at every step."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import Any

from curator.core.job import STOP_FILE


class StopRequestedError(Exception):
    """Unwinds the work when someone asked for a stop; `is_discarded` when what was learned is not wanted."""

    def __init__(self, is_discarded: bool = False) -> None:
        super().__init__("stop requested")
        self.is_discarded = is_discarded


class StoppedError(Exception):
    """The work was stopped on request and has kept what it could; carries the figures of the `stopped` event."""

    def __init__(self, **figures: Any) -> None:
        super().__init__("stopped")
        self.figures = figures


class StopRequest:
    """The question whether to stop. Looking at the file costs some microseconds, so it is asked at every step."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / STOP_FILE
        self._is_signalled = False

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as a wish to stop and keep; only the main thread can."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def check(self) -> None:
        """Raise StopRequestedError if a stop was asked for."""
        if self._file.exists():
            try:
                is_discarded = self._file.read_text(encoding="utf-8").strip() == "discard"
            except OSError:
                is_discarded = False
            raise StopRequestedError(is_discarded)
        if self._is_signalled:
            raise StopRequestedError

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._is_signalled = True
