"""Watched folders in the window: how far a scan is, its stop, and what folders brought that were just added."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from curator.core.changes import Changes
from curator.core.query import ImportProgress, ImportReport
from curator.services import importing
from curator.services.importing import Watching
from curator.services.workspace import Workspace
from curator.ui.tasks import Tasks

TELL_EVERY = 0.1  # seconds; more often nobody reads it
PATIENCE = 400  # ms; a shorter scan that nobody asked for is not worth telling


class WatchDesk(QObject):
    """Follows the watched folders from `start` to `close`. A scan is told when it takes long, and from its first file
    when folders were just added (`expect`); then it is reported too, as an import is."""

    progressed = Signal(object)  # ImportProgress
    reported = Signal(object)  # ImportReport of folders that were just added
    stopped = Signal(object)  # a person ended a scan: ImportReport of what it brought until then, where it is known
    ended = Signal()

    def __init__(self, workspace: Workspace, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ws, self._tasks = workspace, tasks
        self._watching: Watching | None = None
        self._sum: ImportReport | None = None  # of folders that were just added
        self._expected = self._unwritten = 0  # additions that are not reported yet; those of which no scan knows yet
        self._has_ended = False  # a scan, while one of those was still to be written
        self._last: ImportProgress | None = None
        self._is_told = False
        self._was_stopped = False
        self._heard = 0.0  # used in the watcher's thread only
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE)
        self._patience.timeout.connect(self._show)

    @property
    def is_running(self) -> bool:
        """Whether a scan is told of."""
        return self._is_told

    def start(self) -> None:
        """Follow the folders: first what changed while nobody looked."""

        def done(watching: Watching) -> None:
            self._watching = watching

        self._tasks.long(lambda: importing.start_watching(self._ws, self._hear, self._hear_progress), done)

    def close(self) -> None:
        """Follow nothing any more."""
        if self._watching is not None:
            self._watching.stop()

    def expect(self) -> None:
        """Folders are being added: tell their scan from now on, and report it, with those that were added before them
        and are read still. Say `begin` when they are written, and `give_up` when they could not be."""
        self._sum = self._sum or ImportReport()
        self._expected += 1
        self._unwritten += 1
        self._is_told = True
        self.progressed.emit(ImportProgress())

    def begin(self) -> None:
        """They are written now: what ended until now was another scan. Called in the writer's thread."""
        self._tasks.on_window(self._on_begun)

    def give_up(self) -> None:
        """They could not be added, or were followed before."""
        self._expected = max(0, self._expected - 1)
        if not self._expected:
            self._sum = None
            self._end()
        elif self._has_ended and not self._unwritten:
            self._finish()

    def stop_scan(self) -> None:
        """End the scan after the file at hand; what is in stays in, the rest is read at the next start."""
        if self._is_told and self._watching is not None:
            self._was_stopped = True
            self._watching.stop_scan()

    def _hear(self, report: ImportReport, _changes: Changes) -> None:
        self._tasks.on_window(self._add, report)

    def _hear_progress(self, progress: ImportProgress | None) -> None:
        now = time.monotonic()
        if progress is None or not progress.files or now - self._heard >= TELL_EVERY:
            self._heard = now
            self._tasks.on_window(self._on_progress, progress)

    def _add(self, report: ImportReport) -> None:
        if self._sum is not None:
            self._sum = importing.joined([self._sum, report])

    def _on_begun(self, _nothing: None) -> None:
        self._unwritten -= 1

    def _on_progress(self, progress: ImportProgress | None) -> None:
        self._has_ended = progress is None
        if progress is None:
            if not self._unwritten:  # else what is being added is scanned next, and told with it
                self._finish()
            return
        self._last = progress
        if self._is_told:
            self._show()
        elif not self._patience.isActive():
            self._patience.start()

    def _show(self) -> None:
        self._is_told = True
        self.progressed.emit(self._last or ImportProgress())

    def _finish(self) -> None:
        report, self._sum = self._sum, None
        was_stopped, self._was_stopped = self._was_stopped, False
        self._expected = 0
        self._end()
        if was_stopped:
            self.stopped.emit(report)
        elif report is not None:
            self.reported.emit(report)

    def _end(self) -> None:
        self._patience.stop()
        self._is_told = False
        self._last = None
        self.ended.emit()
