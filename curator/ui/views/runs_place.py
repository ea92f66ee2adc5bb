"""Runs: what to train next at the left, the run that goes on or that is looked at in the middle, all runs below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from curator.core.changes import Changes
from curator.core.job import JobState
from curator.core.model import BaseModel
from curator.core.run import Run
from curator.services import models
from curator.ui.chart_loading import ChartLoading
from curator.ui.controls import row
from curator.ui.models.compared import Compared
from curator.ui.models.run_reading import RunsNow
from curator.ui.models.train_facts import TrainFacts
from curator.ui.places_desk import PlacesDesk
from curator.ui.run_desk import RunDesk
from curator.ui.run_watch import RunWatch
from curator.ui.several_desk import SeveralDesk
from curator.ui.train_desk import TrainDesk
from curator.ui.views.run_acts import RunActs
from curator.ui.views.run_list import RunList
from curator.ui.views.run_view import RunView
from curator.ui.views.runs_page import RunsPage
from curator.ui.views.train_panel import TrainPanel

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.actions import Actions
    from curator.ui.tasks import Tasks


_ELSEWHERE = "What was decided in the Library is taken back there."


class RunsPlace(QWidget):
    """The third place. It holds no truth: every figure is read again from the services. It is built in slices, one a
    turn of the event loop, so that a person who comes here never waits for all of it at once."""

    run_started = Signal(int)
    run_ended = Signal(object)  # Run
    running_progress = Signal(object)  # float from 0 to 1, or None
    status_facts = Signal(list)
    library_requested = Signal()

    def __init__(self, workspace: Workspace, tasks: Tasks, actions: Actions) -> None:
        super().__init__()
        self.workspace, self.tasks, self._actions = workspace, tasks, actions
        self.compared = Compared()
        self.shown = 0
        self.facts, self.knows_facts = TrainFacts(), False  # whether the Train panel has its figures
        self._is_wanted = self._has_read = self._knows_runs = False
        self._told: list[str] = []
        self._titles: dict[str, str] = {}
        self.desk = RunDesk(workspace, tasks, self)
        self.watch = RunWatch(workspace, tasks, self, lambda: (self.shown, self.compared.runs))
        self._slices = [lambda: self.panel, lambda: self.view, lambda: self.list, self._put_together, self._begin]
        self._building = QTimer(self, interval=0)
        self._building.timeout.connect(self._build_next)
        self._building.start()
        self._actions.on("train", self.train)
        self._actions.on("stop", self.stop_and_keep)
        self._actions.enable("stop", False, "Nothing is training")

    # -- building, a slice at a time

    @cached_property
    def panel(self) -> TrainPanel:
        """What to train next."""
        return TrainPanel(self._actions.key("train"))

    @cached_property
    def view(self) -> RunView:
        """The run that is looked at."""
        return RunView(self._actions.key("stop"))

    @cached_property
    def list(self) -> RunList:
        """All runs, and the trash."""
        return RunList()

    @cached_property
    def page(self) -> RunsPage:
        """What stands beside the panel."""
        return RunsPage(self.view, self.list)

    def _build_next(self) -> None:
        if self._slices:
            self._slices.pop(0)()
        else:
            self._building.stop()

    @property
    def is_built(self) -> bool:
        """Whether all of it is there."""
        return not self._slices

    def _put_together(self) -> None:
        whole = row(self.panel, self.page, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.notice = self.page.notice

    def _begin(self) -> None:
        self.acts = RunActs(self)
        self.several = SeveralDesk(self.workspace, self.tasks, self.desk, self.panel)
        self.places = PlacesDesk(self.workspace, self.tasks, self.panel, self)
        self.train_desk = TrainDesk(self.workspace, self.tasks, self.panel, self)
        self.charts = ChartLoading(self.tasks, self)
        self.charts.loaded.connect(self._on_charts_loaded)
        self.charts.failed.connect(self.notice.tell_error)
        self.places.changed.connect(self.train_desk.ask)
        self.places.make_asked.connect(lambda: self._actions.trigger("environment"))
        self.view.failure.environment_asked.connect(self.places.make_asked)
        self.train_desk.known.connect(self._on_facts)
        self.train_desk.failed.connect(self.notice.tell_error)
        self.panel.train_requested.connect(self.desk.start)
        self.desk.moved.connect(self.refresh)
        self.desk.started.connect(self._on_started)
        self.desk.failed.connect(self.notice.tell_error)
        self.desk.busy.connect(self.panel.show_busy)
        self.watch.was_read.connect(self._on_runs)
        self.watch.ended.connect(self._on_run_ended)
        self.watch.failed.connect(self.notice.tell_error)
        self.page.review.clicked.connect(self.library_requested)
        self.tasks.read(lambda: models.models(self.workspace), self._on_models, key="titles")
        self.watch.start()
        self.train_desk.ask()
        if self.isVisible():
            self.activate()

    # -- what the window asks of a place

    def apply(self, changes: Changes) -> None:
        """Catch up with a write."""
        if not self.is_built:
            return
        if changes.rows or changes.snapshots or changes.settings:
            self.train_desk.ask(50 if self.isVisible() else 400)
        if changes.runs:
            self.watch.hurry()

    def activate(self) -> None:
        """The person came here: have the charts at once, look again, take the focus."""
        if not self.is_built:
            return  # the last slice calls it
        self.charts.hurry()
        self.refresh()
        self.train_desk.ask()
        self._take_focus()
        self._tell_status()

    def _take_focus(self) -> None:
        """To the runs; where there is none, to how long the first one shall be."""
        (self.list.table if self.now.runs else self.panel.card).setFocus()

    def stop_looking(self) -> None:
        """Ask for nothing any more: the window closes. Runs go on without it."""
        self._building.stop()
        self.watch.stop()
        if self.is_built:
            self.train_desk.stop()
            self.charts.stop()
            self.several.cancel()

    @property
    def is_counting(self) -> bool:
        """Whether the panel's figures are not there yet, or are those from before the last write."""
        return not self.knows_facts or self.train_desk.is_asking

    def train(self) -> None:
        """The Train command, wherever it was given."""
        if self.knows_facts and not (self.panel.problem and self.is_counting):
            self.panel.press()
            return
        self._is_wanted = True  # pressed before the figures are here: what they say decides
        if self.knows_facts:
            self.train_desk.ask()  # at once, and not when whoever marks rests

    def event(self, event: QEvent) -> bool:
        """The key of Undo is heard here, also while the Library has nothing to undo: it takes back what was done
        with a run, and never what was marked in a place that is not seen."""
        is_undo = isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Undo)
        if is_undo and self.is_built:
            event.accept()  # as an override first, then as the key
            if event.type() == QEvent.Type.KeyPress:
                self.undo()
            return True
        return super().event(event)

    def undo(self) -> None:
        """Take back what was done last with a run, if that can be."""
        if not self.acts.take_back():
            self.notice.tell_known("Nothing was done here that can be taken back.", _ELSEWHERE)

    def redo(self) -> None:
        """What was taken back here is done again by hand: it is one press."""
        self.notice.tell_known("Nothing was taken back here.", _ELSEWHERE)

    def stop_and_keep(self) -> None:
        """The Stop command: ends the run that goes on, whichever is looked at, and keeps what it learned."""
        if self.now.live is not None:
            self.acts.stop(self.now.live.id, discard=False)

    # -- runs

    @property
    def now(self) -> RunsNow:
        """The runs as they were read last."""
        return self.watch.now

    @property
    def current(self) -> Run | None:
        """The run that is looked at."""
        return self.now.looked_at(self.shown)

    def refresh(self) -> None:
        """Ask for the runs again."""
        self.watch.read()

    def _on_runs(self, now: RunsNow) -> None:
        self._has_read = True
        is_first, self._knows_runs = bool(now.runs) and not self._knows_runs, self._knows_runs or bool(now.runs)
        self.compared.keep({r.id for r in now.runs})  # one in the trash has no line to be taken off by
        self.show_current()
        if is_first and self.panel.card.hasFocus():
            self._take_focus()  # it was taken before the runs were known
        self.panel.show_running(now.is_busy(self.panel.runtime), len(now.waiting))
        self.panel.queue.show_queue([r for id in now.waiting if (r := now.run(id))], now.is_held)
        self._actions.enable("stop", now.live is not None, "Nothing is training")
        self.running_progress.emit(now.share)
        self._tell_status()

    def show_current(self) -> None:
        """Show the run that is looked at, and all of them below it."""
        self.page.show_runs(self.now, self.current, self._titles, self.compared)
        if self.current is None and self._has_read and self.knows_facts:
            self.page.show_empty(self.facts.rows)

    def show_run(self, run: int) -> None:
        """Look at a run."""
        self.shown = run
        if run in self.now.progress:
            self.show_current()
        self.refresh()

    def _on_started(self, run: Run) -> None:
        self.notice.hide()
        if run.state is not JobState.QUEUED:
            self.shown = run.id
            self.watch.expect(run.id)
        self.run_started.emit(run.id)
        self.refresh()
        self.train_desk.ask()

    def _on_run_ended(self, run: Run) -> None:
        self.run_ended.emit(run)
        self.train_desk.ask()  # its speed tells how long the next one takes
        window = self.window()
        if not window.isActiveWindow():
            QApplication.alert(window)

    def show_stopping(self, run: int) -> None:
        """Say at once that it is asked to end."""
        progress, current = self.now.progress.get(run), self.current
        if progress is not None and current is not None and current.id == run:
            self.now.progress[run] = replace(progress, state=JobState.STOPPING)
            self.show_current()

    def _on_models(self, known: Sequence[BaseModel]) -> None:
        """Base models are called by their titles, from the first run shown on."""
        titles = {m.name: m.title or m.name for m in known}
        if titles != self._titles:
            self._titles = titles
            self.show_current()

    def _on_facts(self, facts: TrainFacts) -> None:
        self.facts, self.knows_facts = facts, True
        self._on_models(facts.models)
        problem = self.panel.problem
        self._actions.enable("train", not problem, problem)
        if not self.now.runs:
            self.show_current()  # it says how many rows there are
        if self._is_wanted:
            self._is_wanted = False
            self.panel.press()

    # -- the charts and the status line

    def _on_charts_loaded(self, loss: ModuleType, others: ModuleType) -> None:
        self.view.attach_charts(loss.LossChart(), others)
        self.show_current()

    def _tell_status(self) -> None:
        facts = self.now.status()
        if facts != self._told:
            self._told = facts
            self.status_facts.emit(facts)
