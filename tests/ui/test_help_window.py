"""The guide's window: pages, links, search and the way back, with the keys and the mouse."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextCursor, QTextDocument
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget

from curator import paths
from curator.services import help as guide
from curator.ui import theme
from curator.ui.actions import COMMANDS, Actions, Where, key_words
from curator.ui.help.contents import Contents
from curator.ui.help.context import page_for
from curator.ui.help.help_window import HelpWindow
from curator.ui.help.history import History, Stop
from curator.ui.help.pictures import SHOT_AT
from curator.ui.main_window import MainWindow


@pytest.fixture
def help_window(qtbot) -> HelpWindow:
    host = QWidget()
    qtbot.addWidget(host)
    shown = HelpWindow(Actions(host))
    qtbot.addWidget(shown)
    shown.open_at()
    qtbot.waitExposed(shown)
    QApplication.processEvents()
    return shown


def link_to(window: HelpWindow, target: str) -> QPoint:
    """Where on the viewport a link stands."""
    block = window.view.document().begin()
    while block.isValid():
        for run in block.textFormats():
            if run.format.anchorHref() == target:
                cursor = QTextCursor(window.view.document())
                cursor.setPosition(block.position() + run.start + 1)
                window.view.setTextCursor(cursor)
                window.view.ensureCursorVisible()
                return window.view.cursorRect(cursor).center()
        block = block.next()
    raise AssertionError(f"no link to {target}")


def ink_of_title(window: HelpWindow) -> str:
    cursor = QTextCursor(window.view.document().begin())
    cursor.movePosition(QTextCursor.MoveOperation.Right)
    return cursor.charFormat().foreground().color().name()


def test_every_page_shows_its_words_and_its_pictures(help_window: HelpWindow) -> None:
    for page in guide.pages():
        help_window.go(page.name)
        shown = help_window.view.toPlainText()
        assert help_window.title.text() == page.title
        for section in page.sections:
            assert section.heading in shown
        for name in guide.pictures():
            if name in page.text:
                picture = help_window.view.loadResource(
                    QTextDocument.ResourceType.ImageResource, QUrl(f"../screenshots/{name}")
                )
                assert isinstance(picture, QImage) and picture.width() > 100, name


def test_a_link_leads_to_its_page_and_back_leads_to_where_it_stood(help_window: HelpWindow, qtbot) -> None:
    view = help_window.view
    help_window.resize(700, 420)
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 0)
    at = link_to(help_window, "privacy.md")
    height = view.height_now()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view.page is not None and view.page.name == "privacy"
    assert help_window.list.currentIndex().data() == view.page.title
    QTest.mouseClick(help_window.back, Qt.MouseButton.LeftButton)
    assert (view.page.name, view.height_now()) == (guide.INDEX, height)
    assert not help_window.back.isEnabled()
    QTest.mouseClick(help_window.forward, Qt.MouseButton.LeftButton)
    assert view.page.name == "privacy"


def test_a_link_to_a_heading_scrolls_to_it(help_window: HelpWindow) -> None:
    help_window.go("training", "every-number")
    top = help_window.view.cursorForPosition(QPoint(0, 40))
    assert "Every number" in top.block().text() or "Every number" in top.block().previous().text()
    assert help_window.view.height_now() > 0


def test_another_width_keeps_the_line_at_the_top(help_window: HelpWindow, qtbot) -> None:
    help_window.go("training", "every-number")
    help_window.resize(660, 500)
    before = help_window.view.column()
    qtbot.waitUntil(lambda: help_window.view.lineWrapColumnOrWidth() == help_window.view.column())
    assert help_window.view.column() <= before
    top = help_window.view.cursorForPosition(QPoint(0, 40)).block()
    assert "Every number" in (top.text(), top.previous().text())


def test_dark_and_light_show_their_own_inks_and_pictures(help_window: HelpWindow, qtbot) -> None:
    help_window.go("runs")
    for scheme in (theme.DARK, theme.LIGHT):
        help_window.setPalette(theme.palette(scheme))
        qtbot.waitUntil(lambda s=scheme: ink_of_title(help_window) == s.text.lower())
        loaded = help_window.view.loadResource(
            QTextDocument.ResourceType.ImageResource, QUrl("../screenshots/runs-light.png")
        )
        assert (loaded.pixelColor(4, 4).lightness() < 128) is scheme.is_dark


def test_the_size_is_kept_for_the_next_time(qtbot, tmp_path: Path) -> None:
    kept = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    sizes = []
    for _ in range(2):
        host = QWidget()
        qtbot.addWidget(host)
        shown = HelpWindow(Actions(host), kept)
        qtbot.addWidget(shown)
        shown.open_at()
        sizes.append(shown.size().toTuple())
        shown.resize(700, 500)
        shown.close()
    assert sizes[1] == (700, 500) != sizes[0]


def test_an_address_outside_is_shown_before_it_is_opened(help_window: HelpWindow, monkeypatch) -> None:
    opened, asked = [], []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True)

    def answer(box: QMessageBox) -> int:
        asked.append(box.text())
        next(b for b in box.buttons() if b.text().replace("&", "") == wanted).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    wanted = "Cancel"
    help_window.view.anchorClicked.emit(QUrl("https://example.org/a"))
    assert (len(asked), opened) == (1, [])
    wanted = "Open in browser"
    help_window.view.anchorClicked.emit(QUrl("https://example.org/a"))
    assert "https://example.org/a" in asked[1] and opened == ["https://example.org/a"]


@pytest.mark.parametrize("address", ["file:///etc/hostname", "javascript:alert(1)", "ftp://example.org/"])
def test_other_addresses_lead_nowhere(help_window: HelpWindow, address: str) -> None:
    before = help_window.view.page
    help_window.view.anchorClicked.emit(QUrl(address))
    assert help_window.view.page is before


@pytest.mark.parametrize(
    "address", ["https://example.org/a.png", "file:///etc/hostname", "../../etc/a.png", "/abs/x.png", "a.svg", ""]
)
def test_nothing_but_pictures_of_the_guide_is_ever_loaded(help_window: HelpWindow, address: str) -> None:
    loaded = help_window.view.loadResource(QTextDocument.ResourceType.ImageResource, QUrl(address))
    assert isinstance(loaded, QImage) and (loaded.width(), loaded.height()) == (1, 1)


def test_typing_finds_places_and_enter_goes_from_one_to_the_next(help_window: HelpWindow, qtbot) -> None:
    QTest.keyClick(help_window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is help_window.field
    QTest.keyClicks(help_window.field, "checkpoint")
    hits = guide.search("checkpoint")
    assert [line.anchor for line in help_window.model.lines] == [hit.anchor for hit in hits]
    assert help_window.found.text() == help_window.field.accessibleDescription() == f"{len(hits)} places"
    for hit in hits[:2]:
        QTest.keyClick(help_window.field, Qt.Key.Key_Return)
        assert help_window.view.page is not None and help_window.view.page.name == hit.page
    marked = [selection.cursor.selectedText().lower() for selection in help_window.view.extraSelections()]
    assert marked and set(marked) == {"checkpoint"}
    QTest.keyClick(help_window.field, Qt.Key.Key_Escape)
    assert len(help_window.model.lines) == len(guide.pages())
    assert not help_window.view.extraSelections()


def test_words_that_are_nowhere_are_said(help_window: HelpWindow) -> None:
    help_window.field.setText("zzzqqq")
    assert help_window.found.text() == "Nothing in the guide says “zzzqqq”."
    assert not help_window.model.lines


def test_the_arrow_keys_go_through_the_contents(help_window: HelpWindow) -> None:
    help_window.list.setFocus()
    QTest.keyClick(help_window.list, Qt.Key.Key_Down)
    assert help_window.view.page is guide.pages()[1]


def test_escape_closes_it_and_it_comes_back_where_it_was(help_window: HelpWindow) -> None:
    help_window.go("privacy")
    QTest.keyClick(help_window.view, Qt.Key.Key_Escape)
    assert not help_window.isVisible()
    help_window.open_at("training")
    assert help_window.isVisible() and help_window.back.isEnabled()


def test_every_control_has_a_name(help_window: HelpWindow) -> None:
    named = [help_window.list, help_window.view, help_window.field, *help_window.findChildren(QPushButton)]
    assert all(widget.accessibleName() for widget in named)


def test_the_contents_are_a_sound_model(qtbot) -> None:
    model = Contents()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.show_pages(guide.pages())
    model.show_hits(guide.search("row"), "row")
    assert model.rowCount() == len(guide.search("row"))


def test_history_forgets_what_lay_ahead_and_keeps_the_heights() -> None:
    history = History()
    history.visit(Stop("a"), 0)
    history.visit(Stop("b"), 120)
    assert history.step(-1, 40) == Stop("a", "", 120)
    assert history.step(-1, 0) is None
    assert history.step(1, 130) == Stop("b", "", 40)
    history.step(-1, 50)
    history.visit(Stop("c"), 7)
    assert not history.has_forward and history.has_back
    history.visit(Stop("c"), 9)
    assert history.step(-1, 0) == Stop("a", "", 7)


def test_a_widget_may_name_its_page(qtbot) -> None:
    outer, inner = QWidget(), QWidget()
    qtbot.addWidget(outer)
    inner.setParent(outer)
    assert page_for(inner, "runs") == (guide.PLACES["runs"], "")
    outer.help_page = "keys#decide"
    assert page_for(inner, "runs") == ("keys", "decide")
    assert page_for(None, "nowhere") == (guide.INDEX, "")


def test_every_page_that_a_widget_names_is_there() -> None:
    sources = (Path(guide.__file__).parents[1] / "ui").rglob("*.py")
    named = [page for file in sources for page in re.findall(r'help_page = "(.+?)"', file.read_text(encoding="utf-8"))]
    assert named
    for page, _, anchor in (name.partition("#") for name in named):
        assert not anchor or anchor in {section.anchor for section in guide.page(page).sections}, f"{page}#{anchor}"


def test_f1_opens_the_page_of_the_place(window: MainWindow, qtbot) -> None:
    QTest.keyClick(window.library.list.table, Qt.Key.Key_F1)
    assert window.guide is not None and window.guide.view.page is guide.page(guide.PLACES["library"])
    window.opened.go("mirror")
    window.actions_.trigger("help")
    assert window.guide.view.page is guide.page(guide.PLACES["mirror"])
    shown = window.guide
    window.close()
    assert not shown.isVisible() and window.guide is None


def test_the_palette_leads_into_the_guide(window: MainWindow, qtbot) -> None:
    window.actions_.trigger("palette")
    card = window.opened.overlays.card
    QTest.keyClicks(card.field, "scale by rank")
    qtbot.waitUntil(lambda: any(entry.kind == "guide" for entry in card.model._entries))
    wanted = next(row for row, entry in enumerate(card.model._entries) if entry.kind == "guide")
    card._choose(wanted)
    QTest.keyClick(card.field, Qt.Key.Key_Return)
    assert window.guide is not None and window.guide.view.page is guide.page("training")
    assert window.guide.view.height_now() > 0


def test_the_page_of_keys_has_every_key_as_delivered(monkeypatch) -> None:
    text = guide.page("keys").text
    monkeypatch.setattr(sys, "platform", "linux")
    missing = [
        command.text
        for command in COMMANDS
        if command.in_sheet
        and command.keys
        and f"| {command.text.rstrip('…')} | {key_words(command.keys[0])} |" not in text.replace("`", "")
    ]
    assert missing == []
    assert all(command.where is not Where.EDITOR or command.text.rstrip("…") in text for command in COMMANDS)


def test_pictures_are_taken_at_the_scale_they_are_shown_at() -> None:
    script = Path(__file__).parents[1] / "journeys" / "screenshots.py"
    assert f'"QT_SCALE_FACTOR", "{SHOT_AT}"' in script.read_text(encoding="utf-8")
    whole = QImage(str(paths.resources() / "screenshots" / "library-light.png"))
    assert whole.width() == round(1440 * SHOT_AT)
