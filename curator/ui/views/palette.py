"""Search or act: every command, place and source by its name, and the library's exchanges by their words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from curator.ui.controls import LEFT, RIGHT, Field, Plane, Well, column, paint_icon, tint
from curator.ui.theme import RADIUS, font, metrics, scheme_of, tall

Index = QModelIndex | QPersistentModelIndex
SHOWN = 60
SEARCHED_FROM = 2  # letters from which exchanges are searched too
WIDTH, HEIGHT = 560, 420


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what it is called, what kind it is, the key that does the same, and what happens."""

    words: str
    kind: str
    run: Callable[[], object]
    icon: str = ""
    key: str = ""
    is_enabled: bool = True
    why: str = ""


def rank(words: str, typed: str) -> int | None:
    """How well `typed` names `words`: lower is better, None for not at all. Every word must begin or stand somewhere,
    or the letters come in order."""
    low, parts = words.lower(), typed.lower().split()
    if not parts:
        return 0
    if low.startswith(typed.lower()):
        return 0
    starts = low.split()
    if all(any(w.startswith(part) for w in starts) for part in parts):
        return 1
    if all(part in low for part in parts):
        return 2
    letters = iter(low)
    return 3 if all(c in letters for c in typed.lower() if c != " ") else None


class Entries(QAbstractListModel):
    """The lines that fit what is typed."""

    ROLE = Qt.ItemDataRole.UserRole + 1

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []

    def set_entries(self, entries: list[Entry]) -> None:
        """Show these."""
        self.beginResetModel()
        self._entries = entries
        self.endResetModel()

    def entry(self, number: int) -> Entry | None:
        """The line in a row."""
        return self._entries[number] if 0 <= number < len(self._entries) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.entry(index.row()) if index.isValid() else None
        if entry is None:
            return None
        if role == self.ROLE:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(x for x in (entry.words, entry.kind, entry.key, entry.why) if x)
        return None


class EntryDelegate(QStyledItemDelegate):
    """Icon, words, and the key or the kind at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, tall(32, "body"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry, opt = index.data(Entries.ROLE), cast(Any, option)
        s, r = scheme_of(opt.palette), QRectF(opt.rect).adjusted(8, 0, -8, 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if opt.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(s.color("accent_wash"))
            painter.drawRoundedRect(r, RADIUS, RADIUS)
        if entry.icon:
            paint_icon(painter, entry.icon, r.x() + 18, r.center().y(), 16, s.color("text2"))
        right = entry.why or entry.key or entry.kind
        width = metrics("small").horizontalAdvance(right)
        painter.setFont(font("body"))
        painter.setPen(s.color("text" if entry.is_enabled else "disabled"))
        room = r.width() - 36 - width - 24
        words = metrics("body").elidedText(" ".join(entry.words.split()), Qt.TextElideMode.ElideRight, room)
        painter.drawText(r.adjusted(36, 0, 0, 0), LEFT, words)
        painter.setFont(font("small"))
        painter.setPen(s.color("text3"))
        painter.drawText(r.adjusted(0, 0, -12, 0), RIGHT, right)
        painter.restore()


class _EntryView(QListView):
    nothing = ""  # the words where no line fits

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.nothing and not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setFont(font("body"))
            painter.setPen(scheme_of(self).color("text2"))
            room = QRectF(self.viewport().rect()).adjusted(18, 10, -18, 0)
            words = metrics("body").elidedText(self.nothing, Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignTop, words)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            tint(self, QPalette.ColorRole.Base, "raised")


class Palette(Well):
    """The card of the palette. `entries` are asked once; `searched(text)` wants exchanges, given by `show_found`."""

    searched = Signal(str)
    done = Signal()

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(radius=14)
        self._entries = list(entries)
        self._found: list[Entry] = []
        self._is_answered = True  # whether the library has said what it finds
        self.field = Field("Search or act", "Esc")
        self.model = Entries(self)
        self.view = _EntryView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(EntryDelegate(self.view))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName("Commands and exchanges")
        tint(self.view, QPalette.ColorRole.Base, "raised")
        self.setLayout(
            column(
                column(self.field, margins=(3, 3, 3, 2)), Plane("line", height=1), self.view, margins=(0.25, 0, 0.25, 2)
            )
        )
        self.setFocusProxy(self.field)
        self.field.textChanged.connect(self._on_typed)
        self.field.left.connect(self.done)
        self.field.installEventFilter(self)
        self.view.clicked.connect(lambda index: self._run(index.row()))
        self._renew()

    def show_found(self, text: str, found: list[Entry]) -> None:
        """The exchanges that say what is typed; late answers are left out."""
        if text == self.field.text().strip():
            self._found, self._is_answered = found, True
            self._renew(keep=True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            step = steps.get(Qt.Key(event.key()))
            if step is not None:
                self._choose(self.view.currentIndex().row() + step)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.view.currentIndex().row())
                return True
            if event.key() == Qt.Key.Key_Escape:  # at once, whatever is typed
                self.done.emit()
                return True
        return super().eventFilter(watched, event)

    def _on_typed(self, text: str) -> None:
        self._found, self._is_answered = [], len(text.strip()) < SEARCHED_FROM
        self._renew()
        self.searched.emit(text.strip())

    def _renew(self, keep: bool = False) -> None:
        typed, before = self.field.text().strip(), self.view.currentIndex().row()
        ranked = [(r, i) for i, e in enumerate(self._entries) if (r := rank(e.words, typed)) is not None]
        fitting = [self._entries[i] for _, i in sorted(ranked)][:SHOWN]
        self.model.set_entries([*fitting, *self._found])
        self.view.nothing = f"Nothing here is called “{typed}”, and no exchange says it." if self._is_answered else ""
        self._choose(before if keep else 0)

    def _choose(self, number: int) -> None:
        last = self.model.rowCount() - 1
        self.view.setCurrentIndex(self.model.index(min(max(0, number), last)))

    def _run(self, number: int) -> None:
        entry = self.model.entry(number)
        if entry is not None and entry.is_enabled:
            self.done.emit()
            entry.run()
