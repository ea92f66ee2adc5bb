"""The worker's log on a sheet over the window: read only, its end in view, Esc closes."""

from __future__ import annotations

import os
import re
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QPlainTextEdit, QWidget

from curator.ui.controls import Button, ElidedText, Text, Well, column, row
from curator.ui.theme import code_font, scheme_of

SHOWN_BYTES = 400_000
"""The end of the log that is shown; the whole file opens from the sheet."""
_FOR_A_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # bold and colours, which mlx-lm prints into a file too


def read_log(path: Path, limit: int = SHOWN_BYTES) -> str:
    """The last part of a log as text; a missing file is told. Reads the disk: not for the window's thread."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - limit))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return "The worker has not written anything yet."
    except OSError as error:
        return f"The log cannot be read: {error.strerror}."
    if size > limit:
        text = "…\n" + text.partition("\n")[2]
    return _FOR_A_TERMINAL.sub("", text) or "The worker has not written anything yet."


class LogSheet(QWidget):
    """A dimmed window with the log in the middle; follows the window's size."""

    def __init__(self, window: QWidget, title: str, path: Path) -> None:
        super().__init__(window)
        self._window, self._back = window, window.focusWidget()
        self.text = QPlainTextEdit("Reading the log…")
        self.text.setReadOnly(True)
        self.text.setFont(code_font("small"))
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.text.setAccessibleName("Log")
        self.close_button = Button(icon="x", flat=True)
        self.close_button.setAccessibleName("Close the log")
        self.copy_button = Button("Copy", "copy", small=True)
        folder = Button("Open the folder", "folder", flat=True, small=True)
        self.close_button.clicked.connect(self.close_sheet)
        self.copy_button.clicked.connect(lambda: QApplication.clipboard().setText(self.text.toPlainText()))
        folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))))
        where = ElidedText(str(path), "small", "text3", Qt.TextElideMode.ElideMiddle)
        head = row(Text(title, "heading"), None, self.close_button)
        foot = row(where, folder, self.copy_button)
        foot.setStretch(0, 1)
        box = column(head, 2, self.text, 3, foot, margins=(6, 4, 4, 4))
        self.card = Well(box, "base", "line", 14)
        self.card.setParent(self)
        window.installEventFilter(self)
        self._fit()
        self.show()
        self.raise_()
        self.text.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_text(self, text: str) -> None:
        """Show the log, its end in view: what went wrong stands there."""
        self.text.setPlainText(text)
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.maximum())

    def close_sheet(self) -> None:
        """Take it away; the focus goes back to where it was."""
        self.hide()
        if self._back is not None and self._back.isVisible():
            self._back.setFocus(Qt.FocusReason.OtherFocusReason)
        self.deleteLater()

    def _fit(self) -> None:
        self.setGeometry(self._window.rect())
        width, height = min(920, self.width() - 64), min(620, self.height() - 64)
        self.card.setGeometry((self.width() - width) // 2, (self.height() - height) // 2, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.card.geometry().contains(event.position().toPoint()):
            self.close_sheet()

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = QPainter(self), scheme_of(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.fillRect(self.rect(), s.color("shade", 0.5 if s.is_dark else 0.22))
        p.setPen(Qt.PenStyle.NoPen)
        r = QRectF(self.card.geometry())
        p.setBrush(s.color("shade", 0.012))
        for i in range(14):
            p.drawRoundedRect(r.adjusted(-i * 2, -i * 2 + 10, i * 2, i * 2 + 10), 14 + i * 2, 14 + i * 2)
