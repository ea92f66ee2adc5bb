"""Prose loads nothing, copies what was said, follows the palette, and asks before a link is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from exchange_views import SECRET
from PySide6.QtCore import QObject, QPoint, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QColor, QDesktopServices, QGuiApplication, QImage, QTextDocument
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from curator.core.signal import SignalHit
from curator.ui.theme import DARK, LIGHT, palette
from curator.ui.views.composer import compose
from curator.ui.views.growing_prose import GrowingProse
from curator.ui.views.links import open_link
from curator.ui.views.markdown import read_blocks
from curator.ui.views.marks import cover_secrets, find_marks
from curator.ui.views.prose import CODE_LINE, OVERSCAN, Prose, prose_width
from curator.ui.views.washes import Mark, find_all, positions


def shown(qtbot: QtBot, text: str, marks: list[Mark] | None = None) -> Prose:
    prose = Prose("test")
    qtbot.addWidget(prose)
    doc, found = compose(text)
    prose.show_document(doc, [*found, *(marks or [])])
    prose.set_width(prose_width())
    prose.show()
    return prose


def colours(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}


def test_a_picture_on_disk_is_never_drawn(qtbot: QtBot, tmp_path: Path) -> None:
    canary = QImage(80, 80, QImage.Format.Format_RGB32)
    canary.fill(QColor("#ff0000"))
    assert canary.save(str(tmp_path / "canary.png"))
    address = QUrl.fromLocalFile(str(tmp_path / "canary.png")).toString()
    prose = shown(qtbot, f"![a]({address}) <img src='{address}'> ![b]({tmp_path}/canary.png)")
    assert "#ff0000" not in colours(prose.grab().toImage())
    hostile = QTextDocument()
    hostile.setHtml(f"<p>x</p><img src='{address}' width=80 height=80><img src='{tmp_path}/canary.png'>")
    prose.show_document(hostile)
    prose.set_width(400)
    assert "#ff0000" not in colours(prose.grab().toImage())


def test_an_item_that_is_read_from_right_to_left_is_whole(qtbot: QtBot) -> None:
    for text in ("- נקודה ראשונה\n- נקודה שנייה", "1. مرحبا بالعالم " * 20):
        prose = shown(qtbot, text)
        layout = prose.document().begin().layout()
        lines = [layout.lineAt(number) for number in range(layout.lineCount())]
        for line in lines:
            right = layout.position().x() + line.x() + line.width()
            assert right <= prose_width() + OVERSCAN
            assert layout.position().x() + line.x() >= 0
        assert lines[0].x() + lines[0].width() > prose_width() - 20, "its mark hangs at the right"
        words = prose.document().begin().text().index("\t") + 1
        begin = lines[0].x() + lines[0].width() - 20
        assert lines[0].cursorToX(words)[0] == pytest.approx(begin, abs=1), "and its words stand apart from it"


def test_a_table_below_code_stands_in_a_well_of_its_own(qtbot: QtBot) -> None:
    prose = shown(qtbot, "```\na\nb\n```\n\n| c | d |\n|---|---|\n| 1 | 2 |")
    blocks = [prose.document().findBlockByNumber(number) for number in range(3)]
    first, second, third = (block.blockFormat().property(CODE_LINE) for block in blocks)
    assert first == second != third
    layout = prose.document().documentLayout()
    between = layout.blockBoundingRect(blocks[2]).top() - layout.blockBoundingRect(blocks[1]).bottom()
    assert between >= 16 + 8, "the edges of both wells lie apart"


def test_every_resource_is_one_clear_pixel(qtbot: QtBot) -> None:
    prose = shown(qtbot, "x")
    for address in ("file:///etc/hostname", "http://127.0.0.1/x", "qrc:/x", "relative.png"):
        pixel = prose.loadResource(2, QUrl(address))
        assert isinstance(pixel, QImage) and (pixel.width(), pixel.height()) == (1, 1)


def test_setting_a_source_changes_nothing(qtbot: QtBot) -> None:
    prose = shown(qtbot, "what was said")
    prose.setSource(QUrl("file:///etc/hostname"))
    assert prose.toPlainText() == "what was said"


def test_a_pressed_link_is_asked_about_and_not_followed(qtbot: QtBot) -> None:
    prose = shown(qtbot, "[docs](https://example.com/docs)")
    with qtbot.waitSignal(prose.link_requested) as asked:
        qtbot.mouseClick(prose.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(12, 8))
    assert asked.args == ["https://example.com/docs"]
    assert prose.toPlainText() == "docs"


class Browser(QObject):
    """Stands where the person's browser would."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


