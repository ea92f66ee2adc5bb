"""The sheet of places to train: what was typed, what is known, what was found there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from ui_places import Stage, open_stage

from curator.core.machine import Finding, RuntimeKind, RuntimeSpec, Weight
from curator.services import runtimes
from curator.ui.controls import Button
from curator.ui.models.places import spec_of
from curator.ui.places_desk import PlacesDesk
from curator.ui.views.places_sheet import SIZE, PlacesSheet
from curator.ui.views.train_panel import TrainPanel


@pytest.fixture
def stage(tmp_path: Path, qapp: QApplication) -> Iterator[Stage]:
    with open_stage(tmp_path / "library") as made:
        yield made


@pytest.fixture
def desk(stage: Stage, qtbot: QtBot) -> PlacesDesk:
    panel = TrainPanel()
    qtbot.addWidget(panel)
    panel.resize(700, 640)
    panel.show()
    qtbot.waitExposed(panel)
    made = PlacesDesk(stage.workspace, stage.tasks, panel, panel)
    panel.advanced.places.click()
    return made


def _card(desk: PlacesDesk) -> PlacesSheet:
    assert desk.sheet is not None
    card = desk.sheet.card
    assert isinstance(card, PlacesSheet)
    return card


def _press(card: PlacesSheet, name: str, qtbot: QtBot) -> None:
    button = next(b for b in card.findChildren(Button) if b.accessibleName() == name and b.isEnabled())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_every_kind_is_made_of_what_was_typed() -> None:
    assert spec_of(RuntimeKind.SSH, " my  studio ", "me@studio.local ") == RuntimeSpec(
        "my studio", RuntimeKind.SSH, host="me@studio.local"
    )
    assert spec_of(RuntimeKind.PYTHON, "cuda", "/mlx/bin/python").python == "/mlx/bin/python"
    assert spec_of(RuntimeKind.RING, "both", "10.0.0.1, 10.0.0.2").hosts == ("10.0.0.1", "10.0.0.2")


def test_a_place_is_added_and_removed_again(desk: PlacesDesk, stage: Stage, qtbot: QtBot) -> None:
    card = _card(desk)
    card.kinds._buttons[1].click()
    qtbot.keyClicks(card.name, "this one")
    qtbot.keyClicks(card.value, sys.executable)
    with qtbot.waitSignal(desk.changed):
        qtbot.keyClick(card.value, Qt.Key.Key_Return)
    assert [spec.name for spec in runtimes.runtimes(stage.workspace)] == ["", "this one"]
    qtbot.waitUntil(lambda: card.name.text() == "")
    with qtbot.waitSignal(desk.changed):
        _press(card, "Remove this one", qtbot)
    assert [spec.name for spec in runtimes.runtimes(stage.workspace)] == [""]


def test_what_is_missing_is_said_beside_the_button(desk: PlacesDesk, stage: Stage, qtbot: QtBot) -> None:
    card = _card(desk)
    qtbot.mouseClick(card.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "needs a name" in card.problem.text())
    assert len(runtimes.runtimes(stage.workspace)) == 1


def test_what_was_found_at_a_place_stands_below_its_name(desk: PlacesDesk, qtbot: QtBot) -> None:
    card = _card(desk)
    qtbot.waitUntil(lambda: bool(card._specs))
    card.show_checking("")
    assert any(b.text() == "Looking…" for b in card.findChildren(Button))
    card.show_findings("", [Finding("mlx", Weight.STOP, "mlx is not installed there.", "Type: pip install mlx-lm")])
    said = [label.text() for label in card.findChildren(QLabel)]
    assert "mlx is not installed there." in said
    assert "Type: pip install mlx-lm" in said
    assert not card.grab().isNull()
    qtbot.keyClick(desk.sheet, Qt.Key.Key_Escape)  # type: ignore[arg-type]
    assert desk.sheet is None


def test_a_finding_is_as_high_as_its_lines(qtbot: QtBot) -> None:
    short, hint = "Python 3.11.7 is there.", "A Mac trains many times faster."
    long = "The packages are there: mlx, mlx-lm, tokenizers, tiktoken and everything that these need.\n" * 3
    card = PlacesSheet()
    qtbot.addWidget(card)
    card.resize(*SIZE)
    card.show_places([RuntimeSpec("", RuntimeKind.BUNDLED)])
    card.show_findings("", [Finding("python", Weight.FINE, short), Finding("packages", Weight.WARNING, long, hint)])
    card.show()
    qtbot.waitExposed(card)
    shown = {label.text(): label for label in card.findChildren(QLabel)}
    line = shown[short].fontMetrics().height()
    assert shown[short].height() < 2 * line
    assert shown[hint].height() < 2 * line
    assert shown[long].height() > 2 * line
