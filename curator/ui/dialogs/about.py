"""What Curator is, which version, and under which licence."""

from __future__ import annotations

import platform
from pathlib import Path

from PySide6.QtCore import QUrl, Signal, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication

from curator import __version__, paths
from curator.ui.controls import Button, Glyph, Text, Well, column, row

WIDTH, HEIGHT = 440, 260


def licences_file() -> Path:
    """The licences of everything that comes along: in the packaged app only."""
    return paths.resources().parent / "THIRD-PARTY-LICENSES.txt"


class AboutCard(Well):
    """The card of the sheet; `done` closes it."""

    done = Signal()

    def __init__(self, library: str) -> None:
        super().__init__(radius=14)
        self.facts = (
            f"Curator {__version__} · Qt {qVersion()} · Python {platform.python_version()} · {platform.system()}"
        )
        copy = Button("Copy", "copy", flat=True, small=True)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(f"{self.facts}\n{library}"))
        self.licences = Button("Licences", flat=True, small=True)
        self.licences.setVisible(licences_file().is_file())
        self.licences.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(licences_file()))))
        close = Button("Close", small=True)
        close.clicked.connect(self.done)
        self.setLayout(
            column(
                row(Glyph("library", 28, "accent_text"), Text("Curator", "title"), None, spacing=3),
                2,
                Text("Turn your own sessions into a small model of your own.", "body", "text2"),
                3,
                Text(self.facts, "small", "text2", wrap=True),
                1,
                Text(f"Library: {library}", "small", "text3", wrap=True),
                1,
                Text("Apache-2.0. Everything stays on this computer.", "small", "text3"),
                None,
                row(self.licences, None, copy, close, spacing=1.5),
                margins=(7, 6, 7, 5),
            )
        )
        self.setFocusProxy(close)
