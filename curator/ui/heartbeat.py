"""The heartbeat: how long the window's thread was away from its own timer, at worst."""

from __future__ import annotations

import faulthandler
import logging
import tempfile
import threading
import time

from PySide6.QtCore import QObject, Qt, QTimer

_log = logging.getLogger(__name__)
BEAT = 10  # ms
WARN = 0.2  # seconds without a beat that are worth a line in the log


class Heartbeat(QObject):
    """Beats every 10 ms; a thread beside it looks when beats stay away, and logs where the window's thread stands.

    `worst` is the longest gap in seconds since the last `reset`, beyond the beat itself.
    """

    def __init__(self, parent: QObject | None = None, watch: bool = True) -> None:
        super().__init__(parent)
        self.worst = 0.0
        self.gaps = 0  # how many were longer than WARN
        self._last = time.monotonic()
        self._ended = threading.Event()
        self._timer = QTimer(self, interval=BEAT)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        if watch:
            threading.Thread(target=self._watch, name="heartbeat", daemon=True).start()

    def reset(self) -> None:
        """Forget what was."""
        self.worst, self._last = 0.0, time.monotonic()

    def stop(self) -> None:
        """No more beats."""
        self._timer.stop()
        self._ended.set()

    def _beat(self) -> None:
        now = time.monotonic()
        gap = now - self._last - BEAT / 1000
        self._last = now
        self.worst = max(self.worst, gap)
        if gap > WARN:
            self.gaps += 1
            _log.warning("the window did not answer for %.0f ms", gap * 1000)

    def _watch(self) -> None:
        told = 0.0
        while not self._ended.wait(WARN / 2):
            last = self._last
            if time.monotonic() - last > WARN and last != told:
                told = last
                _log.warning("the window stands still\n%s", stacks())


def stacks() -> str:
    """Where every thread stands, told by faulthandler: a frame taken from Python would keep its painters alive."""
    with tempfile.TemporaryFile() as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        return file.read().decode(errors="replace")
