"""A person at the real window: real X key presses, a real drop, and eyes on what the window shows.

Meant to be used inside a process of its own whose DISPLAY is a screen (Xvfb in tests).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from curator.ui.application import Application, Curator, open_window

PATIENCE = 120.0  # seconds; a busy machine is slow, a broken window never comes


class Person:
    """Sits at one window of one library."""

    def __init__(self, library: Path, pictures: Path, size: tuple[int, int] = (1440, 900)) -> None:
        self.app = QApplication.instance() or Application([sys.argv[0]])
        assert isinstance(self.app, QApplication)
        self.pictures = pictures
        self.window: Curator = open_window(self.app, library, [])
        self.window.resize(*size)
        self.window.move(0, 0)
        self.until(lambda: self.window.opened is not None, "the library is open")
        self.focus()

    def focus(self) -> None:
        """There is no window manager on a bare screen: give the window the keyboard."""
        self.window.activateWindow()
        subprocess.run(["xdotool", "windowfocus", "--sync", str(int(self.window.winId()))], check=True)
        self.until(lambda: self.app.activeWindow() is self.window, "the window has the keyboard")

    def until(self, seen: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Let the window live until something is seen; fails with what was waited for."""
        end = time.monotonic() + seconds
        while not seen():
            if time.monotonic() > end:
                self.picture("gave-up")
                raise AssertionError(f"waited {seconds:.0f} s in vain for: {what}; the notice says “{self.notice()}”")
            self.app.processEvents()
            time.sleep(0.005)

    def press(self, *keys: str) -> None:
        """Press keys on the keyboard of the screen, one after the other."""
        subprocess.run(["xdotool", "key", "--clearmodifiers", *keys], check=True)
        self.app.processEvents()

    def type(self, words: str) -> None:
        """Type on the keyboard of the screen."""
        subprocess.run(["xdotool", "type", "--delay", "8", words], check=True)
        self.app.processEvents()

    def drop(self, *paths: Path) -> None:
        """Drag files over the window and let them go in its middle."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        middle = self.window.rect().center()
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(middle, Qt.DropAction.CopyAction, data, buttons, keys)
        self.app.sendEvent(self.window, enter)
        assert enter.isAccepted(), "the window does not take the files"
        let_go = QDropEvent(QPointF(middle), Qt.DropAction.CopyAction, data, buttons, keys)
        self.app.sendEvent(self.window, let_go)
        assert let_go.isAccepted()

    def notice(self) -> str:
        """What the bar above the place says, if anything."""
        words = [w.text() for w in self.window.notice.findChildren(QWidget) if hasattr(w, "text")]
        return " ".join(str(word) for word in words) if self.window.notice.isVisible() else ""

    def picture(self, name: str) -> Path:
        """Keep what the window shows."""
        self.app.processEvents()
        path = self.pictures / f"{name}.png"
        self.window.grab().save(str(path))
        return path

    def leave(self) -> None:
        """Close the window, as a person does, and wait until everything behind it has ended."""
        self.window.close()
        self.until(lambda: not self.window.isVisible(), "the window is closed")
        assert self.window.closing is not None and self.window.closing.wait(PATIENCE)
        self.app.processEvents()
        self.window.beat.stop()
