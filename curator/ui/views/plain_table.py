"""A table of ours: rows of one height, no grid, no frame, captions that sort, columns that leave when it is narrow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QHoverEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from curator.ui.controls import RIGHT, paint_icon
from curator.ui.theme import font, growth, scheme_of, tall

ROW_HEIGHT = 36


def row_height() -> int:
    """Points of a row: 36 with the usual size of text."""
    return tall(ROW_HEIGHT, "body")


class CaptionHeader(QHeaderView):
    """Column names in caption ink over a hairline; the sorted one wears an arrow."""

    def __init__(self, alignment: Sequence[Qt.AlignmentFlag], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._alignment = alignment
        self.first_inset = 12
        self.setFixedHeight(tall(30, "caption"))
        self.setMinimumSectionSize(24)
        self.setHighlightSections(False)

    def paintSection(self, p: QPainter, rect: QRect, section: int) -> None:
        s, r = scheme_of(self), QRectF(rect)
        p.save()
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        p.fillRect(r, s.color("base"))
        p.fillRect(QRectF(r.x(), r.bottom() - 1, r.width(), 1), s.color("line"))
        name = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        is_sorted = self.isSortIndicatorShown() and self.sortIndicatorSection() == section
        align = self._alignment[section]
        p.setFont(font("caption"))
        p.setPen(s.color("text2" if is_sorted else "text3"))
        room = r.adjusted(self.first_inset if section == 0 else 8, 0, -12, 0)
        p.drawText(room, align, name)
        if is_sorted and name:
            width = QFontMetricsF(p.font()).horizontalAdvance(name)
            x = room.right() - width - 9 if align == RIGHT else room.x() + width + 9
            down = self.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
            paint_icon(p, "arrow-down" if down else "arrow-up", x, r.center().y(), 12, s.color("text2"))
        p.restore()


def paint_row_plane(p: QPainter, option: QStyleOptionViewItem, row: int, column: int) -> None:
    """Selection, hover and hairline of a table row; without focus the selection is quiet."""
    s, r = scheme_of(option.palette), QRectF(option.rect)
    state = option.state
    if state & QStyle.StateFlag.State_Selected:
        focused = bool(state & QStyle.StateFlag.State_Active) and _has_focus(option)
        p.fillRect(r, s.color("accent_wash" if focused else "hover"))
        if column == 0:
            p.fillRect(QRectF(r.x(), r.y(), 3, r.height()), s.color("accent" if focused else "line_strong"))
    elif isinstance(option.widget, PlainTable) and option.widget.hovered == row:
        p.fillRect(r, s.color("hover"))
    p.fillRect(QRectF(r.x(), r.bottom() - 1, r.width(), 1), s.color("line"))


def _has_focus(option: QStyleOptionViewItem) -> bool:
    view = option.widget
    return bool(view is not None and view.hasFocus())


class PlainTable(QTableView):
    """A table of ours: rows of one height, no grid, no frame, captions that sort, columns that leave when it is narrow.

    `hovered` is the row under the pointer, -1 for none: a person points at a row and not at a cell.
    """

    def __init__(
        self, delegate: QStyledItemDelegate, widths: Sequence[int], alignment: Sequence[Qt.AlignmentFlag]
    ) -> None:
        super().__init__()
        self.widths = widths
        self.hovered = -1
        self.hidden_below: dict[int, int] = {}
        delegate.setParent(self)
        self.setItemDelegate(delegate)
        self.captions = CaptionHeader(alignment, self)
        self.setHorizontalHeader(self.captions)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(row_height())
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)

    def lay_out(self) -> None:
        """Give the columns their widths; call once the model is set."""
        header = self.horizontalHeader()
        for i, width in enumerate(self.widths):
            if width:
                header.setSectionResizeMode(i, QHeaderView.ResizeMode.Fixed)
                self.setColumnWidth(i, round(width * growth()))
            else:
                header.setSectionResizeMode(i, QHeaderView.ResizeMode.Stretch)
        header.setSectionsClickable(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        for column, width in self.hidden_below.items():
            self.setColumnHidden(column, self.width() < width * growth())
        super().resizeEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverMove, QEvent.Type.HoverEnter) and isinstance(event, QHoverEvent):
            self._hover(self.rowAt(round(event.position().y())))
        elif event.type() in (QEvent.Type.HoverLeave, QEvent.Type.Leave):
            self._hover(-1)
        return super().viewportEvent(event)

    def _hover(self, row: int) -> None:
        if row != self.hovered:
            self.hovered = row
            self.viewport().update()
