"""Palette, key sheet, first start and sheets, each by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont, QKeySequence
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QKeySequenceEdit, QLineEdit, QPushButton, QVBoxLayout, QWidget

from curator.core.errors import LibraryError
from curator.core.query import Counts, FoundAgent, WatchedFolder
from curator.ui.actions import Actions
from curator.ui.appearance import Appearance
from curator.ui.choosing import Segments
from curator.ui.dialogs.error import tell
from curator.ui.dialogs.settings import Choices, SettingsCard
from curator.ui.empty_words import words_for
from curator.ui.models.source_list import sources_of
from curator.ui.views.first_start import FirstStart
from curator.ui.views.key_sheet import KeySheet
from curator.ui.views.palette import Entry, Palette, rank
from curator.ui.views.place_line import PlaceLine
from curator.ui.views.sheet import Sheet


def test_a_name_is_found_by_its_beginning_its_words_or_its_letters() -> None:
    assert rank("Mark clean", "mark") == 0
    assert rank("Mark clean", "cl ma") == 1
    assert rank("Mark clean", "ean") == 2
    assert rank("Mark clean", "mcn") == 3
    assert rank("Mark clean", "xyz") is None


def test_the_palette_runs_what_is_chosen(qtbot) -> None:
    ran = []
    card = Palette([Entry(w, "Go", lambda w=w: ran.append(w)) for w in ("Library", "Runs", "Reject")])
    qtbot.addWidget(card)
    tester = QAbstractItemModelTester(card.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    card.show()
    QTest.keyClicks(card.field, "r")
    QTest.keyClick(card.field, Qt.Key.Key_Down)
    QTest.keyClick(card.field, Qt.Key.Key_Return)
    assert ran == ["Reject"]
    assert tester.model() is card.model


def test_a_command_that_cannot_be_used_says_why_and_stays_open(qtbot) -> None:
    ran, done = [], []
    card = Palette([Entry("Train", "Go", lambda: ran.append(1), is_enabled=False, why="Mark a row clean first (A)")])
    card.done.connect(lambda: done.append(1))
    qtbot.addWidget(card)
    QTest.keyClick(card.field, Qt.Key.Key_Return)
    assert (ran, done) == ([], [])
    index = card.model.index(0)
    assert "Mark a row clean first" in card.model.data(index, Qt.ItemDataRole.AccessibleTextRole)


def test_a_late_answer_of_the_search_is_left_out(qtbot) -> None:
    card = Palette([])
    qtbot.addWidget(card)
    card.field.setText("web")
    card.show_found("we", [Entry("old", "exchange", lambda: None)])
    assert card.model.rowCount() == 0


def test_escape_closes_the_palette_whatever_is_typed(qtbot) -> None:
    card = Palette([])
    qtbot.addWidget(card)
    card.field.setText("web")
    with qtbot.waitSignal(card.done):
        QTest.keyClick(card.field, Qt.Key.Key_Escape)


def test_the_palette_says_that_nothing_is_found_once_the_library_has_answered(qtbot) -> None:
    card = Palette([Entry("Reject", "Review", lambda: None)])
    qtbot.addWidget(card)
    card.field.setText("zzz")
    assert card.view.nothing == ""
    card.show_found("zzz", [])
    assert card.view.nothing == "Nothing here is called “zzz”, and no exchange says it."


@pytest.fixture
def sheet_of_keys(qtbot) -> KeySheet:
    host = QWidget()
    qtbot.addWidget(host)
    card = KeySheet(Actions(host))
    card.host = host  # the actions live as long as it does
    qtbot.addWidget(card)
    card.resize(760, 600)
    card.show()
    return card


def test_the_key_sheet_finds_by_word_and_by_key(sheet_of_keys: KeySheet) -> None:
    sheet_of_keys.field.setText("rej")
    assert sheet_of_keys.shown() == ["reject"]
    sheet_of_keys.field.setText("a")
    assert "mark_clean" in sheet_of_keys.shown()


def test_a_key_is_changed_by_pressing_another_one(sheet_of_keys: KeySheet) -> None:
    sheet_of_keys.change.click()
    edit = next(e for e in sheet_of_keys.findChildren(QKeySequenceEdit) if e.accessibleName() == "Key for Mark clean")
    edit.setKeySequence(QKeySequence("G"))
    edit.editingFinished.emit()
    assert sheet_of_keys._actions.keys("mark_clean") == ("G",)
    edit.setKeySequence(QKeySequence("X"))
    edit.editingFinished.emit()
    assert sheet_of_keys._actions.keys("mark_clean") == ("G",)
    assert "Reject" in sheet_of_keys._words.text()


def test_a_sheet_closes_with_escape_or_a_press_outside_and_gives_focus_back(qtbot) -> None:
    host = QWidget()
    field = QLineEdit()
    QVBoxLayout(host).addWidget(field)
    host.resize(800, 600)
    qtbot.addWidget(host)
    host.show()
    host.activateWindow()
    qtbot.waitUntil(host.isActiveWindow)
    field.setFocus()
    for close in (
        lambda s: QTest.keyClick(s, Qt.Key.Key_Escape),
        lambda s: QTest.mouseClick(s, Qt.MouseButton.LeftButton, pos=QPoint(5, 5)),
    ):
        sheet = Sheet(host, QWidget(), (300, 200))
        sheet.open()
        with qtbot.waitSignal(sheet.closed):
            close(sheet)
        assert QApplication.focusWidget() is field


def test_a_doubled_click_on_what_opens_a_sheet_leaves_it_open(qtbot) -> None:
    host, opened = QWidget(), []
    button = QPushButton("Show", host)
    host.resize(800, 600)
    qtbot.addWidget(host)
    host.show()
    qtbot.waitExposed(host)

    def open_sheet() -> None:
        opened.append(Sheet(host, QWidget(), (300, 200)))
        opened[-1].open()

    button.clicked.connect(open_sheet)
    QTest.mouseDClick(host.windowHandle(), Qt.MouseButton.LeftButton, pos=button.geometry().center())
    qtbot.waitUntil(lambda: len(opened) == 1)
    assert opened[0].isVisible()
    with qtbot.waitSignal(opened[0].closed):
        QTest.mouseClick(opened[0], Qt.MouseButton.LeftButton, pos=QPoint(5, 300))


def test_tab_stops_once_at_a_row_of_choices_on_a_sheet(qtbot) -> None:
    host, card = QWidget(), QWidget()
    kinds, field = Segments(["Base model", "Learning rate", "Seed"], 1), QLineEdit()
    box = QVBoxLayout(card)
    box.addWidget(kinds)
    box.addWidget(field)
    card.setFocusProxy(kinds)
    host.resize(800, 600)
    qtbot.addWidget(host)
    host.show()
    host.activateWindow()
    qtbot.waitUntil(host.isActiveWindow)
    sheet = Sheet(host, card, (300, 200))
    sheet.open()
    assert QApplication.focusWidget() is kinds._buttons[1]
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is field
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is kinds._buttons[1]


def test_the_first_start_offers_the_agents_it_found(qtbot) -> None:
    page, asked = FirstStart(), []
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    page.watch_asked.connect(asked.append)
    page.show_agents(
        [FoundAgent("Claude Code", "/h/.claude", 318, 4_100_000_000), FoundAgent("Codex", "/h/.codex", 97, 6)]
    )
    assert page.watch.text() == "Watch 2 folders"
    page._ticks["/h/.codex"].click()
    assert page.watch.text() == "Watch 1 folder"
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_Return)
    assert asked == [["/h/.claude"]]


def test_many_agents_scroll_where_the_window_is_low(qtbot) -> None:
    page = FirstStart()
    qtbot.addWidget(page)
    page.resize(1024, 540)
    page.show()
    page.show_agents([FoundAgent(f"Agent {n}", f"/h/.{n}", n, n) for n in range(12)])
    assert page.watch.text() == "Watch 12 folders" and page.watch.geometry().bottom() < page.height()
    bar = page._scroll.verticalScrollBar()
    assert bar.maximum() > 0, "the others are scrolled to"
    page.resize(1440, 1300)
    qtbot.waitUntil(lambda: bar.maximum() == 0)


def test_the_settings_list_the_agents_found_here_with_a_tick_each(qtbot, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("claude", "codex", "own")]
    for folder in folders:
        folder.mkdir()
    claude, codex, own = map(str, folders)
    watched = [WatchedFolder(1, claude, "Claude Code", ""), WatchedFolder(2, own, "own", "", is_missing=True)]
    card, asked, ended = SettingsCard(), [], []
    qtbot.addWidget(card)
    card.watch_asked.connect(asked.append)
    card.unwatched.connect(ended.append)
    card.show_choices(Choices(None, 2048, Appearance.SYSTEM, [], watched))
    card.show_agents(
        [FoundAgent("Claude Code", claude, 318, 4_100_000_000), FoundAgent("Codex", codex, 97, 88_000_000)]
    )
    card.resize(560, 640)
    card.show()
    lines = {line.path: line.tick for line in card.findChildren(PlaceLine) if line.isVisible()}
    assert {path: tick.isChecked() for path, tick in lines.items()} == {claude: True, codex: False, own: True}
    assert lines[claude].accessibleName() == "Claude Code: 318 sessions, 4.1 GB"
    assert lines[own].accessibleName() == "own: not there at the moment"
    qtbot.mouseClick(lines[codex], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(lines[own], Qt.MouseButton.LeftButton)
    assert (asked, ended) == ([codex], [2])


def test_the_first_start_without_agents_offers_the_samples(qtbot) -> None:
    page, asked = FirstStart(), []
    qtbot.addWidget(page)
    page.samples_asked.connect(lambda: asked.append(1))
    page.show_agents([])
    page.show()
    assert not page.watch.isVisible()
    assert page.samples.isDefault() and page.samples.x() < page.folder.x()
    QTest.keyClick(page, Qt.Key.Key_Return)
    assert asked == [1]


def test_an_error_is_told_without_its_traceback() -> None:
    told = tell(LibraryError("The disk is full.", "Free some space."))
    assert (told.sentence, told.hint) == ("The disk is full.", "Free some space.")
    odd = tell(ZeroDivisionError("division by zero"))
    assert "Traceback" not in odd.sentence + odd.hint
    assert "ZeroDivisionError" in odd.details
    assert (
        tell(PermissionError(13, "Permission denied", "/x")).sentence == "The system refused “/x”: Permission denied."
    )


@pytest.mark.parametrize("key", ["queue:unreviewed", "queue:clean", "queue:later", "queue:rejected", "queue:all"])
def test_every_empty_queue_explains_itself_and_names_a_step(key: str) -> None:
    counts = Counts(total=5, clean=2, later=1)
    source = next(s for s in sources_of(counts) if s.key == key)
    words = words_for(source, "", False, counts)
    assert words.title.endswith(".") and words.button and words.step


def test_the_settings_show_no_number_before_theirs_is_read(qtbot) -> None:
    card = SettingsCard()
    qtbot.addWidget(card)
    assert (card.limit.text(), card.limit.isEnabled()) == ("", False)
    card.show_choices(Choices(None, card.limit.minimum(), Appearance.SYSTEM, [], []))
    assert (card.limit.text(), card.limit.isEnabled()) == (str(card.limit.minimum()), True)


def test_a_sheet_grows_with_the_text_of_the_system(window, qtbot) -> None:
    app, before = QApplication.instance(), QApplication.font()
    window.actions_.trigger("about")
    card = window.opened.overlays.card
    drawn = card.width()
    window.opened.overlays.close()
    larger = QFont(before)
    larger.setPointSizeF(before.pointSizeF() * 1.6)
    app.setFont(larger)
    try:
        window.actions_.trigger("about")
        assert window.opened.overlays.card.width() > drawn * 1.3
        window.opened.overlays.close()
    finally:
        app.setFont(before)
