"""A sentence in its place: what went wrong or what to do first, with the next step beside it."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from curator.core.errors import CuratorError
from curator.ui.controls import Button, Glyph, Text, Well, column, row


class Notice(QWidget):
    """Hidden until there is something to say; the cross takes it away."""

    def __init__(self) -> None:
        super().__init__()
        self._first = Text("", "strong", wrap=True)
        self._rest = Text("", "small", "text2", wrap=True)
        close = Button(icon="x", flat=True, small=True)
        close.setAccessibleName("Close the notice")
        close.clicked.connect(self.hide)
        words = column(self._first, self._rest, spacing=0.5)
        box = row(Glyph("alert", 20, "bad"), words, close, spacing=3, margins=(4, 3, 3, 3))
        box.setStretch(1, 1)
        self.setLayout(column(Well(box, "sunken", "line", 8, "bad"), margins=(7, 4, 7, 0)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.hide()

    def tell(self, first: str, rest: str = "") -> None:
        """Say it."""
        self._first.setText(first)
        self._rest.setText(rest)
        self._rest.setVisible(bool(rest))
        self.setAccessibleName(f"{first} {rest}".strip())
        self.show()

    def tell_error(self, error: Exception) -> None:
        """Say what happened and what to do; an error nobody foresaw is named by its kind."""
        if isinstance(error, CuratorError):
            self.tell(error.message, error.hint)
        else:
            self.tell(f"That did not work: {error or type(error).__name__}.", "The log of the app says more.")


class EmptyState(Well):
    """What a place says while nothing is in it, with the first step."""

    def __init__(self, title: str, words: str, button: Button | None = None) -> None:
        super().__init__(None, "base", "line", 10)
        self.title, self.words = Text(title, "heading", wrap=True), Text(words, "body", "text2", wrap=True)
        self.button = button
        box = column(self.title, 1, self.words, margins=(5, 4, 5, 4))
        if button is not None:
            box.addSpacing(12)
            box.addLayout(row(button, None))
        self.setLayout(box)
        self.setMaximumWidth(560)

    def tell(self, title: str, words: str) -> None:
        """Say something else."""
        self.title.setText(title)
        self.words.setText(words)
        self.setAccessibleName(f"{title} {words}")
