"""The diagnostics, read before they are saved: what is seen here is what goes into the zip."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox

from curator.ui.reporting.reading import ReadingCard
from curator.ui.theme import font

WAY = "For somebody who helps you. Look through it, then save it: nothing is sent anywhere."
TRIES = "Trying a training step…"


class DiagnosticsCard(ReadingCard):
    """The card of the sheet. Says `test_asked()` besides."""

    test_asked = Signal()

    def __init__(self) -> None:
        self.tries = QCheckBox("Try a training step too")
        self.tries.setFont(font("small"))
        super().__init__("Diagnostics", WAY, "File", [self.tries])
        self.files: dict[str, str] = {}
        self.text.setPlainText("Looking at Curator and this computer…")
        self.which.currentTextChanged.connect(lambda _name: self._show())
        self.tries.toggled.connect(lambda on: self._on_tries() if on else None)

    def show_files(self, files: Mapping[str, str]) -> None:
        """What goes into the zip."""
        self.files = dict(files)
        self.name_texts(list(files))
        self._show()

    def show_tested(self, files: Mapping[str, str]) -> None:
        """The same with the training step that was tried, which is shown."""
        self.show_files(files)
        self.which.setCurrentText("findings.txt")
        self.tries.setText("A training step was tried")

    def _on_tries(self) -> None:
        self.tries.setEnabled(False)
        self.tries.setText(TRIES)
        self.test_asked.emit()

    def _show(self) -> None:
        self.text.setPlainText(self.files.get(self.which.currentText(), ""))
