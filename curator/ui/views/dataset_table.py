"""The table of clean rows: prompt and response, tags, a budget bar the size of a cell, tokens, split."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from curator.core.snapshot import Split
from curator.ui.controls import CENTRE, LEFT, RIGHT, paint_icon, pill_width
from curator.ui.models.row_table import BAR, PROMPT, ROW_ROLE, TAGS, TOKENS, Index, RowLine, RowTableModel
from curator.ui.theme import Scheme, font, scheme_of, tall
from curator.ui.views.budget_bar import paint_track
from curator.ui.views.markdown import unmarked
from curator.ui.views.plain_table import PlainTable, paint_row_plane, row_height

WIDTHS = (0, 176, 184, 80, 84)
ALIGNMENT = (LEFT, LEFT, LEFT, RIGHT, LEFT)
_HIDDEN_BELOW = {TAGS: 780, BAR: 520}


class RowDelegate(QStyledItemDelegate):
    """Paints one cell of a `RowLine`."""

    limit = 2048

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, row_height())

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: RowLine | None = index.data(ROW_ROLE)
        if line is None:
            return
        p.save()
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        s, r, column = scheme_of(option.palette), QRectF(option.rect), index.column()
        paint_row_plane(p, option, index.row(), column)
        if column == PROMPT:
            _paint_words(p, s, r, line)
        elif column == TAGS:
            _paint_tags(p, s, r, line.tags)
        elif column == BAR:
            bar = QRectF(r.x() + 8, r.center().y() - 3, r.width() - 24, 6)
            paint_track(p, bar, s, line.usage.prompt, line.usage.response, self.limit)
        elif column == TOKENS:
            is_over = line.usage.total > self.limit
            p.setFont(font("small-strong" if is_over else "small"))
            p.setPen(s.color("bad" if is_over else "text2"))
            p.drawText(r.adjusted(0, 0, -12, 0), RIGHT, f"{'≈ ' * line.usage.is_estimate}{line.usage.total:,}")
        else:
            ink = {None: "bad", Split.TRAIN: "text3"}.get(line.split, "accent_text")
            p.setFont(font("small"))
            p.setPen(s.color(ink))
            p.drawText(r.adjusted(8, 0, 0, 0), LEFT, line.split_words)
        p.restore()


def _paint_words(p: QPainter, s: Scheme, r: QRectF, line: RowLine) -> None:
    """The prompt, and what is left of the line for the response."""
    p.setFont(font("body"))
    metrics = QFontMetricsF(p.font())
    room = r.width() - 28 - (22 if line.is_edited else 0)
    prompt = metrics.elidedText(line.prompt, Qt.TextElideMode.ElideRight, room)
    p.setPen(s.color("text"))
    p.drawText(r.adjusted(20, 0, 0, 0), LEFT, prompt)
    x = r.x() + 20 + metrics.horizontalAdvance(prompt)
    if line.is_edited:
        paint_icon(p, "pencil", x + 14, r.center().y(), 14, s.color("text3"))
        x += 22
    left = r.right() - x - 20
    if left > 60:
        p.setFont(font("small"))
        p.setPen(s.color("text3"))
        words = QFontMetricsF(p.font()).elidedText(unmarked(line.response), Qt.TextElideMode.ElideRight, left)
        p.drawText(QRectF(x + 12, r.y(), left, r.height()), LEFT, words)


def _paint_tags(p: QPainter, s: Scheme, r: QRectF, tags: Sequence[str]) -> None:
    """As many tags as fit, and how many more there are."""
    x, y = r.x() + 8, r.center().y()
    p.setFont(font("caption"))
    half = tall(20, "caption") / 2
    for i, tag in enumerate(tags):
        width = pill_width(tag, False) + 2
        if x + width > r.right() - (24 if i < len(tags) - 1 else 4):
            p.setPen(s.color("text3"))
            p.drawText(QRectF(x, y - half, r.right() - x, 2 * half), LEFT, f"+{len(tags) - i}")
            return
        p.setPen(QPen(s.color("line_strong"), 1))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawRoundedRect(QRectF(x + 0.5, y - half + 0.5, width, 2 * half - 1), half - 0.5, half - 0.5)
        p.setPen(s.color("text2"))
        p.drawText(QRectF(x, y - half, width + 1, 2 * half), CENTRE, tag)
        x += width + 6


class DatasetTable(PlainTable):
    """All clean rows; ⏎ or a double click opens one in the Library."""

    opened = Signal(int)

    def __init__(self) -> None:
        self._delegate = RowDelegate()
        super().__init__(self._delegate, WIDTHS, ALIGNMENT)
        self.captions.first_inset = 20
        self.rows = RowTableModel()
        self.rows.setParent(self)
        self.hidden_below = _HIDDEN_BELOW
        self.setModel(self.rows)
        self.lay_out()
        self.setAccessibleName("Clean rows")
        self.horizontalHeader().sectionClicked.connect(self._on_caption_clicked)
        self.horizontalHeader().setSortIndicatorShown(True)
        self.horizontalHeader().setSortIndicator(TOKENS, Qt.SortOrder.DescendingOrder)
        self.doubleClicked.connect(self._on_double_clicked)

    @property
    def current_row(self) -> int:
        """The id of the selected row, 0 when none is."""
        rows = self.selectionModel().selectedRows()
        line = self.rows.line(rows[0].row()) if rows else None
        return line.id if line else 0

    def set_lines(self, lines: Sequence[RowLine], limit: int) -> None:
        """Show the rows; the selected one stays selected."""
        self._delegate.limit = limit
        self._keep_selection(lambda: self.rows.set_lines(lines, limit))

    def set_filter(self, text: str, ids: frozenset[int] | None) -> None:
        """Show only some."""
        self._keep_selection(lambda: self.rows.set_filter(text, ids))

    def _keep_selection(self, change: Callable[[], None]) -> None:
        held = self.current_row
        change()
        place = self.rows.place_of(held) if held else -1
        if place >= 0 and self.current_row != held:
            self.selectRow(place)

    def _on_caption_clicked(self, column: int) -> None:
        first = Qt.SortOrder.DescendingOrder if column in (BAR, TOKENS) else Qt.SortOrder.AscendingOrder
        other = Qt.SortOrder.AscendingOrder if column in (BAR, TOKENS) else Qt.SortOrder.DescendingOrder
        order = other if self.rows.sorted_by == (column, first) else first
        self.horizontalHeader().setSortIndicator(column, order)
        self._keep_selection(lambda: self.rows.sort(column, order))

    def _on_double_clicked(self, index: QModelIndex) -> None:
        line = self.rows.line(index.row())
        if line is not None:
            self.opened.emit(line.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_row and not event.modifiers():
            self.opened.emit(self.current_row)
        else:
            super().keyPressEvent(event)
