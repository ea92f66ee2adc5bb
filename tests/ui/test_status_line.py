"""The status line: what has no room in it leaves, and comes back."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from curator.ui.actions import Actions
from curator.ui.main_window import MainWindow
from curator.ui.views.status_line import Fact, FactButton, StatusLine

FACTS = [
    Fact("61 rows"),
    Fact("8,992 tokens"),
    Fact("1 over budget", "bad", "queue:over"),
    Fact("10 cannot be trained", "bad", "queue:empty"),
    Fact("nothing is watched", leads_to="watch"),
]


def test_a_fact_without_room_leaves_until_there_is_room(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    line = StatusLine(Actions(window))
    line.setParent(window)
    line.resize(1024, line.height())
    window.show()
    line.set_facts(FACTS)
    qtbot.waitUntil(lambda: _shown(line) == [fact.words for fact in FACTS])
    line.show_work("1,570 of 4,000 files", 0.4)
    qtbot.waitUntil(lambda: len(_shown(line)) == 4)
    assert _shown(line)[0] == "61 rows"
    line.set_facts([Fact("A sentence that is longer than any room beside the work " * 2), *FACTS])
    qtbot.waitUntil(lambda: len(_shown(line)) == 1)
    line.end_work()
    line.set_facts(FACTS)
    qtbot.waitUntil(lambda: _shown(line) == [fact.words for fact in FACTS])


def test_stopping_gives_the_keys_to_nothing_that_trains(window: MainWindow, qtbot: QtBot) -> None:
    line, table = window.status, window.library.list.table
    line.show_work("3 of 8 files", 0.4)
    qtbot.waitUntil(line._stop.isVisible)
    qtbot.mouseClick(line._stop, Qt.MouseButton.LeftButton)
    assert QApplication.focusWidget() is table
    line._stop.setFocus(Qt.FocusReason.TabFocusReason)
    line.end_work()
    assert QApplication.focusWidget() is None


def _shown(line: StatusLine) -> list[str]:
    """The facts that are seen, in their order; none lies over another, and none is cut off but a first one."""
    pieces = [piece for piece in line._holder.findChildren(QWidget) if piece.isVisible() and piece.text() != "·"]
    pieces.sort(key=lambda piece: piece.x())
    if any(one.geometry().right() >= other.x() for one, other in pairwise(pieces)):
        return ["one over another"]
    if len(pieces) > 1 and pieces[-1].x() + pieces[-1].sizeHint().width() > line._holder.width():
        return ["cut off"]
    return [piece.text() for piece in pieces]


def test_tab_comes_to_the_status_line_last_also_after_what_was_made_later(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    line = StatusLine(Actions(window))
    line.setParent(window)
    later = [QPushButton("A", window), QPushButton("B", window)]
    line.set_facts(FACTS[2:])
    later.append(QPushButton("C", window))
    line.set_facts(FACTS[3:])
    qtbot.waitUntil(lambda: len(line.findChildren(FactButton)) == 2)
    names, now = [], later[0].nextInFocusChain()
    while now is not later[0]:
        if isinstance(now, QPushButton):
            names.append(now.text() or now.accessibleName())
        now = now.nextInFocusChain()
    assert names == ["B", "C", "10 cannot be trained", "nothing is watched", "Stop reading", "Train"]
