"""A curtain: what is behind it is shown one turn of the event loop later, each time anew, and one after another."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from curator.ui.views.curtain import Curtain


def _house(qtbot: QtBot, behind: QWidget) -> tuple[QWidget, Curtain]:
    """A window with something plain, and a curtain with `behind` behind it."""
    window, curtain = QWidget(), Curtain(behind)
    box = QVBoxLayout(window)
    box.addWidget(QLineEdit())
    box.addWidget(curtain)
    qtbot.addWidget(window)
    window.resize(400, 300)
    return window, curtain


def test_what_stands_around_it_is_shown_first(qtbot: QtBot) -> None:
    behind = QWidget()
    window, curtain = _house(qtbot, behind)
    window.show()
    assert curtain.isVisible()
    assert not behind.isVisible()
    qtbot.waitUntil(behind.isVisible)
    assert behind.size() == curtain.size()


def test_it_closes_behind_whoever_leaves(qtbot: QtBot) -> None:
    behind = QWidget()
    window, curtain = _house(qtbot, behind)
    window.show()
    qtbot.waitUntil(behind.isVisible)
    curtain.hide()
    assert not curtain.is_open
    curtain.show()
    assert not behind.isVisible()
    qtbot.waitUntil(behind.isVisible)


def test_one_behind_another_opens_after_it(qtbot: QtBot) -> None:
    inner = Curtain(QWidget())
    window, outer = _house(qtbot, inner)
    window.show()
    outer.open()
    assert inner.isVisible()
    assert not inner.is_open
    qtbot.waitUntil(lambda: inner.is_open)


def test_what_is_behind_it_can_be_given_the_keys_before_it_is_seen(qtbot: QtBot) -> None:
    field, behind = QLineEdit(), QWidget()
    QVBoxLayout(behind).addWidget(field)
    window, _ = _house(qtbot, behind)
    window.show()
    field.setFocus()
    qtbot.waitUntil(lambda: field.isVisible() and field.hasFocus())
    qtbot.keyClicks(field, "heard")
    assert field.text() == "heard"


def test_one_that_is_left_before_it_opened_stays_closed(qtbot: QtBot) -> None:
    behind = QWidget()
    window, curtain = _house(qtbot, behind)
    window.show()
    curtain.hide()
    QApplication.processEvents()
    assert not curtain.is_open
