"""Where something happened in the watched folders: hints are gathered until it is time to look."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

QUIET_SECONDS = 0.05
PATIENT_SECONDS = 0.5
TICK_SECONDS = 2.0


class Hints:
    """Paths and wishes for a scan, given in any thread, taken by the one that waits for them.

    A path is handed on at once when all was quiet; while others keep coming they are gathered until 50 ms pass without
    one, at most 500 ms.
    """

    def __init__(self, stopping: threading.Event) -> None:
        """Waiting ends when `stopping` is set and `wake` was called."""
        self._stopping = stopping
        self._pending: set[str] = set()
        self._first = self._last = 0.0  # when the oldest and the newest pending path came
        self._is_scan_due = True
        self._woken = threading.Condition()

    @property
    def is_scan_due(self) -> bool:
        """Whether a scan was asked for that nobody took yet."""
        return self._is_scan_due

    def wake(self) -> None:
        """Have the waiting thread look around."""
        with self._woken:
            self._woken.notify_all()

    def ask_for_scan(self) -> None:
        """Have everything looked at soon."""
        with self._woken:
            self._is_scan_due = True
            self._woken.notify_all()

    def hear(self, paths: Iterable[str]) -> None:
        """Take paths at which something happened."""
        now = time.monotonic()
        with self._woken:
            before = len(self._pending)
            self._pending.update(paths)
            if before == 0:
                self._first = now
            self._last = now
            if self._pending:
                self._woken.notify_all()

    def wait(self, quiet_until: float) -> tuple[set[str], bool]:
        """Wait for something to do: paths that have settled, a scan that is due, or the next tick."""
        with self._woken:
            end = time.monotonic() + TICK_SECONDS
            while not self._stopping.is_set() and not self._is_scan_due:
                now = time.monotonic()
                if self._pending:
                    ready = min(self._last + QUIET_SECONDS, self._first + PATIENT_SECONDS)
                    if self._first >= quiet_until:
                        ready = self._first  # all was quiet before: no reason to wait
                    wake = max(ready, quiet_until)
                else:
                    wake = end
                if now >= wake:
                    break
                self._woken.wait(wake - now)
            is_scan, self._is_scan_due = self._is_scan_due, False
            paths, self._pending = self._pending, set()
            return paths, is_scan
