"""Keeps the Train panel's figures true: reads them again when rows, settings or choices change, beside the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from curator.services import budgets
from curator.ui.models.run_reading import read_facts
from curator.ui.models.train_facts import TrainFacts

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.tasks import Tasks
    from curator.ui.views.train_panel import TrainPanel

_TYPING_MS = 150


class TrainDesk(QObject):
    """`known(TrainFacts)` whenever they were read; what the person chose in the panel is written at once."""

    known = Signal(object)
    failed = Signal(object)

    def __init__(self, workspace: Workspace, tasks: Tasks, panel: TrainPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._ws, self._tasks, self._panel = workspace, tasks, panel
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._read)
        panel.edited.connect(lambda: self.ask(_TYPING_MS))
        panel.model_chosen.connect(self._on_model_chosen)
        panel.limit_chosen.connect(self._on_limit_chosen)

    def ask(self, after: int = 0) -> None:
        """Read them after so many milliseconds; what is asked meanwhile is read with it."""
        self._timer.start(after)

    def stop(self) -> None:
        """Read no more."""
        self._timer.stop()

    def _read(self) -> None:
        asked = self._panel.request()

        def work() -> TrainFacts:
            return read_facts(self._ws, asked.settings, asked.snapshot, asked.runtime)

        self._tasks.read(work, self._on_read, self.failed.emit, "train facts")

    def _on_read(self, facts: TrainFacts) -> None:
        self._panel.show_facts(facts)
        self.known.emit(facts)

    def _on_model_chosen(self, name: str) -> None:
        self._tasks.write(lambda: budgets.choose_model(self._ws, name), None, self.failed.emit)

    def _on_limit_chosen(self, limit: int) -> None:
        self._tasks.write(lambda: budgets.set_limit(self._ws, limit), None, self.failed.emit)
