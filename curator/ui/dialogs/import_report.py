"""What an import could not read: file, line and reason; a line leads to its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QPersistentModelIndex, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView

from curator.core.query import ImportReport
from curator.ui.controls import Button, Plane, Text, Well, column, row, tint
from curator.ui.import_desk import report_words

WIDTH, HEIGHT = 680, 460
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
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            where = f", line {number:,}" if number else ""
            return f"{Path(path).name}{where}: {reason}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return path
        return None


class _Lines(QListView):
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            tint(self, QPalette.ColorRole.Base, "raised")


class ImportReportCard(Well):
    """The card of the report; `done` closes it."""

    done = Signal()

    def __init__(self, report: ImportReport) -> None:
        super().__init__(radius=14)
        self._report = report
        sentence, problems = report_words(report)
        self.model = ProblemList(report)
        self.view = _Lines()
        self.view.setModel(self.model)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName("What could not be read")
        tint(self.view, QPalette.ColorRole.Base, "raised")
        self.view.activated.connect(lambda index: self._open(index.row()))
        self.view.setCurrentIndex(self.model.index(0))
        self.open = Button("Open the file", "file", small=True)
        self.open.clicked.connect(lambda: self._open(self.view.currentIndex().row()))
        copy = Button("Copy all", "copy", flat=True, small=True)
        copy.clicked.connect(self._copy)
        close = Button("Close", small=True)
        close.clicked.connect(self.done)
        seconds = f" It took {report.seconds:,.1f} s." if report.seconds >= 0.1 else ""
        read = f"{report.files:,} file{'s' * (report.files != 1)}, {report.sessions:,} sessions read.{seconds}"
        self.setLayout(
            column(
                row(Text(f"{sentence} {problems}".strip(), "heading"), None),
                1,
                Text(f"{read} Everything else of these files is in the library.", "small", "text2"),
                3,
                Plane("line", height=1),
                self.view,
                Plane("line", height=1),
                3,
                row(self.open, copy, None, close, spacing=1.5),
                margins=(7, 6, 7, 5),
            )
        )
        self.setFocusProxy(self.view)

    def _open(self, number: int) -> None:
        if 0 <= number < len(self._report.problems):
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._report.problems[number][0]))

    def _copy(self) -> None:
        lines = [f"{path}:{number}: {reason}" for path, number, reason in self._report.problems]
        QGuiApplication.clipboard().setText("\n".join(lines))
