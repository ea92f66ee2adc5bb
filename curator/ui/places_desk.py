"""Opens the sheet of places to train, and does with them what is asked there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from curator.core.errors import CuratorError
from curator.core.machine import Finding, RuntimeSpec, Weight
from curator.services import runtimes
from curator.ui.views.places_sheet import SIZE, PlacesSheet
from curator.ui.views.sheet import Sheet

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.tasks import Tasks
    from curator.ui.views.train_panel import TrainPanel


class PlacesDesk(QObject):
    """One sheet at a time; `changed()` when a place came or went."""

    changed = Signal()
    make_asked = Signal()
    """A Python environment is wanted; the sheet makes room for it."""

    def __init__(self, workspace: Workspace, tasks: Tasks, panel: TrainPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._ws, self._tasks, self._panel = workspace, tasks, panel
        self.sheet: Sheet | None = None
        panel.places_requested.connect(self.open)

    def open(self) -> None:
        """Show where one can train."""
        card = PlacesSheet()
        sheet = self.sheet = Sheet(self._panel.window(), card, SIZE)
        card.left.connect(sheet.dismiss)
        card.add_requested.connect(lambda spec: self._write(card, lambda: runtimes.add(self._ws, spec)))
        card.remove_requested.connect(lambda name: self._write(card, lambda: runtimes.remove(self._ws, name)))
        card.make_requested.connect(sheet.dismiss)
        card.make_requested.connect(self.make_asked)
        card.check_requested.connect(lambda name: self._check(card, name))
        sheet.closed.connect(self._on_closed)
        self._read(card)
        sheet.open()

    def _on_closed(self) -> None:
        self.sheet = None

    def _is_open(self, card: PlacesSheet) -> bool:
        return self.sheet is not None and self.sheet.card is card

    def _read(self, card: PlacesSheet) -> None:
        def done(specs: list[RuntimeSpec]) -> None:
            if self._is_open(card):
                card.show_places(specs)

        self._tasks.read(lambda: runtimes.runtimes(self._ws), done)

    def _write(self, card: PlacesSheet, work: Callable[[], object]) -> None:
        def done(_changes: object) -> None:
            self.changed.emit()
            self._read(card)

        def failed(error: Exception) -> None:
            if self._is_open(card):
                words = f"{error.message} {error.hint}" if isinstance(error, CuratorError) else str(error)
                card.show_problem(words.strip())

        self._tasks.write(work, done, failed)

    def _check(self, card: PlacesSheet, name: str) -> None:
        card.show_checking(name)

        def done(findings: list[Finding]) -> None:
            if self._is_open(card):
                card.show_findings(name, findings)

        def failed(error: Exception) -> None:
            done([Finding("place", Weight.STOP, str(error))])

        self._tasks.long(lambda: list(runtimes.check(self._ws, name)), done, failed)
