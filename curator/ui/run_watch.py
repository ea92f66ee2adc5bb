"""Looks after runs beside the window: reads them again and again, sees which ended, and has the computer watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from curator.core.job import JobState
from curator.services import care
from curator.ui.models.run_reading import RunsNow, read_runs

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.tasks import Tasks

LIVE_MS, IDLE_MS, CARE_MS = 500, 3000, 2000
"""How often unfinished runs are looked after, a run started elsewhere is looked for, and the computer's strain is."""


class RunWatch(QObject):
    """`was_read(RunsNow)` after every reading, then `ended(Run)` for each that is over since the one before."""

    was_read = Signal(object)
    ended = Signal(object)
    failed = Signal(object)

    def __init__(
        self, workspace: Workspace, tasks: Tasks, parent: QObject, wanted: Callable[[], tuple[int, tuple[int, ...]]]
    ) -> None:
        super().__init__(parent)
        self._ws, self._tasks, self._wanted = workspace, tasks, wanted
        self.now = RunsNow((), {})
        self._is_reading = self._read_again = False
        self._going: set[int] = set()
        self._timer = QTimer(self, interval=IDLE_MS)
        self._timer.timeout.connect(self.read)
        self._care_timer = QTimer(self, interval=CARE_MS)
        self._care_timer.timeout.connect(self._take_care)

    def start(self) -> None:
        """Look from now on."""
        self._timer.start()
        self._care_timer.start()
        self.read()

    def stop(self) -> None:
        """Ask for nothing any more."""
        self._timer.stop()
        self._care_timer.stop()

    def expect(self, run: int) -> None:
        """A run that was just started: its end is told even if it comes before the next reading."""
        self._going.add(run)

    def hurry(self) -> None:
        """Something changed: look soon. Not at once, since looking after a run that moves makes such changes itself."""
        if self._timer.isActive() and self._timer.interval() != LIVE_MS:
            self._timer.start(LIVE_MS)

    def read(self) -> None:
        """Ask for the runs again; never twice at a time."""
        if self._is_reading:
            self._read_again = True
            return
        self._is_reading = True
        shown, compared = self._wanted()
        self._tasks.read(lambda: read_runs(self._ws, shown, compared), self.take, self._on_failed)

    def take(self, now: RunsNow) -> None:
        """What was read."""
        self._is_reading = False
        going = {r.id for r in now.runs if not r.state.is_over and r.state is not JobState.QUEUED}
        ended, self._going, self.now = self._going - going, going, now
        if self._timer.isActive():
            self._timer.setInterval(LIVE_MS if going or now.waiting else IDLE_MS)
        self.was_read.emit(now)
        for run in now.runs:
            if run.id in ended:
                self.ended.emit(run)
        if self._read_again:
            self._read_again = False
            self.read()

    def _on_failed(self, error: Exception) -> None:
        self._is_reading = False
        self.failed.emit(error)

    def _take_care(self) -> None:
        """Let the computer be watched while something is trained, or waits for it to be well again."""
        if any(not r.state.is_over or r.state is JobState.PAUSED for r in self.now.runs):
            self._tasks.read(lambda: care.watch(self._ws), lambda _changes: None, self.failed.emit, "care")
