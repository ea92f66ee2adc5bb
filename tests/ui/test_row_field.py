"""A row's field takes plain text only, gives back what it was given, and keeps its keys to itself."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from curator.core.signal import SignalHit
from curator.ui.theme import DARK, LIGHT, palette
from curator.ui.views.row_field import LONGEST_EDITED, LONGEST_WRAPPED, RowField

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def field(qtbot: QtBot) -> RowField:
    field = RowField("Prompt")
    qtbot.addWidget(field)
    field.resize(360, 160)
    with qtbot.waitExposed(field):
        field.show()
    return field


def paste(field: RowField, data: QMimeData) -> None:
    QGuiApplication.clipboard().setMimeData(data)
    field.paste()


def test_setting_a_text_says_nothing_and_cannot_be_undone(field: RowField, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(field.typed):
        field.set_text("one", "one")
        field.set_text("two", "one")
    assert not field.document().isUndoAvailable()


@pytest.mark.parametrize("text", ["a\r\nb\rc", "no\u00a0break", "a\u2028b", "tab\there", "", "🦊 é", "x\x00y", " \n "])
def test_an_untouched_text_comes_back_letter_for_letter(field: RowField, text: str) -> None:
    field.set_text(text, text)
    assert field.text() == text


def test_typing_keeps_the_letters_around_it(field: RowField, qtbot: QtBot) -> None:
    field.set_text("no\u00a0break 🦊", "x")
    with qtbot.waitSignal(field.typed):
        qtbot.keyClicks(field, "Oh, ")
    assert field.text() == "Oh, no\u00a0break 🦊"


def test_typing_is_undone_by_the_field_itself(field: RowField, qtbot: QtBot) -> None:
    field.set_text("before", "before")
    qtbot.keyClicks(field, "abc")
    qtbot.keyClick(field, Qt.Key.Key_Z, CONTROL)
    assert field.text() == "before"


def test_pasted_html_comes_in_as_plain_text(field: RowField) -> None:
    field.set_text("", "")
    data = QMimeData()
    data.setHtml("<b>bold</b> <img src='file:///etc/passwd'> words")
    data.setText("bold words")
    paste(field, data)
    assert field.text() == "bold words"
    html = field.toHtml().split("</head>")[1]
    assert "font-weight:7" not in html and "<img" not in html
    only_html = QMimeData()
    only_html.setHtml("<i>more</i>")
    paste(field, only_html)
    assert field.text() == "bold wordsmore"


def test_files_are_left_to_the_window(field: RowField) -> None:
    data = QMimeData()
    data.setUrls([QUrl("file:///tmp/session.jsonl")])
    event = QDragEnterEvent(
        QPoint(20, 20), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(field.viewport(), event)
    assert not event.isAccepted()
    assert not field.canInsertFromMimeData(data)


def test_the_editors_keys_are_heard_here_and_nowhere_else(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    field = RowField("Prompt")
    QVBoxLayout(window).addWidget(field)
    field.set_text("x", "x")
    heard: list[str] = []
    for key in ("A", "Space", "Return", "Ctrl+Return", "Ctrl+S", "Esc", "1"):
        QShortcut(QKeySequence(key), window).activated.connect(lambda key=key: heard.append(key))
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    field.setFocus()
    said: list[object] = []
    field.save_requested.connect(said.append)
    field.left.connect(lambda: said.append("left"))
    qtbot.keyClicks(field, "A 1")
    qtbot.keyClick(field, Qt.Key.Key_Return, CONTROL)
    qtbot.keyClick(field, Qt.Key.Key_S, CONTROL)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert said == [True, False, "left"]
    assert heard == [] and field.text() == "A 1x"


def test_return_with_and_without_shift_is_one_kind_of_line_end(field: RowField, qtbot: QtBot) -> None:
    field.set_text("", "")
    qtbot.keyClicks(field, "a")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClicks(field, "b")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(field, "c")
    assert field.text() == "a\nb\nc"
    assert {field.document().findBlockByNumber(n).blockFormat().lineHeight() for n in range(3)} == {142}


def test_changed_lines_wear_a_bar_once_typing_pauses(field: RowField, qtbot: QtBot) -> None:
    field.set_text("one\ntwo\nthree", "one\ntwo\nthree")
    assert field.bars == []
    qtbot.keyClicks(field, "x")
    qtbot.waitUntil(lambda: len(field.bars) == 1)
    field.set_text("one\nTWO\nthree", "one\ntwo\nthree")
    (top, bottom) = field.bars[0]
    assert top > 20 and bottom > top


def test_the_bar_and_the_frame_follow_the_palette(field: RowField) -> None:
    field.set_text("new", "old")
    for scheme in (LIGHT, DARK):
        field.setPalette(palette(scheme))
        image = field.grab().toImage()
        seen = {image.pixelColor(x, y).name() for x in range(0, 12) for y in range(0, 60)}
        assert scheme.good.lower() in seen


def test_washed_words_move_with_the_text(field: RowField, qtbot: QtBot) -> None:
    field.set_text("the log above", "x")
    field.set_hits([SignalHit("context_dep", 1, "log above", "prompt")], "prompt")
    assert [(mark.start, mark.kind) for mark in field.marks] == [(4, "context")]
    qtbot.keyClicks(field, "See ")
    qtbot.waitUntil(lambda: bool(field.marks) and field.marks[0].start == 8)


def test_the_same_row_again_keeps_the_cursor(field: RowField) -> None:
    field.set_text("one two three", "original")
    cursor = field.textCursor()
    cursor.setPosition(7)
    field.setTextCursor(cursor)
    field.set_text("one two 3", "original")
    assert field.textCursor().position() == 7
    field.set_text("other", "another row")
    assert field.textCursor().position() == 0


def test_a_very_long_line_is_opened_and_pasted_without_ever_being_wrapped(field: RowField) -> None:
    """Wrapping takes quadratic time: the longest line that is laid out at the width of the field has its limit."""
    wrapped: list[int] = []
    for text in ("x" * 190_000, "word " * 38_000):
        field.set_text("", "")
        assert wraps(field)
        field.document().documentLayout().update.connect(lambda: wrapped.append(longest(field) * wraps(field)))
        field.set_text(text, text)
        QApplication.processEvents()
        assert not wraps(field) and field.text() == text
    field.set_text("", "")
    field.document().documentLayout().update.connect(lambda: wrapped.append(longest(field) * wraps(field)))
    data = QMimeData()
    data.setText("y" * 190_000)
    paste(field, data)
    QApplication.processEvents()
    assert not wraps(field) and len(field.text()) == 190_000
    assert wrapped and max(wrapped) <= LONGEST_WRAPPED


def wraps(field: RowField) -> bool:
    return field.lineWrapMode() is QTextEdit.LineWrapMode.WidgetWidth


def longest(field: RowField) -> int:
    return max(map(len, field.toPlainText().split("\n")))


def test_a_text_too_long_to_edit_is_never_cut_when_it_is_saved(field: RowField, qtbot: QtBot) -> None:
    text = "word " * (LONGEST_EDITED // 5 + 10)
    field.set_text(text, text)
    assert field.isReadOnly() and len(field.toPlainText()) < len(text)
    qtbot.keyClicks(field, "abc")
    assert field.text() == text
