"""Collects what nothing refers to any more, and on the window's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY = 1000  # ms between two looks at what is due


class Collector(QObject):
    """Stands in for Python's own collector, which runs in whichever thread has just made an object. What it finds there
    may be widgets that refer to each other: taken apart beside the window's thread, they crash Qt. calibre and Anki
    collect on one thread for the same reason.

    It rests for `after` ms while the window is made, which spares 7 % of the start. What was made until then it leaves
    alone from then on: walking all of it would be a gap of 40 ms.
    """

    def __init__(self, parent: QObject, after: int) -> None:
        super().__init__(parent)
        gc.disable()
        self._is_resting = True
        self._timer = QTimer(self, interval=after)
        self._timer.timeout.connect(self._on_time)
        self._timer.start()

    def stop(self) -> None:
        """Collect no more."""
        self._timer.stop()

    def _on_time(self) -> None:
        if self._is_resting:
            self._is_resting = False
            self._timer.setInterval(EVERY)
            gc.freeze()
        collect_due()


def collect_due() -> None:
    """Collect the oldest generation that is due by Python's own measure, with the younger ones."""
    due = [n for n, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)) if count > most]
    if due:
        gc.collect(due[-1])
