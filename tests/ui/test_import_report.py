"""The report of an import: every problem shows its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from curator.core.notes import WINDOWS, nobody_asked
from curator.core.query import ImportReport
from curator.ui.dialogs.import_report import ImportReportCard
from curator.ui.views.file_place import AROUND, LONGEST, read_place

ROW = '{"messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":"Because it rains."}]}\n'


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"".join(b"line %d\n" % n for n in range(1, 101)))
    return path


def test_what_is_no_file_is_not_told_as_gone(tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.jsonl")
    told = {
        "broken.jsonl": "What the link points to is not there.",
        "loop": "It is a folder.",
        "pipe.jsonl": "It is no file whose lines could be shown.",
        "bad\ufffd.jsonl": "It cannot be opened from here, because of its name.",
        "away.jsonl": "The file is not there any more.",
    }
    assert {name: read_place(str(tmp_path / name), 0).words for name in told} == told


def test_a_place_is_its_line_with_those_around_it(lines: Path) -> None:
    found = read_place(str(lines), 48)
    assert [n for n, _ in found.lines] == list(range(48 - AROUND, 48 + AROUND + 1))
    assert dict(found.lines)[48] == "line 48" and found.file == str(lines)
    assert [n for n, _ in read_place(str(lines), 1).lines] == [1, 2, 3, 4]
    assert [n for n, _ in read_place(str(lines), 100).lines] == [97, 98, 99, 100]
    assert [n for n, _ in read_place(str(lines), 0).lines] == list(range(1, 8)), "of a file as a whole, its beginning"


def test_long_and_broken_lines_are_shown_as_far_as_they_can_be(tmp_path: Path) -> None:
    path = tmp_path / "wild.jsonl"
    path.write_bytes(b"a" * 300_000 + b"\n" + b"\xff\x00\tb\xc3\xa9\r\n" + b"c" * 100_000)
    first, second, third = (text for _, text in read_place(str(path), 2).lines)
    assert len(first) == len(third) == LONGEST + 1 and first.endswith("…")
    assert second == "\ufffd·    bé"


@pytest.mark.parametrize(
    ("name", "line", "words"),
    [
        ("gone.jsonl", 3, "The file is not there any more."),
        ("many.jsonl/inside.json", 3, "It lies inside many.jsonl."),
        ("empty.jsonl", 0, "The file is empty."),
        ("many.jsonl", 900, "The file is one document; it is about its part 900."),
    ],
)
def test_where_there_is_no_line_to_show_it_is_said_why(lines: Path, name: str, line: int, words: str) -> None:
    lines.with_name("empty.jsonl").touch()
    found = read_place(str(lines.parent / name), line)
    assert (found.words, found.lines) == (words, ())
    assert found.file == ("" if "gone" in name else str(lines.with_name(name.partition("/")[0])))


def test_of_what_is_no_text_no_gibberish_is_shown(tmp_path: Path) -> None:
    packed, words = tmp_path / "a.pb", tmp_path / "b.txt"
    packed.write_bytes(bytes(range(256)) * 20)
    words.write_bytes("日本語のテキスト、¿qué?\n".encode() * 200)
    assert read_place(str(packed), 0).words == "It holds no plain text that could be shown."
    assert len(read_place(str(words), 0).lines) == 2 * AROUND + 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1252"])
def test_text_of_windows_is_shown_as_it_was_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "note.txt"
    start = "" if encoding == "cp1252" else "\ufeff"
    path.write_bytes((start + "Déjà vu à la fête\r\nname: où, ä\n" * 400).encode(encoding))
    assert [text for _, text in read_place(str(path), 0).lines][:2] == ["Déjà vu à la fête", "name: où, ä"]
    assert dict(read_place(str(path), 600).lines)[600] == "name: où, ä"


def test_a_reason_that_is_too_long_for_its_line_is_told_below_the_list(qapp, qtbot) -> None:
    long = "It is closed to other programs: Windsurf and Antigravity keep their chats so. Save the chat there as text."
    short = "The line is no JSON."
    problems = (("/e/a.pb", 0, long), ("/e/b.jsonl", 3, short), ("/e/b.jsonl", 4, short))
    card = ImportReportCard(ImportReport(files=2, problems=problems))
    qtbot.addWidget(card)
    card.resize(720, 560)
    card.show()
    card.begin()
    assert card._reason.isVisible() and card._reason.text() == long
    assert card.model.data(card.model.index(0), Qt.ItemDataRole.ToolTipRole) == f"{long}\n/e/a.pb"
    card.view.setCurrentIndex(card.model.index(1))
    assert not card._reason.isVisible()
    usual, large = qapp.font(), qapp.font()
    large.setPointSizeF(4 * usual.pointSizeF())
    qapp.setFont(large)
    try:
        card.view.setCurrentIndex(card.model.index(2))
        assert card._reason.isVisible(), "large text leaves less room in the line"
    finally:
        qapp.setFont(usual)


def test_each_problem_shows_its_place_and_opens_its_file(qtbot, monkeypatch: pytest.MonkeyPatch, lines: Path) -> None:
    other = lines.with_name("odd.csv")
    other.write_text("a,b\n1,2\n")
    problems = ((str(lines), 48, "The line is no JSON."), (str(other), 0, "It is no transcript that Curator knows."))
    card = ImportReportCard(ImportReport(files=2, new=12, sessions=1, problems=problems), (str(other),))
    qtbot.addWidget(card)
    card.place_wanted.connect(lambda path, line: card.show_place(path, read_place(path, line)))
    opened: list[QUrl] = []  # another program is a wall
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    card.resize(720, 560)
    card.show()
    card.begin()
    assert dict(card.place.place.lines)[48] == "line 48"
    assert "line 48: line 48" in card.place.accessibleDescription() and not card.map.isVisible()
    QTest.keyClick(card.view, Qt.Key.Key_Down)
    assert card.place.place.lines == ((1, "a,b"), (2, "1,2")) and card.map.isVisible()
    with qtbot.waitSignal(card.mapping_wanted) as asked:
        qtbot.mouseClick(card.map, Qt.MouseButton.LeftButton)
    assert asked.args == [str(other)]
    qtbot.mouseClick(card.open, Qt.MouseButton.LeftButton)
    assert [url.toLocalFile() for url in opened] == [str(other)]


def test_the_heading_is_whole_whatever_it_has_to_tell(qtbot) -> None:
    problems = tuple((f"/tmp/a-name-that-is-rather-long-{n}.jsonl", 0, "Nobody knows it.") for n in range(8))
    figures = {"new": 12_345, "repeats": 1_234, "updated": 4_321, "unchanged": 54_321, "documents": 12}
    card = ImportReportCard(ImportReport(files=9, sessions=1, problems=problems, **figures))
    qtbot.addWidget(card)
    card.resize(*card.size_wanted)
    card.show()
    heading = card.heading
    assert heading.text().endswith("12 documents. 8 unreadable.")
    assert heading.heightForWidth(heading.width()) <= heading.height(), "no word of it is cut"
    assert heading.geometry().bottom() < card.view.parentWidget().geometry().top()


def test_a_reason_too_long_for_its_line_stands_below_the_place_and_not_over_it(tmp_path: Path, qtbot) -> None:
    table = tmp_path / "a-table-of-a-million-rows.jsonl"
    table.write_text('{"prompt": "Where?", "completion": "Here."}\n' * 40)
    reason = "Reading it came to no end in 51 seconds, twice. It is left out until it changes or is imported by itself."
    card = ImportReportCard(ImportReport(files=1, problems=((str(table), 0, reason),)))
    host = QWidget()  # as in its sheet: a card that is no window is given its size whatever it needs
    qtbot.addWidget(host)
    card.setParent(host)
    card.place_wanted.connect(lambda path, line: card.show_place(path, read_place(path, line)))
    card.resize(*card.size_wanted)
    card.begin()
    host.show()
    whole = next(label for label in card.findChildren(QLabel) if label.text() == reason and label.isVisible())
    assert not card.place.geometry().intersects(whole.geometry())
    assert card.view.geometry().height() >= card.view.sizeHintForRow(0)


def test_notes_stand_below_what_could_not_be_read(qtbot) -> None:
    problems = (("/e/odd.csv", 0, WINDOWS), ("/e/b.jsonl", 3, "not JSON"), ("/e/c.jsonl", 0, nobody_asked("Codex")))
    card = ImportReportCard(ImportReport(files=3, new=2, problems=problems))
    qtbot.addWidget(card)
    assert card.heading.text() == "2 new exchanges. 1 unreadable. 2 notes."
    assert [path for path, _, _ in card.model.problems] == ["/e/b.jsonl", "/e/odd.csv", "/e/c.jsonl"]
    assert ImportReportCard(ImportReport(files=1, new=2, problems=problems[:1])).heading.text().endswith("s. 1 note.")


def test_what_windows_saved_is_no_fault_in_the_window(open_main_window, library_folder, tmp_path, qtbot) -> None:
    window = open_main_window(library_folder)
    odd = tmp_path / "odd.csv"
    odd.write_bytes("prompt,response\nWie tief?,Drei Meter über Grund.\n".encode("cp1252"))
    window.read([odd])
    qtbot.waitUntil(lambda: WINDOWS in window.notice.words, timeout=20_000)
    assert window.notice.words == f"1 new exchange. odd.csv: {WINDOWS}"
    assert [button.text() for button in window.notice.buttons()] == ["Show"]


def test_a_file_nobody_knows_is_explained_from_its_report(open_main_window, library_folder, tmp_path, qtbot) -> None:
    window = open_main_window(library_folder)
    odd, broken = tmp_path / "odd.csv", tmp_path / "broken.jsonl"
    odd.write_text("nr,frage,antwort\n1,Wie tief?,Drei Meter.\n2,Wie breit?,Ein Meter.\n3,Wie alt?,Hundert Jahre.\n")
    broken.write_text(ROW + "{not json\n" + ROW.replace("Why", "How"))
    window.read([odd, broken])
    qtbot.waitUntil(lambda: "2 unreadable" in window.notice.words, timeout=20_000)
    window.notice.buttons()[0].click()
    card = window.opened.overlays.card
    assert isinstance(card, ImportReportCard)
    row = next(n for n, (path, _, _) in enumerate(card.model.problems) if path.endswith("broken.jsonl"))
    card.view.setCurrentIndex(card.model.index(row))
    qtbot.waitUntil(lambda: dict(card.place.place.lines).get(2) == "{not json")
    card.view.setCurrentIndex(card.model.index(1 - row))
    qtbot.waitUntil(lambda: card.map.isVisible())
    qtbot.mouseClick(card.map, Qt.MouseButton.LeftButton)
    sheet = window.opened.intake._mapping.sheet
    qtbot.waitUntil(lambda: sheet.card.button.isEnabled(), timeout=10_000)
    qtbot.mouseClick(sheet.card.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "3 new" in window.notice.words, timeout=20_000)
