"""Makes a Python environment while the person does something else, and shows how far it is when they look."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from curator.core.errors import CuratorError
from curator.services import environments
from curator.services.environments import Making, Plan
from curator.ui.dialogs.environment import SIZE, EnvironmentCard
from curator.ui.reporting.sheets import open_sheet

if TYPE_CHECKING:
    from curator.core.machine import RuntimeSpec
    from curator.services.workspace import Workspace
    from curator.ui.main_window import MainWindow

STOPPED = "Stopped. Nothing is left of it."


class EnvironmentDesk(QObject):
    """One making at a time; it goes on when the card is closed, and ends with the window."""

    def __init__(self, window: MainWindow, ws: Workspace) -> None:
        super().__init__(window)
        self._window, self._ws, self._tasks = window, ws, window.tasks
        self._stop = threading.Event()
        self._making: Making | None = None
        self._plan: Plan | None = None
        self._card: EnvironmentCard | None = None

    def open(self) -> EnvironmentCard:
        """Show what would be made, or how far it is."""
        card = self._card = EnvironmentCard()
        still = open_sheet(self._window, card, SIZE)
        card.done.connect(self._on_closed)
        card.destroyed.connect(lambda: self._forget(card))
        card.make_asked.connect(self.make)
        card.stop_asked.connect(self._stop.set)
        if self._making is not None and self._plan is not None:
            card.show_plan(self._plan)
            card.show_making(self._making)
        else:
            self._tasks.read(environments.plan, still(self._on_planned), still(self._on_no_plan))
        return card

    def make(self) -> None:
        """Begin."""
        plan = self._plan
        if plan is None or self._making is not None:
            return
        self._stop.clear()
        self._on_step(Making("Making the environment…", 0.0))

        def step(making: Making) -> None:
            self._tasks.on_window(self._on_step, making)

        self._tasks.long(lambda: environments.make(self._ws, plan, step, self._stop), self._on_made, self._on_failed)

    def close(self) -> None:
        """The window closes: what is half made is taken away."""
        self._stop.set()

    def _on_planned(self, plan: Plan) -> None:
        self._plan = plan
        if self._card is not None:
            self._card.show_plan(plan)

    def _on_no_plan(self, error: Exception) -> None:
        if self._card is not None:
            self._card.show_end(*_words(error))
            self._card.make.setEnabled(False)

    def _on_step(self, making: Making) -> None:
        self._making = making
        if self._card is not None and self._card.isVisible() and not self._stop.is_set():
            self._card.show_making(making)

    def _on_made(self, spec: RuntimeSpec | None) -> None:
        if spec is None:
            self._end(STOPPED)
        else:
            self._end(f"Ready. The next run is trained in “{spec.name}”.", is_good=True)

    def _on_failed(self, error: Exception) -> None:
        self._end(*_words(error))

    def _end(self, words: str, hint: str = "", *, is_good: bool = False) -> None:
        self._making = None
        if self._card is not None and self._card.isVisible():
            self._card.show_end(words, hint, is_good=is_good)
            if not is_good:
                self._tasks.read(environments.plan, self._on_planned, lambda _error: None)
        else:
            self._window.notice.report(f"{words} {hint}".strip(), "", [])

    def _on_closed(self) -> None:
        self._card = None

    def _forget(self, card: EnvironmentCard) -> None:
        if self._card is card:
            self._card = None


def _words(error: Exception) -> tuple[str, str]:
    if isinstance(error, CuratorError):
        return error.message, error.hint or "Try again."
    return str(error), "Try again."
