"""The bar on top: nothing of it lies outside the window, however large the text is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from curator.ui.actions import Actions
from curator.ui.views.top_bar import TopBar


def test_the_places_give_up_the_middle_before_a_button_leaves_the_window(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    bar = TopBar(Actions(window))
    bar.setParent(window)
    window.show()
    bar.show_progress("runs", -1.0)
    taken = sum(button.width() for button in bar.findChildren(QPushButton))
    for width in (1024, taken + 130):
        bar.resize(width, bar.height())
        for progress in (0.4, -1.0):
            bar.show_progress("runs", progress)
            bar.layout().activate()
            ends = sorted(_ends(bar))
            assert ends[0][0] >= 0 and ends[-1][1] <= width
            assert all(before[1] <= after[0] for before, after in pairwise(ends)), ends
            middle = (ends[3][0] + ends[6][1]) / 2
            assert (abs(middle - width / 2) <= 1) is (width == 1024)


def _ends(bar: TopBar) -> Iterator[tuple[int, int]]:
    """Left and right of every button."""
    for button in bar.findChildren(QPushButton):
        left = button.mapTo(bar, QPoint()).x()
        yield left, left + button.width()
