"""Looks for what ended unexpectedly, tells it once, and opens the reports."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from curator.ui.reporting.loading import with_module

if TYPE_CHECKING:
    from curator.ui.main_window import MainWindow
    from curator.ui.views.notice_bar import Choice

SAFE = "What you saved is safe. The report stays on this computer."


class CrashDesk(QObject):
    """Belongs to the window, and needs no library: one that cannot be opened may be what ended it.

    Made at every start, so what it needs is imported when it is asked for.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.tasks.failed.connect(self._on_failed)
        window.actions_.on("crash_reports", self.open)
        window.actions_.on("diagnostics", self._open_diagnostics)  # until a library is open, which tells more

    def look_back(self) -> None:
        """Tell of an end that nobody expected, if there was one; without a word where it cannot be looked for."""
        self._window.tasks.read(_look, self._on_looked, lambda _error: None)

    def open(self) -> None:
        """Show the reports."""
        with_module(self._window.tasks, "crash_sheet", lambda module: module.open_reports(self._window))

    def _open_diagnostics(self) -> None:
        with_module(self._window.tasks, "diagnostics_sheet", lambda module: module.open_diagnostics(self._window, None))

    def _on_failed(self, error: BaseException) -> None:
        """Work beside the window failed, and the window tells it: what nobody expected is written down as well."""
        self._window.tasks.read(partial(record_unexpected, error, "in work beside the window"), lambda _done: None)

    def _on_looked(self, when: str) -> None:
        if when:
            choices: list[Choice] = [("Read the report", self.open)]
            self._window.notice.ask(
                f"Curator ended unexpectedly; it was last heard of {when}.", SAFE, choices, about="crash"
            )


def record_unexpected(error: BaseException, where: str) -> None:
    """Write a report about an error, unless it is one that Curator expects or the system's own."""
    from curator.core.errors import CuratorError

    if not isinstance(error, CuratorError | OSError):
        from curator.services import crashes

        crashes.record(error, where)


def _look() -> str:
    """When the last unexpected end was, as it is said; empty where there was none that has not been told."""
    from curator.services import crashes

    report = crashes.look_back()
    return "" if report is None else crashes.words_for(report.when)
