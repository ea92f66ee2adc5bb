"""What the notice says, and where: a bar for what needs a hand, the status line for what only is told."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from curator.core.query import ImportProgress


def in_window(widget, window) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a widget in the window's pixels."""
    at = widget.mapTo(window, QPoint(0, 0))
    return at.x(), at.y(), at.x() + widget.width(), at.y() + widget.height()


def test_what_was_done_is_told_over_the_status_line_and_moves_nothing(window, qtbot) -> None:
    window.resize(1024, 640)
    qtbot.waitUntil(lambda: window.width() == 1024)
    before = window.library.geometry()
    window.notice.report("47 new exchanges.", "", [])
    qtbot.waitUntil(window.notice.isVisible)
    assert window.library.geometry() == before
    left, top, right, bottom = in_window(window.notice, window)
    line = in_window(window.status, window)
    train = in_window(window.status.train, window)
    assert line[1] <= top < bottom <= line[3] and line[0] < left < right <= train[0]
    assert window.notice._sentence.width() >= window.notice._sentence.sizeHint().width(), "it is read whole"

    window.status.show_work("3 of 8 files", 0.4)
    qtbot.waitUntil(lambda: in_window(window.notice, window)[2] <= in_window(window.status.work, window)[0])
    window.status.end_work()
    qtbot.waitUntil(lambda: in_window(window.notice, window)[2] == right)
    window.resize(1200, 700)
    qtbot.waitUntil(lambda: in_window(window.notice, window)[2] == in_window(window.status.train, window)[0] - 8)

    [timer] = window.notice.findChildren(QTimer)
    timer.timeout.emit()
    assert window.notice.isHidden()


def test_an_error_takes_a_bar_that_stays_whatever_was_told_before(window, qtbot, log_watch) -> None:
    log_watch.expect("No space left on device")
    window.resize(1024, 640)
    window.notice.report("47 new exchanges.", "", [])
    window.fail(OSError(28, "No space left on device"))
    qtbot.waitUntil(lambda: window.library.mapTo(window, QPoint(0, 0)).y() >= in_window(window.notice, window)[3])
    [timer] = window.notice.findChildren(QTimer)
    assert not timer.isActive(), "what went before does not take it away"
    window.notice.report("1 new exchange.", "1 unreadable: line 48.", [("Show", window.notice.dismiss)])
    assert not timer.isActive() and in_window(window.notice, window)[1] < window.height() // 2
    window.notice.dismiss()


def test_a_long_error_is_read_whole(window, qtbot) -> None:
    window.resize(1024, 640)
    window.notice.error("A disk is full. " * 14, "Free some space.", "")
    words = window.notice._sentence
    qtbot.waitUntil(lambda: words.height() >= words.heightForWidth(words.width()) > words.fontMetrics().height() * 1.9)
    window.notice.dismiss()


def test_progress_of_an_import_takes_nothing_from_what_was_told(window) -> None:
    window.notice.report("47 new exchanges.", "", [])
    window.opened.intake.imports.progressed.emit(ImportProgress(1, 2))
    assert window.notice.words == "47 new exchanges." and window.notice.isVisible()


def test_a_question_and_an_error_come_back_when_what_lay_over_them_is_closed(window, qtbot, log_watch) -> None:
    log_watch.expect("No space left on device")
    answered: list[str] = []
    window.notice.ask("It holds a key.", "", [("Mask it", lambda: answered.append("masked"))])
    window.fail(OSError(28, "No space left on device"))
    window.notice.report("1 new exchange.", "1 unreadable: line 48.", [])
    assert window.notice.words == "1 new exchange. 1 unreadable: line 48."
    window.notice.dismiss()
    assert window.notice.words.startswith("The system refused: No space left on device.")
    window.notice.dismiss()
    [button] = window.notice.buttons()
    button.click()
    assert answered == ["masked"] and window.notice.isHidden()


def test_what_is_brief_is_told_over_the_status_line_while_a_question_stands(window, qtbot) -> None:
    window.resize(1024, 640)
    window.notice.ask("It holds a key.", "It is not marked yet.", [("Mask it", lambda: None)])
    window.notice.report("47 new exchanges.", "", [])
    aside = window.notice._aside
    qtbot.waitUntil(aside.isVisible)
    assert window.notice.words == "It holds a key. It is not marked yet." and window.notice.isVisible()
    top, bottom = in_window(window.status, window)[1], in_window(window.status, window)[3]
    assert aside.words == "47 new exchanges." and top <= in_window(aside, window)[1] < bottom
    [timer] = aside.findChildren(QTimer)
    timer.timeout.emit()
    assert aside.isHidden() and window.notice.isVisible(), "only the brief one goes by itself"
    window.notice.dismiss()


def test_a_newer_question_about_the_same_takes_the_place_of_the_older_one(window) -> None:
    window.notice.ask("Curator ended unexpectedly.", "", [], about="crash")
    window.notice.ask("It holds a key.", "", [])
    window.notice.ask("It has no answer.", "", [])
    window.notice.dismiss()
    assert window.notice.words == "Curator ended unexpectedly."
    window.notice.dismiss()
    assert window.notice.isHidden()


def test_a_doubled_click_answers_one_notice(window, qtbot) -> None:
    window.notice.ask("It holds a key.", "", [("Mask it", lambda: None)])
    window.notice.report("1 new exchange.", "1 unreadable: line 48.", [])
    handle = window.windowHandle()
    at = window.notice._close.mapTo(window, window.notice._close.rect().center())
    QTest.mouseDClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert window.notice.words == "It holds a key." and window.notice.isVisible()
    window.notice.dismiss()


def test_all_that_the_library_had_to_mend_stays_until_it_is_closed(window) -> None:
    window.notice.inform("The library was damaged. The newest backup took its place.")
    window.notice.inform("The backup of today failed. The disk is full.")
    window.notice.dismiss()
    assert window.notice.words == "The library was damaged. The newest backup took its place."
    window.notice.dismiss()
    assert window.notice.isHidden()


def test_closing_a_notice_leaves_the_keys_where_they_were(window, qtbot) -> None:
    table = window.library.list.table
    window.notice.ask("It holds a key.", "", [("Leave it", lambda: None)])
    qtbot.waitUntil(window.notice._close.isVisible)
    qtbot.mouseClick(window.notice._close, Qt.MouseButton.LeftButton)
    assert window.notice.isHidden() and QApplication.focusWidget() is table
    window.notice.ask("It holds a key.", "", [("Leave it", lambda: None)])
    [leave] = window.notice.buttons()
    qtbot.waitUntil(leave.isVisible)
    qtbot.mouseClick(leave, Qt.MouseButton.LeftButton)
    assert window.notice.isHidden() and QApplication.focusWidget() is table
