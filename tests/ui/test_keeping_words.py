"""What the window says of its own accord: what is kept that others delete, and what the library had to mend."""

from __future__ import annotations

import os
import time
from pathlib import Path

from claude_sessions import ClaudeSession
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from curator.library.backups import make_backup
from curator.services import importing
from curator.services.workspace import Workspace


def test_the_sidebar_says_which_sessions_are_deleted_elsewhere_and_kept_here(
    open_main_window, library_folder: Path, tmp_path: Path, qtbot, monkeypatch
) -> None:
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    path = tmp_path / ".claude" / "projects" / "-app" / "1.jsonl"  # HOME is here in these tests
    ClaudeSession(path).exchange("Question?", "Answer.")
    old = time.time() - 25.5 * 86_400
    os.utime(path, (old, old))
    with Workspace.open(library_folder) as ws:
        importing.import_paths(ws, [path])
    window = open_main_window(library_folder)
    sidebar = window.library.sidebar
    words = "Claude Code will delete 1 of these sessions within 5 days; it is safe here."
    qtbot.waitUntil(lambda: sidebar.notice == words, timeout=10000)
    assert sidebar._below.isVisible()
    own = tmp_path / ".claude" / "settings.json"
    qtbot.mouseClick(sidebar.notice_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "keeps its sessions for 30 days" in window.notice.words)
    assert f"cleanupPeriodDays”: 3650 into {own}" in window.notice.words and not own.exists()
    buttons = {button.text(): button for button in window.notice.buttons()}
    qtbot.mouseClick(buttons["Copy the files whole"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "1 file is being copied whole" in window.notice.words)
    copies = window.opened.workspace.library.archive.copies
    qtbot.waitUntil(lambda: [copy.path for copy in copies()] == [str(path)], timeout=20_000)
    os.utime(path)  # it was used again
    window.opened.standing.look_for_kept_soon()
    qtbot.waitUntil(lambda: sidebar.notice == "", timeout=10000)
    assert not sidebar._below.isVisible()


def test_the_one_setting_is_written_only_when_it_is_chosen(
    open_main_window, library_folder: Path, tmp_path: Path, qtbot, monkeypatch
) -> None:
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    path = tmp_path / ".claude" / "projects" / "-app" / "1.jsonl"
    ClaudeSession(path).exchange("Question?", "Answer.")
    os.utime(path, (time.time() - 25.5 * 86_400,) * 2)
    own = tmp_path / ".claude" / "settings.json"
    own.write_text('{"model": "opus",  "cleanupPeriodDays": 30}\n')
    with Workspace.open(library_folder) as ws:
        importing.import_paths(ws, [path])
    window = open_main_window(library_folder)
    window.resize(1024, 640)  # here the sidebar is folded away: the notice says it instead, once
    qtbot.waitUntil(lambda: "will delete 1 of these sessions" in window.notice.words, timeout=10_000)
    (longer,) = window.notice.buttons()
    qtbot.mouseClick(longer, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "30 days" in window.notice.words)
    keep = next(b for b in window.notice.buttons() if b.text() == "Keep them for ten years")
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "sessions are kept for 10 years" in window.notice.words)
    assert own.read_text() == '{"model": "opus",  "cleanupPeriodDays": 3650}\n'
    assert window.library.sidebar.notice == ""
    window.opened.standing.look_for_kept_soon()
    with qtbot.waitSignal(window.opened.standing.kept_read, timeout=10_000) as read:
        pass
    assert read.args == [None]


def test_what_opening_had_to_mend_is_said_once_and_stays(open_main_window, sampled_folder: Path, qtbot) -> None:
    file = sampled_folder / "library.db"
    make_backup(file, "daily")
    file.unlink()
    window = open_main_window(sampled_folder)
    qtbot.waitUntil(lambda: window.notice.isVisible(), timeout=10000)
    assert window.notice._sentence.text() == "The library's file was gone, so a new one was begun."
    assert "backups" in window.notice._hint.text()
    window.notice.dismiss()
    window.opened.standing.clock.timeout.emit()
    QApplication.processEvents()
    assert window.notice.isHidden()


def test_a_backup_that_fails_later_is_said_when_it_does(open_main_window, sampled_folder: Path, qtbot) -> None:
    window = open_main_window(sampled_folder)
    window.opened.workspace.library.notices.append("Today's backup of the library could not be made (no room).")
    window.opened.standing.clock.timeout.emit()
    assert window.notice.words == "Today's backup of the library could not be made (no room)."
