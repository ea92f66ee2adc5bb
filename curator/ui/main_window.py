"""The window: bar, four places, status line; drops, imports, errors and everything that belongs to no place."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow, QMenu, QSizePolicy, QStackedWidget, QWidget

from curator.core.budget import BudgetSummary
from curator.core.changes import Changes
from curator.core.query import ImportProgress, ImportReport, UndoState, WatchedFolder
from curator.services import budgets, curation, importing, settings
from curator.services.importing import Watching
from curator.services.workspace import Workspace
from curator.ui.actions import Actions
from curator.ui.appearance import Appearance
from curator.ui.controls import Plane, column
from curator.ui.desk import Budget
from curator.ui.dialogs.error import tell
from curator.ui.import_desk import ImportDesk, progress_share, progress_words, report_words
from curator.ui.overlays import APPEARANCE_KEY, KEYS_KEY, Doors, Overlays
from curator.ui.place import Place
from curator.ui.place_makers import PLACE_MAKERS
from curator.ui.tasks import Tasks
from curator.ui.views.drop_target import DropTarget, carried_paths
from curator.ui.views.library_place import LibraryPlace
from curator.ui.views.notice_bar import Choice, NoticeBar
from curator.ui.views.status_line import Fact, StatusLine
from curator.ui.views.top_bar import PLACES, TopBar

_log = logging.getLogger(__name__)
SMALLEST, USUAL = QSize(1024, 640), QSize(1440, 900)
REPORT_STAYS = 12_000  # ms; one with problems stays until it is closed


class MainWindow(QMainWindow):
    """Shown empty and at once; `attach` fills it when the library is open."""

    appearance_chosen = Signal(object)
    attached = Signal()

    def __init__(self, tasks: Tasks, geometry: QSettings) -> None:
        super().__init__()
        self.tasks, self._geometry = tasks, geometry
        self.workspace: Workspace | None = None
        self.library: LibraryPlace | None = None
        self.overlays: Overlays | None = None
        self.imports: ImportDesk | None = None
        self._watching: Watching | None = None
        self._places: dict[str, QWidget] = {}
        self._place = "library"
        self._waiting: list[Path] = []
        self._watched: list[WatchedFolder] = []
        self._summary: BudgetSummary | None = None
        self._last_change = 0.0
        self._runs_facts: list[str] = []
        self._reading_folders = 0
        self.setWindowTitle("Curator")
        self.setMinimumSize(SMALLEST)
        self.setAcceptDrops(True)
        self.actions_ = Actions(self)
        self.top = TopBar(self.actions_)
        self.notice = NoticeBar()
        self.status = StatusLine(self.actions_)
        self._stack = QStackedWidget()
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._blank = Plane("base")
        self._stack.addWidget(self._blank)
        body = QWidget()
        box = column(self.top, self.notice, self._stack, self.status)
        box.setStretch(2, 1)
        body.setLayout(box)
        self.setCentralWidget(body)
        self.drop = DropTarget(self)
        self._report_timer = QTimer(self, singleShot=True, interval=REPORT_STAYS)
        self._report_timer.timeout.connect(self.notice.dismiss)
        self._summary_timer = QTimer(self, singleShot=True, interval=150)
        self._summary_timer.timeout.connect(self._read_summary)
        self._clock = QTimer(self, interval=5000)
        self._clock.timeout.connect(self._say_facts)
        self._clock.start()
        self._connect()
        self._make_menus()
        self._restore_geometry()
        self.top.show_place("library")
        self.actions_.enable("train", False, "Mark a row clean first (A)")
        self.actions_.enable("undo", False, "Nothing to undo")
        self.actions_.enable("redo", False, "Nothing to redo")
        self.status.set_facts([Fact("Opening the library", "text2")])

    # life

    def attach(self, workspace: Workspace) -> None:
        """The library is open: build what needs it, ask for the rest."""
        self.workspace = workspace
        self.tasks.follow(workspace)
        self.imports = ImportDesk(workspace, self.tasks, self)
        self.imports.progressed.connect(self._on_progressed)
        self.imports.reported.connect(self._on_reported)
        self.imports.ended.connect(self.status.end_work)
        self.status.stop_pressed.connect(self.imports.stop)
        self.library = LibraryPlace(workspace, self.tasks, self.actions_)
        self.library.asked.connect(self._on_asked)
        start = self.library.first_start
        start.watch_asked.connect(self.watch)
        start.folder_asked.connect(self._choose_watched)
        start.samples_asked.connect(self._read_samples)
        self.overlays = Overlays(self, workspace, self.tasks, self.actions_, self._doors(self.library))
        self.overlays.appearance_chosen.connect(self.appearance_chosen)
        for name, show in (
            ("palette", self.overlays.show_palette),
            ("keys", self.overlays.show_keys),
            ("settings", self.overlays.show_settings),
            ("about", self.overlays.show_about),
        ):
            self.actions_.on(name, show)
        self._add_place("library", self.library)
        self._refuse_drops(self.library)
        self.library.load()
        self.go("library")
        self._read_settings()
        self._read_found()
        self._read_undo()
        self._read_summary()
        self._read_watched()
        self.tasks.long(lambda: importing.start_watching(workspace, self._on_watch_import), self._on_watching)
        QTimer.singleShot(0, lambda: self._make_place("runs"))  # it looks after runs wherever the person is
        waiting, self._waiting = self._waiting, []
        self.read(waiting)
        self.attached.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._geometry.setValue("geometry", self.saveGeometry())
        if self.library is not None:
            self._geometry.setValue("across", self.library.across.saveState())
            self._geometry.setValue("work", self.library.work.saveState())
            self.library.leave()
        self._geometry.sync()
        if self.imports is not None:
            self.imports.stop()
        self._clock.stop()
        self.tasks.shutdown()
        if self._watching is not None:
            self._watching.stop()
        if self.workspace is not None:
            self.workspace.close()
        super().closeEvent(event)
        QApplication.quit()

    def fail(self, error: BaseException) -> None:
        """Say what went wrong, above the place; never a dialog."""
        _log.error("told to the person", exc_info=error)
        told = tell(error)
        self._report_timer.stop()
        self.notice.error(told.sentence, told.hint, told.details)

    # places

    def go(self, name: str) -> None:
        """Show a place; it is built when it is first wanted."""
        place = self._make_place(name)
        self.top.show_place(self._place if place is None else name)
        if place is None:
            return
        self._place = name
        self._stack.setCurrentWidget(self._places[name])
        self.actions_.show_place(name)
        place.activate()
        self._say_facts()

    @property
    def place(self) -> str:
        """Where the person is."""
        return self._place

    def place_widget(self, name: str) -> QWidget | None:
        """A place, if it was built."""
        return self._places.get(name)

    def _make_place(self, name: str) -> Place | None:
        made = self._places.get(name)
        if made is None and self.workspace is not None:
            maker = PLACE_MAKERS.get(name)
            if maker is None:
                return None
            made = maker(self.workspace, self.tasks, self.actions_)
            self._add_place(name, made)
            self._wire(name, made)
        return made  # type: ignore[return-value]  # every maker builds a Place, which is a widget too

    def _add_place(self, name: str, place: QWidget) -> None:
        self._places[name] = place
        self._stack.addWidget(place)
        self._refuse_drops(place)

    def _wire(self, name: str, place: QWidget) -> None:
        """Connect the signals that a place has for the window."""

        def on(signal: str, slot: Callable[..., object]) -> None:
            found = getattr(place, signal, None)
            if found is not None:
                found.connect(slot)

        on("library_requested", lambda: self.go("library"))
        on("exchange_requested", self._go_to_exchange)
        on("row_requested", self._go_to_exchange)
        on("mirror_requested", lambda _run: self.go("mirror"))
        on("runs_requested", lambda *_: self.go("runs"))
        on("error_occurred", self.fail)
        if name == "runs":
            on("running_progress", self._on_running)
            on("run_started", lambda _run: self.go("runs"))
            on("status_facts", self._on_runs_facts)
            self._show_training()

    def _show_training(self) -> None:
        """Whoever starts training from another place is taken to where it happens."""
        train = self.actions_.handler("train")
        if train is not None:

            def go_and_train() -> None:
                self.go("runs")
                train()

            self.actions_.on("train", go_and_train)

    # commands

    def _connect(self) -> None:
        on = self.actions_.on
        for name, _ in PLACES:
            on(f"go_{name}", partial(self.go, name))
        on("search", self._search)
        on("sidebar", self._toggle_sidebar)
        on("import", self._choose_files)
        on("watch", self._choose_watched)
        on("full_screen", lambda: self.showNormal() if self.isFullScreen() else self.showFullScreen())
        on("quit", self.close)
        self.top.place_chosen.connect(self.go)
        self.status.fact_pressed.connect(self._on_fact_pressed)
        self.tasks.changed.connect(self._on_changed)
        self.tasks.failed.connect(self.fail)

    def _toggle_sidebar(self) -> None:
        if self.library is not None and self._place == "library":
            self.library.toggle_sidebar()

    def _make_menus(self) -> None:
        menus: dict[str, QMenu] = {}
        for command in self.actions_.commands():
            if not command.in_sheet and command.id not in ("about", "quit", "full_screen"):
                continue
            menu = menus.get(command.group)
            if menu is None:
                menu = menus[command.group] = self.menuBar().addMenu(command.group)
            menu.addAction(self.actions_[command.id])
        if not self.menuBar().isNativeMenuBar():
            self.menuBar().hide()  # the bar and the palette hold everything; a Mac has its menus above the screen

    def _search(self) -> None:
        self.go("library")
        if self.library is not None:
            self.library.list.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.library.list.search.selectAll()

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, "Import transcripts", str(Path.home()), "Transcripts (*.jsonl *.json *.md *.txt *.zip);;All files (*)"
        )
        self.read([Path(n) for n in names])

    def _choose_watched(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Watch a folder", str(Path.home()))
        if name:
            self.watch([name])

    def _read_samples(self) -> None:
        self.tasks.read(importing.sample_paths, self.read)

    # bringing in

    def read(self, paths: list[Path]) -> None:
        """Import files, folders and zips; before the library is open they wait."""
        if self.imports is None:
            self._waiting += paths
        elif paths:
            self.go("library")
            self.imports.read(paths)

    def watch(self, folders: list[str]) -> None:
        """Follow folders from now on; what is in them comes with the first scan."""
        ws = self.workspace
        if ws is None:
            return

        def work() -> Changes:
            changes = Changes()
            for folder in folders:
                changes |= importing.add_watched(ws, folder)
            return changes

        self._reading_folders += len(folders)
        self.status.show_work(f"Reading {len(folders)} folder{'s' * (len(folders) != 1)}", 0.0)
        self.tasks.write(work)

    def _on_progressed(self, progress: ImportProgress) -> None:
        if self.imports is not None and self.imports.is_running:
            self.status.show_work(progress_words(progress), progress_share(progress))

    def _on_reported(self, report: ImportReport, _paths: list[Path]) -> None:
        words, problems = report_words(report)
        show: list[Choice] = []
        if problems and self.overlays is not None:
            show.append(("Show", partial(self.overlays.show_report, report)))
        self.notice.report(words, problems, show)
        if problems:
            self._report_timer.stop()
        else:
            self._report_timer.start()

    def _on_watch_import(self, report: ImportReport, _changes: Changes) -> None:
        self.tasks.on_window(self._on_watched_report, report)  # this is the watcher's thread

    def _on_watched_report(self, report: ImportReport) -> None:
        if self._reading_folders:
            self._reading_folders -= 1
            if not self._reading_folders and not (self.imports and self.imports.is_running):
                self.status.end_work()
            self._on_reported(report, [])

    def _on_watching(self, watching: Watching) -> None:
        self._watching = watching

    def _on_asked(self, sentence: str, choices: list[Choice]) -> None:
        self._report_timer.stop()
        self.notice.ask(sentence, choices)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        paths = carried_paths(event.mimeData())
        if paths:
            self.drop.show_for(paths)
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop.hide()
        paths = carried_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.read(paths)

    def _refuse_drops(self, place: QWidget) -> None:
        """Fields would take a dragged file as text: the window takes it instead."""
        for widget in place.findChildren(QWidget):
            if widget.acceptDrops():
                widget.setAcceptDrops(False)

    # what is so

    def _on_changed(self, changes: Changes) -> None:
        for place in self._places.values():
            place.apply(changes)  # type: ignore[attr-defined]  # a Place
        if changes.exchanges or changes.lists or changes.rows or changes.sources:
            self._last_change = time.monotonic()
        if changes.exchanges or changes.tags:
            self._read_undo()
        if changes.rows or changes.settings:
            self._summary_timer.start()
        if changes.settings:
            self._read_settings()
        if changes.watched:
            self._read_watched()
            if self.overlays is not None:
                self.overlays.refill()
        self._say_facts()

    def _read_settings(self) -> None:
        ws = self.workspace
        if ws is None:
            return

        def read() -> tuple[Budget, str, str]:
            model = budgets.chosen_model(ws)
            counter = budgets.chosen_counter(ws)
            budget = Budget(model, budgets.limit(ws), counter.name)
            return budget, settings.get(ws, APPEARANCE_KEY), settings.get(ws, KEYS_KEY)

        def done(found: tuple[Budget, str, str]) -> None:
            if self.library is not None:
                self.library.set_budget(found[0])
            if found[1] in set(Appearance):
                self.appearance_chosen.emit(Appearance(found[1]))
            self.actions_.load_keys(found[2])

        self.tasks.read(read, done, key="settings of the window")

    def _read_found(self) -> None:
        ws, library = self.workspace, self.library
        if ws is not None and library is not None:
            self.tasks.read(lambda: importing.found_agents(ws), library.first_start.show_agents)

    def _read_undo(self) -> None:
        ws = self.workspace
        if ws is None:
            return

        def done(state: UndoState) -> None:
            for name, words in (("undo", state.undo), ("redo", state.redo)):
                verb = name.capitalize()
                self.actions_.rename(name, f"{verb}: {words}" if words else verb)
                self.actions_.enable(name, bool(words), f"Nothing to {name}")
            self.actions_.enable("undo_back", bool(state.undo))

        self.tasks.read(lambda: curation.undo_state(ws), done, key="undo")

    def _read_summary(self) -> None:
        ws = self.workspace
        if ws is None:
            return

        def done(summary: BudgetSummary) -> None:
            self._summary = summary
            if "runs" not in self._places:
                self.actions_.enable("train", summary.rows > 0, "Mark a row clean first (A)")
            self._say_facts()

        self.tasks.read(lambda: budgets.summary(ws, budgets.chosen_model(ws), budgets.limit(ws)), done, key="summary")

    def _read_watched(self) -> None:
        ws = self.workspace
        if ws is None:
            return

        def done(watched: list[WatchedFolder]) -> None:
            self._watched = watched
            self._say_facts()

        self.tasks.read(lambda: importing.watched(ws), done, key="watched")

    def _say_facts(self) -> None:
        if self._place == "runs" and self._runs_facts:
            inks = ["text", *["text2"] * len(self._runs_facts)]
            self.status.set_facts([Fact(w, i) for w, i in zip(self._runs_facts, inks, strict=False)])
        elif self.workspace is not None:
            self.status.set_facts(self._facts())

    def _facts(self) -> list[Fact]:
        facts, summary, wide = [], self._summary, self.width() >= 1200
        if summary is None or not summary.rows:
            facts.append(Fact("No rows yet"))
        else:
            about = "≈ " if summary.is_estimate else ""
            facts.append(Fact(f"{summary.rows:,} row{'s' * (summary.rows != 1)}", "text", "queue:clean"))
            facts.append(Fact(f"{about}{summary.tokens:,} tokens"))
            if wide:
                facts.append(Fact(f"longest {summary.longest:,} of {summary.limit:,}"))
            if summary.over:
                facts.append(Fact(f"{summary.over:,} over budget", "bad", "go_dataset"))
            if summary.refused:
                facts.append(Fact(f"{summary.refused:,} cannot be trained", "bad", "go_dataset"))
        facts.append(Fact(watching_words(self._watched), "text2", "settings"))
        if self._last_change and wide:
            facts.append(Fact(f"last change {ago_words(time.monotonic() - self._last_change)}"))
        return facts

    def _on_fact_pressed(self, leads_to: str) -> None:
        if leads_to.startswith("queue:"):
            self.go("library")
            if self.library is not None:
                self.library.go_to(leads_to)
        else:
            self.actions_.trigger(leads_to)

    def _on_running(self, progress: float | None) -> None:
        self.top.places["runs"].set_progress(-1.0 if progress is None else progress)

    def _on_runs_facts(self, facts: list[str]) -> None:
        self._runs_facts = facts
        self._say_facts()

    def _go_to_exchange(self, id: int) -> None:
        self.go("library")
        if self.library is not None:
            self.library.show_exchange(id)

    def _doors(self, library: LibraryPlace) -> Doors:
        def go_to_source(key: str) -> None:
            self.go("library")
            library.go_to(key)

        return Doors(library.known_sources, go_to_source, self._go_to_exchange)

    # shape

    def _restore_geometry(self) -> None:
        kept = self._geometry.value("geometry")
        if not (isinstance(kept, QByteArray) and self.restoreGeometry(kept)):
            screen = QApplication.primaryScreen().availableSize()
            self.resize(USUAL.boundedTo(screen).expandedTo(SMALLEST))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.drop.setGeometry(self.rect())
        self._say_facts()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self.drop.hide()


def watching_words(watched: list[WatchedFolder]) -> str:
    """“watching 3 folders, 1 is missing”."""
    if not watched:
        return "nothing is watched"
    missing = sum(f.is_missing for f in watched)
    words = f"watching {len(watched)} folder{'s' * (len(watched) != 1)}"
    return f"{words}, {missing} missing" if missing else words


def ago_words(seconds: float) -> str:
    """“4 s ago”, “3 min ago”, “2 h ago”."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s ago"
    return f"{round(seconds / 60)} min ago" if seconds < 3600 else f"{round(seconds / 3600)} h ago"
