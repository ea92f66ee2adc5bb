"""What Help does with an open library: show its folder, export diagnostics, reset settings, look for newer versions."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, QUrl
from PySide6.QtGui import QDesktopServices

from curator.services import settings
from curator.ui.appearance import Appearance
from curator.ui.reporting.loading import with_module
from curator.ui.reporting.update_desk import UpdateDesk
from curator.ui.setting_keys import APPEARANCE_KEY, KEYS_KEY

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.main_window import MainWindow
    from curator.ui.reporting.environment_desk import EnvironmentDesk


class HelpDesk(QObject):
    """Belongs to the open library; what it needs is imported when it is asked for."""

    def __init__(self, window: MainWindow, workspace: Workspace) -> None:
        super().__init__(window)
        self._window, self._ws = window, workspace
        self._environments: EnvironmentDesk | None = None
        self.updates = UpdateDesk(workspace, window.tasks, window.notice, self)
        on = window.actions_.on
        on("show_library", self.show_library)
        on("diagnostics", self.open_diagnostics)
        on("reset_settings", self.reset)
        on("environment", self.open_environment)

    def open_environment(self) -> None:
        """Show the Python environment that could be made, or how far it is."""
        with_module(self._window.tasks, "environment_desk", self._open_environment)

    def _open_environment(self, module: ModuleType) -> None:
        if self._environments is None:
            self._environments = module.EnvironmentDesk(self._window, self._ws)
        self._environments.open()

    def close(self) -> None:
        """The window closes: what is being made ends."""
        if self._environments is not None:
            self._environments.close()

    def show_library(self) -> None:
        """Open the library's folder in the system's file manager."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._ws.folder))):
            self._window.notice.report(f"The library is in {self._ws.folder}.", "", [])

    def open_diagnostics(self) -> None:
        """Show what could be given to somebody who helps."""
        window, ws = self._window, self._ws
        with_module(window.tasks, "diagnostics_sheet", lambda module: module.open_diagnostics(window, ws))

    def reset(self) -> None:
        """All choices as delivered, at once; the way back is in the notice, and in a file beside the library. Rows,
        marks, runs, watched folders and places to train stay as they are."""
        window = self._window.shape.kept()
        self._window.tasks.write(lambda: settings.reset(self._ws, _words(window)), self._on_reset)

    def restore(self, file: Path) -> None:
        """What was before the reset."""
        self._window.tasks.write(lambda: settings.restore(self._ws, file), self._on_restored)

    def _on_reset(self, file: Path) -> None:
        self._window.shape.take({})
        self._take_over()
        choices: list[tuple[str, Callable[[], object]]] = [
            ("Undo", lambda: self.restore(file)),
            ("Show the file", lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))),
        ]
        self._window.notice.report(f"The settings are as delivered. Those before lie in “{file.name}”.", "", choices)

    def _on_restored(self, window: dict[str, str]) -> None:
        self._window.shape.take({key: QByteArray(base64.b64decode(value)) for key, value in window.items()})
        self._take_over()
        self._window.notice.report("The settings are as they were.", "", [])

    def _take_over(self) -> None:
        """Appearance and keys count at once; the rest asks for itself when it hears of the change."""

        def read() -> tuple[str, str]:
            return settings.get(self._ws, APPEARANCE_KEY, Appearance.SYSTEM), settings.get(self._ws, KEYS_KEY)

        def done(found: tuple[str, str]) -> None:
            look, keys = found
            self._window.appearance_chosen.emit(Appearance(look) if look in set(Appearance) else Appearance.SYSTEM)
            self._window.actions_.reset_keys()
            self._window.actions_.load_keys(keys)

        self._window.tasks.read(read, done)


def _words(window: dict[str, QByteArray]) -> dict[str, str]:
    return {key: base64.b64encode(value.data()).decode() for key, value in window.items()}
