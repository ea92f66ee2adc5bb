"""The first start: what was found, what is offered first, and what Curator never does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from curator.core.query import FoundAgent
from curator.ui.views.first_start import NOTHING_FOUND, FirstStart
from curator.ui.views.promises import PROMISES

CLAUDE = FoundAgent("Claude Code", "/h/.claude", 318, 4_100_000_000)
CODEX = FoundAgent("Codex", "/h/.codex", 97, 600_000_000)


@pytest.fixture
def page(qtbot) -> FirstStart:
    made = FirstStart()
    qtbot.addWidget(made)
    made.resize(1440, 808)
    made.show()
    return made


def said(page: FirstStart) -> str:
    return " ".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_until_it_has_looked_it_does_not_say_that_nothing_is_there(page) -> None:
    assert "Looking where assistants keep theirs" in said(page)
    assert NOTHING_FOUND not in said(page)
    page.show_agents([])
    assert NOTHING_FOUND in said(page)


def test_it_says_how_much_was_found_in_all(page) -> None:
    page.show_agents([CLAUDE, CODEX])
    assert "two places where your agents keep your sessions: 415 sessions, 4.7 GB." in said(page)
    page.show_agents([CODEX])
    assert "one place where an agent keeps your sessions: 97 sessions, 600 MB." in said(page)


def test_a_database_is_not_called_a_session(page, qtbot) -> None:
    page.show_agents([CLAUDE, FoundAgent("Cursor chats", "/h/c", 1, 120_000_000, "cursor-db")])
    qtbot.waitUntil(lambda: "1 database" in said(page))
    assert "your sessions: 4.2 GB." in said(page)
    page.show_agents([FoundAgent("Cline", "/h/cline", 96, 8_000_000, "cline")])
    qtbot.waitUntil(lambda: "96 files" in said(page))


def test_what_curator_never_does_stands_there_whatever_was_found(page) -> None:
    for found in ([], [CLAUDE]):
        page.show_agents(found)
        assert all(first in said(page) and rest in said(page) for _, first, rest in PROMISES)


def test_the_samples_come_first_only_where_nothing_was_found(page, qtbot) -> None:
    page.show_agents([])
    qtbot.waitUntil(lambda: page.samples.x() < page.folder.x())
    assert (page.samples.isDefault(), page.samples.key) == (True, "⏎")
    page.show_agents([CLAUDE])
    qtbot.waitUntil(lambda: page.watch.x() < page.folder.x() < page.samples.x())
    assert (page.samples.isDefault(), page.samples.key) == (False, "")


def test_tab_goes_through_the_agents_and_then_the_buttons_as_they_stand(page, qtbot) -> None:
    def walked(count: int) -> list[str]:
        names = []
        for _ in range(count):
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            names.append(QApplication.focusWidget().accessibleName().partition(":")[0])
        return names

    page.activateWindow()
    page.show_agents([CLAUDE, CODEX])
    page.setFocus()
    qtbot.waitUntil(page.hasFocus)
    others = ["Choose files…", "How to get your conversations from ChatGPT or Claude"]
    assert walked(7) == ["Claude Code", "Codex", "Watch 2 folders", "Choose a folder…", "Try it with samples", *others]
    page.show_agents([])
    page.setFocus()
    assert walked(4) == ["Try it with samples", "Choose a folder…", *others]


def test_a_screen_reader_is_told_what_was_found(page) -> None:
    page.show_agents([CLAUDE])
    assert page.accessibleName() == "Your sessions are already here."
    assert "318 sessions" in page.accessibleDescription()


def test_nothing_is_cut_off_at_the_smallest_size_of_the_window(page, qtbot) -> None:
    page.resize(1024, 548)  # what a window of 1024 × 640 leaves to a place
    for found in ([], [CLAUDE, CODEX], [FoundAgent(f"Agent {n}", f"/h/.{n}", n, n) for n in range(14)]):
        page.show_agents(found)
        qtbot.waitUntil(lambda: page.height() == 548)
        last = max(
            (one for one in page.findChildren(QLabel) if one.isVisible()),
            key=lambda one: one.mapTo(page, one.rect().bottomLeft()).y(),
        )
        assert last.mapTo(page, last.rect().bottomLeft()).y() < 548
        assert all(
            one.width() >= one.sizeHint().width()
            for one in page.findChildren(QLabel)
            if one.isVisible() and not one.toolTip()
        )


def test_what_was_found_is_read_whole_in_large_text(qapp, qtbot) -> None:
    usual = qapp.font()
    large = qapp.font()
    large.setPointSizeF(2 * usual.pointSizeF())
    qapp.setFont(large)
    try:
        page = FirstStart()
        qtbot.addWidget(page)
        page.resize(1280, 708)
        page.show()
        page.show_agents([CLAUDE, CODEX])
        [words] = [one for one in page.findChildren(QLabel) if one.text().startswith("Curator found")]
        qtbot.waitUntil(lambda: words.height() >= words.heightForWidth(words.width()) > 0)
        assert words.height() > 2 * words.fontMetrics().lineSpacing(), "the figures are too long for one line"
        lines = [one for one in page.findChildren(QLabel) if one.isVisible() and not (one.wordWrap() or one.toolTip())]
        assert [one.text() for one in lines if one.sizeHint().width() > one.width()] == []
    finally:
        qapp.setFont(usual)
