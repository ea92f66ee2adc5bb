"""The Dataset place on a real library: rows, what would become of them, freezing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from row_workspaces import store_sessions
from tiny_model import build_tiny_model
from ui_places import Stage, open_stage, sessions_of

from curator.core.budget import RowBudget, Usage, Verdict
from curator.core.row import Row, State
from curator.core.settings import PRESETS
from curator.core.snapshot import LeftOut, Split
from curator.services import budgets, curation, datasets, models, settings
from curator.ui.models import train_choice
from curator.ui.models.row_table import RowTableModel, lines_of
from curator.ui.setting_keys import TRAIN_KEY
from curator.ui.views.dataset_place import DatasetPlace


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[Stage]:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    with open_stage(tmp_path / "library") as made:
        yield made


@pytest.fixture
def place(stage: Stage, qtbot: QtBot) -> DatasetPlace:
    store_sessions(stage.workspace, sessions_of(24))
    made = DatasetPlace(stage.workspace, stage.tasks, stage.actions)
    qtbot.addWidget(made)
    stage.tasks.changed.connect(made.apply)
    made.resize(1300, 760)
    made.show()
    qtbot.waitExposed(made)
    made.activate()
    qtbot.waitUntil(lambda: made.table.rows.rowCount() == 24, timeout=20_000)  # the first count loads the vocabulary
    return made


def _words(place: DatasetPlace) -> str:
    return "\n".join(label.text() for label in place.findChildren(QLabel) if label.isVisible())


def test_it_shows_every_clean_row_with_its_split(place: DatasetPlace) -> None:
    splits = [place.table.rows.line(i).split_words for i in range(24)]  # type: ignore[union-attr]
    assert set(splits) >= {"train", "held out"}
    assert "24 rows" in _words(place)
    assert "are trained, none is skipped" in _words(place)
    assert place.histogram.accessibleDescription() == "24 rows within 2,048 tokens, 0 rows beyond"


def test_a_row_over_budget_is_left_out_and_says_why(place: DatasetPlace, stage: Stage, qtbot: QtBot) -> None:
    limit = max(line.usage.total for line in place._facts.lines) - 1  # type: ignore[union-attr]
    budgets.set_limit(stage.workspace, limit)
    qtbot.waitUntil(lambda: "would lose" in _words(place))
    line = place.table.rows.line(0)
    assert line is not None
    assert line.split_words == "left out"
    assert "more than the limit" in line.reason
    assert line.reason == place.table.rows.data(place.table.rows.index(0, 0), Qt.ItemDataRole.ToolTipRole)


def test_a_sentence_shows_its_rows(place: DatasetPlace, qtbot: QtBot) -> None:
    button = next(b for b in place.side.findChildren(type(place.side.button)) if "held out" in b.accessibleName())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    shown = {place.table.rows.line(i).split for i in range(place.table.rows.rowCount())}  # type: ignore[union-attr]
    assert shown
    assert Split.TRAIN not in shown
    assert place.segments is not None
    place.segments._buttons[0].click()
    assert place.table.rows.rowCount() == 24


def test_typing_filters_and_esc_brings_all_back(place: DatasetPlace, qtbot: QtBot) -> None:
    place.search()
    qtbot.keyClicks(place.search_field, "tool 17")
    assert place.table.rows.rowCount() == 1
    qtbot.keyClick(place.search_field, Qt.Key.Key_Escape)
    assert place.table.rows.rowCount() == 24


def test_return_and_a_double_click_open_the_row(place: DatasetPlace, qtbot: QtBot) -> None:
    table = place.table
    table.selectRow(2)
    wanted = table.current_row
    with qtbot.waitSignal(place.open_exchange) as opened:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [wanted]
    with qtbot.waitSignal(place.open_exchange) as opened:
        spot = table.visualRect(table.rows.index(2, 0)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert opened.args == [wanted]


def test_a_row_taken_back_leaves_the_table(place: DatasetPlace, stage: Stage, qtbot: QtBot) -> None:
    gone = place.table.rows.line(0)
    assert gone is not None
    curation.mark(stage.workspace, [gone.id], State.LATER)
    qtbot.waitUntil(lambda: place.table.rows.rowCount() == 23)
    assert place.table.rows.place_of(gone.id) == -1


def test_it_speaks_of_what_the_train_panel_stands_at(place: DatasetPlace, stage: Stage, qtbot: QtBot) -> None:
    assert "What Standard, 3 passes, would do." in _words(place)
    assert "Each row is seen three times." in _words(place)
    for name, head, seen in (
        ("quick", "What Quick look, 1 pass, would do.", "Each row is seen once."),
        ("thorough", "What Thorough, up to 8 passes, would do.", "Each row is seen 8 times at most."),
        ("story", "What By heart, 120 passes, would do.", "Each row is seen 120 times."),
    ):
        chosen = next(preset for preset in PRESETS if preset.name == name)
        kept = train_choice.words_of(name, replace(chosen.settings, seed=5))
        stage.tasks.write(lambda kept=kept: settings.put(stage.workspace, TRAIN_KEY, kept))
        length = head.partition(", ")[2].removesuffix(", would do.").capitalize()
        said = (head, seen, length)
        qtbot.waitUntil(lambda said=said: all(words in _words(place) for words in said), timeout=20_000)


def test_one_step_shows_hardly_any_row(place: DatasetPlace, stage: Stage, qtbot: QtBot) -> None:
    kept = train_choice.words_of("standard", replace(PRESETS[0].settings, iterations=1, batch_size=1))
    stage.tasks.write(lambda: settings.put(stage.workspace, TRAIN_KEY, kept))
    qtbot.waitUntil(lambda: "Not every row is seen." in _words(place), timeout=20_000)
    assert place._facts is not None and 0 < place._facts.passes < 0.1


def test_freezing_twice_in_a_row_makes_one_snapshot(
    place: DatasetPlace, stage: Stage, qtbot: QtBot, tmp_path: Path
) -> None:
    made = models.add(stage.workspace, build_tiny_model(tmp_path / "tiny-model")).name
    budgets.choose_model(stage.workspace, made)
    qtbot.waitUntil(lambda: place._facts is not None and place._facts.model == made, timeout=10_000)
    qtbot.mouseClick(place.side.button, Qt.MouseButton.LeftButton)
    place.freeze()
    qtbot.waitUntil(lambda: place.side.button.text() == "Freeze snapshot 2", timeout=10_000)
    assert len(datasets.snapshots(stage.workspace)) == 1
    qtbot.waitUntil(lambda: not place.side.button.isEnabled(), timeout=10_000)
    assert place.side.hint.text() == "nothing changed"


def test_an_empty_place_offers_the_first_step(stage: Stage, qtbot: QtBot) -> None:
    made = DatasetPlace(stage.workspace, stage.tasks, stage.actions)
    qtbot.addWidget(made)
    made.show()
    made.activate()
    qtbot.waitUntil(lambda: made._facts is not None, timeout=20_000)
    assert made.empty.isVisible()
    assert made.empty.button is not None
    with qtbot.waitSignal(made.library_requested):
        qtbot.mouseClick(made.empty.button, Qt.MouseButton.LeftButton)


def test_figures_of_a_bar_are_said_by_hovering(place: DatasetPlace) -> None:
    assert sum(bar.rows for bar in place.histogram.bars) == 24
    assert not place.histogram.grab().isNull()
    QApplication.sendEvent(place.histogram, QEvent(QEvent.Type.PaletteChange))


def test_the_model_keeps_qts_rules() -> None:
    rows = [Row(id=i, session=1, prompt=f"prompt {i}", response="an answer", tags=("voice",)) for i in range(5)]
    counted = [RowBudget(r.id, Usage(10 + r.id, 20), Verdict.FITS) for r in rows]
    lines = lines_of(rows, counted, {r.id: Split.TRAIN for r in rows[:4]}, [LeftOut(4, "It has no response.")])
    model = RowTableModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_lines(lines, 2048)
    assert model.line(0).id == 4  # type: ignore[union-attr]  # the longest first
    model.sort(0, Qt.SortOrder.AscendingOrder)
    model.set_filter("prompt 3", None)
    model.set_filter("", frozenset({1, 2}))
    model.set_lines(lines[:2], 1024)
    assert model.rowCount() == 1
    assert model.headerData(2, Qt.Orientation.Horizontal) == "Prompt | response of 1,024"
    assert tester.model() is model
