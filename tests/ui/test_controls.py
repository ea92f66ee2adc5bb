"""The small controls answer to hand and keyboard, and wear the scheme's inks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from curator.ui import theme
from curator.ui.controls import Button, Check, Field, Segments, Tag, Text, column, row


@pytest.fixture
def shown(qtbot):
    def show(widget):
        qtbot.addWidget(widget)
        widget.show()
        widget.activateWindow()
        qtbot.waitUntil(widget.isActiveWindow)
        return widget

    return show


def test_segments_say_what_was_chosen_by_press_and_by_arrow(shown) -> None:
    segments, chosen = shown(Segments(["Edit", "Changes", "Original"])), []
    segments.chosen.connect(chosen.append)
    QTest.mouseClick(segments._buttons[1], Qt.MouseButton.LeftButton)
    assert (chosen, segments.current) == ([1], 1)
    segments._buttons[1].setFocus()
    QTest.keyClick(segments._buttons[1], Qt.Key.Key_Right)
    assert (chosen[-1], segments.current) == (2, 2)


def test_segments_can_be_set_without_a_word(shown) -> None:
    segments, chosen = shown(Segments(["Edit", "Changes"])), []
    segments.chosen.connect(chosen.append)
    segments.set_current(1)
    assert (chosen, segments.current) == ([], 1)


def test_a_removable_tag_goes_by_press_and_by_delete(shown) -> None:
    tag, gone = shown(Tag("voice", removable=True)), []
    tag.removed.connect(gone.append)
    QTest.mouseClick(tag, Qt.MouseButton.LeftButton)
    tag.setFocus()
    QTest.keyClick(tag, Qt.Key.Key_Delete)
    assert gone == ["voice", "voice"]


def test_a_tag_that_only_says_something_stays(shown) -> None:
    tag, gone = shown(Tag("context", "warn", "warn_wash", "context")), []
    tag.removed.connect(gone.append)
    QTest.mouseClick(tag, Qt.MouseButton.LeftButton)
    assert gone == []
    assert tag.focusPolicy() is Qt.FocusPolicy.NoFocus


def test_a_check_is_a_check_box_for_a_screen_reader(shown) -> None:
    check = shown(Check("1", "Clear in"))
    interface = QAccessible.queryAccessibleInterface(check)
    assert interface.role() is QAccessible.Role.CheckBox
    assert interface.text(QAccessible.Text.Name) == "Clear in"
    QTest.mouseClick(check, Qt.MouseButton.LeftButton)
    assert check.isChecked()


def test_a_button_is_as_wide_as_its_words_and_key(shown) -> None:
    button = shown(Button("Train", "play", key="⌘↩"))
    before = button.width()
    button.set_text("Train again")
    assert button.width() > before
    assert button.accessibleName() == "Train again"


def test_escape_empties_a_field_and_then_leaves_it(shown) -> None:
    field, left = shown(Field("Search")), []
    field.left.connect(lambda: left.append(1))
    field.setFocus()
    QTest.keyClicks(field, "webhook")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert (field.text(), left) == ("", [])
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert left == [1]


def test_inks_follow_the_palette(qapp: QApplication, shown) -> None:
    before = qapp.palette()
    try:
        qapp.setPalette(theme.palette(theme.LIGHT))
        text = shown(Text("words", "small", "text2"))
        assert text.palette().color(text.foregroundRole()) == QColor(theme.LIGHT.text2)
        qapp.setPalette(theme.palette(theme.DARK))
        QApplication.processEvents()
        assert theme.scheme_of(text) is theme.DARK
        assert text.palette().color(text.foregroundRole()) == QColor(theme.DARK.text2)
    finally:
        qapp.setPalette(before)


def test_text_follows_the_systems_size(qapp: QApplication, shown) -> None:
    before = qapp.font()
    try:
        text, button = shown(Text("words", "title")), shown(Button("Train"))
        size, width = text.font().pointSizeF(), button.width()
        larger = qapp.font()
        larger.setPointSizeF(larger.pointSizeF() * 1.5)
        qapp.setFont(larger)
        QApplication.processEvents()
        assert text.font().pointSizeF() == pytest.approx(size * 1.5, rel=0.02)
        assert button.width() > width
    finally:
        qapp.setFont(before)


def test_layouts_are_measured_in_grid_units(qapp) -> None:
    box = column(Text("a"), 2, row(Text("b"), None), spacing=1, margins=(1, 2, 3, 4))
    assert box.spacing() == 4
    assert box.contentsMargins().right() == 12
    assert box.itemAt(1).spacerItem() is not None


def test_return_presses_the_button_that_has_the_keyboard(shown) -> None:
    button, pressed = shown(Button("Open the samples", flat=True)), []
    button.clicked.connect(lambda: pressed.append(1))
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert pressed == [1]
    QTest.keyClick(button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert pressed == [1], "⌘⏎ is Train, wherever the keyboard is"


def test_a_row_of_choices_that_takes_the_keyboard_gives_it_to_the_one_that_is_on(shown) -> None:
    segments = shown(Segments(["Base model", "Learning rate", "Seed"], 1))
    segments.setFocus()
    assert QApplication.focusWidget() is segments._buttons[1]
    assert segments.current == 1
