"""The whole copy of a marked session: the window says that it is kept, and writes it to a folder."""

from __future__ import annotations

from pathlib import Path

from claude_sessions import ClaudeSession
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from curator.core.errors import NotFoundError
from curator.core.row import State
from curator.services import archiving
from curator.ui.main_window import MainWindow
from curator.ui.whole_copy import save_copy


def written(file: Path) -> Path:
    """A session with one exchange."""
    ClaudeSession(file).exchange("First?", "One.")
    return file


def opened_on(open_main_window, library_folder: Path, file: Path, qtbot) -> MainWindow:
    """The window, with the one exchange of this file open."""
    window = open_main_window(library_folder)
    window.opened.read([file])
    qtbot.waitUntil(lambda: window.library.desk.view is not None, timeout=20_000)
    return window


def entry(window: MainWindow) -> tuple[str, bool]:
    """How the reader's menu offers to save the copy, and whether it can be pressed."""
    window.library.reader._on_more_clicked()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(action for action in menu.actions() if action.objectName() == "save_copy")
    told = action.text(), action.isEnabled()
    menu.close()
    return told


def test_a_session_is_kept_whole_from_its_first_mark_and_can_be_had_back(
    open_main_window, library_folder: Path, tmp_path: Path, qtbot, monkeypatch
) -> None:
    file = written(tmp_path / "-p" / "one.jsonl")
    held = file.read_bytes()
    window = opened_on(open_main_window, library_folder, file, qtbot)
    source = window.library.editor._source
    assert source.text.endswith(" · original unchanged") and "copy" not in source.text
    assert entry(window) == ("Save the whole copy… (once something of it is marked)", False)

    window.library.review.decide(State.CLEAN)
    qtbot.waitUntil(lambda: source.text.endswith(" · whole copy kept · original unchanged"), timeout=20_000)
    assert entry(window) == ("Save the whole copy…", True)

    (tmp_path / "back").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "back"))
    window.library.reader.copy_asked.emit(window.library.desk.view.id)
    qtbot.waitUntil(lambda: window.notice.words == "Saved one.jsonl.", timeout=20_000)
    assert (tmp_path / "back" / "one.jsonl").read_bytes() == held


def test_a_copy_that_is_not_there_is_said(
    open_main_window, library_folder: Path, tmp_path: Path, qtbot, monkeypatch
) -> None:
    file = written(tmp_path / "-p" / "one.jsonl")
    window = opened_on(open_main_window, library_folder, file, qtbot)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    failures: list[BaseException] = []
    monkeypatch.setattr(window, "fail", failures.append)
    workspace = window.opened.workspace
    assert archiving.copies(workspace) == []
    save_copy(window, workspace, window.library.desk.view.id)
    qtbot.waitUntil(lambda: failures != [], timeout=20_000)
    assert isinstance(failures[0], NotFoundError) and "no whole copy" in str(failures[0])
