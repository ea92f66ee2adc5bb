"""The Train panel over a restart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from ui_places import open_stage

from curator.core.settings import PRESETS, TrainSettings
from curator.ui.models.train_choice import OWN_NUMBERS, parse, recipe_words, words_of
from curator.ui.train_desk import TrainDesk
from curator.ui.views.train_panel import TrainPanel

QUICK = next(p for p in PRESETS if p.name == "quick").settings


def test_a_preset_with_its_turned_numbers_comes_back_as_it_was() -> None:
    turned = replace(QUICK, rank=32, probe="Who are you?", is_sparing=True, passes=2.5, method="dora")
    assert parse(words_of("quick", turned)) == ("quick", turned)
    assert json.loads(words_of("quick", QUICK))["changed"] == {}, "a preset that is made better stays chosen"


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", '{"preset": "gone"}', '{"preset": 3}', '{"changed": {"rank": 8}}', "null", "7"]
)
def test_what_cannot_be_read_is_nothing(kept: str) -> None:
    assert parse(kept) is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (QUICK, "Quick look"),
        (replace(QUICK, batch_size=2, probe="Who are you?", seed=4), "Quick look, batch 2"),
        (replace(QUICK, batch_size=2, learning_rate=1e-4), "Quick look, batch 2, rate 1e-4"),
        (TrainSettings(passes=3, learning_rate=4e-4, rank=16, max_tokens=512), "Standard, rank 16"),
        (replace(QUICK, batch_size=2, learning_rate=1e-4, rank=16), OWN_NUMBERS),
        (replace(QUICK, passes=3), "Standard"),
        (replace(QUICK, iterations=60), OWN_NUMBERS),
        (replace(QUICK, passes=2), OWN_NUMBERS),
        (replace(QUICK, method="dora"), OWN_NUMBERS),
    ],
)
def test_a_run_is_called_after_the_preset_it_is_nearest_to(settings: TrainSettings, words: str) -> None:
    assert recipe_words(settings) == words


@given(
    st.dictionaries(
        st.sampled_from(["rank", "passes", "probe", "is_sparing", "gone", "max_tokens"]),
        st.none() | st.integers() | st.text(),
    )
)
def test_numbers_of_another_kind_are_left_as_the_preset_has_them(changed: dict[str, object]) -> None:
    found = parse(json.dumps({"preset": "quick", "changed": changed}))
    assert found is not None
    settings = found[1]
    assert settings.max_tokens == QUICK.max_tokens
    assert settings.rank == (changed["rank"] if type(changed.get("rank")) is int else QUICK.rank)
    assert settings.probe == (changed["probe"] if isinstance(changed.get("probe"), str) else "")
    assert settings.is_sparing is False


def test_preset_probe_and_numbers_are_there_after_a_restart(tmp_path: Path, qtbot) -> None:
    def open_panel(stage) -> TrainPanel:
        panel = TrainPanel()
        qtbot.addWidget(panel)
        panel.desk = TrainDesk(stage.workspace, stage.tasks, panel, panel)
        panel.resize(328, 900)
        panel.show()
        panel.fold.setChecked(True)
        panel.advanced.setVisible(True)
        return panel

    with open_stage(tmp_path / "library") as stage:
        panel = open_panel(stage)
        qtbot.waitUntil(lambda: panel.advanced.isVisible())
        qtbot.mouseClick(panel.cards["thorough"], Qt.MouseButton.LeftButton)
        rank = panel.advanced.field("rank")
        rank.setValue(16)
        rank.editingFinished.emit()
        probe = panel.advanced.field("probe")
        probe.setFocus()
        QTest.keyClicks(probe, "Who are you?")
        panel.desk.stop()
        stage.tasks.shutdown()
    with open_stage(tmp_path / "library") as stage:
        panel = open_panel(stage)
        qtbot.waitUntil(lambda: panel.preset.name == "thorough")
        settings = panel.settings()
        assert (settings.rank, settings.probe) == (16, "Who are you?")
        assert panel.advanced.is_changed and panel.request().preset == ""
        qtbot.mouseClick(panel.advanced.reset, Qt.MouseButton.LeftButton)
        base = next(p for p in PRESETS if p.name == "thorough").settings
        assert panel.settings() == replace(base, probe="Who are you?")
        panel.desk.stop()
