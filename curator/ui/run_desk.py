"""What is done with runs: every verb of the Runs place goes through here to the services, off the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.services import exporting, queue, repeating, training, trash
from curator.ui.models.run_reading import RunsNow, start
from curator.ui.models.train_facts import TrainRequest

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.tasks import Tasks


class RunDesk(QObject):
    """Starts, stops, renames, moves and throws away. It knows no widget: what came of it is said by signals."""

    moved = Signal()  # something was done: the runs are to be read again
    started = Signal(object)  # Run
    busy = Signal(str)  # what is being done between the press and the run; "" when it is done
    failed = Signal(object)  # Exception
    told = Signal(str, object)  # what was done, and what takes it back (or None)

    def __init__(self, workspace: Workspace, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._ws, self._tasks = workspace, tasks
        self.is_starting = False

    # -- starting and stopping

    def start(self, request: TrainRequest) -> None:
        """Freeze, start, show: once for each press. Where another run is at work, the new one waits in the queue."""
        self.begin(lambda tell: start(self._ws, request, tell))

    def begin(self, work: Callable[[Callable[[str], None]], Run]) -> None:
        """Anything that ends in a run; a second press while it goes on does nothing."""
        if self.is_starting:
            return
        self.is_starting = True
        self.busy.emit("Starting…")
        self._tasks.long(
            lambda: work(lambda words: self._tasks.on_window(self.busy.emit, words)),
            self._on_started,
            self._on_start_failed,
        )

    def _on_started(self, run: Run) -> None:
        self.is_starting = False
        self.busy.emit("")
        self.started.emit(run)

    def _on_start_failed(self, error: Exception) -> None:
        self.is_starting = False
        self.busy.emit("")
        self.failed.emit(error)
        self.moved.emit()

    def stop(self, run: int, discard: bool) -> None:
        """End a run; keep what it learned, or not."""
        self._tasks.read(lambda: training.stop(self._ws, run, discard), self._on_moved, self.failed.emit)

    def pause(self, run: int) -> None:
        """Let it leave the computer, to go on later."""
        self._tasks.read(lambda: training.pause(self._ws, run), self._on_moved, self.failed.emit)

    def resume(self, run: int) -> None:
        """Go on from its last checkpoint."""
        self.begin(lambda _tell: training.resume(self._ws, run))

    def again(self, run: Run, settings: TrainSettings) -> None:
        """Train its snapshot once more, with these settings; its figures go where they went."""
        if settings == run.settings:
            self.begin(lambda _tell: training.repeat(self._ws, run.id))
        else:
            work = partial(training.train, self._ws, run.snapshot, run.model, settings, runtime=run.runtime)
            self.begin(lambda _tell: work(report_to=training.reported_to(run)))

    # -- words and places

    def rename(self, run: int, name: str) -> None:
        """Another name."""
        self._write(lambda: training.rename(self._ws, run, name))

    def note(self, run: int, text: str) -> None:
        """A few words about it."""
        self._write(lambda: training.note(self._ws, run, text))

    def throw_away(self, run: Run, gone: Callable[[], None], back: Callable[[], None]) -> None:
        """Into the trash; `gone` is called when it is there, and `back` when it has been taken back."""
        words = f"“{short(run.name)}” is in the trash."

        def done(_changes: object) -> None:
            gone()
            self.moved.emit()
            self.told.emit(words, lambda: self.restore(run.id, back))

        self._tasks.write(lambda: trash.put(self._ws, run.id), done, self.failed.emit)

    def restore(self, run: int, back: Callable[[], None] = lambda: None) -> None:
        """Out of the trash; `back` is called when it is."""

        def done(_changes: object) -> None:
            back()
            self.moved.emit()

        self._tasks.write(lambda: trash.restore(self._ws, run), done, self.failed.emit)

    def empty_trash(self) -> None:
        """For good."""
        self._write(lambda: trash.empty(self._ws))

    # -- the queue

    def shift(self, now: RunsNow, run: int, step: int) -> None:
        """One place earlier (-1) or later (1) in line."""
        line = [other for other in now.waiting if other != run]
        place = now.ahead(run) + step
        if run in now.waiting and 0 <= place <= len(line):
            before = line[place] if place < len(line) else None
            self._write(lambda: queue.move(self._ws, run, before))

    def cancel(self, run: int) -> None:
        """Out of the queue."""
        self._write(lambda: queue.cancel(self._ws, run))

    def release_queue(self) -> None:
        """Let the queue go on after a pause."""
        self._write(lambda: queue.release(self._ws))

    # -- taking away

    def copy_how_to_repeat(self, run: Run) -> None:
        """The one line for a terminal, into the clipboard."""

        def done(line: str) -> None:
            QApplication.clipboard().setText(line)
            self.told.emit("Copied: one line for a terminal that trains this run again, without the app.", None)

        self._tasks.read(lambda: repeating.command(self._ws, run.id), done, self.failed.emit)

    def save_figures(self, runs: list[int], path: Path) -> None:
        """The figures of these runs as CSV."""

        def work() -> None:
            path.write_text(exporting.csv_of(self._ws, runs), encoding="utf-8")

        self._tasks.read(work, lambda _none: self.told.emit(f"Saved {path.name}.", None), self.failed.emit)

    def _write(self, work: Callable[[], object]) -> None:
        self._tasks.write(work, self._on_moved, self.failed.emit)

    def _on_moved(self, _changes: object) -> None:
        self.moved.emit()


def short(name: str) -> str:
    """A name that fits into a sentence."""
    return name if len(name) <= 40 else name[:39] + "…"
