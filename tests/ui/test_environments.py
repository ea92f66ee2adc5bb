"""A Python environment made from the window: begun, stopped, failed, ready."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from curator.core.machine import Finding, RuntimeKind, RuntimeSpec, Weight
from curator.services import environments, runtimes
from curator.services.environments import MakingError, Plan
from curator.ui.controls import Button
from curator.ui.dialogs.environment import EnvironmentCard
from curator.ui.models.train_facts import TrainFacts
from curator.ui.reporting.environment_desk import STOPPED
from curator.ui.views.places_sheet import PlacesSheet
from curator.ui.views.train_panel import TrainPanel


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that stands for uv: its environment finds the packages of the present one."""
    program = tmp_path / "uv"
    packages = sysconfig.get_paths()["purelib"]
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = venv ]; then {sys.executable} -m venv --without-pip "$5"\n'
        f'else echo "Downloading mlx (40.0MiB)"; [ -e "{tmp_path}/slow" ] && sleep 60\n'
        f'echo "{packages}" > "$(dirname $(dirname $4))/lib/python3.{sys.version_info[1]}/site-packages/near.pth"; fi\n'
    )
    program.chmod(0o755)
    plan = Plan(str(program), "", tmp_path / "envs" / "1", ("mlx==9.9", "mlx-lm==9.9"))
    monkeypatch.setattr(environments, "plan", lambda: plan)
    return program


def open_card(window, qtbot) -> EnvironmentCard:
    window.actions_.trigger("environment")
    qtbot.waitUntil(lambda: any(card.isVisible() for card in window.findChildren(EnvironmentCard)))
    card = next(card for card in window.findChildren(EnvironmentCard) if card.isVisible())
    qtbot.waitUntil(lambda: card.make.isEnabled() or card.stop.isVisible() or bool(card.words.text()))
    return card


def test_it_is_made_while_the_card_is_closed_and_is_the_place_of_the_next_run(window, qtbot, tool: Path) -> None:
    slow = tool.parent / "slow"
    slow.touch()
    card = open_card(window, qtbot)
    assert "uv" in card._tool.text() and "mlx 9.9" in card._packages.text()
    card.make.click()
    qtbot.waitUntil(lambda: card.words.text() == "Fetching mlx, 42 MB…", timeout=20000)
    assert card.stop.isVisible() and not card.make.isEnabled()
    card.close_button.click()
    card = open_card(window, qtbot)
    assert card.stop.isVisible() and card.words.text() == "Fetching mlx, 42 MB…", "it goes on meanwhile"
    card.stop.click()
    qtbot.waitUntil(lambda: card.words.text() == STOPPED, timeout=20000)
    assert not (tool.parent / "envs" / "1").exists() and card.make.isEnabled()
    slow.unlink()
    card.make.click()
    qtbot.waitUntil(lambda: not card.stop.isVisible(), timeout=60000)
    assert card.words.text().startswith("Ready.")
    ws = window.opened.workspace
    assert runtimes.usual(ws) == environments.NAME and not card.stop.isVisible()
    card.close_button.click()


def test_what_cannot_be_made_is_told(window, qtbot, monkeypatch) -> None:
    def plan() -> Plan:
        raise MakingError("There is neither uv nor a Python.", "Install one.")

    monkeypatch.setattr(environments, "plan", plan)
    card = open_card(window, qtbot)
    qtbot.waitUntil(lambda: card.words.text() == "There is neither uv nor a Python. Install one.")
    assert not card.make.isEnabled()
    card.close_button.click()


def test_the_places_offer_it_and_offer_it_again_where_the_program_does_not_train(qtbot) -> None:
    sheet, asked = PlacesSheet(), []
    qtbot.addWidget(sheet)
    sheet.make_requested.connect(lambda: asked.append(1))
    sheet.show_places([runtimes.HERE])
    sheet.show()
    sheet.make.click()
    sheet.show_findings("", [Finding("training", Weight.STOP, "mlx does not load here.")])
    instead = next(b for b in sheet.findChildren(Button) if "instead" in b.text())
    instead.click()
    assert asked == [1, 1]
    sheet.show_places([runtimes.HERE, RuntimeSpec(environments.NAME, RuntimeKind.PYTHON, python="/x/python")])
    sheet.show_findings(environments.NAME, [Finding("python", Weight.STOP, "It is not there any more.")])
    next(b for b in sheet.findChildren(Button) if b.text() == "Make it anew…").click()
    assert asked == [1, 1, 1]


def test_the_panel_takes_the_usual_place_when_it_changes_and_then_what_is_chosen(qtbot) -> None:
    panel = TrainPanel()
    qtbot.addWidget(panel)
    places = (("", "This computer"), (environments.NAME, f"{environments.NAME} (/x/python on this computer)"))
    panel.show_facts(TrainFacts(places=places))
    assert panel.runtime == ""
    panel.show_facts(TrainFacts(places=places, usual_place=environments.NAME))
    assert panel.runtime == environments.NAME
    panel.place.set_options(panel.place.options, panel.place.options[0].key)
    panel.show_facts(TrainFacts(places=places, usual_place=environments.NAME))
    assert panel.runtime == "", "the person's own choice stays"
    assert RuntimeSpec("") == runtimes.HERE
