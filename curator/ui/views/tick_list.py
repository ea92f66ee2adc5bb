"""A list to tick from, with a search above it: base models, rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from curator.ui.controls import LEFT, RIGHT, paint_icon
from curator.ui.models.run_table import Index
from curator.ui.theme import font, scheme_of, tall

_ROW = 32
_DETAIL = int(Qt.ItemDataRole.UserRole) + 1
_KEY = int(Qt.ItemDataRole.UserRole) + 2


class _TickDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, tall(_ROW, "body"))

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        s, r = scheme_of(option.palette), QRectF(option.rect)
        p.save()
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        state = option.state
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            p.fillRect(r, s.color("hover"))
        is_on = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
        is_possible = bool(state & QStyle.StateFlag.State_Enabled)
        ink = "disabled" if not is_possible else "accent_text" if is_on else "text3"
        paint_icon(p, "check-circle" if is_on else "circle", r.x() + 18, r.center().y(), 16, s.color(ink))
        p.setFont(font("small"))
        detail = str(index.data(_DETAIL) or "")
        width = QFontMetricsF(p.font()).horizontalAdvance(detail)
        p.setPen(s.color("text3" if is_possible else "disabled"))
        p.drawText(r.adjusted(0, 0, -12, 0), RIGHT, detail)
        p.setFont(font("strong" if is_on else "body"))
        p.setPen(s.color("text" if is_possible else "disabled"))
        room = r.width() - 36 - width - 28
        words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        name = QFontMetricsF(p.font()).elidedText(words, Qt.TextElideMode.ElideRight, room)
        p.drawText(r.adjusted(36, 0, 0, 0), LEFT, name)
        p.restore()

    def editorEvent(self, event: QEvent, model: object, option: QStyleOptionViewItem, index: Index) -> bool:
        return False  # the list itself ticks: a press anywhere on the line means the tick


class TickList(QListWidget):
    """`changed()` when a line was ticked or not; a press or Space does it."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setItemDelegate(_TickDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.itemClicked.connect(self._turn)

    def set_lines(self, lines: Sequence[tuple[str, str, str, str]]) -> None:
        """Offer these: key, words, a quiet detail, and why it cannot be taken (empty: it can)."""
        self.clear()
        for key, words, detail, problem in lines:
            item = QListWidgetItem(words)
            item.setData(_KEY, key)
            item.setData(_DETAIL, problem or detail)
            item.setCheckState(Qt.CheckState.Unchecked)
            item.setToolTip(words)
            if problem:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.addItem(item)

    @property
    def ticked(self) -> tuple[str, ...]:
        """The keys of what is ticked, in the order of the list."""
        items = (self.item(i) for i in range(self.count()))
        return tuple(str(i.data(_KEY)) for i in items if i.checkState() == Qt.CheckState.Checked)

    def tick(self, keys: Sequence[str]) -> None:
        """Tick these and no others, without saying so."""
        for i in range(self.count()):
            item = self.item(i)
            item.setCheckState(Qt.CheckState.Checked if item.data(_KEY) in keys else Qt.CheckState.Unchecked)

    def search(self, words: str) -> None:
        """Show only the lines that hold these words."""
        wanted = words.casefold().split()
        for i in range(self.count()):
            item = self.item(i)
            text = f"{item.text()} {item.data(_DETAIL)}".casefold()
            item.setHidden(not all(word in text for word in wanted))

    def _turn(self, item: QListWidgetItem) -> None:
        is_on = item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if is_on else Qt.CheckState.Checked)
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentItem() is not None:
            self._turn(self.currentItem())
        else:
            super().keyPressEvent(event)
