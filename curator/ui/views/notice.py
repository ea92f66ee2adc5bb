"""A sentence in its place: what went wrong or what to do first, with the next step beside it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QSizePolicy, QWidget

from curator.core.errors import CuratorError
from curator.ui.controls import Button, Glyph, Text, Well, column, row


class Notice(QWidget):
    """Hidden until there is something to say; the cross takes it away. `step` is the button beside the words."""

    def __init__(self) -> None:
        super().__init__()
        self._first = Text("", "strong", wrap=True)
        self._rest = Text("", "small", "text2", wrap=True)
        close = Button(icon="x", flat=True, small=True)
        close.setAccessibleName("Close the notice")
        close.clicked.connect(self.hide)
        self.step = Button("Undo", small=True)
        self.step.clicked.connect(self._on_step)
        self.step.hide()
        self._do: Callable[[], object] | None = None
        words = column(self._first, self._rest, spacing=0.5)
        self._glyph = Glyph("alert", 20, "bad")
        box = row(self._glyph, words, self.step, close, spacing=3, margins=(4, 3, 3, 3))
        box.setStretch(1, 1)
        self._well = Well(box, "sunken", "line", 8, "bad")
        self.setLayout(column(self._well, margins=(7, 4, 7, 0)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.hide()

    def tell(self, first: str, rest: str = "") -> None:
        """Say what went wrong, or what to do first."""
        self._show("alert", "bad", first, rest)

    def tell_done(self, words: str, step: str = "", do: Callable[[], object] | None = None) -> None:
        """Say what was done; `step`, where given, is a button that takes it back or goes on from it."""
        self._show("check", "good", words, "", step, do)

    def tell_known(self, first: str, rest: str = "") -> None:
        """Say what is so, where nothing went wrong and nothing was done."""
        self._show("help", "text2", first, rest)

    def _on_step(self) -> None:
        self.hide()
        if self._do is not None:
            self._do()

    def _show(
        self, icon: str, ink: str, first: str, rest: str, step: str = "", do: Callable[[], object] | None = None
    ) -> None:
        self._glyph.name, self._glyph.ink = icon, ink
        self._glyph.update()
        self._well.mark = ink if ink == "bad" else ""
        self._well.update()
        self._do = do
        self.step.setVisible(bool(step))
        if step:
            self.step.set_text(step)
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
        self.button, self._step = button, QWidget()
        box = column(self.title, 1, self.words, margins=(5, 4, 5, 4))
        if button is not None:
            self._step.setLayout(row(button, None, margins=(0, 3, 0, 0)))
            box.addWidget(self._step)
        self.setLayout(box)
        self.setMaximumWidth(560)

    def show_step(self, shows: bool) -> None:
        """Whether the first step is offered; without it nothing is left of its room."""
        self._step.setVisible(shows)

    def tell(self, title: str, words: str) -> None:
        """Say something else."""
        self.title.setText(title)
        self.words.setText(words)
        self.setAccessibleName(f"{title} {words}")
