"""Joins what a person asks of a run, at the run or in its line of the table, to the desk that does it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QApplication, QFileDialog

from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.services import training
from curator.ui.views.chart_file import save_picture, with_ending
from curator.ui.views.log_sheet import LogSheet, read_log
from curator.ui.views.run_failure import details_of
from curator.ui.views.run_menu import Act

if TYPE_CHECKING:
    from curator.ui.views.runs_place import RunsPlace

_FILTERS = {Act.PNG: "Picture (*.png)", Act.SVG: "Drawing (*.svg)", Act.CSV: "Table (*.csv)"}


class RunActs(QObject):
    """Knows the place and its parts; every act is about the run that is looked at."""

    def __init__(self, place: RunsPlace) -> None:
        super().__init__(place)
        self._place, self._desk = place, place.desk
        self._undo: Callable[[], object] | None = None  # takes back what was told last that can be
        view, listing, queue = place.view, place.list, place.panel.queue
        view.stop_requested.connect(lambda discard: self._with(lambda run: self.stop(run.id, discard)))
        view.pause_requested.connect(lambda: self._with(self._pause))
        view.resume_requested.connect(lambda: self._with(lambda run: self._desk.resume(run.id)))
        view.log_requested.connect(self.show_log)
        view.copy_requested.connect(self._copy_details)
        view.rename_requested.connect(self._rename)
        view.note_requested.connect(lambda text: self._with(lambda run: self._desk.note(run.id, text)))
        view.again_requested.connect(self._again)
        view.asked.connect(self.act)
        view.stage.run_chosen.connect(place.show_run)
        listing.table.chosen.connect(place.show_run)
        listing.table.compare_requested.connect(self.compare)
        listing.table.menu_requested.connect(self._on_menu_requested)
        listing.table.act_requested.connect(self._on_act_requested)
        listing.empty_requested.connect(self._empty_trash)
        listing.turned.connect(lambda _trash: place.show_current())
        queue.moved.connect(lambda run, step: self._desk.shift(place.now, run, step))
        queue.cancelled.connect(self._desk.cancel)
        queue.released.connect(self._desk.release_queue)
        queue.chosen.connect(place.show_run)
        self._desk.told.connect(self._on_told)

    def _on_told(self, words: str, undo: Callable[[], object] | None) -> None:
        """Say what was done, and offer to take it back where that can be."""
        self._undo = undo or self._undo
        self._place.notice.tell_done(words, "Undo" if undo else "", self.take_back)

    def take_back(self) -> bool:
        """Take back what was done last, also when its notice is closed; False when there is nothing. The keyboard goes
        back to the runs, since the notice leaves."""
        undo, self._undo = self._undo, None
        if undo is None:
            return False
        self._place.notice.hide()
        undo()
        self._place.list.table.setFocus()
        return True

    def _withdraw(self) -> None:
        """Offer no longer to take something out of the trash, since that is changed by hand."""
        if self._undo is not None:
            self._undo = None
            self._place.notice.hide()

    def _empty_trash(self) -> None:
        self._withdraw()
        self._desk.empty_trash()

    def _with(self, do: object) -> None:
        run = self._place.current
        if run is not None and callable(do):
            do(run)

    # -- one act at a time

    def act(self, act: Act) -> None:
        """Do something with the run that is looked at."""
        run = self._place.current
        if run is None:
            return
        now, desk = self._place.now, self._desk
        if act is Act.COMPARE:
            self.compare(run.id)
        elif act is Act.SAME_AGAIN:
            desk.again(run, run.settings)
        elif act is Act.WITHOUT_ROWS:
            self._place.panel.several_requested.emit(run)
        elif act is Act.REPEAT:
            desk.copy_how_to_repeat(run)
        elif act in (Act.EARLIER, Act.LATER):
            desk.shift(now, run.id, -1 if act is Act.EARLIER else 1)
        elif act is Act.CANCEL:
            desk.cancel(run.id)
        elif act in _FILTERS:
            self._save(act, run)
        elif act is Act.TRASH:
            self._throw_away(run)
        elif act is Act.RESTORE:
            self._withdraw()
            desk.restore(run.id)

    def stop(self, run: int, discard: bool) -> None:
        """End a run, whichever is looked at."""
        self._place.show_stopping(run)
        self._desk.stop(run, discard)

    def _pause(self, run: Run) -> None:
        self._place.show_stopping(run.id)
        self._desk.pause(run.id)

    def _throw_away(self, run: Run) -> None:
        """Into the trash, and the run below it is looked at until it is taken back. One that is at work is refused
        there, with a sentence."""
        place = self._place
        if run.trashed:
            place.notice.tell_known("It is in the trash already.", "“Empty the trash…” deletes it for good.")
            return
        neighbour = place.list.table.neighbour_of(run.id)

        def gone() -> None:
            if place.shown in (0, run.id):
                place.shown = neighbour

        def back() -> None:
            place.shown = run.id

        self._desk.throw_away(run, gone, back)

    def compare(self, run: int) -> None:
        """Lay a run over the one that is looked at, or no longer."""
        known = self._place.now.run(run)
        if known is not None and known.trashed:
            words = "A run in the trash is not laid over others."
            self._place.notice.tell_known(words, "Take it out of the trash first.")
            return
        if not self._place.compared.toggle(run):
            most = len(self._place.compared.runs)
            hint = "Take one away first: press Space on it."
            self._place.notice.tell_known(f"{most} runs lie over each other, more could not be told apart.", hint)
            return
        self._place.show_current()
        self._place.refresh()

    def _rename(self, name: str) -> None:
        run = self._place.current
        if run is not None:
            self._place.list.table.runs.rename(run.id, name)
            self._desk.rename(run.id, name)

    def _again(self, settings: TrainSettings) -> None:
        self._with(lambda run: self._desk.again(run, settings))

    def _save(self, act: Act, run: Run) -> None:
        start = str(Path.home() / f"{file_name(run.name)}.{act}")
        name, _ = QFileDialog.getSaveFileName(self._place.window(), "Save", start, _FILTERS[act])
        if name:
            self._save_under(act, run, Path(name))

    def _save_under(self, act: Act, run: Run, asked: Path) -> None:
        path = with_ending(asked, act)
        if path != asked and path.exists():  # the dialog asked about the name as it was typed
            hint = "Choose another name; to write over it, type its ending too."
            self._place.notice.tell(f"“{path.name}” is there already.", hint)
            return
        self.save_as(act, run, path)

    def save_as(self, act: Act, run: Run, path: Path) -> None:
        """Save the chart or the figures of a run, with those laid over it."""
        if act is Act.CSV:
            others = [id for id in self._place.compared.runs if id != run.id]
            self._desk.save_figures([run.id, *others], path)
            return
        problem = save_picture(self._place.view.stage.picture(), path, f"{run.name}, loss per response token")
        if problem:
            self._place.notice.tell(problem, "Choose another folder.")
        else:
            self._place.notice.tell_done(f"Saved {path.name}.")

    # -- from the table

    def _on_menu_requested(self, run: int, at: QPoint) -> None:
        self._look_at(run)
        self._place.view.show_menu(at)

    def _on_act_requested(self, run: int, act: Act) -> None:
        self._look_at(run)
        self._place.view.act(act)

    def _look_at(self, run: int) -> None:
        """Let what follows be about this run, also before it has been read; a question about another one is closed."""
        place, view = self._place, self._place.view
        place.show_run(run)
        known = place.now.run(run)
        if known is not None and (view.run is None or view.run.id != run):
            view.question.close_question()
            view.run, view.progress = known, place.now.progress.get(run, RunProgress())

    # -- the log

    def show_log(self) -> None:
        """The worker's log on a sheet."""
        run = self._place.current
        if run is None:
            return
        path = training.log_path(self._place.workspace, run.id)
        sheet = LogSheet(self._place.window(), f"Log of “{run.name}”", path)
        self._place.tasks.read(lambda: read_log(path), sheet.show_text, key="log")

    def _copy_details(self) -> None:
        run, progress, ws = self._place.view.run, self._place.view.progress, self._place.workspace
        if run is not None:
            self._place.tasks.read(
                lambda: details_of(run, progress, read_log(training.log_path(ws, run.id), 20_000)),
                QApplication.clipboard().setText,
            )


def file_name(name: str) -> str:
    """A run's name as a file's name."""
    plain = "".join(c if c.isalnum() or c in " -_." else "-" for c in name).strip(" .")
    return plain[:80] or "run"
