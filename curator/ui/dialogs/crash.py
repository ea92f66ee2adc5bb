"""The crash reports, to be read, copied and saved by the person: nothing here sends them anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal

from curator.services.crashes import CrashReport, words_for
from curator.ui.controls import Button
from curator.ui.reporting.reading import ReadingCard

NONE = "There is no report. Curator writes one when it ends unexpectedly\nor meets an error that it did not expect."
WAY = "Nothing sends a report but you: copy or save it, read it, and add it to a message."


class CrashCard(ReadingCard):
    """The card of the sheet. Says `text_wanted(path)` and `remove_asked()` besides."""

    text_wanted = Signal(object)
    remove_asked = Signal()

    def __init__(self) -> None:
        self.remove = Button("Delete all reports", flat=True, small=True)
        super().__init__("Crash reports", WAY, "Report", [self.remove])
        self._reports: Sequence[CrashReport] = ()
        self.text.setPlainText("Looking for reports…")
        self.which.currentIndexChanged.connect(lambda _i: self._want())
        self.remove.clicked.connect(self.remove_asked)

    @property
    def chosen(self) -> Path | None:
        """The report that is shown."""
        at = self.which.currentIndex()
        return self._reports[at].path if 0 <= at < len(self._reports) else None

    def show_reports(self, reports: Sequence[CrashReport]) -> None:
        """These are there, the newest first."""
        self._reports = tuple(reports)
        self.name_texts([f"{words_for(report.when).capitalize()}: {report.title}" for report in reports])
        self.remove.setEnabled(bool(reports))
        self.text.setPlainText("" if reports else NONE)
        self._want()

    def show_text(self, path: Path, text: str) -> None:
        """The text of a report, unless another one was chosen meanwhile."""
        if path == self.chosen:
            self.text.setPlainText(text)

    def _want(self) -> None:
        if self.chosen is not None:
            self.text_wanted.emit(self.chosen)
