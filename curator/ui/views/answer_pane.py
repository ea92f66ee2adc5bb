"""One answer: who speaks, what was said, how long it took; or that it is still being thought of."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer
from PySide6.QtGui import QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QApplication, QFrame, QSizePolicy, QTextBrowser

from curator.ui.controls import Button, Dot, ElidedText, Plane, Text, column, row
from curator.ui.theme import font, prose_width

_UNASKED = "Nothing asked yet."


class AnswerPane(Plane):
    """A column of the side by side view. The text is shown as it is: no markup, nothing is loaded."""

    def __init__(self, name: str, dot: str, edges: str = "") -> None:
        super().__init__("base", edges)
        self._clock = QElapsedTimer()
        self.title = Text(name, "heading")
        self.detail = ElidedText("", "small", "text3")
        self.figures = ElidedText("", "small", "text3")
        self.copy_button = Button(icon="copy", flat=True, small=True)
        self.copy_button.setAccessibleName(f"Copy the answer of {name}")
        stays = self.copy_button.sizePolicy()
        stays.setRetainSizeWhenHidden(True)  # else what was said moves down as it ends, and the panes part
        self.copy_button.setSizePolicy(stays)
        self.text = QTextBrowser()
        self.copy_button.clicked.connect(lambda: QApplication.clipboard().setText(self.text.toPlainText()))
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setOpenLinks(False)
        self.text.setFont(font("reading"))
        self.text.setAccessibleName(f"Answer of {name}")
        self.text.document().setDocumentMargin(0)
        self.text.setPlaceholderText(_UNASKED)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # takes what is left
        self.text.setMinimumHeight(36)  # a line at least: a low window scrolls the place
        self.text.setMaximumWidth(prose_width() + 40)
        head = row(Dot(dot, 8), self.title, None, self.copy_button)
        foot = row(self.figures)
        box = column(head, 0.5, self.detail, 3, self.text, 2, foot, margins=(6, 4, 6, 3))
        box.setStretchFactor(self.text, 1)
        self.setLayout(box)
        self.copy_button.hide()

    def show_model(self, detail: str) -> None:
        """Which model speaks here."""
        self.detail.setText(detail)

    def clear_answer(self) -> None:
        """Another run, another question: nothing said yet."""
        self.text.clear()
        self.text.setPlaceholderText(_UNASKED)
        self.figures.setText("")
        self.copy_button.hide()

    def wait(self, words: str) -> None:
        """Say that the answer is coming."""
        self.clear_answer()
        self.text.setPlaceholderText("")
        self._clock.start()
        self.figures.setText(words)

    def add_text(self, piece: str) -> None:
        """A further piece of the answer, as it comes."""
        cursor = self.text.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText(piece)
        self._space_lines()
        self.figures.setText("Answering…")

    def _space_lines(self) -> None:
        cursor = QTextCursor(self.text.document())
        cursor.select(QTextCursor.SelectionType.Document)
        leading = QTextBlockFormat()
        leading.setLineHeight(150, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.mergeBlockFormat(leading)

    def show_answer(self, answer: str) -> None:
        """The whole answer."""
        self.text.setPlainText(answer or "It said nothing.")
        self._space_lines()
        self.figures.setText(f"{self._clock.elapsed() / 1000:.1f} s, with loading the model")
        self.copy_button.setVisible(bool(answer))

    def show_stopped(self) -> None:
        """The person wanted no more of it; what came until then stays."""
        if not self.text.toPlainText():
            self.clear_answer()
        self.figures.setText("Stopped.")
        self.copy_button.setVisible(bool(self.text.toPlainText()))

    def show_failure(self, message: str, hint: str) -> None:
        """Why there is no answer."""
        self.text.setPlainText(f"{message}\n{hint}".strip())
        self.figures.setText("no answer")
