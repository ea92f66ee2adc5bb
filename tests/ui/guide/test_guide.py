"""The first steps in the window: from the samples to the first curve, left at any time, taken up after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tiny_model import build_tiny_model

from curator.services import budgets, models, settings, training
from curator.services.guiding import QUESTION
from curator.services.workspace import Workspace
from curator.ui.guide.way import Kept, Stage
from curator.ui.guide.words import Act
from curator.ui.main_window import MainWindow
from curator.ui.setting_keys import GUIDE_KEY

LONG = 60_000  # a loaded machine takes its time to start a process


@pytest.fixture
def small_base(library_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty library whose base model trains in a second."""
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    with Workspace.open(library_folder) as ws:
        budgets.choose_model(ws, models.add(ws, build_tiny_model(tmp_path / "tiny")).name)
    yield library_folder


def press(window: MainWindow, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(QApplication.focusWidget() or window, key)


def at(window: MainWindow, stage: Stage) -> bool:
    return window.opened.guide.stage is stage


def read_samples(window: MainWindow, qtbot) -> None:
    window.library.first_start.samples.click()
    qtbot.waitUntil(lambda: len(window.library.table.ids) == 47, timeout=20_000)
    qtbot.waitUntil(lambda: at(window, Stage.MARK) and window.opened.guide.now.total == 47, timeout=5000)
    qtbot.waitUntil(lambda: window.library.desk.view is not None, timeout=5000)
    window.library.activate()


def test_the_whole_way_to_the_first_curve_and_what_it_says(open_main_window, small_base, qtbot) -> None:
    window = open_main_window(small_base)
    read_samples(window, qtbot)
    guide = window.opened.guide
    assert guide.strip.isVisible() and guide.strip.steps.words == "step 1 of 5"
    press(window, *[Qt.Key.Key_A] * 3)
    qtbot.waitUntil(lambda: at(window, Stage.ROWS), timeout=5000)
    guide.strip.buttons()[0].click()
    qtbot.waitUntil(lambda: at(window, Stage.TRAIN), timeout=5000)
    qtbot.waitUntil(lambda: "runs" in window.opened.places, timeout=LONG)
    runs = window.place_widget("runs")
    qtbot.waitUntil(lambda: runs.is_built and runs.panel.settings().probe == QUESTION, timeout=LONG)
    assert (runs.panel.preset.name, runs.panel.settings().batch_size) == ("quick", 2)
    qtbot.waitUntil(window.actions_["train"].isEnabled, timeout=LONG)
    guide.strip.buttons()[0].click()
    qtbot.waitUntil(lambda: at(window, Stage.CURVE), timeout=LONG)
    assert window.place == "runs"
    qtbot.waitUntil(lambda: at(window, Stage.HEAR), timeout=LONG)
    assert training.runs(window.opened.workspace)[0].name == "First quick look"
    assert "fell from" in guide.strip.words or "did not fall" in guide.strip.words
    guide.strip.buttons()[0].click()
    qtbot.waitUntil(lambda: at(window, Stage.OVER), timeout=5000)
    assert runs.view.stage.answers.isVisible()
    left = runs.panel.settings()
    assert (left.probe, left.batch_size) == ("", 4), "the question and the small batches were the way's own"
    assert [button.text() for button in guide.strip.buttons()] == ["Watch your sessions…", "Set the samples aside"]
    guide.do(Act.SET_ASIDE)
    qtbot.waitUntil(lambda: window.library.counts.rejected == 29, timeout=5000)


def test_it_goes_on_after_a_restart_where_it_was_left(open_main_window, small_base, qtbot) -> None:
    first = open_main_window(small_base)
    read_samples(first, qtbot)
    press(first, *[Qt.Key.Key_A] * 3)
    qtbot.waitUntil(lambda: at(first, Stage.ROWS), timeout=5000)
    first.close()
    again = open_main_window(small_base)
    qtbot.waitUntil(lambda: at(again, Stage.ROWS), timeout=10_000)
    assert again.opened.guide.strip.isVisible()


def test_it_is_left_at_any_time_stays_away_and_comes_back_from_help(open_main_window, small_base, qtbot) -> None:
    first = open_main_window(small_base)
    read_samples(first, qtbot)
    strip = first.opened.guide.strip
    qtbot.mouseClick(strip.leave, Qt.MouseButton.LeftButton)
    assert not strip.isVisible()
    assert QApplication.focusWidget() is first.library.list.table, "a click takes the keyboard from nobody"
    press(first, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: first.library.counts.clean == 1, timeout=5000)
    first.close()
    with Workspace.open(small_base) as ws:
        assert not Kept.parse(settings.get(ws, GUIDE_KEY)).is_on
    again = open_main_window(small_base)
    again.actions_.trigger("first_steps")
    qtbot.waitUntil(lambda: at(again, Stage.MARK), timeout=5000)
    assert "mark two more" in again.opened.guide.strip.words


def test_escape_leaves_it_and_gives_the_keyboard_back(open_main_window, small_base, qtbot) -> None:
    window = open_main_window(small_base)
    read_samples(window, qtbot)
    strip = window.opened.guide.strip
    strip.leave.setFocus(Qt.FocusReason.TabFocusReason)
    press(window, Qt.Key.Key_Escape)
    assert not strip.isVisible()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.library.list.table, timeout=2000)


