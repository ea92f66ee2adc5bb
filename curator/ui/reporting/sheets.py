"""Opens a card over the window, and leaves out answers that come after it was closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

from curator.ui.views.sheet import Sheet

if TYPE_CHECKING:
    from curator.ui.main_window import MainWindow

Answer = Callable[[Any], object]


def open_sheet(window: MainWindow, card: QWidget, size: tuple[int, int]) -> Callable[[Answer], Callable[[Any], None]]:
    """Lay the card over the window; its signal `done` closes it. Returns what makes an answer one that counts only
    while the card is there: what is read for it comes later, and its widgets may be gone by then."""
    sheet = Sheet(window, card, size)
    is_open = [True]

    def closed() -> None:
        is_open[0] = False
        window.actions_.pause(False)

    def still(answer: Answer) -> Callable[[Any], None]:
        def heard(value: Any) -> None:
            if is_open[0]:
                answer(value)

        return heard

    sheet.closed.connect(closed)
    done: SignalInstance = card.done  # type: ignore[attr-defined]  # every card has one
    done.connect(sheet.dismiss)
    window.actions_.pause(True)
    sheet.open()
    return still
