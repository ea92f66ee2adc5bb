"""What an import could not read, read in another way or left out: file, line, reason; each leads to its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QPainter

from curator.core.dropped import Dropped
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
from curator.ui.views.step_words import left_out_words

WIDTH, HEIGHT = 720, 560
_ICON = 14
_ROOM = 578  # points of a line of the list, for where and why
_ROW, _REST = 28, 346  # the height of a line, and of all that is no line
_WHOLE = 40  # of the reason that its line has no room for


Problem = tuple[str, int, str]
"""File, line (0: the file as a whole) and reason."""
_FAULT, _NOTE = ("alert", "bad"), ("check-circle", "text3")


class ProblemList(QAbstractListModel):
    """The problems, one a line: what could not be read, then the notes on what was."""

    def __init__(self, problems: tuple[Problem, ...], mark: tuple[str, str] = _FAULT) -> None:
        super().__init__()
        self.problems, self._mark = problems, mark
        self._is_one_file = mark != _FAULT  # its name need not stand in each line

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.problems)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        path, number, reason = self.problems[index.row()]
        where = ", ".join(filter(None, (Path(path).name, place_of(path, number))))
        if role == Qt.ItemDataRole.UserRole:
            where = (place_of(path, number) if self._is_one_file else "").capitalize() or where
            return where, reason, _NOTE if is_note(reason) else self._mark
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{where}: {reason}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{reason}\n{path}"
        return None


class _ProblemDelegate(LineDelegate):
    """Where, strong; what is wrong with it, quiet. A mark in front tells what was read from what was not."""

    height = _ROW

    def paint_words(self, p: QPainter, r: QRectF, s: Scheme, thing: Any) -> None:
        where, reason, (icon, ink) = thing
        paint(p, icon, r.x(), r.center().y() - _ICON / 2, _ICON, s.color(ink))
        r = r.adjusted(_ICON + 8, 0, 0, 0)
        half, middle = QRectF(r.x(), r.y(), r.width() / 2, r.height()), Qt.TextElideMode.ElideMiddle
        width = paint_words(p, half, s, "small-strong", "text", where, middle)
        paint_words(p, r.adjusted(width + 14, 0, 0, 0), s, "small", "text2", reason)


class ProblemCard(Well):
    """Problems, one a line, and the place of the one that is current; `done` closes it. `place_wanted(path, line)` asks
    for the lines around a problem, which come back by `show_place`; `mapping_wanted(path)` for the sheet in which a
    file nobody knows is explained."""

    done = Signal()
    place_wanted = Signal(str, int)
    mapping_wanted = Signal(str)

    def __init__(self, heading: str, read: str, model: ProblemList, name: str, unknown: tuple[str, ...] = ()) -> None:
        super().__init__(radius=14)
        self._unknown = frozenset(unknown)
        self._file = ""
        self.heading = Text(heading, "heading", wrap=True)
        self.model = model
        self.view = PlainList(self.model, _ProblemDelegate(), name)
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


class ImportReportCard(ProblemCard):
    """The card of the report."""

    def __init__(self, report: ImportReport, unknown: tuple[str, ...] = ()) -> None:
        sentence, _ = report_words(report)
        figures = [f"{len(report.faults):,} unreadable."] if report.faults else []  # the list below has their names
        figures += [f"{len(report.notes):,} note{'s' * (len(report.notes) != 1)}."] if report.notes else []
        files = f"{report.files:,} file{'s' * (report.files != 1)}"
        sessions = f"{report.sessions:,} session{'s' * (report.sessions != 1)}"
        seconds = f" It took {report.seconds:,.1f} s." if report.seconds >= 0.1 else ""
        rest = "Everything else" if report.faults else "All there is"
        read = f"{files}, {sessions} read.{seconds} {rest} of these files is in the library."
        problems = ProblemList((*report.faults, *report.notes))
        name = "What could not be read, and how the rest was"
        super().__init__(" ".join([sentence, *figures]), read, problems, name, unknown)


class LeftOutCard(ProblemCard):
    """The records of an exchange that are no part of its row, each with its place in the file."""

    def __init__(self, path: str, records: tuple[Dropped, ...]) -> None:
        self.records = records
        count = sum(record.count for record in records)
        reasons = [f"{one.words} ({one.count:,} times)" if one.count > 1 else one.words for one in records]
        problems = tuple((path, one.line, reason) for one, reason in zip(records, reasons, strict=True))
        super().__init__(
            left_out_words(count),
            "They stand in the file and are no part of the row." if count > 1 else _ONE,
            ProblemList(problems, ("cut", "text3")),
            "What was left out, with its place in the file",
        )

    def says(self) -> str:
        """How the record that is current begins."""
        return self.records[self.view.currentIndex().row()].text


_ONE = "It stands in the file and is no part of the row."
