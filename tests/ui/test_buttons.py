"""A button can be read whatever the system's own style paints below its words."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QStyleFactory
from pytestqt.qtbot import QtBot

from curator.ui.buttons import Button
from curator.ui.style import CalmFusion
from curator.ui.theme import scheme_of


@pytest.mark.parametrize("style", ["Windows", "Fusion", "calm"])
def test_the_words_of_a_primary_button_stand_on_the_accent(qtbot: QtBot, style: str) -> None:
    button = Button("Train", primary=True)
    qtbot.addWidget(button)
    made = CalmFusion() if style == "calm" else QStyleFactory.create(style)
    button.setStyle(made)
    scheme = scheme_of(button)
    image = button.grab().toImage()
    middle = image.height() // 2
    ratio = image.devicePixelRatio()
    assert image.pixelColor(round(5 * ratio), middle) == QColor(scheme.color("accent"))


def test_a_button_that_is_not_primary_has_the_panel_of_the_system(qtbot: QtBot) -> None:
    button = Button("Close")
    qtbot.addWidget(button)
    style = QStyleFactory.create("Windows")
    button.setStyle(style)
    own = button.grab().toImage()
    button.setStyle(CalmFusion())
    assert own != button.grab().toImage()
