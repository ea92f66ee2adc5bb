"""Writes the whole copy behind an exchange into a folder of the person’s choice: what was deleted is there again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from curator.core.errors import NotFoundError
from curator.services import archiving
from curator.services.workspace import Workspace

if TYPE_CHECKING:
    from curator.ui.main_window import MainWindow


def save_copy(window: MainWindow, ws: Workspace, exchange: int) -> None:
    """Ask for a folder and write the newest copy of the exchange's file, or session, there under a free name."""
    folder = QFileDialog.getExistingDirectory(window, "Save the whole copy in", str(Path.home()))
    if not folder:
        return

    def write() -> Path:
        copy = archiving.copy_of(ws, exchange)
        if copy is None:
            raise NotFoundError(
                "There is no whole copy of this session.", "One is made when something of it is marked."
            )
        return archiving.restore(ws, copy.id, Path(folder))

    def saved(file: Path) -> None:
        place = QUrl.fromLocalFile(str(file.parent))
        window.notice.report(f"Saved {file.name}.", "", [("Show the folder", lambda: QDesktopServices.openUrl(place))])

    window.tasks.long(write, saved, window.fail)
