"""Holds back what is dear to lay out and to paint until what stands around it is on the screen."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from curator.ui.controls import Plane


class Curtain(QWidget):
    """An empty plane, and one turn of the event loop after it was shown the widget behind it.

    A place that is laid out and painted in one turn hears no key meanwhile; behind curtains, one within another, it
    comes in as many turns, two or three frames of a screen. A widget behind a curtain may be filled as ever.
    """

    def __init__(self, behind: QWidget, plane: str = "base") -> None:
        super().__init__()
        self.behind = behind
        self._plane = Plane(plane)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._plane)
        self._stack.addWidget(behind)
        self._opening = QTimer(self, singleShot=True, interval=0)
        self._opening.timeout.connect(self.open)

    @property
    def is_open(self) -> bool:
        """Whether the widget behind it is shown."""
        return self._stack.currentWidget() is self.behind

    def open(self) -> None:
        """Show what is behind it now."""
        self._opening.stop()
        self._stack.setCurrentWidget(self.behind)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.is_open:
            self._opening.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():  # a window that is minimised keeps what it shows
            self._opening.stop()
            self._stack.setCurrentWidget(self._plane)
