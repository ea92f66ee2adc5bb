"""A bar above the place: an error with what to do, a question, or what an import did. Never a window of its own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from curator.ui.controls import Button, Glyph, Plane, Text, Well, clear, column, row
from curator.ui.theme import space

Choice = tuple[str, Callable[[], object]]


class NoticeBar(Plane):
    """One sentence, its hint, and what can be done about it; the newest one counts."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__("window", "b")
        self._glyph = Glyph("alert", 18, "bad")
        self._sentence = Text("", "strong")
        self._sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._more = Text("", "strong", "bad")
        self._hint = Text("", "small", "text2", wrap=True)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(space(1))
        self._close = Button(icon="x", flat=True, small=True)
        self._close.setAccessibleName("Close the notice")
        self._close.setToolTip("Close")
        self._close.clicked.connect(self.dismiss)
        words = row(self._sentence, self._more, spacing=1)
        words.setStretch(0, 1)
        middle = column(None, words, self._hint, None, spacing=0.5)
        box = row(self._glyph, middle, self._buttons, self._close, spacing=2.5, margins=(4, 2, 2, 2))
        box.setStretch(1, 1)
        self._well = Well(box, "sunken", "line", 8, "bad")
        self.setLayout(column(self._well, margins=(3, 2, 3, 2)))
        self.hide()

    def error(self, sentence: str, hint: str, details: str) -> None:
        """What went wrong, what to do, and the whole of it under “Copy details”."""
        copy = ("Copy details", lambda: QGuiApplication.clipboard().setText(details))
        self._show("alert", "bad", sentence, "", hint, [copy])

    def ask(self, sentence: str, hint: str, choices: list[Choice]) -> None:
        """A question before an act; every answer closes it."""
        self._show("alert", "warn", sentence, "", hint, choices)

    def inform(self, words: str) -> None:
        """What should be known, though nothing is to be done: the first sentence is said loud."""
        first, dot, rest = words.partition(". ")
        self._show("alert", "warn", first + dot.strip(), "", rest, [])

    def report(self, sentence: str, problems: str, choices: list[Choice]) -> None:
        """What was done; `problems` in red beside it."""
        self._show("tray", "text2", sentence, problems, "", choices)

    def dismiss(self) -> None:
        """Take it away."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    @property
    def words(self) -> str:
        """What it says."""
        return " ".join(x for x in (self._sentence.text(), self._more.text(), self._hint.text()) if x)

    def buttons(self) -> list[Button]:
        """What can be pressed."""
        found = (self._buttons.itemAt(i) for i in range(self._buttons.count()))
        return [b for item in found if item is not None and isinstance(b := item.widget(), Button)]

    def _show(self, icon: str, ink: str, sentence: str, more: str, hint: str, choices: list[Choice]) -> None:
        self._glyph.name, self._glyph.ink = icon, ink
        self._glyph.update()
        self._well.mark = ink if ink in ("bad", "warn") else ""
        self._sentence.setText(sentence)
        self._sentence.setToolTip(sentence)
        self._more.setText(more)
        self._more.setVisible(bool(more))
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        clear(self._buttons)
        for words, call in choices:
            button = Button(words, small=True)
            button.clicked.connect(lambda _on=False, c=call: self._press(c))
            self._buttons.addWidget(button)
        self.setAccessibleName(self.words)
        self.show()

    def _press(self, call: Callable[[], object]) -> None:
        self.dismiss()
        call()
