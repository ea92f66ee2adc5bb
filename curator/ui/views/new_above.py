"""What came in above the cards that are seen: told in the head of the list, since the list keeps its place."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTableView

from curator.ui.controls import Button

_EVER_SO_WIDE = 1 << 24


class NewAbove(Button):
    """“1 new above”: a press goes to the beginning of the list, where it is told no more."""

    told = Signal()  # it says something else, and may need other room

    def __init__(self, table: QTableView) -> None:
        super().__init__("", icon="arrow-up", flat=True, small=True, ink="accent_text")
        self._count = 0
        self.hide()
        self.clicked.connect(table.scrollToTop)
        table.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def add(self, count: int) -> None:
        """So many more stand above what is seen."""
        if count:
            self._count += count
            self.show()
            self.fit(_EVER_SO_WIDE)
            self.told.emit()

    def fit(self, room: int) -> None:
        """Say the number alone where there is no room for the words."""
        words = f"{self._count:,} new above"
        self.set_text(words)
        if self.sizeHint().width() > room:
            self.set_text(f"{self._count:,}")
        self.setAccessibleName(words)
        self.setToolTip("" if self.text() == words else words)

    def forget(self) -> None:
        """Another list: nothing in it is new."""
        self._count = 0
        self.hide()

    def _on_scrolled(self, value: int) -> None:
        if value <= 0:
            self.forget()
