"""The left side of the guide: its pages, or the places where the words were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from curator.services.help import Hit, Page, places_of
from curator.ui.theme import Scheme, font, metrics
from curator.ui.views.plain_list import Index, LineDelegate, PlainList, paint_words

_PAGE_ROOM, _HIT_ROOM = 14, 18  # around one line, and around the three lines of a place


class Line(NamedTuple):
    """One line: a page (no excerpt) or a place in one."""

    page: str
    anchor: str
    title: str
    under: str = ""
    excerpt: str = ""
    words: str = ""


class Contents(QAbstractListModel):
    """The lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Sequence[Line] = ()

    def show_pages(self, pages: Sequence[Page]) -> None:
        """All pages in their order."""
        self._set([Line(page.name, "", page.title) for page in pages])

    def show_hits(self, hits: Sequence[Hit], words: str) -> None:
        """Where `words` were found."""
        self._set([Line(hit.page, hit.anchor, hit.heading, hit.title, hit.excerpt, words) for hit in hits])

    def row_of(self, page: str) -> int:
        """The line of a page, or -1."""
        return next((n for n, line in enumerate(self.lines) if line.page == page and not line.excerpt), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{line.title}, in {line.under}: {line.excerpt}" if line.excerpt else line.title
        return None

    def _set(self, lines: Sequence[Line]) -> None:
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()


class ContentsDelegate(LineDelegate):
    """A page is its title; a place says its heading, its page, and the words around what was found."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line: Line = index.data(Qt.ItemDataRole.UserRole)
        if line.under:
            return QSize(120, round(3 * metrics("small").height()) + _HIT_ROOM)
        return QSize(120, round(metrics("body").height()) + _PAGE_ROOM)

    def paint_words(self, p: QPainter, r: QRectF, s: Scheme, thing: Any) -> None:
        line: Line = thing
        if not line.under:
            paint_words(p, r, s, "body", "text", line.title)
            return
        high = metrics("small").height()
        first = QRectF(r.left(), r.top() + 8, r.width(), high)
        x = paint_words(p, first, s, "small-strong", "text", line.title)
        if line.under != line.title:
            paint_words(p, first.adjusted(x + 8, 0, 0, 0), s, "small", "text3", line.under)
        _paint_excerpt(p, r.adjusted(0, 10 + high, 0, 0), s, line)


def _paint_excerpt(p: QPainter, r: QRectF, s: Scheme, line: Line) -> None:
    """Two lines of the text, with what was searched for washed."""
    p.setFont(font("small"))
    measure = QFontMetricsF(p.font())
    y, rest, start = r.top(), line.excerpt, 0
    spans = places_of(line.excerpt, line.words)
    for is_last in (False, True):
        shown = (
            _fitting(rest, r.width(), measure)
            if not is_last
            else measure.elidedText(rest, Qt.TextElideMode.ElideRight, r.width())
        )
        for left, right in spans:
            left, right = max(left - start, 0), min(right - start, len(shown))
            if left < right:
                x = r.left() + measure.horizontalAdvance(shown[:left])
                width = measure.horizontalAdvance(shown[left:right])
                p.fillRect(QRectF(x - 1, y, width + 2, measure.height()), s.color("heat", 0.38))
        p.setPen(s.color("text2"))
        p.drawText(QRectF(r.left(), y, r.width(), measure.height()), shown)
        start += len(shown) + 1
        rest = rest[len(shown) :].lstrip()
        y += measure.height() + 1
        if not rest:
            return


def _fitting(words: str, width: float, measure: QFontMetricsF) -> str:
    """As many whole words as there is room for."""
    if measure.horizontalAdvance(words) <= width:
        return words
    end = len(words)
    while (end := words.rfind(" ", 0, end)) > 0:
        if measure.horizontalAdvance(words[:end]) <= width:
            return words[:end]
    return words


class ContentsList(PlainList):
    """Lines of two heights; its plane is the sidebar's."""

    plane = "sidebar"

    def __init__(self, model: Contents) -> None:
        super().__init__(model, ContentsDelegate(), "Contents")
        self.setUniformItemSizes(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
