"""One side of the row editor: its name, and the field, the changes or the original in the same place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from curator.core.signal import SignalHit
from curator.ui.controls import Text
from curator.ui.theme import space
from curator.ui.views.changes_view import ChangesView, ReadField
from curator.ui.views.row_field import RowField

EDIT, CHANGES, ORIGINAL = 0, 1, 2


class RowSide(QWidget):
    """Prompt or response of a row, to be edited, compared and read as it was recorded."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.part = name.lower()
        self.field = RowField(name)
        self.changes = ChangesView(f"{name}, changes")
        self.original_view = ReadField(f"{name}, original")
        self.original = ""
        self.saved = ""
        self._stack = QStackedWidget()
        for view in (self.field, self.changes, self.original_view):
            self._stack.addWidget(view)
        label = Text(name, "caption", "text3")
        label.setBuddy(self.field)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(space(1.5))
        box.addWidget(label)
        box.addWidget(self._stack, 1)

    def show_text(self, original: str, saved: str, draft: str | None, hits: Sequence[SignalHit]) -> None:
        """Show another row's side: the draft where there is one, else what is saved."""
        self.original, self.saved = original, saved
        self.field.set_hits(hits, self.part)
        self.field.set_text(saved if draft is None else draft, original)
        self._renew()

    def refresh(self, original: str, saved: str, hits: Sequence[SignalHit]) -> None:
        """The same row again after something was written: what was typed and not saved stays as it is."""
        before, text = self.saved, self.field.text()
        self.original, self.saved = original, saved
        if text == saved:
            self.field.accept()
            self.field.set_original(original)
        elif text == before:  # nothing was typed here: the saved text itself changed, by undo or revert
            self.field.set_text(saved, original)
        else:
            self.field.set_original(original)
        self.field.set_hits(hits, self.part)
        self._renew()

    def revert(self) -> None:
        """Back to the original, at once."""
        self.field.set_text(self.original, self.original)
        self._renew()

    def set_mode(self, mode: int) -> None:
        """Show the field, the changes or the original."""
        self._stack.setCurrentIndex(mode)
        self._renew()

    def _renew(self) -> None:
        if self._stack.currentIndex() == CHANGES:
            self.changes.show_changes(self.original, self.field.text())
        elif self._stack.currentIndex() == ORIGINAL:
            self.original_view.set_text(self.original)
