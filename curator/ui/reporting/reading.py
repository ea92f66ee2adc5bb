"""A card with texts to be read before they are given away: which one, the text, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QComboBox, QFrame, QPlainTextEdit

from curator.ui.controls import Button, Item, Text, Well, column, row
from curator.ui.theme import code_font

SIZE = (760, 600)


class ReadingCard(Well):
    """Title, a sentence, a choice of texts, the text. Says `save_asked()` and `done()`; `others` are further controls
    at the left of the buttons."""

    save_asked = Signal()
    done = Signal()

    def __init__(self, title: str, words: str, what: str, others: Sequence[Item] = ()) -> None:
        super().__init__(radius=14)
        self.which = QComboBox()
        self.which.setAccessibleName(what)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(code_font("small"))
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setAccessibleName("Text")
        self.copy = Button("Copy", "copy", small=True)
        self.save = Button("Save…", small=True)
        self.close_button = Button("Close", small=True)
        body = Well(column(self.text, margins=(2, 2, 1, 2)), "base", "line", 8)
        box = column(
            *(Text(title, "title"), 1, Text(words, "small", "text2"), 3, self.which, 2, body, 4),
            row(*others, None, self.copy, self.save, self.close_button, spacing=1.5),
            margins=(7, 6, 7, 5),
        )
        box.setStretchFactor(body, 1)
        self.setLayout(box)
        self.setFocusProxy(self.close_button)
        self.copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text.toPlainText()))
        self.save.clicked.connect(self.save_asked)
        self.close_button.clicked.connect(self.done)
        self.which.hide()
        self.enable(False)

    def name_texts(self, names: Sequence[str]) -> None:
        """The texts that can be chosen; the one that was chosen stays so, if it is still there."""
        before = self.which.currentText()
        self.which.blockSignals(True)
        self.which.clear()
        self.which.addItems(list(names))
        self.which.setCurrentIndex(max(0, self.which.findText(before)) if names else -1)
        self.which.blockSignals(False)
        self.which.setVisible(bool(names))
        self.enable(bool(names))

    def enable(self, on: bool) -> None:
        """Whether there is anything to copy and to save."""
        for widget in (self.which, self.copy, self.save):
            widget.setEnabled(on)
