"""What the window does with an open library: its places, what comes in, and how things stand, put together."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from curator.core.changes import Changes
from curator.services import importing, settings
from curator.services.workspace import Workspace
from curator.ui import motion
from curator.ui.doubts import Question
from curator.ui.first_list import FirstList
from curator.ui.intake import Intake
from curator.ui.keeping_desk import KeepingDesk
from curator.ui.main_window import MainWindow
from curator.ui.places import Places
from curator.ui.reporting.help_desk import HelpDesk
from curator.ui.setting_keys import GUIDE_KEY
from curator.ui.standing import Standing
from curator.ui.views.library_place import LibraryPlace
from curator.ui.views.top_bar import PLACES
from curator.ui.whole_copy import save_copy

if TYPE_CHECKING:
    from curator.core.query import Counts
    from curator.ui.guide.guide import Guide
    from curator.ui.overlays import Overlays
    from curator.ui.views.first_start import FirstStart
    from curator.ui.views.notice_bar import Choice

SECOND_WAVE = 1500  # ms at most until what is not needed for the first exchange begins
REST = 250  # ms from the first exchange until then: the first keys have the computer to themselves
RUNS_AFTER = 400  # ms from then until the Runs place is built: it looks after runs wherever the person is


class OpenLibrary(QObject):
    """Made when the library is open; lives as long as the window."""

    def __init__(self, window: MainWindow, workspace: Workspace, first: FirstList | None = None) -> None:
        super().__init__(window)
        self.window_, self.workspace = window, workspace
        self.tasks, self._actions = window.tasks, window.actions_
        self.tasks.follow(workspace)
        self.library = LibraryPlace(workspace, self.tasks, self._actions)
        self.intake = Intake(window, workspace)
        self.standing = Standing(window, workspace)
        self.places = Places(window, workspace, self.library)
        self.keeping = KeepingDesk(workspace, self.tasks, self.library.sidebar)
        self.help = HelpDesk(window, workspace)
        self._overlays: Overlays | None = None
        self._guide: Guide | None = None
        self._connect()
        self._connect_actions()
        # First the list and the first exchange, then everything that can wait for them.
        self._second_wave = QTimer(self, singleShot=True, interval=SECOND_WAVE)
        self._second_wave.timeout.connect(self._on_first_shown)
        self._second_wave.start()
        self.library.settled.connect(self._on_settled)
        self.library.load(first)
        self.go("library")
        self.standing.read_looks()

    def close(self) -> None:
        """The window closes: keep what is typed and where the person is, end imports and watching. Runs go on."""
        self.standing.clock.stop()
        if self._guide is not None:
            self._guide.stop()
        self.help.close()
        self.library.leave()
        self.places.close()
        self.intake.stop()

    def let_go(self) -> None:
        """After the last write: stop whatever a read may still wait for, the counting of tokens say."""
        self.workspace.stop()

    def end(self) -> None:
        """After the last read: close the library."""
        self.intake.watching.close()
        self.workspace.close()

    @property
    def overlays(self) -> Overlays:
        """Palette, sheets and settings; made when the first of them is wanted."""
        if self._overlays is None:
            from curator.ui.overlays import Doors, Overlays

            doors = Doors(self.library.known_sources, self.places.go_to_source, self.places.go_to_exchange)
            self._overlays = Overlays(self.window_, self.workspace, self.tasks, self._actions, doors)
            self._overlays.appearance_chosen.connect(self.window_.appearance_chosen)
            self._overlays.import_asked.connect(self.read)
            self._overlays.watch_asked.connect(lambda path: self.watch([path]))
            self._overlays.guide_asked.connect(self.window_.show_help)
            self._overlays.settings_opened.connect(lambda card: self.help.updates.serve(card.updates))
            self._overlays.mapping_asked.connect(lambda path: self.intake.explain(Path(path)))
        return self._overlays

    @property
    def guide(self) -> Guide:
        """The first steps; made when they are first gone."""
        if self._guide is None:
            from curator.ui.guide.guide import Guide

            self._guide = Guide(self.window_, self.workspace, self.places, self)
        return self._guide

    def go(self, name: str) -> None:
        """Show a place."""
        self.places.go(name)

    def go_to_source(self, key: str) -> None:
        """Open a line of the sidebar."""
        self.places.go_to_source(key)

    def read(self, paths: list[Path]) -> None:
        """Import files, folders and zips."""
        self.intake.read(paths)

    def watch(self, folders: list[str]) -> None:
        """Follow folders from now on."""
        self.intake.watch(folders)

    def _on_settled(self) -> None:
        self.library.settled.disconnect(self._on_settled)
        self._second_wave.start(REST)

    def _on_first_shown(self) -> None:
        self.standing.read_all()
        self.library.card_counter.begin()
        self.tasks.read(motion.wants_less, lambda less: self.library.list.set_motion(not less))
        self.intake.watching.start()
        self._say_notices()
        self.tasks.read(lambda: settings.get(self.workspace, GUIDE_KEY), self._on_guide_kept)
        QTimer.singleShot(RUNS_AFTER, self, lambda: self.places.make_beside("runs"))

    def _connect(self) -> None:
        window, intake, standing, places = self.window_, self.intake, self.standing, self.places
        window.top.place_chosen.connect(self.go)
        window.status.fact_pressed.connect(self._on_fact_pressed)
        intake.begun.connect(lambda: self.go("library"))
        intake.reported.connect(standing.look_for_kept_soon)
        intake.documents_asked.connect(lambda: self._actions.trigger("documents"))
        intake.report_asked.connect(lambda report: self.overlays.show_report(report))
        standing.budget_read.connect(self.library.set_budget)
        standing.kept_read.connect(self.keeping.show)
        self.keeping.asked.connect(self._on_asked)
        self.keeping.offered.connect(self._on_offered)
        self.keeping.told.connect(lambda words: self.window_.notice.report(words, "", []))
        standing.clock.timeout.connect(self._say_notices)  # a backup in the background may fail later
        standing.clock.timeout.connect(self._look_around)
        places.went.connect(lambda _name: standing.say())
        places.facts_told.connect(standing.set_place_facts)
        places.running.connect(self._on_running)
        places.taken_back.connect(self._on_taken_back)
        self.library.asked.connect(self._on_asked)
        self.library.reader.copy_asked.connect(partial(save_copy, window, self.workspace))
        self.library.reader.places_asked.connect(lambda path, records: self.overlays.show_left_out(path, records))
        self.library.first_start_made.connect(self._on_first_start_made)
        self.library.lists.counted.connect(self._on_counted)
        self._actions.refused.connect(self._on_refused)
        self.tasks.changed.connect(self._on_changed)

    def _connect_actions(self) -> None:
        on = self._actions.on
        for name, _ in PLACES:
            on(f"go_{name}", partial(self.go, name))
        on("search", self._search)
        on("palette", lambda: self.overlays.show_palette())
        on("keys", lambda: self.overlays.show_keys())
        on("documents", lambda: self.overlays.show_documents())
        on("settings", lambda: self.overlays.show_settings())
        on("about", lambda: self.overlays.show_about())
        on("first_steps", lambda: self.guide.call())
        on("sidebar", self._toggle_sidebar)
        on("import", self.intake.choose_files)
        on("watch", self.intake.choose_watched)

    def _on_first_start_made(self, start: FirstStart) -> None:
        start.watch_asked.connect(self.watch)
        start.folder_asked.connect(self.intake.choose_watched)
        start.files_asked.connect(self.intake.choose_files)
        start.how_asked.connect(lambda: self.window_.show_help("start", "from-chatgpt-or-claude"))
        start.samples_asked.connect(self._read_samples)
        self.tasks.read(lambda: importing.found_agents(self.workspace), start.show_agents)
        self.library.lists.counted.connect(self._on_counted_at_first)

    def _read_samples(self) -> None:
        from curator.services import guiding

        self.tasks.read(guiding.sample_files, self.read)

    def _on_counted_at_first(self, counts: Counts) -> None:
        """The first exchanges of an empty library are here, wherever they came from: show what comes next."""
        if counts.total:
            self.library.lists.counted.disconnect(self._on_counted_at_first)
            self.guide.begin()

    def _on_counted(self, counts: Counts) -> None:
        """Until the Runs place is there, which says itself what is missing."""
        if self.window_.place_widget("runs") is None:
            self._actions.enable("train", counts.clean > 0, "Mark a row clean first (A)")

    def _on_refused(self, name: str, why: str) -> None:
        """What may be possible by now is tried: rows that were marked a moment ago are still being counted."""
        runs, train = self.window_.place_widget("runs"), self._actions.handler("train")
        if name == "train" and train is not None and getattr(runs, "is_counting", False):
            train()
        else:
            self.window_.notice.report(f"{why}.", "", [])

    def _on_guide_kept(self, kept: str) -> None:
        if kept:
            self.guide.take_up(kept)

    def _search(self) -> None:
        search = getattr(self.places.present(), "search", None)
        if callable(search):  # a place with a search of its own
            search()
            return
        self.go("library")
        search = self.library.list.search
        if not search.isVisible():  # on the first start: what is typed is to be seen
            self.overlays.show_palette()
            return
        search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        search.selectAll()

    def _toggle_sidebar(self) -> None:
        if self.window_.place == "library":
            self.library.toggle_sidebar()

    def _on_changed(self, changes: Changes) -> None:
        self.places.apply(changes)
        self.standing.apply(changes)
        if (changes.watched or changes.sources) and self._overlays is not None:
            self._overlays.refill()

    def _on_asked(self, question: Question) -> None:
        self.window_.notice.ask(*question)

    def _on_offered(self, question: Question) -> None:
        if self.window_.notice.isHidden():  # it can wait until there is room
            self._on_asked(question)

    def _look_around(self) -> None:
        """See what a verb in a terminal did meanwhile; a library that was closed or is busy is asked again later."""
        self.tasks.read(self.workspace.look_around, lambda _changes: None, lambda _error: None, key="around")

    def _say_notices(self) -> None:
        """What the library had to mend: once, and it stays until it is closed."""
        notices = self.workspace.take_notices()
        if notices:
            self.window_.notice.inform(" ".join(notices))

    def _on_fact_pressed(self, leads_to: str) -> None:
        if leads_to.startswith("queue:"):
            self.go_to_source(leads_to)
        else:
            self._actions.trigger(leads_to)

    def _on_taken_back(self, name: str, changes: Changes) -> None:
        """Something of the Library was undone or done again from a place where it is not seen."""
        if not changes:
            return
        other = "redo" if name == "undo" else "undo"
        choices: list[Choice] = [
            ("Show", lambda: self.places.go_back(changes)),
            (other.capitalize(), lambda: self._actions.trigger(other)),
        ]
        self.window_.notice.report(f"{changes.words}, in the Library.", "", choices)

    def _on_running(self, progress: float | None) -> None:
        self.window_.top.show_progress("runs", -1.0 if progress is None else progress)
