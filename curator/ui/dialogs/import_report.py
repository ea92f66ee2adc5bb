"""What an import could not read: file, line and reason; each problem shows its place, and leads to its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDesktopServices, QGuiApplication, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from curator.core.query import ImportReport
from curator.ui.controls import LEFT, Button, ElidedText, Plane, Text, Well, column, row, tint
from curator.ui.import_desk import report_words
from curator.ui.theme import font, metrics, scheme_of
from curator.ui.views.file_place import FilePlace, FilePlaceView
from curator.ui.views.place_line import short_path
from curator.ui.views.provenance import place_of

WIDTH, HEIGHT = 720, 560
_ROW, _REST = 28, 346  # the height of a line, and of all that is no line
Index = QModelIndex | QPersistentModelIndex


class ProblemList(QAbstractListModel):
    """The problems, one a line."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.problems = report.problems

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.problems)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        path, number, reason = self.problems[index.row()]
        where = ", ".join(filter(None, (Path(path).name, place_of(path, number))))
        if role == Qt.ItemDataRole.UserRole:
            return where, reason
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{where}: {reason}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return path
        return None


class _ProblemDelegate(QStyledItemDelegate):
    """Where, strong; what is wrong with it, quiet."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        opt = cast(Any, option)  # the stubs leave the fields of a style option out
        s, r, state = scheme_of(opt.palette), QRectF(opt.rect), opt.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(r, s.color("accent_wash"))
            painter.fillRect(QRectF(r.x(), r.y(), 3, r.height()), s.color("accent"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(r, s.color("hover"))
        where, reason = index.data(Qt.ItemDataRole.UserRole)
        painter.setFont(font("small-strong"))
        painter.setPen(s.color("text"))
        room = r.width() * 0.5
        shown = metrics("small-strong").elidedText(where, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(r.adjusted(14, 0, 0, 0), LEFT, shown)
        x = 14 + metrics("small-strong").horizontalAdvance(shown) + 14
        painter.setFont(font("small"))
        painter.setPen(s.color("text2"))
        shown = metrics("small").elidedText(reason, Qt.TextElideMode.ElideRight, r.width() - x - 12)
        painter.drawText(r.adjusted(x, 0, -12, 0), LEFT, shown)
        painter.restore()


class _Lines(QListView):
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            tint(self, QPalette.ColorRole.Base, "raised")


class ImportReportCard(Well):
    """The card of the report; `done` closes it. `place_wanted(path, line)` asks for the lines around a problem, which
    come back by `show_place`; `mapping_wanted(path)` for the sheet in which a file nobody knows is explained."""

    done = Signal()
    place_wanted = Signal(str, int)
    mapping_wanted = Signal(str)

    def __init__(self, report: ImportReport, unknown: tuple[str, ...] = ()) -> None:
        super().__init__(radius=14)
        self._report, self._unknown = report, frozenset(unknown)
        self._file = ""
        sentence, problems = report_words(report)
        self.model = ProblemList(report)
        self.view = _Lines()
        self.view.setModel(self.model)
        self.view.setItemDelegate(_ProblemDelegate(self.view))
        self.view.setMouseTracking(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName("What could not be read")
        tint(self.view, QPalette.ColorRole.Base, "raised")
        self.place = FilePlaceView()
        self._where = ElidedText("", "small", "text3", Qt.TextElideMode.ElideMiddle)
        self.open = Button("Open the file", "file", small=True)
        self.map = Button("Say what is what in it…", "pencil", small=True)
        self.map.setToolTip("Curator does not know this format: say which field holds the prompt and which the answer")
        copy = Button("Copy all", "copy", flat=True, small=True)
        close = Button("Close", small=True)
        self.view.activated.connect(lambda _index: self._open())
        self.view.selectionModel().currentChanged.connect(lambda index, _before: self._show(index.row()))
        self.open.clicked.connect(self._open)
        self.map.clicked.connect(lambda: self.mapping_wanted.emit(self._problem()[0]))
        copy.clicked.connect(self._copy)
        close.clicked.connect(self.done)
        files = f"{report.files:,} file{'s' * (report.files != 1)}"
        sessions = f"{report.sessions:,} session{'s' * (report.sessions != 1)}"
        seconds = f" It took {report.seconds:,.1f} s." if report.seconds >= 0.1 else ""
        read = f"{files}, {sessions} read.{seconds} Everything else of these files is in the library."
        lines = Plane("raised", "", column(self.view))
        box = column(
            row(Text(f"{sentence} {problems}".strip(), "heading"), None),
            *(1, Text(read, "small", "text2"), 3, Plane("line", height=1), lines, Plane("line", height=1)),
            *(self.place, Plane("line", height=1), 1, self._where, 3),
            row(self.open, self.map, copy, None, close, spacing=1.5),
            margins=(7, 6, 7, 5),
        )
        box.setStretchFactor(lines, 1)
        self.setLayout(box)
        self.setFocusProxy(self.view)

    @property
    def size_wanted(self) -> tuple[int, int]:
        """Few problems need less height."""
        return WIDTH, min(HEIGHT, _REST + _ROW * self.model.rowCount())

    def begin(self) -> None:
        """Go to the first problem; whoever shows the card has connected to it by now."""
        self.view.setCurrentIndex(self.model.index(0))

    def show_place(self, path: str, place: FilePlace) -> None:
        """The lines around the problem that is current, if it still is."""
        if path == self._problem()[0] and place.line == self._problem()[1]:
            self._file = place.file
            self.place.show_place(place)
            self.open.setEnabled(bool(place.file))

    def _problem(self) -> tuple[str, int, str]:
        number = self.view.currentIndex().row()
        return self._report.problems[number] if 0 <= number < len(self._report.problems) else ("", 0, "")

    def _show(self, number: int) -> None:
        path, line, _ = self._report.problems[number]
        self._where.setText(short_path(path))
        self.map.setVisible(path in self._unknown)
        self.place_wanted.emit(path, line)

    def _open(self) -> None:
        if self._file:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._file))

    def _copy(self) -> None:
        lines = [f"{path}:{number}: {reason}" for path, number, reason in self._report.problems]
        QGuiApplication.clipboard().setText("\n".join(lines))
