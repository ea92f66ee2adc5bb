"""Every command stands once, with keys of its own that rest while a person types."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QTextEdit, QVBoxLayout, QWidget

from curator.ui import icons
from curator.ui.actions import COMMANDS, Actions, Where, key_words


@pytest.fixture
def desk(qtbot) -> QWidget:
    widget = QWidget()
    box = QVBoxLayout(widget)
    widget.line, widget.text, widget.button, widget.plain = QLineEdit(), QTextEdit(), QPushButton("Press"), QWidget()
    widget.plain.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    for child in (widget.line, widget.text, widget.button, widget.plain):
        box.addWidget(child)
    widget.actions_ = Actions(widget)
    widget.done = []
    for name in ("mark_clean", "later", "undo", "palette", "train", "edit", "undo_back"):
        widget.actions_.on(name, lambda name=name: widget.done.append(name))
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    qtbot.waitUntil(widget.isActiveWindow)
    return widget


def test_no_two_commands_that_are_heard_together_share_a_key() -> None:
    for a, b in combinations(COMMANDS, 2):
        heard_together = (a.where is Where.EDITOR) == (b.where is Where.EDITOR)
        assert not (heard_together and set(a.keys) & set(b.keys)), (a.id, b.id)
    assert len({c.id for c in COMMANDS}) == len(COMMANDS)


def test_every_key_is_one_that_qt_knows_and_every_icon_is_drawn() -> None:
    for command in COMMANDS:
        assert all(not QKeySequence(k).isEmpty() for k in command.keys), command.id
        assert not command.icon or command.icon in icons.PATHS, command.id


@pytest.mark.parametrize("field", ["line", "text"])
def test_letters_are_text_while_typing(desk, field: str) -> None:
    widget = getattr(desk, field)
    widget.setFocus()
    QTest.keyClicks(widget, "a x1")
    written = widget.text() if field == "line" else widget.toPlainText()
    assert written == "a x1"
    assert desk.done == []


def test_letters_are_commands_elsewhere(desk) -> None:
    desk.plain.setFocus()
    QTest.keyClick(desk.plain, Qt.Key.Key_A)
    QTest.keyClick(desk.plain, Qt.Key.Key_Space)
    QTest.keyClick(desk.plain, Qt.Key.Key_Backspace)
    assert desk.done == ["mark_clean", "later", "undo_back"]


def test_space_and_return_belong_to_a_button_that_has_focus(desk) -> None:
    presses = []
    desk.button.clicked.connect(lambda: presses.append(1))
    desk.button.setFocus()
    QTest.keyClick(desk.button, Qt.Key.Key_Space)
    assert (presses, desk.done) == ([1], [])
    QTest.keyClick(desk.button, Qt.Key.Key_A)
    assert desk.done == ["mark_clean"]


def test_keys_with_a_modifier_are_heard_while_typing_but_undo_and_train_stay_with_the_field(desk) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    desk.text.setFocus()
    QTest.keyClick(desk.text, Qt.Key.Key_K, control)
    QTest.keyClick(desk.text, Qt.Key.Key_Z, control)
    QTest.keyClick(desk.text, Qt.Key.Key_Return, control)
    assert desk.done == ["palette"]


def test_a_disabled_command_says_why_and_does_nothing(desk) -> None:
    desk.actions_.enable("train", False, "Mark a row clean first (A)")
    desk.actions_.trigger("train")
    assert desk.actions_["train"].toolTip() == "Mark a row clean first (A)"
    assert desk.done == []
    desk.actions_.enable("train", True)
    assert key_words("Ctrl+Return") in desk.actions_["train"].toolTip()


def test_another_key_is_taken_over_and_survives_a_restart(desk, qtbot) -> None:
    assert desk.actions_.rebind("mark_clean", ("C",)) == ""
    desk.plain.setFocus()
    QTest.keyClick(desk.plain, Qt.Key.Key_A)
    QTest.keyClick(desk.plain, Qt.Key.Key_C)
    assert desk.done == ["mark_clean"]
    other = QWidget()
    qtbot.addWidget(other)
    again = Actions(other)
    again.load_keys(desk.actions_.own_keys())
    assert again.keys("mark_clean") == ("C",)


def test_a_key_that_is_taken_is_refused_with_the_name_of_its_command(desk) -> None:
    assert desk.actions_.rebind("mark_clean", ("X",)) == "Reject"
    assert desk.actions_.keys("mark_clean") == ("A",)


def test_keys_that_cannot_be_read_leave_everything_as_it_is(desk) -> None:
    for broken in ("{", "[1]", '{"mark_clean": 3}', '{"nothing": ["Q"]}'):
        desk.actions_.load_keys(broken)
    assert desk.actions_.own_keys() == ""


def test_commands_of_another_place_rest(desk) -> None:
    desk.actions_.show_place("runs")
    desk.plain.setFocus()
    QTest.keyClick(desk.plain, Qt.Key.Key_A)
    assert desk.done == []


def test_the_key_of_a_command_that_cannot_be_used_is_answered_with_the_reason(desk, qtbot) -> None:
    desk.plain.setFocus()
    desk.actions_.enable("train", False, "Mark a row clean first (A)")
    control = Qt.KeyboardModifier.ControlModifier
    with qtbot.waitSignal(desk.actions_.refused) as told:
        assert desk.actions_.hear(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, control))
    assert told.args == ["train", "Mark a row clean first (A)"]
    desk.actions_.enable("train", True)
    assert not desk.actions_.hear(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, control))
    assert not desk.actions_.hear(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_X, control))
