"""The crash reports, to be read, copied and saved by the person: nothing here sends them anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QComboBox, QFrame, QPlainTextEdit

from curator.services.crashes import CrashReport, words_for
from curator.ui.controls import Button, Text, Well, column, row
from curator.ui.theme import code_font

SIZE = (760, 580)
NONE = "There is no report. Curator writes one when it ends unexpectedly or meets an error that it did not expect."
WAY = "To send one, copy or save it, read it, and add it to a message. Secrets, names and texts of yours are left out."


class CrashCard(Well):
    """The card of the sheet. Says `text_wanted(path)`, `save_asked(path)`, `remove_asked()`, `done()`."""

    text_wanted = Signal(object)
    save_asked = Signal(object)
    remove_asked = Signal()
    done = Signal()

    def __init__(self) -> None:
        super().__init__(radius=14)
        self._reports: Sequence[CrashReport] = ()
        self.which = QComboBox()
        self.which.setAccessibleName("Report")
        self.text = QPlainTextEdit("Looking for reports…")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(code_font("small"))
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setAccessibleName("Text of the report")
        self.copy = Button("Copy", "copy", small=True)
        self.save = Button("Save…", small=True)
        self.remove = Button("Delete all reports", flat=True, small=True)
        self.close_button = Button("Close", small=True)
        body = Well(column(self.text, margins=(3, 2, 1, 2)), "sunken", "line", 8)
        box = column(
            *(Text("Crash reports", "title"), 2, Text(WAY, "small", "text2", wrap=True), 3, self.which, 2, body, 4),
            row(self.remove, None, self.copy, self.save, self.close_button, spacing=1.5),
            margins=(7, 6, 7, 5),
        )
        box.setStretchFactor(body, 1)
        self.setLayout(box)
        self.setFocusProxy(self.close_button)
        self.which.currentIndexChanged.connect(self._on_chosen)
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text.toPlainText()))
        self.save.clicked.connect(lambda: self.save_asked.emit(self._reports[self.which.currentIndex()].path))
        self.remove.clicked.connect(self.remove_asked)
        self.close_button.clicked.connect(self.done)
        self._enable(False)

    def show_reports(self, reports: Sequence[CrashReport]) -> None:
        """These are there, the newest first; the newest is shown."""
        self._reports = tuple(reports)
        self.which.blockSignals(True)
        self.which.clear()
        for report in reports:
            self.which.addItem(f"{words_for(report.when).capitalize()}: {report.title}")
        self.which.blockSignals(False)
        self._enable(bool(reports))
        if reports:
            self._on_chosen(0)
        else:
            self.text.setPlainText(NONE)

    def show_text(self, path: object, text: str) -> None:
        """The text of a report, unless another one was chosen meanwhile."""
        at = self.which.currentIndex()
        if 0 <= at < len(self._reports) and self._reports[at].path == path:
            self.text.setPlainText(text)

    def _on_chosen(self, index: int) -> None:
        if 0 <= index < len(self._reports):
            self.text_wanted.emit(self._reports[index].path)

    def _enable(self, on: bool) -> None:
        for widget in (self.which, self.copy, self.save, self.remove):
            widget.setEnabled(on)