def test_the_command_takes_the_keyboard_to_what_is_offered(open_main_window, small_base, qtbot) -> None:
    window = open_main_window(small_base)
    read_samples(window, qtbot)
    window.actions_.trigger("first_steps")
    assert QApplication.focusWidget() is window.opened.guide.strip.buttons()[0]
    press(window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: at(window, Stage.TRAIN), timeout=5000)
    assert QApplication.focusWidget() is window.opened.guide.strip.buttons()[0], "it goes on to the next step's"


def test_undoing_leads_a_step_back(open_main_window, small_base, qtbot) -> None:
    window = open_main_window(small_base)
    read_samples(window, qtbot)
    window.opened.guide.do(Act.MARK_SAMPLES)
    qtbot.waitUntil(lambda: at(window, Stage.TRAIN), timeout=5000)
    qtbot.waitUntil(window.actions_["undo"].isEnabled, timeout=5000)
    press(window, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: at(window, Stage.MARK), timeout=5000)


def test_on_an_empty_library_help_brings_the_samples(open_main_window, small_base, qtbot) -> None:
    window = open_main_window(small_base)
    window.actions_.trigger("first_steps")
    qtbot.waitUntil(lambda: len(window.library.table.ids) == 47, timeout=20_000)
    qtbot.waitUntil(lambda: at(window, Stage.MARK), timeout=5000)


def test_own_sessions_are_marked_by_hand_and_the_samples_are_offered(
    open_main_window, small_base, tmp_path, qtbot
) -> None:
    own = tmp_path / "own.jsonl"
    said = '{"messages":[{"role":"user","content":"What is a budget?"},{"role":"assistant","content":"A limit."}]}'
    own.write_text(f"{said}\n", encoding="utf-8")
    window = open_main_window(small_base)
    window.read([own])
    qtbot.waitUntil(lambda: at(window, Stage.MARK), timeout=20_000)
    strip = window.opened.guide.strip
    assert strip.words.startswith("Mark 12 answers") and strip.steps.words == "step 1 of 4"
    assert [button.text() for button in strip.buttons()] == ["Take the samples"]
    strip.buttons()[0].click()
    qtbot.waitUntil(lambda: strip.steps.words == "step 1 of 5", timeout=20_000)
    assert "mark three" in strip.words


def test_samples_that_were_not_installed_are_told_of(
    open_main_window, small_base, monkeypatch, log_watch, qtbot
) -> None:
    log_watch.expect("sample transcripts are missing")
    window = open_main_window(small_base)
    monkeypatch.setattr("curator.paths.resources", lambda: small_base)
    window.actions_.trigger("first_steps")
    qtbot.waitUntil(lambda: "missing from this installation" in window.notice.words, timeout=5000)


def test_a_person_who_knows_the_way_is_not_led(window, qtbot) -> None:
    qtbot.waitUntil(lambda: "runs" in window.opened.places, timeout=LONG)  # long after what is kept was read
    assert not any(child.objectName() == "first steps" and child.isVisible() for child in window.findChildren(object))
