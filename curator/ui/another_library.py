"""What a window offers whose library cannot be opened: to try again, or to open a library in another folder."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from curator import paths
from curator.ui.dialogs.error import tell

if TYPE_CHECKING:
    from curator.ui.main_window import MainWindow
    from curator.ui.views.notice_bar import Choice

_log = logging.getLogger(__name__)
NEW = "Curator library"  # the folder that is made where the chosen one holds no library


def offer(window: MainWindow, error: BaseException, again: Callable[[], object]) -> None:
    """Say why the library cannot be opened, above the place, with what can be done about it."""
    _log.error("told to the person", exc_info=error)
    told = tell(error)
    choices: list[Choice] = [
        ("Copy details", lambda: QGuiApplication.clipboard().setText(told.details)),
        ("Choose a folder…", lambda: _choose(window)),
        ("Try again", again),
    ]
    window.notice.ask(told.sentence, told.hint, choices, about="library")


def _choose(window: MainWindow) -> None:
    """The window of another library is another process: its name for a second start comes from the folder."""
    chosen = QFileDialog.getExistingDirectory(window, "Choose a folder for the library")
    if chosen:
        program, *words = paths.program()
        QProcess.startDetached(program, [*words, "--library", str(library_in(Path(chosen)))])
        window.close()


def library_in(folder: Path) -> Path:
    """The folder itself where it is empty or a library already, else one in it: a library never mixes with other
    files."""
    is_free = (folder / "library.db").exists() or not any(folder.iterdir())
    return folder if is_free else folder / NEW
