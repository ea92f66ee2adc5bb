"""A sweep in the window: the sheet that asks for it, the sentence that says what came out, the picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from row_workspaces import store_sessions
from tiny_model import build_tiny_model
from ui_places import Stage, open_stage, sessions_of

from curator.core.job import JobState
from curator.core.model import BaseModel
from curator.core.progress import LossPoint, RunProgress
from curator.core.row import Row
from curator.core.run import Run
from curator.core.settings import PRESETS, TrainSettings
from curator.services import budgets, models, queue, training
from curator.ui.models.several import Differs, SeveralRequest, read_rates
from curator.ui.models.sweep import SweepPicture, Variant, picture_of
from curator.ui.models.train_facts import TrainFacts, TrainRequest
from curator.ui.views.runs_place import RunsPlace
from curator.ui.views.several_sheet import SeveralSheet
from curator.ui.views.sweep_view import SweepView

LONG = 60_000
COMMON = TrainRequest("tiny", TrainSettings(), "standard", 3)
MODELS = (
    BaseModel("small", "/s", "Small"),
    BaseModel("big", "/b", "Big"),
    BaseModel("half", "/h", "Half", is_ready=False),
)


def _variant(run: int, best: float | None, **more: object) -> Variant:
    return Variant(run, f"rate {run}e-4", 2.5, best, "", **more)  # type: ignore[arg-type]


@pytest.fixture
def sheet(qtbot: QtBot) -> SeveralSheet:
    made = SeveralSheet(TrainFacts(models=MODELS), COMMON, 120.0)
    qtbot.addWidget(made)
    made.resize(600, 440)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_rates_are_read_out_of_a_persons_words() -> None:
    assert read_rates("1e-4, 2e-4;0.0004 2e-4 often 7 -1") == (1e-4, 2e-4, 4e-4)


def test_the_sentence_names_the_lowest_and_what_cannot_be_told_from_it() -> None:
    far = SweepPicture("rates", (_variant(1, 1.8), _variant(2, 1.6), _variant(4, 2.0)))
    assert far.sentence == "Lowest: rate 2e-4, 1.60, by 0.20."
    near = SweepPicture("rates", (_variant(1, 1.61), _variant(2, 1.60), _variant(4, 2.0)))
    assert near.sentence == "Lowest: rate 2e-4, 1.60; rate 1e-4 cannot be told from it."
    same = SweepPicture("seeds", (_variant(1, 1.61), _variant(2, 1.60)))
    assert same.sentence.startswith("They cannot be told apart")
    begun = SweepPicture("rates", (_variant(1, 1.8), _variant(2, None)))
    assert begun.sentence == "rate 1e-4 reaches 1.80. 1 still to come."
    going = SweepPicture("rates", (_variant(1, 1.8), _variant(2, 2.1, is_live=True), _variant(4, None)))
    assert going.sentence == "Lowest: rate 1e-4, 1.80, by 0.30. Not at the end yet: rate 2e-4. 1 still to come."
    assert SweepPicture("rates", (_variant(1, None),)).sentence == "Nothing has been measured yet."


def test_a_variant_says_how_its_run_stands() -> None:
    run = Run(1, "a", 1, "tiny", "", TrainSettings(), JobState.RUNNING, "/n", "", variant="seed 1")
    losses = (LossPoint(0, 0, 2.5), LossPoint(5, 0.5, 2.0))
    going = RunProgress(JobState.RUNNING, passes=0.5, total_passes=3, valid=losses, best=losses[1])
    made = picture_of("seeds", [("seed 1", going, run)])
    assert made.variants[0] == Variant(1, "seed 1", 2.5, 2.0, "pass ½ of 3", is_live=True)
    assert made.title == "seeds: 1 run"


def test_a_line_of_the_picture_chooses_its_run(qtbot: QtBot) -> None:
    view = SweepView()
    qtbot.addWidget(view)
    view.resize(700, 240)
    view.show_picture(SweepPicture("rates", (_variant(1, 1.8), _variant(2, 1.6), _variant(4, None))), 1)
    view.show()
    qtbot.waitExposed(view)
    assert not view.grab().isNull()
    with qtbot.waitSignal(view.run_chosen) as chosen:
        qtbot.keyClick(view.lines, Qt.Key.Key_Down)
    assert chosen.args == [2]
    assert "rate 2e-4, best 1.60" in view.lines.accessibleDescription()


def test_the_sheet_asks_for_what_is_missing_and_counts_the_runs(sheet: SeveralSheet, qtbot: QtBot) -> None:
    assert sheet.request().rates == (1e-4, 2e-4, 4e-4)
    assert sheet.button.text() == "Train 3 runs"
    sheet.rates.setText("1e-4")
    assert not sheet.button.isEnabled()
    assert sheet.button.toolTip() == "Name two learning rates or more"
    sheet.choose(Differs.SEED)
    sheet.seeds.setValue(5)
    assert sheet.request().seeds == (0, 1, 2, 3, 4)
    sheet.choose(Differs.MODEL)
    assert sheet.request().models == ("small", "big")
    with qtbot.waitSignal(sheet.asked) as asked:
        qtbot.mouseClick(sheet.button, Qt.MouseButton.LeftButton)
    assert asked.args[0] == SeveralRequest(COMMON, Differs.MODEL, ("small", "big"), (1e-4,), (0, 1, 2, 3, 4), ())
    assert not sheet.button.isEnabled()


def test_rows_are_found_and_ticked(sheet: SeveralSheet, qtbot: QtBot) -> None:
    sheet.choose(Differs.ROWS)
    assert sheet.button.toolTip() == "Tick the rows to leave out"
    sheet.show_rows([Row(7, 1, "Why does it retry?", "…"), Row(9, 1, "Status?", "…", tags=("short",))])
    sheet.search.setText("status")
    assert [sheet.rows.item(i).isHidden() for i in range(2)] == [True, False]
    at = sheet.rows.visualItemRect(sheet.rows.item(1)).center()
    qtbot.mouseClick(sheet.rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert sheet.request().rows == (9,)
    assert sheet.button.text() == "Train 2 runs"
    assert not sheet.grab().isNull()
    qtbot.keyClick(sheet.rows, Qt.Key.Key_Space)
    assert sheet.request().rows == ()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[Stage]:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    with open_stage(tmp_path / "library") as made:
        yield made


def test_a_sweep_is_asked_for_and_its_runs_stand_in_line_with_one_picture(
    stage: Stage, tmp_path: Path, qtbot: QtBot
) -> None:
    store_sessions(stage.workspace, sessions_of(20))
    name = models.add(stage.workspace, build_tiny_model(tmp_path / "tiny")).name
    budgets.choose_model(stage.workspace, name)
    budgets.set_limit(stage.workspace, 512)
    place = RunsPlace(stage.workspace, stage.tasks, stage.actions)
    qtbot.addWidget(place, before_close_func=lambda place: place.stop_looking())
    stage.tasks.changed.connect(place.apply)
    place.resize(1300, 800)
    place.show()
    qtbot.waitUntil(lambda: place.is_built and place.knows_facts and place.panel.button.isEnabled(), timeout=LONG)
    place.panel.cards[PRESETS[0].name].click()
    qtbot.mouseClick(place.panel.several, Qt.MouseButton.LeftButton)
    assert place.several.sheet is not None
    card = place.several.sheet.card
    assert isinstance(card, SeveralSheet)
    qtbot.waitUntil(lambda: card.rows.count() == 20)
    card.choose(Differs.SEED)
    card.seeds.setValue(2)
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(training.runs(stage.workspace)) == 2, timeout=LONG)
    done = (JobState.DONE,)
    qtbot.waitUntil(lambda: all(r.state in done for r in training.runs(stage.workspace)), timeout=LONG)
    qtbot.waitUntil(lambda: place.now.picture is not None and len(place.now.picture.variants) == 2, timeout=LONG)
    assert queue.waiting(stage.workspace) == []
    place.view.stage.show_page("Sweep")
    assert place.view.stage.sweep.sentence.text() == place.now.picture.sentence  # type: ignore[union-attr]
