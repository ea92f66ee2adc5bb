"""Keeps the Train panel's figures true: reads them again when rows, settings or choices change, beside the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from curator.services import budgets, settings
from curator.ui.models import train_choice
from curator.ui.models.run_reading import read_facts
from curator.ui.models.train_facts import TrainFacts
from curator.ui.setting_keys import TRAIN_KEY

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.tasks import Tasks
    from curator.ui.views.train_panel import TrainPanel

_TYPING_MS = 150
_KEPT_MS = 600  # from the last number turned to the disk


class TrainDesk(QObject):
    """`known(TrainFacts)` whenever they were read; what the person chose in the panel is written at once."""

    known = Signal(object)
    failed = Signal(object)

    def __init__(self, workspace: Workspace, tasks: Tasks, panel: TrainPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._ws, self._tasks, self._panel = workspace, tasks, panel
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._read)
        self.is_asking = False  # whether figures are on their way
        panel.edited.connect(lambda: self.ask(_TYPING_MS))
        panel.model_chosen.connect(self._on_model_chosen)
        panel.limit_chosen.connect(self._on_limit_chosen)
        self._keeping = QTimer(self, singleShot=True, interval=_KEPT_MS)
        self._keeping.timeout.connect(self._keep)
        panel.edited.connect(self._keeping.start)
        tasks.read(lambda: settings.get(workspace, TRAIN_KEY), self._on_kept, self.failed.emit)

    def ask(self, after: int = 0) -> None:
        """Read them after so many milliseconds; what is asked meanwhile is read with it."""
        self.is_asking = True
        self._timer.start(after)

    def stop(self) -> None:
        """Read no more, and keep what was chosen a moment ago."""
        self._timer.stop()
        if self._keeping.isActive():
            self._keep()

    def _on_kept(self, words: str) -> None:
        """As it was left, unless the person has turned something already."""
        kept = train_choice.parse(words)
        if kept is not None and not self._keeping.isActive():
            self._panel.restore(*kept)

    def _keep(self) -> None:
        self._keeping.stop()
        words = train_choice.words_of(self._panel.preset.name, self._panel.settings())
        self._tasks.write(lambda: settings.put(self._ws, TRAIN_KEY, words), None, self.failed.emit)

    def _read(self) -> None:
        asked = self._panel.request()

        def work() -> TrainFacts:
            return read_facts(self._ws, asked.settings, asked.snapshot, asked.runtime)

        self._tasks.read(work, self._on_read, self._on_failed, "train facts")

    def _on_failed(self, error: Exception) -> None:
        self.is_asking = self._timer.isActive()
        self.failed.emit(error)

    def _on_read(self, facts: TrainFacts) -> None:
        self.is_asking = self._timer.isActive()
        self._panel.show_facts(facts)
        self.known.emit(facts)

    def _on_model_chosen(self, name: str) -> None:
        self._tasks.write(lambda: budgets.choose_model(self._ws, name), None, self.failed.emit)

    def _on_limit_chosen(self, limit: int) -> None:
        self._tasks.write(lambda: budgets.set_limit(self._ws, limit), None, self.failed.emit)
