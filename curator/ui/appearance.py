"""System, light or dark: the system's own style and palette where it has one, ours where it has none."""

from __future__ import annotations

import os
import sys
from enum import StrEnum

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from curator import paths
from curator.ui import theme
from curator.ui.style import CalmFusion

PICTURE_FONT, PICTURE_CODE = "Inter", "JetBrains Mono"


class Appearance(StrEnum):
    """What the person chose in the settings."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


def has_own_style() -> bool:
    """Whether the platform's own look is kept: macOS and Windows."""
    return sys.platform in ("darwin", "win32")


class Dresser(QObject):
    """Dresses the application and follows the system. `CURATOR_THEME=light|dark` wins over every choice."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app, self._choice = app, Appearance.SYSTEM
        if not has_own_style():
            self._style = CalmFusion()
            app.setStyle(self._style)
        if app.platformName() == "offscreen":
            self._use_picture_fonts()
        app.styleHints().colorSchemeChanged.connect(lambda _scheme: self._dress())
        self._dress()

    def choose(self, choice: Appearance) -> None:
        """Another appearance, at once."""
        if choice is not self._choice:
            self._choice = choice
            self._dress()

    def _dress(self) -> None:
        forced = os.environ.get("CURATOR_THEME", "")
        choice = Appearance(forced) if forced in ("light", "dark") else self._choice
        hints, schemes = self._app.styleHints(), Qt.ColorScheme
        if has_own_style():
            wanted = {Appearance.LIGHT: schemes.Light, Appearance.DARK: schemes.Dark}.get(choice, schemes.Unknown)
            hints.setColorScheme(wanted)
            return
        system_is_dark = hints.colorScheme() == schemes.Dark
        is_dark = choice is Appearance.DARK or (choice is Appearance.SYSTEM and system_is_dark)
        self._app.setPalette(theme.palette(theme.DARK if is_dark else theme.LIGHT))

    def _use_picture_fonts(self) -> None:
        """Without a screen there is no system font: take the ones that come along for pictures and tests."""
        folder = paths.resources() / "fonts"
        for file in sorted(folder.glob("*.?tf")) if folder.is_dir() else ():
            QFontDatabase.addApplicationFont(str(file))
        families = set(QFontDatabase.families())
        if PICTURE_FONT in families:
            f = QFont(PICTURE_FONT)
            f.setPointSizeF(13 * 72 / 96)
            f.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
            self._app.setFont(f)
        if PICTURE_CODE in families:
            theme.CODE_FAMILY = PICTURE_CODE
