"""How things stand: rows and tokens, watched folders, the last change, undo in words; for the status line and menus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from curator.core.budget import BudgetSummary
from curator.core.changes import Changes
from curator.core.query import UndoState, WatchedFolder
from curator.services import budgets, curation, importing, settings
from curator.services.workspace import Workspace
from curator.ui.appearance import Appearance
from curator.ui.desk import Budget
from curator.ui.facts import library_facts
from curator.ui.main_window import MainWindow
from curator.ui.setting_keys import APPEARANCE_KEY, KEYS_KEY
from curator.ui.views.status_line import Fact

if TYPE_CHECKING:
    from curator.services.keeping import Deletion

WIDE = 1200
SUMMARY_AFTER = 150  # ms: what is marked meanwhile is counted together
KEPT_AFTER = 2000  # ms from a report to the sentence about what is kept
KEPT_EVERY = (
    600_000  # ms at least between two looks while watched files only grow: it asks each session's file its time
)


class Standing(QObject):
    """Reads again what a write touched, and says it. The first list needs none of it."""

    budget_read = Signal(object)  # Budget
    kept_read = Signal(object)  # what the assistants will delete and the library keeps: Deletion, or None

    def __init__(self, window: MainWindow, workspace: Workspace) -> None:
        super().__init__(window)
        self._window, self._ws = window, workspace
        self._tasks, self._actions = window.tasks, window.actions_
        self.summary: BudgetSummary | None = None
        self._watched: list[WatchedFolder] = []
        self._last_change: float | None = None
        self._place_facts: dict[str, list[str]] = {}
        self._summary_timer = QTimer(self, singleShot=True, interval=SUMMARY_AFTER)
        self._summary_timer.timeout.connect(self._read_summary)
        self.keeping_timer = QTimer(self, singleShot=True, interval=KEPT_AFTER)
        self.keeping_timer.timeout.connect(self._read_kept)
        self.clock = QTimer(self, interval=5000)
        self.clock.timeout.connect(self.say)
        self.clock.start()
        window.resized.connect(self.say)

    def read_looks(self) -> None:
        """Appearance and keys, as they were chosen."""
        ws = self._ws

        def done(found: tuple[str, str]) -> None:
            if found[0] in set(Appearance):
                self._window.appearance_chosen.emit(Appearance(found[0]))
            self._actions.load_keys(found[1])

        self._tasks.read(lambda: (settings.get(ws, APPEARANCE_KEY), settings.get(ws, KEYS_KEY)), done, key="looks")

    def read_all(self) -> None:
        """Everything else, once the first exchange can be read."""
        self._read_budget()
        self._read_undo()
        self._read_watched()
        self._read_summary()
        self.look_for_kept_soon()

    def apply(self, changes: Changes) -> None:
        """Read again what a write touched."""
        if changes.exchanges or changes.lists or changes.rows or changes.sources:
            self._last_change = time.monotonic()
        if changes.sources and not self.keeping_timer.isActive():
            self.keeping_timer.start(KEPT_EVERY)
        if changes.exchanges or changes.tags:
            self._read_undo()
        if changes.rows or changes.settings:
            self._summary_timer.start()
        if changes.settings:
            self.read_looks()
            self._read_budget()
        if changes.watched:
            self._read_watched()
        self.say()

    def look_for_kept_soon(self) -> None:
        """Something was read on purpose: see what of it would be deleted elsewhere."""
        self.keeping_timer.start(KEPT_AFTER)

    def set_place_facts(self, name: str, facts: list[str]) -> None:
        """What a place says in the status line while it is shown."""
        self._place_facts[name] = facts
        self.say()

    def say(self) -> None:
        """Renew the status line."""
        own = self._place_facts.get(self._window.place)
        if own:
            first, *others = own
            self._window.status.set_facts([Fact(first, "text"), *(Fact(w) for w in others)])
            return
        ago = None if self._last_change is None else time.monotonic() - self._last_change
        wide = self._window.width() >= WIDE
        self._window.status.set_facts(library_facts(self.summary, self._watched, ago, wide))

    def _read_budget(self) -> None:
        """By which model rows are measured. Looking at models imports what reads their templates: it can wait."""
        ws = self._ws

        def read() -> Budget:
            return Budget(budgets.chosen_model(ws), budgets.limit(ws), budgets.chosen_title(ws))

        self._tasks.count(read, self.budget_read.emit, key="budget")

    def _read_undo(self) -> None:
        def done(state: UndoState) -> None:
            for name, words in (("undo", state.undo), ("redo", state.redo)):
                verb = name.capitalize()
                self._actions.rename(name, f"{verb}: {words}" if words else verb)
                self._actions.enable(name, bool(words), f"Nothing to {name}")
            self._actions.enable("undo_back", bool(state.undo))

        self._tasks.read(lambda: curation.undo_state(self._ws), done, key="undo")

    def _read_summary(self) -> None:
        ws = self._ws

        def done(summary: BudgetSummary) -> None:
            self.summary = summary
            self.say()

        self._tasks.count(lambda: budgets.summary(ws, budgets.chosen_model(ws), budgets.limit(ws)), done, key="summary")

    def _read_watched(self) -> None:
        def done(watched: list[WatchedFolder]) -> None:
            self._watched = watched
            self.say()

        self._tasks.read(lambda: importing.watched(self._ws), done, key="watched")

    def _read_kept(self) -> None:
        def read() -> Deletion | None:
            from curator.services import keeping

            return keeping.soon_deleted(self._ws)

        self._tasks.read(read, self.kept_read.emit, key="deletion")
