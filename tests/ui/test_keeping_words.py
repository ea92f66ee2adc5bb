"""What the window says of its own accord: what is kept that others delete, and what the library had to mend."""

from __future__ import annotations

import os
import time
from pathlib import Path

from claude_sessions import ClaudeSession
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
    os.utime(path)  # it was used again
    window.opened.standing.look_for_kept_soon()
    qtbot.waitUntil(lambda: sidebar.notice == "", timeout=10000)
    assert not sidebar._below.isVisible()


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
