"""What a screen reader turns is heard, and what the program sets is not."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAccessible, QAccessibleActionInterface
from PySide6.QtWidgets import QAbstractButton, QWidget

from curator.ui.choosing import Check, Segments
from curator.ui.views.choices import PresetCard
from curator.ui.views.place_line import PlaceLine
from curator.ui.views.top_bar import PlaceButton


def toggle(button: QAbstractButton) -> None:
    """Do what VoiceOver's press and AT-SPI's first action do."""
    face = QAccessible.queryAccessibleInterface(button)
    assert face is not None
    face.actionInterface().doAction(QAccessibleActionInterface.toggleAction())


def test_a_segment_that_a_screen_reader_chooses_is_said(qtbot) -> None:
    segments = Segments(["Passes", "Iterations"])
    qtbot.addWidget(segments)
    said: list[int] = []
    segments.chosen.connect(said.append)
    segments.set_current(1)
    segments.set_current(0)
    toggle(segments._buttons[1])
    qtbot.waitUntil(lambda: said == [1])
    segments._buttons[0].click()
    qtbot.waitUntil(lambda: said == [1, 0])


@pytest.mark.parametrize(
    "make", [lambda: Check("1", "Clear in"), lambda: PresetCard("Quick look", ""), lambda: PlaceButton("runs", "Runs")]
)
def test_a_toggle_is_one_click_and_a_click_stays_one(qtbot, make) -> None:
    button = make()
    qtbot.addWidget(button)
    said: list[bool] = []
    button.clicked.connect(lambda on: said.append(on))
    button.setAutoExclusive(False)  # alone it could not be taken back
    button.setChecked(True)
    button.setChecked(False)
    toggle(button)
    qtbot.waitUntil(lambda: said == [True])
    button.click()
    qtbot.waitUntil(lambda: len(said) == 2)


def test_the_tick_of_a_folder_is_heard(qtbot) -> None:
    line = PlaceLine("Codex", "/home/x/.codex")
    qtbot.addWidget(line)
    with qtbot.waitSignal(line.ticked, timeout=2000) as told:
        toggle(line.tick)
    assert told.args == [True]


def test_one_of_several_that_is_chosen_tells_nothing_of_the_others(qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    cards = [PresetCard(name, "") for name in ("a", "b")]
    said: list[str] = []
    for card in cards:
        card.setParent(parent)
        card.clicked.connect(lambda _on, name=card.name: said.append(name))
    cards[0].setChecked(True)
    toggle(cards[1])
    qtbot.waitUntil(lambda: said == ["b"])
    assert not cards[0].isChecked()
