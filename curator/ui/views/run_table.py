"""The table of runs: name and words, a sparkline, figures; a click on a caption sorts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QKeyEvent, QPainter, QResizeEvent
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

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.ui import icons
from curator.ui.controls import LEFT, RIGHT
from curator.ui.models.run_table import COLUMNS, RUN_ROLE, Index, RunLine, RunTableModel
from curator.ui.theme import font, scheme_of
from curator.ui.views.sparkline import paint_spark

ROW_HEIGHT = 36
WIDTHS = (0, 132, 72, 92, 56, 136, 116)  # 0: what is left
ALIGNMENT = (LEFT, LEFT, RIGHT, RIGHT, RIGHT, LEFT, RIGHT)
_HIDDEN_BELOW = {5: 780, 4: 700, 1: 560}  # column → width of the table under which it is left away

_INK = {
    JobState.DONE: "line_strong",
    JobState.STOPPED: "line_strong",
    JobState.DISCARDED: "line_strong",
    JobState.FAILED: "bad",
    JobState.INTERRUPTED: "bad",
}


class CaptionHeader(QHeaderView):
    """Column names in caption ink over a hairline; the sorted one wears an arrow."""

    def __init__(self, alignment: Sequence[Qt.AlignmentFlag], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._alignment = alignment
        self.first_inset = 12
        self.setFixedHeight(30)
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
            x = room.right() - width - 15 if align == RIGHT else room.x() + width + 3
            down = self.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
            icons.paint(p, "arrow-down" if down else "arrow-up", x, r.center().y() - 6, 12, s.color("text2"))
        p.restore()


class RunDelegate(QStyledItemDelegate):
    """Paints one cell of a `RunLine`."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, ROW_HEIGHT)

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: RunLine | None = index.data(RUN_ROLE)
        if line is None:
            return
        p.save()
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        s, r, column = scheme_of(option.palette), QRectF(option.rect), index.column()
        paint_row_plane(p, option, column)
        if column == 0:
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(s.color(_INK.get(line.run.state, "accent")))
            p.drawEllipse(QRectF(r.x() + 12, r.center().y() - 3.5, 7, 7))
            p.setFont(font("strong"))
            p.setPen(s.color("text"))
            metrics = QFontMetricsF(p.font())
            name = metrics.elidedText(line.run.name, Qt.TextElideMode.ElideRight, r.width() - 38)
            p.drawText(r.adjusted(30, 0, 0, 0), LEFT, name)
            x = metrics.horizontalAdvance(name) + 42
            p.setFont(font("small"))
            p.setPen(s.color("bad" if line.has_failed and not line.run.note else "text3"))
            room = r.width() - x - 8
            if room > 40:
                p.drawText(r.adjusted(x, 0, -8, 0), LEFT, _elided(p, line.words, room))
        elif column == 1:
            paint_spark(p, r.adjusted(8, 11, -24, -12), line.curve, s, line.is_live)
        else:
            words = (line.best, line.passes, str(line.run.rows), line.base, line.time)[column - 2]
            p.setFont(font("small-strong" if column == 2 else "small"))
            p.setPen(s.color("text" if column == 2 else "text2"))
            p.drawText(r.adjusted(8, 0, -12, 0), ALIGNMENT[column], _elided(p, words, r.width() - 18))
        p.restore()


def _elided(p: QPainter, words: str, room: float) -> str:
    return QFontMetricsF(p.font()).elidedText(words, Qt.TextElideMode.ElideRight, room)


def paint_row_plane(p: QPainter, option: QStyleOptionViewItem, column: int) -> None:
    """Selection, hover and hairline of a table row; without focus the selection is quiet."""
    s, r = scheme_of(option.palette), QRectF(option.rect)
    state = option.state
    if state & QStyle.StateFlag.State_Selected:
        focused = bool(state & QStyle.StateFlag.State_Active) and _has_focus(option)
        p.fillRect(r, s.color("accent_wash" if focused else "hover"))
        if column == 0:
            p.fillRect(QRectF(r.x(), r.y(), 3, r.height()), s.color("accent" if focused else "line_strong"))
    elif state & QStyle.StateFlag.State_MouseOver:
        p.fillRect(r, s.color("hover"))
    p.fillRect(QRectF(r.x(), r.bottom() - 1, r.width(), 1), s.color("line"))


def _has_focus(option: QStyleOptionViewItem) -> bool:
    view = option.widget
    return bool(view is not None and view.hasFocus())


