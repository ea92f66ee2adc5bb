"""What an import could not read or read in another way: file, line, reason; each shows its place, leads to its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QPainter

from curator.core.notes import is_note
from curator.core.query import ImportReport
from curator.ui.controls import Button, ElidedText, Plane, Text, Well, column, row
from curator.ui.icons import paint
from curator.ui.import_desk import report_words
from curator.ui.theme import Scheme, metrics
from curator.ui.views.file_place import FilePlace, FilePlaceView
from curator.ui.views.place_line import short_path
from curator.ui.views.plain_list import Index, LineDelegate, PlainList, paint_words
from curator.ui.views.provenance import place_of

WIDTH, HEIGHT = 720, 560
_ICON = 14
_ROOM = 578  # points of a line of the list, for where and why
_ROW, _REST = 28, 346  # the height of a line, and of all that is no line
_WHOLE = 40  # of the reason that its line has no room for


class ProblemList(QAbstractListModel):
    """The problems, one a line: what could not be read, then the notes on what was."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__()
        self.problems = (*report.faults, *report.notes)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.problems)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        path, number, reason = self.problems[index.row()]
        where = ", ".join(filter(None, (Path(path).name, place_of(path, number))))
        if role == Qt.ItemDataRole.UserRole:
            return where, reason, is_note(reason)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{where}: {reason}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{reason}\n{path}"
        return None


class _ProblemDelegate(LineDelegate):
    """Where, strong; what is wrong with it, quiet. A mark in front tells what was read from what was not."""

    height = _ROW

    def paint_words(self, p: QPainter, r: QRectF, s: Scheme, thing: Any) -> None:
        where, reason, is_read = thing
        icon, ink = ("check-circle", "text3") if is_read else ("alert", "bad")
        paint(p, icon, r.x(), r.center().y() - _ICON / 2, _ICON, s.color(ink))
        r = r.adjusted(_ICON + 8, 0, 0, 0)
        half, middle = QRectF(r.x(), r.y(), r.width() / 2, r.height()), Qt.TextElideMode.ElideMiddle
        width = paint_words(p, half, s, "small-strong", "text", where, middle)
        paint_words(p, r.adjusted(width + 14, 0, 0, 0), s, "small", "text2", reason)


class ImportReportCard(Well):
    """The card of the report; `done` closes it. `place_wanted(path, line)` asks for the lines around a problem, which
    come back by `show_place`; `mapping_wanted(path)` for the sheet in which a file nobody knows is explained."""

    done = Signal()
    place_wanted = Signal(str, int)
    mapping_wanted = Signal(str)

    def __init__(self, report: ImportReport, unknown: tuple[str, ...] = ()) -> None:
        super().__init__(radius=14)
        self._unknown = frozenset(unknown)
        self._file = ""
        sentence, _ = report_words(report)
        figures = [f"{len(report.faults):,} unreadable."] if report.faults else []  # the list below has their names
        figures += [f"{len(report.notes):,} note{'s' * (len(report.notes) != 1)}."] if report.notes else []
        self.heading = Text(" ".join([sentence, *figures]), "heading", wrap=True)
        self.model = ProblemList(report)
        self.view = PlainList(self.model, _ProblemDelegate(), "What could not be read, and how the rest was")
        self.place = FilePlaceView()
        self._reason = Text("", "small", "text2", wrap=True)
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
        rest = "Everything else" if report.faults else "All there is"
        read = f"{files}, {sessions} read.{seconds} {rest} of these files is in the library."
        lines = Plane("raised", "", column(self.view))
        box = column(
            self.heading,
            *(1, Text(read, "small", "text2"), 3, Plane("line", height=1), lines, Plane("line", height=1)),
            *(self.place, Plane("line", height=1), 1, self._reason, self._where, 3),
            row(self.open, self.map, copy, None, close, spacing=1.5),
            margins=(7, 6, 7, 5),
        )
        box.setStretchFactor(lines, 1)
        self.setLayout(box)
        self.setFocusProxy(self.view)

    @property
    def size_wanted(self) -> tuple[int, int]:
        """Few problems need less height."""
        is_long = any(not self._has_room(number) for number in range(min(HEIGHT // _ROW, self.model.rowCount())))
        return WIDTH, min(HEIGHT, _REST + _WHOLE * is_long + _ROW * self.model.rowCount())

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
        return self.model.problems[number] if 0 <= number < len(self.model.problems) else ("", 0, "")

    def _has_room(self, number: int) -> bool:
        """Whether the reason stands whole in its line."""
        where, reason, _ = self.model.data(self.model.index(number), Qt.ItemDataRole.UserRole)
        width = min(_ROOM / 2, metrics("small-strong").horizontalAdvance(where)) + 14
        return bool(width + metrics("small").horizontalAdvance(reason) <= _ROOM)

    def _show(self, number: int) -> None:
        path, line, reason = self.model.problems[number]
        self._reason.setText(reason)
        self._reason.setVisible(not self._has_room(number))
        self._where.setText(short_path(path))
        self.map.setVisible(path in self._unknown)
        self.place_wanted.emit(path, line)

    def _open(self) -> None:
        if self._file:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._file))

    def _copy(self) -> None:
        lines = [f"{path}:{number}: {reason}" for path, number, reason in self.model.problems]
        QGuiApplication.clipboard().setText("\n".join(lines))
