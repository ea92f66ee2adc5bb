"""A question asked in place: a sentence, a field where words are wanted, a button for yes and one for no."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from curator.ui.controls import Button, Text, Well, clear, column, row
from curator.ui.theme import font, tall
from curator.ui.views.note_field import NoteField

HEIGHT = 48


class Question(QWidget):
    """Nothing modal: it stands where its answer will show, Esc takes it away, and the rest stays usable."""

    def __init__(self) -> None:
        super().__init__()
        self._row: QHBoxLayout = row(margins=(4, 2, 2, 2))
        self._well = Well(self._row, "sunken", "line", 8)
        self.setLayout(column(self._well, 3))
        self._back: QWidget | None = None
        self.field: QLineEdit | NoteField | None = None
        self.hide()

    def ask(self, words: str, yes: str, no: str, do: Callable[[], object], *, grave: bool = False) -> None:
        """Ask whether to do something; with `grave` the button wears red and the way back has the focus."""
        self._open(words)
        self._row.addStretch(1)
        back, sure = Button(no, small=True), Button(yes, small=True, ink="bad" if grave else "")
        back.clicked.connect(self.close_question)
        sure.clicked.connect(lambda: self._answer(do))
        self._row.addWidget(sure)
        self._row.addWidget(back)
        (back if grave else sure).setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_words(self, words: str, present: str, yes: str, do: Callable[[str], object], hint: str = "") -> None:
        """Ask for a line of text; ⏎ takes it over."""
        self._open(words)
        field = QLineEdit(present)
        field.setFont(font("body"))
        field.setFixedHeight(tall(28, "body"))
        sure = self._offer(field, words, yes, hint, lambda: do(field.text().strip()))
        field.returnPressed.connect(sure.click)
        field.selectAll()

    def ask_lines(self, words: str, present: str, yes: str, do: Callable[[str], object], hint: str = "") -> None:
        """Ask for a few lines of text; ⏎ takes them over, with Shift it begins a new one."""
        self._open(words)
        field = NoteField(present)
        sure = self._offer(field, words, yes, hint, lambda: do(field.toPlainText().strip()))
        field.taken_over.connect(sure.click)
        field.moveCursor(QTextCursor.MoveOperation.End)  # a key must not take the place of all that was written
        self._well.setFixedHeight(max(HEIGHT, field.height() + 20))

    def _offer(
        self, field: QLineEdit | NoteField, words: str, yes: str, hint: str, take: Callable[[], object]
    ) -> Button:
        """Show a field with what takes its words over, which is returned, and what leaves all as it is."""
        self.field = field
        field.setPlaceholderText(hint)
        field.setAccessibleName(words)
        sure, back = Button(yes, small=True), Button("Leave it", flat=True, small=True)
        sure.clicked.connect(lambda: self._answer(take))
        back.clicked.connect(self.close_question)
        for one in (field, sure, back):
            self._row.addWidget(one)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        return sure

    def close_question(self) -> None:
        """Take it away; the focus goes back to where it was."""
        if not self.isHidden():
            self.hide()
            if self._back is not None and self._back.isVisible():
                self._back.setFocus(Qt.FocusReason.OtherFocusReason)
        self._back = self.field = None

    def _open(self, words: str) -> None:
        window = self.window()
        back = window.focusWidget() if window is not None else None
        if back is not None and not self.isAncestorOf(back):
            self._back = back
        clear(self._row)
        self._well.setFixedHeight(max(HEIGHT, tall(24, "small-strong") + 16))
        self.field = None
        self._row.addWidget(Text(words, "strong"))
        self.setAccessibleName(words)
        self.show()

    def _answer(self, do: Callable[[], object]) -> None:
        self.close_question()
        do()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_question()
        else:
            super().keyPressEvent(event)
