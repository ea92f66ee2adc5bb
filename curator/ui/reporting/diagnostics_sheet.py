"""Opens the sheet of diagnostics and writes the zip that is asked for there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from curator.services import diagnostics
from curator.ui.dialogs.diagnostics import DiagnosticsCard
from curator.ui.reporting.reading import SIZE
from curator.ui.reporting.sheets import open_sheet

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.main_window import MainWindow


def open_diagnostics(window: MainWindow, ws: Workspace | None) -> DiagnosticsCard:
    """Show what would go into the zip; `ws` is None where no library is open."""
    card, tasks = DiagnosticsCard(), window.tasks
    still = open_sheet(window, card, SIZE)

    def failed(error: Exception) -> None:
        card.done.emit()
        window.fail(error)

    def save() -> None:
        start = str(Path.home() / diagnostics.suggested_name())
        name, _ = QFileDialog.getSaveFileName(window, "Save the diagnostics", start, "Zip (*.zip)")
        if name:
            files = dict(card.files)
            tasks.write(lambda: diagnostics.write(files, Path(name)), saved)

    def saved(file: Path) -> None:
        card.done.emit()
        folder = QUrl.fromLocalFile(str(file.parent))
        window.notice.report(f"Saved {file.name}.", "", [("Show the folder", lambda: QDesktopServices.openUrl(folder))])

    def test() -> None:
        tasks.long(lambda: diagnostics.gather(ws, self_test=True), still(card.show_tested), failed)

    card.tries.setVisible(ws is not None)
    card.save_asked.connect(save)
    card.test_asked.connect(test)
    tasks.read(lambda: diagnostics.gather(ws), still(card.show_files), failed)
    return card