class PlainTable(QTableView):
    """A table of ours: rows of one height, no grid, no frame, captions that sort, columns that leave when it is narrow.

    `row_hovered` repaints whole rows, since a person points at a row and not at a cell.
    """

    def __init__(
        self, delegate: QStyledItemDelegate, widths: Sequence[int], alignment: Sequence[Qt.AlignmentFlag]
    ) -> None:
        super().__init__()
        self.widths = widths
        self.hidden_below: dict[int, int] = {}
        delegate.setParent(self)
        self.setItemDelegate(delegate)
        self.captions = CaptionHeader(alignment, self)
        self.setHorizontalHeader(self.captions)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
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
                self.setColumnWidth(i, width)
            else:
                header.setSectionResizeMode(i, QHeaderView.ResizeMode.Stretch)
        header.setSectionsClickable(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        for column, width in self.hidden_below.items():
            self.setColumnHidden(column, self.width() < width)
        super().resizeEvent(event)


class RunTable(PlainTable):
    """All runs. `chosen(run)` is said when the person picks another one, `menu_requested` with the place for a menu."""

    chosen = Signal(int)
    rename_requested = Signal(int)
    delete_requested = Signal(int)
    menu_requested = Signal(int, QPoint)

    def __init__(self) -> None:
        super().__init__(RunDelegate(), WIDTHS, ALIGNMENT)
        self.runs = RunTableModel()
        self.runs.setParent(self)
        self.hidden_below = _HIDDEN_BELOW
        self.setModel(self.runs)
        self.lay_out()
        self.setAccessibleName("Runs")
        self._is_telling = True
        self._sort_step = 0
        self.horizontalHeader().sectionClicked.connect(self._on_caption_clicked)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)

    @property
    def current_run(self) -> int:
        """The id of the selected run, 0 when none is."""
        rows = self.selectionModel().selectedRows()
        line = self.runs.line(rows[0].row()) if rows else None
        return line.run.id if line else 0

    def set_runs(self, runs: Sequence[Run], progress: dict[int, RunProgress], titles: dict[str, str]) -> None:
        """Show the runs; the selected one stays selected wherever it moves."""
        held = self.current_run
        self._is_telling = False
        self.runs.set_runs(runs, progress, titles)
        if held and self.current_run != held:
            self.select_run(held)
        self._is_telling = True
        rows = max(1, len(runs))
        self.setMaximumHeight(self.horizontalHeader().height() + ROW_HEIGHT * rows + 2)
        self.setMinimumHeight(self.horizontalHeader().height() + ROW_HEIGHT * min(2, rows) + 2)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As high as all runs, where there is room."""
        return QSize(600, self.horizontalHeader().height() + ROW_HEIGHT * max(1, self.runs.rowCount()) + 2)

    def select_run(self, run: int) -> None:
        """Select a run without saying so."""
        row = self.runs.row_of(run)
        telling, self._is_telling = self._is_telling, False
        if row < 0:
            self.clearSelection()
        elif self.current_run != run:
            self.selectRow(row)
            self.scrollTo(self.runs.index(row, 0))
        self._is_telling = telling

    def _on_selection_changed(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        if self._is_telling and self.current_run:
            self.chosen.emit(self.current_run)

    def _on_caption_clicked(self, column: int) -> None:
        """First ascending, then descending, then newest first again."""
        header = self.horizontalHeader()
        if self.runs.sorted_by == (column, Qt.SortOrder.DescendingOrder):
            header.setSortIndicatorShown(False)
            self.runs.sort(-1)
            return
        is_again = self.runs.sorted_by == (column, Qt.SortOrder.AscendingOrder)
        order = Qt.SortOrder.DescendingOrder if is_again else Qt.SortOrder.AscendingOrder
        header.setSortIndicatorShown(True)
        header.setSortIndicator(column, order)
        self.runs.sort(column, order)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        run = self.current_run
        if run and event.key() == Qt.Key.Key_F2:
            self.rename_requested.emit(run)
        elif run and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_requested.emit(run)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at: QModelIndex = self.indexAt(self.viewport().mapFrom(self, event.pos()))
        if event.reason() is QContextMenuEvent.Reason.Keyboard or not at.isValid():
            rows = self.selectionModel().selectedRows()
            at = rows[0] if rows else at
        line = self.runs.line(at.row()) if at.isValid() else None
        if line is not None:
            self.selectRow(at.row())
            self.menu_requested.emit(line.run.id, event.globalPos())


assert len(WIDTHS) == len(ALIGNMENT) == len(COLUMNS)
