"""The table of cards: one column, one height, and the open card never leaves the sight by itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from curator.ui.controls import tint
from curator.ui.models.exchange_table import ExchangeTable
from curator.ui.views.card_delegate import CardDelegate, card_height


class CardTable(QTableView):
    """A QTableView set up the way that stays fast with a million rows: one column, one height, per pixel."""

    def __init__(self, model: ExchangeTable) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(CardDelegate(self))
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._fit_cards()
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)
        self.setAccessibleName("Exchanges")
        tint(self, QPalette.ColorRole.Base, "listing")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            tint(self, QPalette.ColorRole.Base, "listing")
        elif event.type() == QEvent.Type.FontChange:
            self._fit_cards()

    def _fit_cards(self) -> None:
        """As high as the text of the system asks for."""
        self.verticalHeader().setMinimumSectionSize(card_height())
        self.verticalHeader().setDefaultSectionSize(card_height())

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here; Qt's search would read every page there is."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A lower window keeps the open card in sight, if it was."""
        index, before = self.currentIndex(), event.oldSize().height()
        top = self.visualRect(index).top() if index.isValid() else -1
        was_seen = index.isValid() and -card_height() < top < before
        super().resizeEvent(event)
        if was_seen:
            self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)

    def rows_in_sight(self) -> range:
        """The rows that are seen now."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        return range(max(0, first), (last if last >= 0 else self.model().rowCount() - 1) + 1)
