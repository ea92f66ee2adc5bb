"""Folders that are added in the window: how far they are read, the stop, and what is said at the end."""

from __future__ import annotations

import threading
from pathlib import Path

from claude_sessions import ClaudeSession
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from curator.core.query import ImportProgress, ImportReport
from curator.services import browsing
from curator.ui.controls import Tag
from curator.ui.main_window import MainWindow


def fill(folder: Path, count: int, first: int = 100) -> Path:
    for number in range(first, first + count):
        ClaudeSession(folder / "-p" / f"{number}.jsonl", seed=number).exchange(f"Number {number}?", "Yes.")
    return folder


def heard_progress(window: MainWindow) -> list[ImportProgress]:
    heard: list[ImportProgress] = []
    window.opened.intake.watching.progressed.connect(heard.append)
    return heard


def open_empty(open_main_window, library_folder, qtbot) -> MainWindow:
    window = open_main_window(library_folder)
    qtbot.waitUntil(lambda: window.opened.intake.watching._watching is not None, timeout=10000)
    return window


def test_folders_that_are_added_are_told_from_the_first_file_and_reported_together(
    open_main_window, library_folder, tmp_path, qtbot
) -> None:
    window = open_empty(open_main_window, library_folder, qtbot)
    heard = heard_progress(window)
    folders = [fill(tmp_path / "one", 20), fill(tmp_path / "two", 1, first=200)]
    window.opened.watch([str(folder) for folder in folders])
    assert window.status.is_working and window.status._doing.text() == "Looking for transcripts"
    qtbot.waitUntil(lambda: not window.status.is_working, timeout=20000)
    assert window.notice.words == "21 new exchanges."
    assert {progress.total for progress in heard} <= {0, 21}
    assert browsing.counts(window.opened.workspace).total == 21


def test_a_folder_without_transcripts_ends_its_progress_too(open_main_window, library_folder, tmp_path, qtbot) -> None:
    window = open_empty(open_main_window, library_folder, qtbot)
    (tmp_path / "empty").mkdir()
    window.opened.watch([str(tmp_path / "empty")])
    qtbot.waitUntil(lambda: not window.status.is_working, timeout=20000)
    assert window.notice.words == "No exchange in it."
    window.opened.watch([str(tmp_path / "empty")])  # for the second time: nothing to wait for
    qtbot.waitUntil(lambda: not window.status.is_working, timeout=20000)


def test_a_folder_that_is_gone_before_it_is_looked_at_ends_its_progress_too(
    open_main_window, library_folder, tmp_path, qtbot
) -> None:
    window = open_empty(open_main_window, library_folder, qtbot)
    library = window.opened.workspace.library
    (tmp_path / "gone").mkdir()
    write = library.add_watched

    def add_and_lose(path: str, name: str) -> object:
        done = write(path, name)
        (tmp_path / "gone").rmdir()
        return done

    library.add_watched = add_and_lose
    window.opened.watch([str(tmp_path / "gone")])
    assert window.status.is_working
    qtbot.waitUntil(lambda: not window.status.is_working, timeout=20000)
    [folder] = library.watched_folders()
    assert folder.is_missing


def test_the_stop_in_the_status_line_ends_the_scan_and_says_what_becomes_of_the_rest(
    open_main_window, library_folder, tmp_path, qtbot
) -> None:
    window = open_empty(open_main_window, library_folder, qtbot)
    status = window.status

    def stop_at_the_first_file(progress: ImportProgress) -> None:
        if progress.files and status.is_working:
            QTest.mouseClick(status._stop, Qt.MouseButton.LeftButton)

    window.opened.intake.watching.progressed.connect(stop_at_the_first_file)
    window.opened.watch([str(fill(tmp_path / "large", 3000))])
    qtbot.waitUntil(lambda: not status.is_working, timeout=60000)
    assert window.notice.words.endswith("Reading was stopped; the rest is read when Curator opens next.")
    kept = browsing.counts(window.opened.workspace).total
    assert 0 < kept < 3000
    QApplication.processEvents()
    assert browsing.counts(window.opened.workspace).total == kept


def test_a_file_that_is_deleted_leaves_its_exchange_open_with_a_mark(
    open_main_window, library_folder, tmp_path, qtbot
) -> None:
    window = open_empty(open_main_window, library_folder, qtbot)
    folder = fill(tmp_path / "one", 1)
    window.opened.watch([str(folder)])
    qtbot.waitUntil(lambda: window.library.desk.view is not None, timeout=20_000)
    prompt = window.library.desk.view.prompt
    next(folder.rglob("*.jsonl")).unlink()
    qtbot.waitUntil(lambda: window.library.desk.view.source_is_gone, timeout=20_000)
    marks = [tag.text for tag in window.library.reader._badges.findChildren(Tag) if tag.isVisible()]
    assert "source gone" in marks and window.library.desk.view.prompt == prompt


def test_a_scan_that_ends_while_a_folder_is_being_added_leaves_its_report_to_the_next(
    open_main_window, library_folder, tmp_path, qtbot
) -> None:
    window = open_empty(open_main_window, library_folder, qtbot)
    opened, written = window.opened, threading.Event()
    folders = [fill(tmp_path / "one", 20), fill(tmp_path / "two", 2, first=200)]
    opened.watch([str(folders[0])])
    window.tasks.write(lambda: written.wait(60))
    opened.watch([str(folders[1])])
    watcher = opened.intake.watching._watching._watcher
    qtbot.waitUntil(lambda: browsing.counts(opened.workspace).total == 20 and not watcher._is_telling, timeout=20000)
    QApplication.processEvents()
    assert window.status.is_working, "it is still being added"
    written.set()
    qtbot.waitUntil(lambda: not window.status.is_working, timeout=20000)
    assert window.notice.words == "22 new exchanges."


def test_a_folder_that_is_added_twice_while_it_is_read_is_reported_once(
    open_main_window, library_folder, tmp_path, qtbot
) -> None:
    window = open_empty(open_main_window, library_folder, qtbot)
    reports: list[ImportReport] = []
    window.opened.intake.watching.reported.connect(reports.append)
    folder = str(fill(tmp_path / "one", 200))
    window.opened.watch([folder])
    window.opened.watch([folder])
    qtbot.waitUntil(lambda: bool(reports), timeout=20000)
    assert [report.new for report in reports] == [200] and not window.status.is_working


def test_a_folder_that_is_added_is_told_as_one_that_is_imported(
    open_main_window, library_folder, tmp_path, qtbot
) -> None:
    window = open_empty(open_main_window, library_folder, qtbot)
    folder = tmp_path / "one" / "-p"
    for seed in (100, 101):
        ClaudeSession(folder / f"{seed}.jsonl", seed=seed).exchange("Number?", "Yes.")
    (folder / "CLAUDE.md").write_text("# Rules\n\nBe short.\n", encoding="utf-8")
    window.opened.watch([str(tmp_path / "one")])
    qtbot.waitUntil(lambda: not window.status.is_working, timeout=20000)
    assert window.notice.words == "1 new exchange, 1 repeats what is here, 1 document."
    assert [button.text() for button in window.notice.buttons()] == ["Documents"]
