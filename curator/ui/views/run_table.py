"""The table of runs: name and words, a sparkline, figures; a click on a caption sorts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.ui.controls import LEFT, RIGHT
from curator.ui.models.run_table import COLUMNS, RUN_ROLE, Index, RunLine, RunTableModel
from curator.ui.theme import Scheme, font, scheme_of
from curator.ui.views.plain_table import PlainTable, paint_row_plane, row_height
from curator.ui.views.run_menu import Act
from curator.ui.views.sparkline import paint_spark

WIDTHS = (0, 132, 72, 108, 56, 160, 124)  # 0: what is left
ALIGNMENT = (LEFT, LEFT, RIGHT, RIGHT, RIGHT, LEFT, RIGHT)
_HIDDEN_BELOW = {5: 780, 4: 700, 1: 680}  # column → width of the table under which it is left away

_INK = {
    JobState.DONE: "line_strong",
    JobState.STOPPED: "line_strong",
    JobState.DISCARDED: "line_strong",
    JobState.PAUSED: "text3",
    JobState.QUEUED: "text3",
    JobState.FAILED: "bad",
    JobState.INTERRUPTED: "bad",
}
_HOLLOW = frozenset({JobState.QUEUED, JobState.PAUSED, JobState.WAITING})  # nothing moves: a ring, not a disc


class RunDelegate(QStyledItemDelegate):
    """Paints one cell of a `RunLine`."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(80, row_height())

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        line: RunLine | None = index.data(RUN_ROLE)
        if line is None:
            return
        p.save()
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        s, r, column = scheme_of(option.palette), QRectF(option.rect), index.column()
        paint_row_plane(p, option, index.row(), column)
        if column == 0:
            _paint_mark(p, s, QRectF(r.x() + 12, r.center().y() - 3.5, 7, 7), line)
            p.setFont(font("strong"))
            p.setPen(s.color("text"))
            metrics = QFontMetricsF(p.font())
            name = metrics.elidedText(line.name, Qt.TextElideMode.ElideMiddle, r.width() - 38)
            p.drawText(r.adjusted(30, 0, 0, 0), LEFT, name)
            x = metrics.horizontalAdvance(name) + 42
            p.setFont(font("small"))
            p.setPen(s.color("bad" if line.has_failed and not line.run.note else "text3"))
            room = r.width() - x - 8
            if room > 40:
                p.drawText(r.adjusted(x, 0, -8, 0), LEFT, _elided(p, line.words, room))
        elif column == 1:
            ink = line.ink or ("accent" if line.is_live else "")
            paint_spark(p, r.adjusted(8, 11, -24, -12), line.curve, s, ink)
        else:
            words = (line.best, line.passes, str(line.run.rows), line.base, line.time)[column - 2]
            p.setFont(font("small-strong" if column == 2 else "small"))
            p.setPen(s.color("text" if column == 2 else "text2"))
            p.drawText(r.adjusted(8, 0, -12, 0), ALIGNMENT[column], _elided(p, words, r.width() - 18))
        p.restore()


def _paint_mark(p: QPainter, s: Scheme, r: QRectF, line: RunLine) -> None:
    """The state of a run; one that is laid over the run shown wears the ink of its line in the chart, and larger."""
    ink = s.color(line.ink or _INK.get(line.run.state, "accent"))
    if line.run.state in _HOLLOW and not line.ink:
        p.setPen(QPen(ink, 1.4))
        p.setBrush(Qt.BrushStyle.NoBrush)
    else:
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(ink)
    p.drawEllipse(r.adjusted(-1.5, -1.5, 1.5, 1.5) if line.ink else r)


def _elided(p: QPainter, words: str, room: float) -> str:
    return QFontMetricsF(p.font()).elidedText(words, Qt.TextElideMode.ElideRight, room)


class RunTable(PlainTable):
    """All runs. `chosen(run)` is said when the person picks another one, `compare_requested(run)` by Space or a press
    with ⌘ (Ctrl), `menu_requested` with the place for a menu, `act_requested(run, Act)` by a key."""

    chosen = Signal(int)
    compare_requested = Signal(int)
    act_requested = Signal(int, object)
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
        self.horizontalHeader().sectionClicked.connect(self._on_caption_clicked)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)

    @property
    def current_run(self) -> int:
        """The id of the selected run, 0 when none is."""
        rows = self.selectionModel().selectedRows()
        line = self.runs.line(rows[0].row()) if rows else None
        return line.run.id if line else 0

    def neighbour_of(self, run: int) -> int:
        """The run that takes its place when it leaves: the one below, else the one above, 0 where it is alone."""
        row = self.runs.row_of(run)
        line = self.runs.line(row + 1) or self.runs.line(row - 1)
        return line.run.id if line is not None and row >= 0 else 0

    def set_runs(
        self,
        runs: Sequence[Run],
        progress: Mapping[int, RunProgress],
        titles: Mapping[str, str],
        inks: Mapping[int, str] | None = None,
        waiting: Sequence[int] = (),
    ) -> None:
        """Show the runs; the selected one stays selected wherever it moves. `inks` are worn by those laid over the
        run that is looked at; `waiting` are the queue, the next one first."""
        held = self.current_run
        self._is_telling = False
        self.runs.set_runs(runs, progress, titles, inks or {}, waiting)
        if held and self.current_run != held:
            self.select_run(held)
        self._is_telling = True
        rows = max(1, len(runs))
        self.setMaximumHeight(self.horizontalHeader().height() + row_height() * rows + 2)
        self.setMinimumHeight(self.horizontalHeader().height() + row_height() * min(2, rows) + 2)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As high as all runs, where there is room."""
        return QSize(600, self.horizontalHeader().height() + row_height() * max(1, self.runs.rowCount()) + 2)

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
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        acts = {Qt.Key.Key_F2: Act.RENAME, Qt.Key.Key_Delete: Act.TRASH, Qt.Key.Key_Backspace: Act.TRASH}
        if alt:
            acts = {Qt.Key.Key_Up: Act.EARLIER, Qt.Key.Key_Down: Act.LATER}
        if run and event.key() == Qt.Key.Key_Space:
            self.compare_requested.emit(run)
        elif run and event.key() in acts:
            self.act_requested.emit(run, acts[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        line = self.runs.line(self.indexAt(event.position().toPoint()).row())
        is_with_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if line is not None and is_with_control and event.button() == Qt.MouseButton.LeftButton:
            self.compare_requested.emit(line.run.id)
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at: QModelIndex = self.indexAt(event.pos())
        if event.reason() is QContextMenuEvent.Reason.Keyboard or not at.isValid():
            rows = self.selectionModel().selectedRows()
            at = rows[0] if rows else at
        line = self.runs.line(at.row()) if at.isValid() else None
        if line is not None:
            self.selectRow(at.row())
            self.menu_requested.emit(line.run.id, event.globalPos())


assert len(WIDTHS) == len(ALIGNMENT) == len(COLUMNS)
