"""A list on a sheet: its own plane, no frame, and the selected line washed as everywhere."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from curator.ui.controls import LEFT, tint
from curator.ui.theme import Scheme, font, metrics, scheme_of, tall

Index = QModelIndex | QPersistentModelIndex


class LineDelegate(QStyledItemDelegate):
    """One line of a list: whoever derives from it says how high it is, in which roles, and what stands in it."""

    height = 28
    roles: tuple[str, ...] = ("small-strong",)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, tall(self.height, *self.roles))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        opt = cast(Any, option)  # the stubs leave the fields of a style option out
        s, r, state = scheme_of(opt.palette), QRectF(opt.rect), opt.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(r, s.color("accent_wash"))
            painter.fillRect(QRectF(r.x(), r.y(), 3, r.height()), s.color("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(r, s.color("hover"))
        self.paint_words(painter, r.adjusted(14, 0, -12, 0), s, index.data(Qt.ItemDataRole.UserRole))
        painter.restore()

    def paint_words(self, p: QPainter, r: QRectF, s: Scheme, thing: Any) -> None:
        """What the model gives as user data, into `r`."""
        raise NotImplementedError


def paint_words(
    p: QPainter,
    r: QRectF,
    s: Scheme,
    role: str,
    ink: str,
    words: str,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> float:
    """Words in a role and an ink, shortened where the room is small; returns how wide they are."""
    p.setFont(font(role))
    p.setPen(s.color(ink))
    shown = metrics(role).elidedText(words, mode, r.width())
    p.drawText(r, LEFT, shown)
    return metrics(role).horizontalAdvance(shown)


class PlainList(QListView):
    """Reads only."""

    plane = "raised"

    def __init__(self, model: QAbstractListModel, delegate: LineDelegate, name: str) -> None:
        super().__init__()
        delegate.setParent(self)
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        tint(self, QPalette.ColorRole.Base, self.plane)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            tint(self, QPalette.ColorRole.Base, self.plane)
