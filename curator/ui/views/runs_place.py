"""Runs: what to train next at the left, the run that goes on or that is looked at in the middle, all runs below."""

from __future__ import annotations

import importlib
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QApplication, QStackedLayout, QWidget

from curator.core.changes import Changes
from curator.core.job import JobState
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.services import budgets, training
from curator.ui.controls import Button, Plane, column, row
from curator.ui.models.run_reading import RunsNow, read_facts, read_runs, start
from curator.ui.models.train_facts import ENOUGH_ROWS, TrainFacts, TrainRequest
from curator.ui.views.log_sheet import LogSheet, read_log
from curator.ui.views.notice import EmptyState, Notice
from curator.ui.views.run_failure import details_of
from curator.ui.views.run_table import RunTable
from curator.ui.views.run_view import RunView
from curator.ui.views.train_panel import TrainPanel

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.actions import Actions
    from curator.ui.tasks import Tasks

LIVE_MS, IDLE_MS = 500, 3000
"""How often unfinished runs are looked after, and how often a run started elsewhere is looked for."""


class RunsPlace(QWidget):
    """The third place. It holds no truth: every figure is read again from the services."""

    run_started = Signal(int)
    run_ended = Signal(object)  # Run
    running_progress = Signal(object)  # float from 0 to 1, or None
    status_facts = Signal(list)
    library_requested = Signal()
    mirror_requested = Signal(int)

    def __init__(self, workspace: Workspace, tasks: Tasks, actions: Actions) -> None:
        super().__init__()
        self._ws, self._tasks, self._actions = workspace, tasks, actions
        self._now = RunsNow((), {})
        self._facts = TrainFacts()
        self._shown = 0
        self._is_wanted = self._starting = self._reading = self._read_again = self._has_chart = False
        self.knows_facts = False  # whether the Train panel has its figures
        self._queued: TrainRequest | None = None
        self._live: set[int] = set()
        self._told: list[str] = []
        self.panel = TrainPanel(actions.key("train"))
        self.view = RunView(actions.key("stop"))
        self.table = RunTable()
        self.notice = Notice()
        self.empty = EmptyState("No run yet.", "", Button("Review exchanges", "library"))
        self._build()
        self._connect()
        self._timer = QTimer(self)
        self._timer.setInterval(IDLE_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self._facts_timer = QTimer(self)
        self._facts_timer.setSingleShot(True)
        self._facts_timer.timeout.connect(self._read_facts)
        self._facts_timer.start(0)
        self.refresh()

    def _build(self) -> None:
        nothing = Plane("base")
        nothing.setLayout(column(5, self.empty, None, margins=(7, 0, 7, 0)))
        something = Plane("base")
        box = column(5, self.view, 4, self.table, margins=(7, 0, 7, 0))
        box.setStretch(1, 5)
        box.setStretch(3, 3)
        box.addStretch(0)
        something.setLayout(box)
        self._box = box
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(nothing)
        self._pages.addWidget(something)
        main = Plane("base")
        around = column(self.notice, pages)
        around.setStretch(1, 1)
        main.setLayout(around)
        whole = row(self.panel, main, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.panel.train_requested.connect(self.start_run)
        self.panel.queue_dropped.connect(self._drop_queue)
        self.panel.model_chosen.connect(self._on_model_chosen)
        self.panel.limit_chosen.connect(self._on_limit_chosen)
        self.panel.edited.connect(lambda: self._facts_timer.start(150))
        self.view.stop_requested.connect(self._on_stop_requested)
        self.view.log_requested.connect(self.show_log)
        self.view.copy_requested.connect(self._copy_details)
        self.view.rename_requested.connect(self._on_renamed)
        self.view.delete_requested.connect(self._on_delete_confirmed)
        self.view.again_requested.connect(self._on_again)
        self.view.resume_requested.connect(self._on_resume)
        self.table.chosen.connect(self.show_run)
        self.table.menu_requested.connect(self._on_menu_requested)
        self.table.rename_requested.connect(lambda run: self._ask(run, self.view.ask_rename))
        self.table.delete_requested.connect(lambda run: self._ask(run, self.view.ask_delete))
        assert self.empty.button is not None
        self.empty.button.clicked.connect(self.library_requested)
        self._actions.on("train", self.train)
        self._actions.on("stop", self.stop_and_keep)
        self._actions.enable("stop", False, "Nothing is training")

    # -- what the window asks of a place

    def apply(self, changes: Changes) -> None:
        """Catch up with a write."""
        if changes.rows or changes.snapshots or changes.settings:
            self._facts_timer.start(50 if self.isVisible() else 400)
        if changes.runs and self._timer.interval() != LIVE_MS:
            self._timer.start(LIVE_MS)  # not at once: looking after a run that moves makes such changes itself

    def activate(self) -> None:
        """The person came here: load the chart once, look again, take the focus."""
        self._load_chart()
        self.refresh()
        self._facts_timer.start(0)
        (self.table if self._now.runs else self.panel.button).setFocus()
        self._tell_status()

    def stop_looking(self) -> None:
        """Ask for nothing any more: the window closes. Runs go on without it."""
        self._timer.stop()
        self._facts_timer.stop()

    def train(self) -> None:
        """The Train command, wherever it was given."""
        if self.knows_facts:
            self.panel.press()
        else:
            self._is_wanted = True  # pressed in another place, before this one has its figures

    def stop_and_keep(self) -> None:
        """The Stop command: ends the run that goes on, whichever is looked at, and keeps what it learned."""
        if self._now.live is not None:
            self._stop(self._now.live.id, discard=False)

    # -- reading

    def refresh(self) -> None:
        """Ask for the runs again; never twice at a time."""
        if self._reading:
            self._read_again = True
            return
        self._reading = True
        shown = self._shown
        self._tasks.read(lambda: read_runs(self._ws, shown), self._on_runs, self._on_runs_failed)

    def _on_runs_failed(self, error: Exception) -> None:
        self._reading = False
        self.notice.tell_error(error)

    def _on_runs(self, now: RunsNow) -> None:
        self._reading = False
        ended = self._live - {r.id for r in now.runs if not r.state.is_over}
        self._live = {r.id for r in now.runs if not r.state.is_over}
        self._now = now
        titles = {m.name: m.title or m.name for m in self._facts.models}
        self.table.set_runs(now.runs, now.progress, titles)
        self._show_current()
        live = now.live
        self.panel.show_running(live is not None)
        self._actions.enable("stop", live is not None, "Nothing is training")
        self._timer.setInterval(LIVE_MS if live is not None else IDLE_MS)
        self.running_progress.emit(now.share)
        self._tell_status()
        for run in now.runs:
            if run.id in ended:
                self._on_run_ended(run)
        if self._read_again:
            self._read_again = False
            self.refresh()

    def _show_current(self) -> None:
        run = self.current
        self._pages.setCurrentIndex(0 if run is None else 1)
        if run is None:
            self._show_empty()
            return
        progress = self._now.progress.get(run.id)
        if progress is not None:
            base = self._facts.base(run.model)
            self.view.show_run(run, progress, base.title if base else run.model)
        self.table.select_run(run.id)
        for widget, share in ((self.view, 5), (self.table, 3)):  # a failure takes what it needs, the table follows
            self._box.setStretchFactor(widget, 0 if self.view.has_failed else share)

    @property
    def current(self) -> Run | None:
        """The run that is looked at: the chosen one, else the one that goes on, else the newest."""
        runs = self._now.runs
        chosen = next((r for r in runs if r.id == self._shown), None)
        return chosen or self._now.live or max(runs, key=lambda r: r.id, default=None)

    def show_run(self, run: int) -> None:
        """Look at a run."""
        self._shown = run
        if run in self._now.progress:
            self._show_current()
        self.refresh()

    def _read_facts(self) -> None:
        request = self.panel.request()
        self._tasks.read(
            lambda: read_facts(self._ws, request.settings, request.snapshot),
            self._on_facts,
            self._on_facts_failed,
            "train facts",
        )

    def _on_facts(self, facts: TrainFacts) -> None:
        is_first = not self.knows_facts
        self._facts, self.knows_facts = facts, True
        self.panel.show_facts(facts)
        problem = self.panel.problem
        self._actions.enable("train", not problem, problem)
        if is_first:
            self._on_titles_known()
        if self._is_wanted:
            self._is_wanted = False
            self.panel.press()
        if not self._now.runs:
            self._show_empty()

    def _on_titles_known(self) -> None:
        self.table.set_runs(self._now.runs, self._now.progress, {m.name: m.title or m.name for m in self._facts.models})
        if self._now.runs:
            self._show_current()

    def _on_facts_failed(self, error: Exception) -> None:
        self.notice.tell_error(error)

    def _show_empty(self) -> None:
        have = self._facts.rows
        words = f"{ENOUGH_ROWS} clean rows are enough for a quick look; you have {have:,}."
        if have >= ENOUGH_ROWS:
            words += "\nPress Train. It goes on in the background, also when Curator is closed."
        self.empty.tell("No run yet.", words)
        assert self.empty.button is not None
        self.empty.button.setVisible(have < ENOUGH_ROWS)

    # -- starting and stopping

    def start_run(self, request: TrainRequest) -> None:
        """Freeze, start, show: once for each press. While a run goes on, the new one waits for it."""
        if self._starting:
            return
        if self._now.live is not None:
            self._queued = request
            self.panel.show_queued(True)
            return
        self._starting = True
        self.notice.hide()
        self.panel.show_busy("Starting…")
        self._tasks.long(
            lambda: start(self._ws, request, lambda words: self._tasks.on_window(self.panel.show_busy, words)),
            self._on_started,
            self._on_start_failed,
        )

    def _on_started(self, run: Run) -> None:
        self._starting = False
        self.panel.show_busy("")
        self._shown = run.id
        self._live.add(run.id)
        self.run_started.emit(run.id)
        self.refresh()
        self._facts_timer.start(0)

    def _on_start_failed(self, error: Exception) -> None:
        self._starting = False
        self.panel.show_busy("")
        self.notice.tell_error(error)
        self.refresh()

    def _drop_queue(self) -> None:
        self._queued = None
        self.panel.show_queued(False)

    def _on_run_ended(self, run: Run) -> None:
        self.run_ended.emit(run)
        self._facts_timer.start(0)  # its speed tells how long the next one takes
        window = self.window()
        if not window.isActiveWindow():
            QApplication.alert(window)
        request, self._queued = self._queued, None
        self.panel.show_queued(False)
        if request is not None and self._now.live is None:
            self.start_run(request)

    def _on_stop_requested(self, discard: bool) -> None:
        run = self.current
        if run is not None and not run.state.is_over:
            self._stop(run.id, discard)

    def _stop(self, run: int, discard: bool) -> None:
        progress = self._now.progress.get(run)
        if progress is not None and self.current is not None and self.current.id == run:
            stopping = replace(progress, state=JobState.STOPPING)
            self.view.show_run(self.current, stopping, self.panel.base.option.title)
        self._tasks.read(
            lambda: training.stop(self._ws, run, discard), lambda _none: self.refresh(), self.notice.tell_error
        )

    def _on_again(self, settings: TrainSettings) -> None:
        run = self.current
        if run is not None:
            self.start_run(
                TrainRequest(run.model, settings, run.preset if settings == run.settings else "", run.snapshot)
            )

    def _on_resume(self) -> None:
        run = self.current
        if run is not None and not self._starting:
            self._starting = True
            self.panel.show_busy("Starting…")
            self._tasks.long(lambda: training.resume(self._ws, run.id), self._on_started, self._on_start_failed)

    # -- choices and words

    def _on_model_chosen(self, name: str) -> None:
        self._tasks.write(lambda: budgets.choose_model(self._ws, name), None, self.notice.tell_error)

    def _on_limit_chosen(self, limit: int) -> None:
        self._tasks.write(lambda: budgets.set_limit(self._ws, limit), None, self.notice.tell_error)

    def _on_renamed(self, name: str) -> None:
        run = self.current
        if run is not None:
            self.table.runs.rename(run.id, name)
            self._tasks.write(
                lambda: training.rename(self._ws, run.id, name), lambda _c: self.refresh(), self.notice.tell_error
            )

    def _on_delete_confirmed(self) -> None:
        run = self.current
        if run is not None:
            self._shown = 0
            self._tasks.write(
                lambda: training.delete(self._ws, run.id), lambda _c: self.refresh(), self.notice.tell_error
            )

    def _ask(self, run: int, question: object) -> None:
        self._shown = run
        self._show_current()
        if callable(question):
            question()

    def _on_menu_requested(self, run: int, at: QPoint) -> None:
        self.show_run(run)
        if self.view.run is not None and self.view.run.id == run:
            self.view.show_menu(at)

    def show_log(self) -> None:
        """The worker's log on a sheet."""
        run = self.current
        if run is None:
            return
        path = training.log_path(self._ws, run.id)
        sheet = LogSheet(self.window(), f"Log of “{run.name}”", path)
        self._tasks.read(lambda: read_log(path), sheet.show_text, key="log")

    def _copy_details(self) -> None:
        run, progress = self.view.run, self.view.progress
        if run is not None:
            self._tasks.read(
                lambda: details_of(run, progress, read_log(training.log_path(self._ws, run.id), 20_000)),
                QApplication.clipboard().setText,
            )

    # -- the chart and the status line

    def _load_chart(self) -> None:
        """pyqtgraph takes 0.8 s to import: it is done beside the window, once, when the person comes here first."""
        if not self._has_chart:
            self._has_chart = True
            name = "curator.ui.views.loss_chart"
            self._tasks.read(lambda: importlib.import_module(name), self._on_chart_loaded, self.notice.tell_error)

    def _on_chart_loaded(self, module: ModuleType) -> None:
        self.view.attach_chart(module.LossChart())

    def _tell_status(self) -> None:
        facts = self._now.status()
        if facts != self._told:
            self._told = facts
            self.status_facts.emit(facts)
