"""What came in above the cards that are seen: told at the upper edge, since the list keeps its place."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QTableView

from curator.ui.controls import Button
from curator.ui.theme import space


class NewAbove(Button):
    """“1 new above”: a press goes to the beginning of the list, where it is told no more."""

    def __init__(self, table: QTableView) -> None:
        super().__init__("", icon="arrow-up", small=True)
        self._table, self._count = table, 0
        self.setParent(table)
        self.hide()
        self.clicked.connect(table.scrollToTop)
        table.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        table.installEventFilter(self)

    def add(self, count: int) -> None:
        """So many more stand above what is seen."""
        if count:
            self._count += count
            self.set_text(f"{self._count:,} new above")
            self.show()
            self.raise_()
            self._place()

    def forget(self) -> None:
        """Another list: nothing in it is new."""
        self._count = 0
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _on_scrolled(self, value: int) -> None:
        if value <= 0:
            self.forget()

    def _place(self) -> None:
        self.move((self._table.width() - self.width()) // 2, space(2))
