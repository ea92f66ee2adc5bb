"""Whether the system asks for less motion; Qt 6.11 does not say it, so each system is asked in its own way."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtGui import QGuiApplication

_SECONDS = 2.0


def wants_less() -> bool:
    """True when the person chose less motion in the system's settings, and where there is no screen to move on.

    It may take a while (Linux asks another program): call it beside the window's thread.
    """
    if QGuiApplication.platformName() in ("offscreen", "minimal"):
        return True
    if sys.platform == "darwin":
        chosen = Path.home() / "Library" / "Preferences" / "com.apple.universalaccess.plist"
        return bool(QSettings(str(chosen), QSettings.Format.NativeFormat).value("reduceMotion", False, type=bool))
    if sys.platform == "win32":
        return _windows_wants_less()
    return _says_no(_gnome()) or _is_zero(_kde())


def _windows_wants_less() -> bool:
    if sys.platform == "win32":
        import ctypes

        animates = ctypes.c_int(1)
        ctypes.windll.user32.SystemParametersInfoW(0x1042, 0, ctypes.byref(animates), 0)  # SPI_GETCLIENTAREAANIMATION
        return not animates.value
    return False


def _gnome() -> str:
    import subprocess  # with what it needs 5 ms of every start, for a question that can wait

    program = shutil.which("gsettings")
    if program is None:
        return ""
    ask = [program, "get", "org.gnome.desktop.interface", "enable-animations"]
    try:
        return subprocess.run(ask, capture_output=True, text=True, timeout=_SECONDS, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _kde() -> str:
    try:
        lines = (Path.home() / ".config" / "kdeglobals").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition("=")[2] for line in lines if line.startswith("AnimationDurationFactor=")), "")


def _says_no(words: str) -> bool:
    return words.strip() == "false"


def _is_zero(words: str) -> bool:
    try:
        return float(words) == 0
    except ValueError:
        return False
