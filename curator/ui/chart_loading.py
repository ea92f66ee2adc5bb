"""Brings the library of the charts in before a chart is wanted, beside the window and with rests."""

from __future__ import annotations

import importlib
import threading
from types import ModuleType

from PySide6.QtCore import QObject, QTimer, Signal

from curator.ui.tasks import Tasks

AFTER = 1200  # ms from the start of the Runs place: what a person does first has the computer to itself
REST = 0.05  # seconds between two pieces while nobody waits for them
PIECES = ("numpy", "numpy.ma", "pyqtgraph")


class ChartLoading(QObject):
    """pyqtgraph takes 0.8 s to import, during which every thread gets less of the interpreter. `loaded(loss chart's
    module, module of the others)` once, some seconds after the start, or as soon as somebody hurries it."""

    loaded = Signal(object, object)
    failed = Signal(object)

    def __init__(self, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._is_begun = False
        self._hurried = threading.Event()
        self._timer = QTimer(self, singleShot=True, interval=AFTER)
        self._timer.timeout.connect(self._begin)
        self._timer.start()

    def hurry(self) -> None:
        """A chart is wanted now."""
        self._hurried.set()
        self._begin()

    def stop(self) -> None:
        """The window closes: what has not begun is not wanted any more."""
        self._timer.stop()
        self._hurried.set()

    def _begin(self) -> None:
        self._timer.stop()
        if not self._is_begun:
            self._is_begun = True
            self._tasks.long(self._load, lambda both: self.loaded.emit(*both), self.failed.emit)

    def _load(self) -> tuple[ModuleType, ModuleType]:
        for name in PIECES:
            importlib.import_module(name)
            self._hurried.wait(REST)
        loss = importlib.import_module("curator.ui.views.loss_chart")
        return loss, importlib.import_module("curator.ui.views.more_charts")
