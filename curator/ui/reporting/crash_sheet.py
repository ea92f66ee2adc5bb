"""Opens the sheet of crash reports and does with them what is asked there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from curator.services import crashes
from curator.services.crashes import CrashReport
from curator.ui.dialogs.crash import CrashCard
from curator.ui.reporting.reading import SIZE
from curator.ui.reporting.sheets import open_sheet

if TYPE_CHECKING:
    from curator.ui.main_window import MainWindow


def open_reports(window: MainWindow) -> CrashCard:
    """Show the reports over the window."""
    card, tasks = CrashCard(), window.tasks
    still = open_sheet(window, card, SIZE)

    def find() -> list[CrashReport]:
        crashes.look_at_parts()
        if window.opened is not None:
            crashes.look_at_runs(window.opened.workspace)
        return crashes.reports()

    def fill(_done: object = None) -> None:
        tasks.read(find, still(card.show_reports))

    def show(path: Path) -> None:
        tasks.read(partial(crashes.read, path), still(partial(card.show_text, path)), still(fill), key="crash report")

    def save() -> None:
        report = card.chosen
        if report is None:
            return
        start = str(Path.home() / f"Curator report {report.name}")
        name, _ = QFileDialog.getSaveFileName(window, "Save the report", start, "Text (*.txt)")
        if name:
            tasks.write(lambda: Path(name).write_text(crashes.read(report), encoding="utf-8"))

    card.text_wanted.connect(show)
    card.save_asked.connect(save)
    card.remove_asked.connect(lambda: tasks.write(crashes.remove_all, still(fill)))
    fill()
    return card
