"""The reader: an exchange as it happened, set like a script: who speaks at the left, the words at a readable width."""

from __future__ import annotations

from PySide6.QtCore import Signal

from curator.core.query import ExchangeView
from curator.ui.controls import Plane


class Reader(Plane):
    """Shows one exchange and changes nothing."""

    previous_requested = Signal()
    next_requested = Signal()

    def __init__(self) -> None:
        super().__init__("base")
        self.view: ExchangeView | None = None

    def show_exchange(self, view: ExchangeView | None) -> None:
        """Show an exchange from its beginning; the same one again keeps the place. None shows the empty place."""
        self.view = view

    def set_search(self, text: str) -> None:
        """Mark the words that were searched for; an empty text marks nothing."""
