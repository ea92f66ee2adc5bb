"""What the window does with an open library: places, imports, watching, undo in words, facts for the status line."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QWidget

from curator.core.budget import BudgetSummary
from curator.core.changes import Changes
from curator.core.query import ImportProgress, ImportReport, UndoState, WatchedFolder
from curator.services import budgets, curation, importing, keeping, settings
from curator.services.workspace import Workspace
from curator.ui import motion
from curator.ui.appearance import Appearance
from curator.ui.desk import Budget
from curator.ui.facts import library_facts
from curator.ui.import_desk import ImportDesk, progress_share, progress_words, report_words
from curator.ui.main_window import MainWindow
from curator.ui.place import Place
from curator.ui.place_makers import PLACE_MAKERS, load_place
from curator.ui.setting_keys import APPEARANCE_KEY, KEYS_KEY
from curator.ui.views.library_place import LibraryPlace
from curator.ui.views.notice_bar import Choice
from curator.ui.views.status_line import Fact
from curator.ui.views.top_bar import PLACES
from curator.ui.watch_desk import WatchDesk

if TYPE_CHECKING:
    from curator.ui.overlays import Overlays

REPORT_STAYS = 12_000  # ms; one with problems stays until it is closed
WIDE = 1200
KEPT_AFTER = 2000  # ms from the last file that came to the sentence about what is kept
SECOND_WAVE = 1500  # ms at most until what is not needed for the first exchange begins
REST = 250  # ms from the first exchange until then: the first keys have the computer to themselves
TRANSCRIPTS = "Transcripts (*.jsonl *.json *.md *.txt *.zip);;All files (*)"


class OpenLibrary(QObject):
    """Made when the library is open; lives as long as the window."""

    def __init__(self, window: MainWindow, workspace: Workspace) -> None:
        super().__init__(window)
        self.window_, self.workspace = window, workspace
        self.tasks, self._actions = window.tasks, window.actions_
        self.tasks.follow(workspace)
        self.imports = ImportDesk(workspace, self.tasks, self)
        self.library = LibraryPlace(workspace, self.tasks, self._actions)
        self._overlays: Overlays | None = None
        self._places: dict[str, Place] = {"library": self.library}
        self.watching = WatchDesk(workspace, self.tasks, self)
        self._watched: list[WatchedFolder] = []
        self._summary: BudgetSummary | None = None
        self._last_change: float | None = None
        self._place_facts: dict[str, list[str]] = {}
        self._report_timer = QTimer(self, singleShot=True, interval=REPORT_STAYS)
        self._report_timer.timeout.connect(window.notice.dismiss)
        self._summary_timer = QTimer(self, singleShot=True, interval=150)
        self._summary_timer.timeout.connect(self._read_summary)
        self._keeping_timer = QTimer(self, singleShot=True, interval=KEPT_AFTER)
        self._keeping_timer.timeout.connect(self._read_deletion)
        self._clock = QTimer(self, interval=5000)
        self._clock.timeout.connect(self.say_facts)
        self._clock.timeout.connect(self._say_notices)  # a backup in the background may fail later
        self._clock.start()
        self._connect()
        window.add_place("library", self.library)
        self.library.load()
        self.go("library")
        self._read_looks()
        # First the list and the first exchange, then everything that can wait for them.
        self._second_wave = QTimer(self, singleShot=True, interval=SECOND_WAVE)
        self._second_wave.timeout.connect(self._on_first_shown)
        self._second_wave.start()
        self.library.settled.connect(self._on_settled)

    def close(self) -> None:
        """The window closes: keep what is typed and where the person is, end imports and watching. Runs go on."""
        self._clock.stop()
        self.library.leave()
        self.imports.stop()

    def end(self) -> None:
        """After the last write: close the library."""
        self.watching.close()
        self.workspace.close()

    @property
    def overlays(self) -> Overlays:
        """Palette, sheets and settings; made when the first of them is wanted."""
        if self._overlays is None:
            from curator.ui.overlays import Doors, Overlays

            doors = Doors(self.library.known_sources, self.go_to_source, self.go_to_exchange)
            self._overlays = Overlays(self.window_, self.workspace, self.tasks, self._actions, doors)
            self._overlays.appearance_chosen.connect(self.window_.appearance_chosen)
        return self._overlays

    def _on_settled(self) -> None:
        self.library.settled.disconnect(self._on_settled)
        self._second_wave.start(REST)

    def _on_first_shown(self) -> None:
        ws = self.workspace
        self._read_budget()
        self._read_undo()
        self._read_watched()
        self._read_summary()
        self.tasks.read(lambda: importing.found_agents(ws), self.library.first_start.show_agents)
        self.library.card_counter.begin()
        self.tasks.read(motion.wants_less, lambda less: self.library.list.set_motion(not less))
        self.watching.start()
        self._say_notices()
        self._keeping_timer.start()
        # The Runs place looks after runs wherever the person is.
        QTimer.singleShot(400, self, lambda: self.tasks.read(partial(load_place, "runs"), self._build_place))

    # places

    def go(self, name: str) -> None:
        """Show a place; it is built when it is first wanted."""
        place = self._make_place(name)
        if place is None:
            self.window_.top.show_place(self.window_.place)
            return
        self.window_.show_place(name)
        place.activate()
        self.say_facts()

    def _build_place(self, name: str) -> None:
        self._make_place(name)

    def _make_place(self, name: str) -> Place | None:
        made = self._places.get(name)
        if made is None and name in PLACE_MAKERS:
            widget = PLACE_MAKERS[name](self.workspace, self.tasks, self._actions)
            made = self._places[name] = widget  # type: ignore[assignment]  # every maker builds a Place
            self.window_.add_place(name, widget)
            self._wire(name, widget)
        return made

    def _wire(self, name: str, place: QWidget) -> None:
        """Connect the signals that a place has for the window; a place need not have all of them."""

        def on(signal: str, slot: Callable[..., object]) -> None:
            found = getattr(place, signal, None)
            if found is not None:
                found.connect(slot)

        on("library_requested", lambda *_: self.go("library"))
        on("runs_requested", lambda *_: self.go("runs"))
        on("dataset_requested", lambda *_: self.go("dataset"))
        on("mirror_requested", lambda *_: self.go("mirror"))
        on("exchange_requested", self.go_to_exchange)
        on("row_requested", self.go_to_exchange)
        on("status_facts", partial(self._on_place_facts, name))
        if name == "runs":
            on("running_progress", self._on_running)
            on("run_started", lambda *_: self.go("runs"))
            train = self._actions.handler("train")
            if train is not None:
                self._actions.on("train", partial(self._go_and_train, train))

    def _go_and_train(self, train: Callable[[], object]) -> None:
        """Whoever starts training from another place is taken to where it happens."""
        self.go("runs")
        train()

    def go_to_exchange(self, id: int) -> None:
        """Open an exchange in the Library."""
        self.go("library")
        self.library.show_exchange(id)

    def go_to_source(self, key: str) -> None:
        """Open a line of the sidebar."""
        self.go("library")
        self.library.go_to(key)

    # commands

    def _connect(self) -> None:
        on, window = self._actions.on, self.window_
        for name, _ in PLACES:
            on(f"go_{name}", partial(self.go, name))
        on("search", self._search)
        on("palette", lambda: self.overlays.show_palette())
        on("keys", lambda: self.overlays.show_keys())
        on("settings", lambda: self.overlays.show_settings())
        on("about", lambda: self.overlays.show_about())
        on("sidebar", self._toggle_sidebar)
        on("import", self._choose_files)
        on("watch", self._choose_watched)
        window.top.place_chosen.connect(self.go)
        window.status.fact_pressed.connect(self._on_fact_pressed)
        window.status.stop_pressed.connect(self.imports.stop)
        window.status.stop_pressed.connect(self.watching.stop_scan)
        window.resized.connect(self.say_facts)
        self.imports.progressed.connect(self._on_progressed)
        self.imports.reported.connect(self._on_reported)
        self.imports.ended.connect(self._on_reading_ended)
        self.watching.progressed.connect(self._on_scanned)
        self.watching.reported.connect(self._on_reported)
        self.watching.stopped.connect(self._on_scan_stopped)
        self.watching.ended.connect(self._on_reading_ended)
        self.library.asked.connect(self._on_asked)
        start = self.library.first_start
        start.watch_asked.connect(self.watch)
        start.folder_asked.connect(self._choose_watched)
        start.samples_asked.connect(lambda: self.tasks.read(importing.sample_paths, self.read))
        self.tasks.changed.connect(self._on_changed)

    def _search(self) -> None:
        search = getattr(self._places.get(self.window_.place), "search", None)
        if callable(search):  # a place with a search of its own
            search()
            return
        self.go("library")
        self.library.list.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.library.list.search.selectAll()

    def _toggle_sidebar(self) -> None:
        if self.window_.place == "library":
            self.library.toggle_sidebar()

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self.window_, "Import transcripts", str(Path.home()), TRANSCRIPTS)
        self.read([Path(n) for n in names])

    def _choose_watched(self) -> None:
        name = QFileDialog.getExistingDirectory(self.window_, "Watch a folder", str(Path.home()))
        if name:
            self.watch([name])

    # bringing in

    def read(self, paths: list[Path]) -> None:
        """Import files, folders and zips."""
        if paths:
            self.go("library")
            self.imports.read(paths)

    def watch(self, folders: list[str]) -> None:
        """Follow folders from now on; what is in them comes with the first scan."""

        def done(changes: Changes) -> None:
            if not changes:  # all of them were watched before
                self.watching.give_up()

        self.watching.expect()
        self.tasks.write(lambda: importing.add_watched(self.workspace, *folders), done, self._on_watch_failed)

    def _on_watch_failed(self, error: Exception) -> None:
        self.watching.give_up()
        self.tasks.failed.emit(error)

    def _on_progressed(self, progress: ImportProgress) -> None:
        if self.imports.is_running:
            self.window_.status.show_work(progress_words(progress), progress_share(progress))

    def _on_reported(self, report: ImportReport) -> None:
        words, problems = report_words(report)
        choices: list[Choice] = [("Show", lambda: self.overlays.show_report(report))] if problems else []
        self.window_.notice.report(words, problems, choices)
        if problems:
            self._report_timer.stop()
        else:
            self._report_timer.start()

    def _on_scanned(self, progress: ImportProgress) -> None:
        if not self.imports.is_running:
            self.window_.status.show_work(progress_words(progress), progress_share(progress))

    def _on_scan_stopped(self, report: ImportReport | None) -> None:
        new = f"{report.new:,} new. " if report is not None else ""
        self.window_.notice.report(f"{new}Reading was stopped; the rest is read when Curator opens next.", "", [])
        self._report_timer.start()

    def _on_reading_ended(self) -> None:
        if not (self.imports.is_running or self.watching.is_running):
            self.window_.status.end_work()

    def _on_asked(self, sentence: str, choices: list[Choice]) -> None:
        self._report_timer.stop()
        self.window_.notice.ask(sentence, choices)

    # what is so

    def _on_changed(self, changes: Changes) -> None:
        for place in self._places.values():
            place.apply(changes)
        if changes.exchanges or changes.lists or changes.rows or changes.sources:
            self._last_change = time.monotonic()
        if changes.sources:
            self._keeping_timer.start()
        if changes.exchanges or changes.tags:
            self._read_undo()
        if changes.rows or changes.settings:
            self._summary_timer.start()
        if changes.settings:
            self._read_looks()
            self._read_budget()
        if changes.watched:
            self._read_watched()
            if self._overlays is not None:
                self._overlays.refill()
        self.say_facts()

    def _read_looks(self) -> None:
        ws = self.workspace

        def done(found: tuple[str, str]) -> None:
            if found[0] in set(Appearance):
                self.window_.appearance_chosen.emit(Appearance(found[0]))
            self._actions.load_keys(found[1])

        self.tasks.read(lambda: (settings.get(ws, APPEARANCE_KEY), settings.get(ws, KEYS_KEY)), done, key="looks")

    def _read_budget(self) -> None:
        """By which model rows are measured. Looking at models imports what reads their templates: it can wait."""
        ws = self.workspace

        def read() -> Budget:
            return Budget(budgets.chosen_model(ws), budgets.limit(ws), budgets.chosen_counter(ws).name)

        self.tasks.read(read, self.library.set_budget, key="budget")

    def _read_undo(self) -> None:
        def done(state: UndoState) -> None:
            for name, words in (("undo", state.undo), ("redo", state.redo)):
                verb = name.capitalize()
                self._actions.rename(name, f"{verb}: {words}" if words else verb)
                self._actions.enable(name, bool(words), f"Nothing to {name}")
            self._actions.enable("undo_back", bool(state.undo))

        self.tasks.read(lambda: curation.undo_state(self.workspace), done, key="undo")

    def _read_summary(self) -> None:
        ws = self.workspace

        def done(summary: BudgetSummary) -> None:
            self._summary = summary
            if "runs" not in self._places:
                self._actions.enable("train", summary.rows > 0, "Mark a row clean first (A)")
            self.say_facts()

        self.tasks.read(lambda: budgets.summary(ws, budgets.chosen_model(ws), budgets.limit(ws)), done, key="summary")

    def _read_watched(self) -> None:
        def done(watched: list[WatchedFolder]) -> None:
            self._watched = watched
            self.say_facts()

        self.tasks.read(lambda: importing.watched(self.workspace), done, key="watched")

    def _read_deletion(self) -> None:
        def done(deletion: keeping.Deletion | None) -> None:
            self.library.sidebar.set_notice(deletion.sentence if deletion is not None else "")

        self.tasks.read(lambda: keeping.soon_deleted(self.workspace), done, key="deletion")

    def _say_notices(self) -> None:
        """What the library had to mend: once, and it stays until it is closed."""
        notices = self.workspace.take_notices()
        if notices:
            self._report_timer.stop()
            self.window_.notice.inform(" ".join(notices))

    def say_facts(self) -> None:
        """Renew the status line."""
        own = self._place_facts.get(self.window_.place)
        if own:
            first, *others = own
            self.window_.status.set_facts([Fact(first, "text"), *(Fact(w) for w in others)])
            return
        ago = None if self._last_change is None else time.monotonic() - self._last_change
        wide = self.window_.width() >= WIDE
        self.window_.status.set_facts(library_facts(self._summary, self._watched, ago, wide))

    def _on_fact_pressed(self, leads_to: str) -> None:
        if leads_to.startswith("queue:"):
            self.go_to_source(leads_to)
        else:
            self._actions.trigger(leads_to)

    def _on_running(self, progress: float | None) -> None:
        self.window_.top.places["runs"].set_progress(-1.0 if progress is None else progress)

    def _on_place_facts(self, name: str, facts: list[str]) -> None:
        self._place_facts[name] = facts
        self.say_facts()
