"""From place to place: whose acts the keys of Undo and Backspace take back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from curator.core.job import JobState
from curator.core.row import State
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.services import browsing, training
from curator.ui.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, key, modifier)


def mark_first(window: MainWindow, qtbot) -> int:
    """Mark the first exchange clean, and wait until it can be undone."""
    id = window.library.table.id_at(0)
    press(window, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: window.actions_["undo"].isEnabled())
    return id


def state_of(window: MainWindow, id: int) -> State:
    return browsing.exchange(window.opened.workspace, id).state


def test_in_runs_the_keys_are_about_runs_and_never_about_marks_that_are_not_seen(window, qtbot) -> None:
    id, ws = mark_first(window, qtbot), window.opened.workspace
    settings = TrainSettings()
    run = ws.library.add_run(
        Run(0, "First", 1, "starter", "standard", settings, JobState.DISCARDED, "", "2026-01-01T00:00:00+00:00", 8)
    )
    press(window, Qt.Key.Key_3, CONTROL)
    place = window.opened.places.make("runs")
    qtbot.waitUntil(lambda: place.is_built and place.list.table.current_run == run.id, timeout=10_000)
    place.list.table.setFocus()

    press(window, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: [r.id for r in training.runs(ws, trashed=True)] == [run.id])
    qtbot.waitUntil(lambda: place.notice.step.isVisible())
    place.notice.hide()  # closed: the key still knows what was done last
    press(window, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: [r.id for r in training.runs(ws)] == [run.id])
    press(window, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: "can be taken back" in place.notice.accessibleName())
    window.actions_.trigger("undo")  # from the menu
    assert state_of(window, id) is State.CLEAN


def test_undo_from_the_dataset_says_what_it_undid_and_leads_there(window, qtbot) -> None:
    id = mark_first(window, qtbot)
    press(window, Qt.Key.Key_2, CONTROL)
    dataset = window.opened.places.make("dataset")
    qtbot.waitUntil(lambda: dataset.table.isVisible() and dataset.table.hasFocus())
    press(window, Qt.Key.Key_Backspace)
    press(window, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: "Undid: Mark exchange clean, in the Library." in window.notice.words)
    assert state_of(window, id) is State.UNREVIEWED
    redo = next(b for b in window.notice.buttons() if b.text() == "Redo")
    qtbot.waitUntil(lambda: window.actions_["redo"].isEnabled())
    qtbot.mouseClick(redo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Redid: Mark exchange clean, in the Library." in window.notice.words)
    assert state_of(window, id) is State.CLEAN
    show = next(b for b in window.notice.buttons() if b.text() == "Show")
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.place == "library" and window.library.list.current == id)


def runs_place(window: MainWindow, qtbot) -> QWidget:
    """The Runs place with its figures, while the Library is shown."""
    place = window.opened.places.make("runs")
    qtbot.waitUntil(lambda: place.is_built and place.knows_facts and not place.is_counting, timeout=60_000)
    return place


def test_the_key_of_train_says_what_is_missing(window, qtbot) -> None:
    runs_place(window, qtbot)
    window.library.list.table.setFocus()
    press(window, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: window.notice.words == "Mark a row clean first (A).")
    assert window.place == "library"


def test_the_key_of_train_is_heard_right_after_marks_and_an_undo(window, qtbot) -> None:
    place = runs_place(window, qtbot)
    asked: list[object] = []
    place.panel.train_requested.disconnect()  # no model is here that could be trained
    place.panel.train_requested.connect(asked.append)
    ask = place.train_desk.ask
    place.train_desk.ask = lambda after=0: ask(60_000 if after else 0)  # as while somebody marks without a rest
    window.library.list.table.setFocus()
    for _ in range(7):
        mark_first(window, qtbot)
    press(window, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: window.actions_["redo"].isEnabled())
    qtbot.waitUntil(lambda: place.is_counting)
    assert not window.actions_["train"].isEnabled()
    press(window, Qt.Key.Key_Return, CONTROL)
    assert window.place == "runs"
    qtbot.waitUntil(lambda: len(asked) == 1, timeout=60_000)
