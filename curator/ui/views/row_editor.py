"""The row editor: prompt and response side by side, budget, checks, tags, and where the row came from."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Signal

from curator.core.budget import Usage
from curator.core.query import ExchangeView
from curator.ui.controls import Plane


class RowEditor(Plane):
    """Everything a person decides about one row. It saves nothing: it says what the person wants, by its signals."""

    text_changed = Signal(str, str)
    saved = Signal(str, str, bool)
    state_requested = Signal(object)
    check_toggled = Signal(object, bool)
    tag_added = Signal(str)
    tag_removed = Signal(str)
    reverted = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__("window", "t")
        self.view: ExchangeView | None = None

    def show_exchange(self, view: ExchangeView | None) -> None:
        """Show a row; the same one again keeps what is typed and where the cursor stands."""
        self.view = view

    def set_usage(self, usage: Usage | None, limit: int, tokenizer: str) -> None:
        """Say how much of the budget the present text takes; None while it is being counted."""

    def set_known_tags(self, names: Iterable[str]) -> None:
        """The tags offered while one is typed."""

    def focus_prompt(self) -> None:
        """Start editing, with the cursor in the prompt."""

    def is_editing(self) -> bool:
        """Whether the keyboard is in one of the fields, so that letters are text and not commands."""
        return False
