"""What comes in: files that were dropped or chosen, and watched folders, with their words in the status line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from curator.core.changes import Changes
from curator.core.mapping import Mapping
from curator.core.query import ImportProgress, ImportReport
from curator.services import importing
from curator.services.workspace import Workspace
from curator.ui.import_desk import ImportDesk, note_words, progress_share, progress_words, report_words
from curator.ui.main_window import MainWindow
from curator.ui.views.notice_bar import Choice
from curator.ui.watch_desk import WatchDesk

if TYPE_CHECKING:
    from curator.ui.mapping_desk import MappingDesk

TRANSCRIPTS = "Transcripts (*.jsonl *.json *.md *.txt *.zip);;All files (*)"


class Intake(QObject):
    """Imports and watching of one window, its progress below the place and its report above it."""

    begun = Signal()  # something was given: the window shows where it will appear
    reported = Signal()  # something that a person gave was read
    report_asked = Signal(object)  # ImportReport to be shown line by line
    documents_asked = Signal()

    def __init__(self, window: MainWindow, workspace: Workspace) -> None:
        super().__init__(window)
        self._window, self._ws, self._tasks = window, workspace, window.tasks
        self.imports = ImportDesk(workspace, window.tasks, self)
        self.watching = WatchDesk(workspace, window.tasks, self)
        self._mapping: MappingDesk | None = None
        window.status.stop_pressed.connect(self.imports.stop)
        window.status.stop_pressed.connect(self.watching.stop_scan)
        self.imports.progressed.connect(self._on_progressed)
        self.imports.reported.connect(self._on_imported)
        self.imports.ended.connect(self._on_reading_ended)
        self.watching.progressed.connect(self._on_scanned)
        self.watching.reported.connect(self._on_reported)
        self.watching.stopped.connect(self._on_scan_stopped)
        self.watching.ended.connect(self._on_reading_ended)

    def read(self, paths: list[Path]) -> None:
        """Import files, folders and zips."""
        if paths:
            self.begun.emit()
            self.imports.read(paths)

    def watch(self, folders: list[str]) -> None:
        """Follow folders from now on; what is in them comes with the first scan."""

        def add() -> Changes:
            self.watching.begin()
            return importing.add_watched(self._ws, *folders)

        def done(changes: Changes) -> None:
            if not changes:  # all of them were watched before
                self.watching.give_up()

        self.watching.expect()
        self._tasks.write(add, done, self._on_watch_failed)

    def choose_files(self) -> None:
        """Ask which files to import."""
        names, _ = QFileDialog.getOpenFileNames(self._window, "Import transcripts", str(Path.home()), TRANSCRIPTS)
        self.read([Path(n) for n in names])

    def choose_watched(self) -> None:
        """Ask which folder to follow."""
        name = QFileDialog.getExistingDirectory(self._window, "Watch a folder", str(Path.home()))
        if name:
            self.watch([name])

    def explain(self, path: Path) -> None:
        """Ask what is what in a file that nobody knows, and read it that way."""
        if self._mapping is None:
            from curator.ui.mapping_desk import MappingDesk

            self._mapping = MappingDesk(self._tasks, self._window, self)
            self._mapping.asked.connect(self._read_mapped)
        self._mapping.open(path)

    def stop(self) -> None:
        """The window closes: end what is being read, after the file at hand."""
        self.imports.stop()

    def _read_mapped(self, path: Path, mapping: Mapping) -> None:
        self.begun.emit()
        self.imports.read_mapped(path, mapping)

    def _on_watch_failed(self, error: Exception) -> None:
        self.watching.give_up()
        self._tasks.failed.emit(error)

    def _on_progressed(self, progress: ImportProgress) -> None:
        if self.imports.is_running:
            words = progress_words(progress, self.imports.waiting)
            self._window.status.show_work(words, progress_share(progress))

    def _on_scanned(self, progress: ImportProgress) -> None:
        if not self.imports.is_running:
            self._window.status.show_work(progress_words(progress), progress_share(progress))

    def _on_imported(self, report: ImportReport) -> None:
        stopped, unread = self.imports.take_stopped(report)
        self._on_reported(report, stopped, [("Read the rest", lambda: self.read(unread))] if unread else [])

    def _on_reported(self, report: ImportReport, stopped: str = "", others: Sequence[Choice] = ()) -> None:
        (words, unread), notes = report_words(report), note_words(report)
        words = f"{words} {stopped}".strip()
        choices: list[Choice] = [("Show", lambda: self.report_asked.emit(report))] if unread or notes else []
        choices += others
        if report.documents:
            choices.append(("Documents", self.documents_asked.emit))
        unknown = importing.unknown_files(report) if len(report.problems) == 1 else []
        if unknown:
            choices.insert(0, ("Say what is what in it…", lambda: self.explain(Path(unknown[0]))))
        self._window.notice.report(words, unread, choices, notes)
        self.reported.emit()

    def _on_scan_stopped(self, report: ImportReport | None) -> None:
        new = f"{report.new:,} new. " if report is not None else ""
        self._window.notice.report(f"{new}Reading was stopped; the rest is read when Curator opens next.", "", [])

    def _on_reading_ended(self) -> None:
        if not (self.imports.is_running or self.watching.is_running):
            self._window.status.end_work()
