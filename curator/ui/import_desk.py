"""Imports of the window: one at a time, with progress and a stop, and a report in a sentence."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from curator.core.mapping import Mapping
from curator.core.query import ImportProgress, ImportReport
from curator.services import importing
from curator.services.workspace import Workspace
from curator.ui.models.amounts import rough_duration
from curator.ui.tasks import Tasks

Problems = Sequence[tuple[str, int, str]]
TELL_EVERY = 0.1  # seconds; more often nobody reads it
_NAME = 40  # characters of a file's name in the bar


class ImportDesk(QObject):
    """Takes paths, reads them in a thread of their own one batch after the other, and says how far it is."""

    progressed = Signal(object)  # ImportProgress
    reported = Signal(object)  # ImportReport
    ended = Signal()

    def __init__(self, workspace: Workspace, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ws, self._tasks = workspace, tasks
        self._waiting: list[tuple[list[Path], Mapping | None]] = []
        self._at_hand: list[Path] = []
        self._stopped: list[Path] = []
        self._cancel = threading.Event()
        self._is_running = False

    @property
    def is_running(self) -> bool:
        """Whether something is being read."""
        return self._is_running

    def read(self, paths: Sequence[Path]) -> None:
        """Import these, after what was asked before."""
        if paths:
            self._add(list(paths), None)

    def read_mapped(self, path: Path, mapping: Mapping) -> None:
        """Import a file that nobody knows by these of its fields, after what was asked before."""
        self._add([path], mapping)

    def _add(self, paths: list[Path], mapping: Mapping | None) -> None:
        self._waiting.append((paths, mapping))
        if not self._is_running:
            self._next()

    @property
    def waiting(self) -> int:
        """How many files and folders are read after what is read now."""
        return sum(len(paths) for paths, _ in self._waiting)

    def stop(self) -> None:
        """End after the file at hand; what is in stays in. What waits is not begun: `take_stopped` has it."""
        self._stopped += [path for paths, _ in self._waiting for path in paths]
        self._waiting.clear()
        self._cancel.set()

    def take_stopped(self, report: ImportReport) -> tuple[str, list[Path]]:
        """What stopping the import of this report left unread, in words and as paths, with what waited behind it; once.

        Reading it all again costs little: what is in already is not read a second time.
        """
        waited, self._stopped = self._stopped, []
        return stopped_words(report, bool(waited)), [*self._at_hand, *waited] if report.left else waited

    def _next(self) -> None:
        paths, mapping = self._waiting.pop(0)
        self._at_hand = paths
        self._stopped = []  # of an import that failed after it was stopped, and so had no report to be told with
        self._cancel = cancel = threading.Event()
        self._is_running = True
        self.progressed.emit(ImportProgress())
        told = 0.0

        def tell(progress: ImportProgress) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= TELL_EVERY:
                told = now
                self._tasks.on_window(self.progressed.emit, progress)

        def done(report: ImportReport) -> None:
            self.reported.emit(report)
            self._end()

        def failed(error: Exception) -> None:
            self._tasks.failed.emit(error)
            self._end()

        def work() -> ImportReport:
            if mapping is not None:
                return importing.import_mapped(self._ws, paths[0], mapping, tell, cancel)
            return importing.import_paths(self._ws, paths, tell, cancel)

        self._tasks.long(work, done, failed)

    def _end(self) -> None:
        self._is_running = False
        if self._waiting:
            self._next()
        else:
            self.ended.emit()


def stopped_words(report: ImportReport, waited: bool) -> str:
    """What stopping left unread: files of what was read, and what waited behind it. Empty where that is nothing."""
    if not report.left:
        return "Stopped: what was dropped after it is not read." if waited else ""
    files = f"{report.left:,} file{'s are' if report.left != 1 else ' is'} not read"
    return f"Stopped: {files}, nor what was dropped after that." if waited else f"Stopped: {files}."


def progress_words(progress: ImportProgress, waiting: int = 0) -> str:
    """“120 of 318 files · ≈ 40 s left · 410 of 1,020 MB · 4,210 new”: what matters most stays where room is short."""
    if not progress.total:
        return "Looking for transcripts"
    parts = [f"{progress.files:,} of {progress.total:,} file{'s' * (progress.total != 1)}"]
    if progress.seconds_left is not None and progress.files < progress.total:
        parts.append(f"{rough_duration(progress.seconds_left)} left")
    if progress.total_bytes >= 1_000_000:
        parts.append(f"{progress.bytes / 1e6:,.0f} of {progress.total_bytes / 1e6:,.0f} MB")
    if progress.new:
        parts.append(f"{progress.new:,} new")
    if progress.problems:
        parts.append(f"{progress.problems:,} unreadable")
    if waiting:
        parts.append(f"{waiting:,} more to come")
    return " · ".join(parts)


def progress_share(progress: ImportProgress) -> float:
    """From 0 to 1, by bytes where they are known: files differ in size by a factor of a thousand."""
    if progress.total_bytes:
        return progress.bytes / progress.total_bytes
    return progress.files / progress.total if progress.total else 0.0


def report_words(report: ImportReport) -> tuple[str, str]:
    """“12 new exchanges, 3 already here” and “1 unreadable: line 48”."""
    documents = f"{report.documents:,} document{'s' * (report.documents != 1)}" if report.documents else ""
    unread = f"{len(report.faults):,} unreadable: {_places(report.faults)}." if report.faults else ""
    if not (report.new or report.updated or report.unchanged):
        if report.left:  # nobody knows what is in the rest
            return f"{documents}." if documents else "Nothing was read.", unread
        return f"{documents}, no exchange in it." if documents else "No exchange in it.", unread
    fresh = report.new - report.repeats
    parts = [f"{fresh:,} new exchange{'s' * (fresh != 1)}" if fresh else "Nothing new"]
    if report.repeats:
        parts.append(f"{report.repeats:,} repeat{'s' * (report.repeats == 1)} what is here")
    if report.updated:
        parts.append(f"{report.updated:,} grown")
    if report.unchanged:
        parts.append(f"{report.unchanged:,} already here")
    if documents:
        parts.append(documents)
    return ", ".join(parts) + ".", unread


def note_words(report: ImportReport) -> str:
    """How a file was read that is not as most are: “a.csv: The file is not UTF-8; …”; of several, only how many."""
    notes = report.notes
    if len(notes) == 1:
        path, number, reason = notes[0]
        return f"{_short(Path(path).name)}{f', line {number:,}' if number else ''}: {reason}"
    return f"{len(notes):,} notes: {_places(notes)}." if notes else ""


def _places(problems: Problems) -> str:
    """“line 48”, “lines 1, 2, 3 …” of one file; “a.jsonl, b.jsonl and 1 more” of several."""
    names = list(dict.fromkeys(_short(Path(path).name) for path, _, _ in problems))
    if len(names) > 1:
        more = f" and {len(names) - 2:,} more" if len(names) > 2 else ""
        return f"{', '.join(names[:2])}{more}"
    lines = [number for _, number, _ in problems if number]
    first = ", ".join(f"{number:,}" for number in lines[:3])
    return f"line{'s' * (len(lines) > 1)} {first}{' …' if len(lines) > 3 else ''}" if lines else names[0]


def _short(name: str) -> str:
    """A name with its start and end: beside a long one the sentence would have no room."""
    return name if len(name) <= _NAME else f"{name[: _NAME - 15].rstrip()}…{name[-14:]}"
