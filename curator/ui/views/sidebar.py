"""The sidebar: watched folders, queues, tags and projects, and one quiet notice below."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from curator.ui.controls import LEFT, RIGHT, Button, Glyph, Plane, Text, column, paint_icon, row, tint
from curator.ui.models.source_list import Role, Source, SourceList
from curator.ui.theme import RADIUS, font, growth, metrics, scheme_of, tall

WIDTH = 220
ROW, HEADING = 28, 34
Index = QModelIndex | QPersistentModelIndex


class SourceDelegate(QStyledItemDelegate):
    """Headings in a small quiet ink, lines with mark, name and count."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        source: Source = index.data(Role.SOURCE)
        if not source.is_heading:
            return QSize(120, tall(ROW, "body"))
        return QSize(120, tall(HEADING if index.row() else HEADING - 6, "caption"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        source, opt = index.data(Role.SOURCE), cast(Any, option)
        s, r = scheme_of(opt.palette), QRectF(opt.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if source.is_heading:
            painter.setFont(font("caption"))
            painter.setPen(s.color("text3"))
            painter.drawText(r.adjusted(18, r.height() - tall(22, "caption") - 4, -2, -4), LEFT, source.title)
            painter.restore()
            return
        on = bool(opt.state & QStyle.StateFlag.State_Selected)
        r = r.adjusted(8, 0, -8, 0)
        if on or opt.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            strength = (0.11 if s.is_dark else 0.075) if on else (0.05 if s.is_dark else 0.035)
            painter.setBrush(s.color("text", strength))
            painter.drawRoundedRect(r, RADIUS, RADIUS)
        if source.mark in ("live", "rest"):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(s.color("good" if source.mark == "live" else "line_strong"))
            painter.drawEllipse(QRectF(r.x() + 15, r.center().y() - 3, 6, 6))
        else:
            ink = {"check-circle": "good", "secret": "bad"}.get(source.mark, "text2" if on else "text3")
            paint_icon(painter, source.mark, r.x() + 18, r.center().y(), 16, s.color(ink))
        count = f"{source.count:,}"
        role = "strong" if on else "body"
        painter.setFont(font(role))
        painter.setPen(s.color("text"))
        room = r.width() - 36 - metrics("small").horizontalAdvance(count) - 20
        name = metrics(role).elidedText(source.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(r.adjusted(36, 0, 0, 0), LEFT, name)
        painter.setFont(font("small"))
        painter.setPen(s.color("text2" if on else "text3"))
        painter.drawText(r.adjusted(0, 0, -10, 0), RIGHT, count)
        painter.restore()


class SourceView(QListView):
    """The list itself, on the sidebar's plane."""

    def __init__(self, model: SourceList) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(SourceDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName("Sources")
        tint(self, QPalette.ColorRole.Base, "sidebar")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            tint(self, QPalette.ColorRole.Base, "sidebar")

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here, not a search."""


class Sidebar(Plane):
    """Lists above, one notice below. `chosen(Source)` says where the person went, `notice_pressed` that they want what
    the notice offers."""

    chosen = Signal(object)
    notice_pressed = Signal()

    def __init__(self, model: SourceList) -> None:
        super().__init__("sidebar", "r", width=round(WIDTH * growth()))
        self.model, self.view = model, SourceView(model)
        self._current = ""
        self._notice_icon = Glyph("lock", 14, "text3")
        self._notice = Text("", "small", "text2", wrap=True)
        self.notice_button = Button("", flat=True, small=True, ink="accent_text")
        self.notice_button.clicked.connect(self.notice_pressed)
        words = row(column(0.5, self._notice_icon, None), self._notice, spacing=2, margins=(4, 2, 4, 1))
        words.setStretch(1, 1)
        self._below = Plane("sidebar", "", column(words, row(self.notice_button, None, margins=(7, 0, 4, 3))))
        self._below.hide()
        box = column(self.view, self._below, margins=(0, 2, 0.25, 0))
        box.setStretch(0, 1)
        self.setLayout(box)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)
        model.modelReset.connect(self._restore)

    @property
    def current(self) -> str:
        """The key of the line that is shown."""
        return self._current

    def choose(self, key: str, tell: bool = True) -> bool:
        """Go to a line; False when it is not there."""
        number = self.model.row_of(key)
        if number < 0:
            return False
        if not tell:
            self._current = key
        self.view.setCurrentIndex(self.model.index(number))
        return True

    def set_notice(self, words: str, icon: str = "lock", step: str = "") -> None:
        """One sentence below the lists, with what can be done about it; empty for none."""
        self._notice.setText(words)
        self.notice_button.set_text(step)
        self.notice_button.setVisible(bool(step))
        self._notice_icon.name = icon
        self._notice_icon.update()
        self._below.setVisible(bool(words))

    @property
    def notice(self) -> str:
        """The sentence below the lists."""
        return self._notice.text()

    def _restore(self) -> None:
        if self._current and not self.choose(self._current, tell=False):
            self.choose("queue:all")

    def _on_current_changed(self, index: QModelIndex, _before: QModelIndex) -> None:
        source = self.model.source(index.row()) if index.isValid() else None
        if source is not None and not source.is_heading and source.key != self._current:
            self._current = source.key
            self.chosen.emit(source)
