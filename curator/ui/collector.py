"""Collects what nothing refers to any more, and on the window's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY = 1000  # ms between two looks at what is due
OLDEST = 2  # Python's name for the generation of what has outlived two walks


class Collector(QObject):
    """Stands in for Python's own collector, which runs in whichever thread has just made an object. What it finds there
    may be widgets that refer to each other: taken apart beside the window's thread, they crash Qt. calibre and Anki
    collect on one thread for the same reason.

    It rests for `after` ms while the window is made, which spares 7 % of the start. What was made until then it leaves
    alone from then on: walking all of it would be a gap of 40 ms. What has grown old since is walked again only when
    a quarter as much is new, as in Python's own collector: 400,000 old objects are a gap of 100 ms.
    """

    def __init__(self, parent: QObject, after: int) -> None:
        super().__init__(parent)
        gc.disable()
        self._is_resting = True
        self._old = self._new = 0  # objects that outlived the last walk of all, and what grew old since
        self._timer = QTimer(self, interval=after)
        self._timer.timeout.connect(self._on_time)
        self._timer.start()

    def stop(self) -> None:
        """Collect no more."""
        self._timer.stop()

    def look(self) -> None:
        """Collect what is due now."""
        due = generations_due()
        if OLDEST in due and self._new < self._old // 4:
            due.remove(OLDEST)
        if not due:
            return
        grown = sum(len(gc.get_objects(n)) for n in range(OLDEST)) if due[-1] == OLDEST - 1 else 0
        found = gc.collect(due[-1])
        if due[-1] == OLDEST:
            self._old, self._new = len(gc.get_objects(OLDEST)), 0
        elif grown:
            self._new += grown - found

    def _on_time(self) -> None:
        if self._is_resting:
            self._is_resting = False
            self._timer.setInterval(EVERY)
            gc.freeze()
        self.look()


def generations_due() -> list[int]:
    """The generations that are due by Python's own measure, the oldest last: it is collected with the younger ones."""
    return [n for n, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)) if count > most]
