"""A small field for a few lines of text, in a question that is asked in place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from curator.ui.theme import font

LINES = 3
_RETURN = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class NoteField(QPlainTextEdit):
    """As high as a few lines, and scrolled beyond. `taken_over` comes with ⏎, as in a field of one line; with Shift it
    begins a new line. Tab leaves it, Esc is left to the question around it."""

    taken_over = Signal()

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setFont(font("body"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        inset = self.document().documentMargin()
        self.setFixedHeight(round(QFontMetrics(self.font()).lineSpacing() * LINES + 2 * inset) + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_new_line = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() in _RETURN and is_new_line:
            self.insertPlainText("\n")  # Qt would insert a separator that is no line of its own
        elif event.key() in _RETURN:
            self.taken_over.emit()
        else:
            super().keyPressEvent(event)