@pytest.mark.parametrize(("words", "opened"), [("Cancel", []), ("Open in browser", ["https://example.com/?a=<b>"])])
def test_a_link_opens_only_after_a_yes(qtbot: QtBot, words: str, opened: list[str]) -> None:
    prose, browser = shown(qtbot, "x"), Browser()
    QDesktopServices.setUrlHandler("https", browser, "open")
    said: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        said.append(box.text())
        assert box.textFormat() == Qt.TextFormat.PlainText
        button = next(b for b in box.findChildren(QPushButton) if b.text().replace("&", "") == words)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(0, answer)
    open_link(prose, "https://example.com/?a=<b>")
    QDesktopServices.unsetUrlHandler("https")
    assert "example.com" in said[0]
    assert [QUrl(address).host() for address in browser.opened] == [QUrl(address).host() for address in opened]


def test_no_other_scheme_is_even_asked_about(qtbot: QtBot) -> None:
    prose = shown(qtbot, "x")
    for address in ("file:///etc/passwd", "javascript:alert(1)", "smb://host/share", "", "ssh://host"):
        assert open_link(prose, address) is False
        assert QApplication.activeModalWidget() is None


def test_copying_joins_lines_that_were_broken_only_to_be_shown(qtbot: QtBot) -> None:
    text = "word " * 1_000 + "end"
    prose = shown(qtbot, text)
    assert prose.document().blockCount() == 3
    prose.setFocus()
    qtbot.keyClick(prose, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(prose, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == text


def test_copying_keeps_paragraphs_emoji_and_inner_lines(qtbot: QtBot) -> None:
    prose = shown(qtbot, "one 🦊 two\nand more\n\nthree")
    prose.selectAll()
    prose.copy()
    assert QGuiApplication.clipboard().text() == "one 🦊 two\nand more\nthree"


def test_the_search_marks_every_place_also_behind_an_emoji(qtbot: QtBot) -> None:
    prose = shown(qtbot, "🦊🦊 Delivery one, delivery two")
    assert prose.set_search("delivery") == 2
    first = next(mark for mark in prose.marks() if mark.kind == "search")
    assert (first.start, first.end) == (5, 13)
    assert prose.set_search("delivery idempotent") == 2, "of several words each counts, when the whole is nowhere"
    assert prose.set_search("") == 0


def test_positions_count_as_qt_does() -> None:
    assert positions("ab🦊cd", [(3, 4), (0, 1)]) == [(0, 1), (4, 5)]
    assert find_all("İİ x", "X") == [], "where lowering changes the length, the case counts"
    assert find_all("a  b", " ") == []


def test_marks_are_painted_and_follow_the_palette(qtbot: QtBot) -> None:
    prose = shown(qtbot, "In the log I pasted above it stands", [Mark(0, 25, "context", "It leans on something.")])
    prose.setPalette(palette(LIGHT))
    light = colours(prose.grab().toImage())
    prose.setPalette(palette(DARK))
    dark = colours(prose.grab().toImage())
    assert LIGHT.warn_wash.lower() in light and DARK.warn_wash.lower() in dark


def test_a_long_document_paints_the_mark_at_its_end(qtbot: QtBot) -> None:
    text = "\n\n".join(f"paragraph {i}" for i in range(400)) + "\n\nthe needle"
    prose = shown(qtbot, text)
    prose.set_search("needle")
    end = prose.grab(prose.rect().adjusted(0, prose.height() - 60, 0, 0)).toImage()
    prose.set_search("")
    assert colours(end) != colours(prose.grab(prose.rect().adjusted(0, prose.height() - 60, 0, 0)).toImage())


def test_secrets_are_covered_wherever_they_stand_and_however_the_excerpt_shows_them() -> None:
    for excerpt in (SECRET, "whsec_4fT9…", "whsec_4fT9…hsdQ", "whsec_4fT9***", "Webhook key: whsec_4fT9…"):
        text, covered = cover_secrets(f"Key: {SECRET}', then {SECRET}.", [SignalHit("secret", 1, excerpt, "prompt")])
        assert SECRET not in text and SECRET[12:] not in text
        assert covered and text.count(covered[0]) == 2
        doc, _ = compose(text)
        marks = find_marks(doc, [], "prompt", covered)
        assert [mark.kind for mark in marks] == ["secret", "secret"]


def test_a_secret_wins_over_a_softer_mark_in_the_same_place() -> None:
    hits = [SignalHit("secret", 1, SECRET, "prompt"), SignalHit("context_dep", 1, f"the key {SECRET[:10]}", "prompt")]
    text, covered = cover_secrets(f"the key {SECRET}", hits)
    marks = find_marks(compose(text)[0], hits, "prompt", covered)
    assert [mark.kind for mark in marks] == ["secret"]


def test_a_long_text_grows_slice_by_slice_and_keeps_selection_and_search(qtbot: QtBot) -> None:
    text = "\n\n".join(f"paragraph {i} with `code`" for i in range(2_000))
    prose = GrowingProse("test")
    qtbot.addWidget(prose)
    prose.set_width(400)
    with qtbot.waitSignal(prose.completed):
        prose.tell(read_blocks(text), lambda doc: [])
        prose.show()
        assert not prose.is_whole and "paragraph 10" in prose.toPlainText()
        first = prose.height()
        prose.set_search("paragraph 1999")
        cursor = prose.textCursor()
        cursor.setPosition(9, cursor.MoveMode.KeepAnchor)
        prose.setTextCursor(cursor)
    assert prose.is_whole and prose.height() > first
    assert prose.toPlainText() == text.replace("\n\n", "\n").replace("`", "")
    assert prose.textCursor().selectedText() == "paragraph"
    assert sum(mark.kind == "code" for mark in prose.marks()) == 2_000
    assert [mark for mark in prose.marks() if mark.kind == "search"]


def test_prose_that_goes_away_while_it_grows_leaves_nothing_running(qtbot: QtBot) -> None:
    prose = GrowingProse("test")
    prose.set_width(400)
    prose.tell(read_blocks("word\n\n" * 10_000), lambda doc: [])
    with qtbot.waitSignal(prose.destroyed):
        prose.deleteLater()


def test_keys_of_a_known_shape_are_covered_without_any_hit_and_across_a_cut() -> None:
    key = "sk-ant-api03-" + "aB3dE5fG7h" * 9
    text = "word " * 200 + key + " word" * 200
    covered_text, covered = cover_secrets(text, [])
    assert key not in covered_text and key[20:40] not in covered_text and len(covered) == 1
    at = text.index(key) + 40
    before, after = cover_secrets(text, [], 0, at)[0], cover_secrets(text, [], at)[0]
    assert key[20:40] not in before and key[60:] not in after


def test_a_signal_marks_whole_words_once() -> None:
    hits = [SignalHit("context_dep", 1, "it", "prompt"), SignalHit("too_short", 1, "Do it", "prompt")]
    doc, _ = compose("Edit this item: do it, it is late")
    assert [(mark.start, mark.end) for mark in find_marks(doc, hits, "prompt")] == [(19, 21)]
    assert find_marks(doc, hits, "response") == []
