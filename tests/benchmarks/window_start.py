"""Starts the window in a process of its own, and says when it could be used: what bench_window.py runs.

`python window_start.py LIBRARY` starts Curator as the command does; usable is when the first list is painted, its first
exchange stands in the reader, and a key pressed then has opened the next one. `python window_start.py --bare` shows an
empty QMainWindow: the least that any start costs. Prints the time of day and the CPU seconds of the process at each
step as JSON, then closes the window. Nothing but the program's own imports happens before its first step.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curator.ui.main_window import MainWindow

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
_steps: dict[str, tuple[float, float]] = {}


def reached(step: str) -> None:
    """Note the first time that a step is reached."""
    _steps.setdefault(step, (time.time(), time.process_time()))


def bare() -> int:
    """An empty window."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([])
    window = QMainWindow()
    window.resize(1440, 900)
    window.show()

    def end() -> None:
        reached("usable")
        window.close()

    QTimer.singleShot(0, end)
    code = app.exec()
    tell()
    return code


def curator(library: str) -> int:
    """The window of the program over a library."""
    from curator import __main__ as program
    from curator.ui import application

    reached("imported")
    open_window = application.open_window

    def watched(*given: object) -> object:
        window = open_window(*given)  # type: ignore[arg-type]  # handed through as it came
        reached("shown")
        follow(window)
        return window

    application.open_window = watched  # type: ignore[assignment]
    code = program.main(["--library", library])
    tell()
    return code


def tell() -> None:
    """Print the steps."""
    import json

    sys.stdout.write(json.dumps(_steps) + "\n")


def follow(window: MainWindow) -> None:
    """Note the steps of the window until it is usable, then close it. Qt is imported by now."""
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
    from PySide6.QtGui import QKeyEvent

    class Watcher(QObject):
        def __init__(self) -> None:
            super().__init__(window)
            window.attached.connect(self.attached)

        def attached(self) -> None:
            reached("attached")
            assert window.library is not None
            self.place, self.row = window.library, -2
            self.table = self.place.list.table
            self.table.viewport().installEventFilter(self)
            self.place.settled.connect(self.settled)

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and len(self.place.table.ids):
                QTimer.singleShot(0, self.painted)  # when this paint is through
            return False

        def painted(self) -> None:
            reached("list painted")
            self.look()

        def settled(self) -> None:
            if "settled" not in _steps:
                reached("settled")
                QTimer.singleShot(0, self.press)

        def press(self) -> None:
            self.row = self.place.list.current_row
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                key = QKeyEvent(kind, Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier)
                QCoreApplication.postEvent(self.table, key)
            self.waiting = QTimer(self, interval=1)
            self.waiting.timeout.connect(self.look)
            self.waiting.start()

        def look(self) -> None:
            if "settled" not in _steps or self.place.list.current_row != self.row + 1 or "list painted" not in _steps:
                return
            if "usable" not in _steps:
                reached("usable")
                self.waiting.stop()
                QTimer.singleShot(0, window.close)

    Watcher()


if __name__ == "__main__":
    sys.exit(bare() if sys.argv[1] == "--bare" else curator(sys.argv[1]))
